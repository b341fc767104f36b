"""The labels of a tagger, and how to change those of a trained one."""

from collections.abc import Iterable, Mapping, Sequence

import torch

from ..crf import TagScheme
from .model import TaggerModel, TaggingHead, head_shim, tagging_head
from .prediction.view_reader import ViewReader


def labels_of(gold: Iterable[Sequence[str | None]]) -> set[str]:
    """Collect the labels of BILUO tags."""
    return {tag.partition("-")[2] for tags in gold for tag in tags if tag} - {""}


def checked_labels(labels: Iterable[str]) -> list[str]:
    """Sort labels and drop duplicates.

    Raises:
        ValueError: If `labels` is a string, or holds anything but strings that are not empty.
    """
    if isinstance(labels, str):
        raise ValueError(f"labels must be a list of strings, not the string {labels!r}")
    labels = list(labels)
    if wrong := [label for label in labels if not (isinstance(label, str) and label)]:
        raise ValueError(f"a label must be a string that is not empty, not {wrong[0]!r}")
    return sorted(set(labels))


class LabelledTagger(ViewReader):
    """A tagger whose labels can be changed; `CrossViewNER` adds the training."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The entity labels, sorted."""
        return tuple(self.cfg["labels"])

    @property
    def label_data(self) -> list[str]:
        """The labels as `spacy init labels` writes them, for `initialize`."""
        return list(self.labels)

    def add_label(self, label: str) -> int:
        """Add a label, and keep all that a trained pipe knows. Return 0 if it has the label."""
        labels = checked_labels([*self.labels, label])
        if len(labels) == len(self.labels):
            return 0
        if head_shim(self.model)._model is None:
            self.cfg["labels"] = labels
        else:
            self.relabel(labels)
        return 1

    def relabel(self, labels: Iterable[str], like: Mapping[str, str] | None = None) -> None:
        """Replace the labels of a trained pipe.

        Args:
            labels: The new labels. Those that the pipe has already keep their weights.
            like: For a new label, the old one that it starts from: `{"PERSON": "PER"}`.

        Raises:
            ValueError: If the pipe is untrained, there is no label, or `like` names an unknown one.
        """
        wanted = checked_labels(labels)
        if not wanted:
            raise ValueError(f"{self.name}: give at least one label")
        replace_labels(self.model, wanted, like or {})
        self.cfg["labels"] = wanted
        self.recalibrate({})

    def match_labels(self, excluded: bool) -> None:
        """Compare the loaded labels with those of the loaded weights.

        Args:
            excluded: Whether no labels were loaded, so that those of the weights count.

        Raises:
            ValueError: If they differ.
        """
        if head_shim(self.model)._model is None:
            return
        labels = self.model.attrs["labels"]
        if excluded:
            self.cfg["labels"] = list(labels)
        # spaCy reads a missing list of labels as an empty one
        elif self.cfg["labels"] != labels:
            raise ValueError("its labels don't match its weights")


def replace_labels(model: TaggerModel, labels: Sequence[str], like: Mapping[str, str]) -> None:
    """Replace a tagger's head by one for other labels.

    A label that is kept keeps its weights, including those of its transitions. Other labels start
    at random. Optimizers see a new head, and so drop their state of the old one's weights.

    Args:
        model: A trained tagger, as `spacy_ita.CRFTagger.v1` builds it.
        labels: The new labels, sorted.
        like: For a new label, the old one whose weights it starts from instead.

    Raises:
        ValueError: Before `initialize`, or if `like` names a label that isn't there.
    """
    shim, trained = head_shim(model), tagging_head(model)
    old = model.attrs["labels"]
    unknown = sorted((set(like) - set(labels)) | (set(like.values()) - set(old)))
    if unknown:
        raise ValueError(
            f"unknown labels {unknown}: `like` maps labels of {labels} to labels of {old}"
        )
    config = {"labels": list(labels), "width": trained.linear.in_features}
    head = shim.make(**config)
    assert isinstance(head, TaggingHead)
    _take_weights(head, trained, *_kept_tags(old, labels, like))
    shim.hold(head, config)
    model.attrs["labels"] = list(labels)


def _kept_tags(
    old: Sequence[str], new: Sequence[str], like: Mapping[str, str]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pair the ids of new tags with those of the old tags that they start from."""
    sources = {**{label: label for label in old}, **like}
    known, wanted = TagScheme(tuple(old)).index, TagScheme(tuple(new)).index
    pairs = [(wanted["O"], known["O"])]
    for tag, i in wanted.items():
        prefix, _, label = tag.partition("-")
        if label in sources:
            pairs.append((i, known[f"{prefix}-{sources[label]}"]))
    to, of = zip(*pairs, strict=True)
    return torch.tensor(to), torch.tensor(of)


@torch.no_grad()
def _take_weights(
    head: TaggingHead, trained: TaggingHead, to: torch.Tensor, of: torch.Tensor
) -> None:
    """Copy the rows of tags, and gradients that wait for a step."""
    for (name, mine), theirs in zip(head.named_parameters(), trained.parameters(), strict=True):
        square = name == "crf.transitions"
        rows, sources = ((to[:, None], to), (of[:, None], of)) if square else ((to,), (of,))
        mine[rows] = theirs[sources].to(mine.device)
        if theirs.grad is not None:
            mine.grad = torch.zeros_like(mine)
            mine.grad[rows] = theirs.grad[sources].to(mine.device)
