"""BIOES tags: entities as tag sequences, and which sequences are entities."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

PREFIXES = "BIES"
# Of the tags that may begin a sequence, and of those that may end one.
STARTS = "OBS"
ENDS = "OES"
BILUO_TO_BIOES = {"B": "B", "I": "I", "L": "E", "U": "S"}
MISSING = -1

Entity = tuple[int, int, str]
"""First token, the token after the last, and the label."""


@dataclass(frozen=True)
class TagScheme:
    """The BIOES tags of a set of labels: "O", then B-, I-, E-, S- of each label in turn."""

    labels: tuple[str, ...]

    @cached_property
    def tags(self) -> list[str]:
        """The names of the tags, by id."""
        return ["O"] + [f"{prefix}-{label}" for label in self.labels for prefix in PREFIXES]

    @cached_property
    def index(self) -> dict[str, int]:
        """The id of each tag."""
        return {tag: i for i, tag in enumerate(self.tags)}

    def encode(self, biluo: Iterable[str | None]) -> list[int]:
        """Tag ids of a BILUO sequence as spaCy's `Example.get_aligned_ner` gives it.

        A tag that is not known (None, "-") or whose label is not in the scheme is MISSING.
        """
        return [self._encode_tag(tag) for tag in biluo]

    def _encode_tag(self, tag: str | None) -> int:
        if tag == "O":
            return 0
        prefix, _, label = (tag or "-").partition("-")
        return self.index.get(f"{BILUO_TO_BIOES.get(prefix)}-{label}", MISSING)

    def decode(self, ids: Sequence[int]) -> list[Entity]:
        """The entities of a valid tag sequence, in the text's order."""
        entities = []
        start = 0
        for i, tag in enumerate(self.tags[tag_id] for tag_id in ids):
            if tag[0] in "BS":
                start = i
            if tag[0] in "ES":
                entities.append((start, i + 1, tag[2:]))
        return entities

    def allowed_transitions(self) -> torch.Tensor:
        """(K, K) bool: whether tag j may follow tag i."""
        return torch.tensor([[_may_follow(i, j) for j in self.tags] for i in self.tags])

    def allowed_starts(self) -> torch.Tensor:
        """(K,) bool: whether a sequence may begin with the tag."""
        return torch.tensor([tag[0] in STARTS for tag in self.tags])

    def allowed_ends(self) -> torch.Tensor:
        """(K,) bool: whether a sequence may end with the tag."""
        return torch.tensor([tag[0] in ENDS for tag in self.tags])


def _may_follow(tag: str, next_tag: str) -> bool:
    if tag[0] in ENDS:
        return next_tag[0] in STARTS
    return next_tag[0] not in STARTS and next_tag[2:] == tag[2:]
