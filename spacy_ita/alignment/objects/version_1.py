"""The first version of the detectors' arguments, for configs and saved pipelines."""

from spacy.util import registry

from ...deprecations import warn_of_rename
from .hf import HFDetector
from .open_vocabulary import OpenVocabularyDetector


@registry.misc("spacy_ita.HFDetector.v1")
def make_hf_detector_v1(
    name: str,
    revision: str = "main",
    threshold: float = 0.7,
    top: int | None = 10,
    nms: float | None = None,
) -> HFDetector:
    """Make an `HFDetector`: `top` is now `top_k`."""
    warn_of_rename("spacy_ita.HFDetector.v1", "spacy_ita.HFDetector.v2")
    return HFDetector(name, revision, threshold, top, nms)


@registry.misc("spacy_ita.OpenVocabularyDetector.v1")
def make_open_vocabulary_detector_v1(
    name: str,
    revision: str = "main",
    vocabulary: str | None = None,
    prompt: str = "{}",
    threshold: float = 0.25,
    nms: float | None = 0.5,
    top: int | None = 10,
) -> OpenVocabularyDetector:
    """Make an `OpenVocabularyDetector`: `top` is now `top_k`."""
    warn_of_rename("spacy_ita.OpenVocabularyDetector.v1", "spacy_ita.OpenVocabularyDetector.v2")
    return OpenVocabularyDetector(name, revision, vocabulary, prompt, threshold, nms, top)
