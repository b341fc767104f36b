"""Other labels for a trained tagger."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from thinc.api import Model

from ..crf import TagScheme
from ..encoder import View
from .model import Reading, TaggingHead, head_shim, tagging_head


def labels_of(gold: Iterable[Sequence[str | None]]) -> set[str]:
    """Collect the labels of BILUO tags."""
    return {tag.partition("-")[2] for tags in gold for tag in tags if tag} - {""}


def checked_labels(labels: Iterable[str]) -> list[str]:
    """Sort labels, each once. Raises ValueError for what is no list of labels."""
    if isinstance(labels, str):
        raise ValueError(f"labels must be a list of strings, not the string {labels!r}")
    labels = list(labels)
    if wrong := [label for label in labels if not (isinstance(label, str) and label)]:
        raise ValueError(f"a label must be a string that is not empty, not {wrong[0]!r}")
    return sorted(set(labels))


def replace_labels(
    model: Model[list[View], Reading], labels: Sequence[str], like: Mapping[str, str]
) -> None:
    """Make a head for other labels over the trained encoder.

    A label that was there keeps its weights, those of its transitions included. Other labels start
    at random. Optimizers see the head as new, and so drop the state that they hold for its weights.

    Args:
        model: A trained tagger, as `spacy_ita.CRFTagger.v1` builds it.
        labels: The new labels, sorted.
        like: For a new label, the old one whose weights it starts from instead.

    Raises:
        ValueError: Before `initialize`, or where `like` names a label that isn't there.
    """
    shim, trained = head_shim(model), tagging_head(model)
    old = model.attrs["labels"]
    unknown = sorted((set(like) - set(labels)) | (set(like.values()) - set(old)))
    if unknown:
        raise ValueError(f"unknown labels {unknown}: `like` goes from {labels} to {old}")
    config = {"labels": list(labels), "width": trained.linear.in_features}
    head = shim.make(**config)
    assert isinstance(head, TaggingHead)
    _take_weights(head, trained, *_kept_tags(old, labels, like))
    shim.hold(head, config)
    model.attrs["labels"] = list(labels)


def _kept_tags(
    old: Sequence[str], new: Sequence[str], like: Mapping[str, str]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pair each tag that starts from an old one with it, both by id."""
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
    """Copy the rows of tags, and the gradients that wait for the step."""
    for (name, mine), theirs in zip(head.named_parameters(), trained.parameters(), strict=True):
        square = name == "crf.transitions"
        rows, sources = ((to[:, None], to), (of[:, None], of)) if square else ((to,), (of,))
        mine[rows] = theirs[sources].to(mine.device)
        if theirs.grad is not None:
            mine.grad = torch.zeros_like(mine)
            mine.grad[rows] = theirs.grad[sources].to(mine.device)
