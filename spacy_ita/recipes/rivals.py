"""The systems that the paper's Table 2 compares with, as sections of a config."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VIT = "google/vit-base-patch32-224-in21k"
TEXT = {
    "@architectures": "spacy_ita.ContextEncoder.v1",
    "name": "${paths.encoder}",
    "mixed_precision": True,
}
VISION = {"@architectures": "spacy_ita.VisionModel.v1", "name": "${paths.vision}"}
FUSION_RATE = 5.0
"""Factor of the learning rate for layers between text and picture, which start at random."""


@dataclass(frozen=True)
class Rival:
    """A system.

    Args:
        paper: Where it comes from.
        architecture: Name of its encoder.
        settings: Settings of the encoder over its defaults.
        labels: Whether it reads the labels of objects instead of the picture.
    """

    paper: str
    architecture: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    labels: bool = False

    @property
    def encoder(self) -> dict[str, Any]:
        """The section of its encoder."""
        vision = {} if self.labels else {"vision": VISION}
        return {"@architectures": self.architecture, "text": TEXT, **vision, **self.settings}

    @property
    def overrides(self) -> dict[str, Any]:
        """What it changes in the config of a tagger, by dotted name."""
        context = {"mode": "LA"} if self.labels else {"mode": "GA", "captions": 0}
        return {
            "components.ner.model.encoder": self.encoder,
            "components.ner.learn_rate_factors.fusion": FUSION_RATE,
            **{f"components.ner.context.{name}": value for name, value in context.items()},
        }


RPBERT = Rival("RpBERT (Sun et al., AAAI 2021)", "spacy_ita.RpBERTEncoder.v1")

RIVALS = {
    "OCSGA": Rival("OCSGA (Wu et al., ACM MM 2020)", "spacy_ita.OCSGAEncoder.v1", labels=True),
    "RIVA": Rival("RIVA (Sun et al., COLING 2020)", "spacy_ita.RIVAEncoder.v1"),
    "RpBERT": RPBERT,
    "UMT": Rival("UMT (Yu et al., ACL 2020)", "spacy_ita.UMTEncoder.v1"),
    "UMGF": Rival("UMGF (Zhang et al., AAAI 2021)", "spacy_ita.UMGFEncoder.v1"),
}
"""By the name that the paper gives it. Each has a config in `configs/rivals/`."""
