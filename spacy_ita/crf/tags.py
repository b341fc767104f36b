"""The BIOES tag scheme: entities as tag sequences, and the sequences that it allows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

PREFIXES = "BIES"
# Prefixes of the tags that may start a sequence, and of those that may end one.
STARTS = "OBS"
ENDS = "OES"
BILUO_TO_BIOES = {"B": "B", "I": "I", "L": "E", "U": "S"}
MISSING = -1

Entity = tuple[int, int, str]
"""First token, the token after the last, and the label."""


@dataclass(frozen=True)
class TagScheme:
    """The BIOES tags of some labels: "O", then B-, I-, E- and S- of each label in turn."""

    labels: tuple[str, ...]

    @cached_property
    def tags(self) -> list[str]:
        """Names of the tags, by id."""
        return ["O"] + [f"{prefix}-{label}" for label in self.labels for prefix in PREFIXES]

    @cached_property
    def index(self) -> dict[str, int]:
        """Id of each tag."""
        return {tag: i for i, tag in enumerate(self.tags)}

    def encode(self, biluo: Iterable[str | None]) -> list[int]:
        """Convert BILUO tags, as `Example.get_aligned_ner` returns them, to tag ids.

        An unknown tag (None or "-") and a tag with a label outside the scheme are MISSING.
        """
        return [self._encode_tag(tag) for tag in biluo]

    def _encode_tag(self, tag: str | None) -> int:
        if tag == "O":
            return 0
        prefix, _, label = (tag or "-").partition("-")
        return self.index.get(f"{BILUO_TO_BIOES.get(prefix)}-{label}", MISSING)

    def decode(self, ids: Sequence[int]) -> list[Entity]:
        """Convert a valid sequence of tag ids to entities, in text order."""
        entities = []
        start = 0
        for i, tag_id in enumerate(ids):
            # most words are outside
            if tag_id == 0:
                continue
            tag = self.tags[tag_id]
            if tag[0] in "BS":
                start = i
            if tag[0] in "ES":
                entities.append((start, i + 1, tag[2:]))
        return entities

    def boundary_shares(self) -> torch.Tensor:
        """Divide each boundary among its tags, (5, K): O is one tag, B a share of each B- tag.

        The conversion matrix of UMT (Yu et al., 2020, section 3.4).
        """
        tags = boundaries_of(torch.arange(len(self.tags)))
        shares = torch.nn.functional.one_hot(tags, 1 + len(PREFIXES)).T.float()
        return shares / shares.sum(1, keepdim=True).clamp_min(1)

    def allowed_transitions(self) -> torch.Tensor:
        """Build the mask of the allowed transitions from tag i to tag j, bool of shape (K, K)."""
        return torch.tensor([[_may_follow(i, j) for j in self.tags] for i in self.tags])

    def allowed_starts(self) -> torch.Tensor:
        """Build the mask of the tags that may start a sequence, bool of shape (K,)."""
        return torch.tensor([tag[0] in STARTS for tag in self.tags])

    def allowed_ends(self) -> torch.Tensor:
        """Build the mask of the tags that may end a sequence, bool of shape (K,)."""
        return torch.tensor([tag[0] in ENDS for tag in self.tags])


def boundaries_of(tags: torch.Tensor) -> torch.Tensor:
    """Return the boundary of each tag id: 0 for O, then 1 to 4 for B, I, E, S; MISSING stays."""
    return torch.where(tags > 0, (tags - 1) % len(PREFIXES) + 1, tags)


def _may_follow(tag: str, next_tag: str) -> bool:
    if tag[0] in ENDS:
        return next_tag[0] in STARTS
    return next_tag[0] not in STARTS and next_tag[2:] == tag[2:]
