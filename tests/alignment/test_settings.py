"""Settings that are out of range are refused where a backend is created, before any picture."""

from functools import partial
from math import nan

import pytest
import spacy

from spacy_ita.alignment.captions.relevance import RelevantCaptions
from spacy_ita.alignment.objects.attributes import AttributeScorer
from spacy_ita.alignment.objects.hf import HFDetector
from spacy_ita.alignment.objects.onnx.detector import ONNXDetector
from spacy_ita.alignment.objects.open_vocabulary import OpenVocabularyDetector
from spacy_ita.alignment.ocr.rapidocr import RapidOCR
from spacy_ita.alignment.ocr.tesseract import Tesseract
from spacy_ita.alignment.ocr.tesserocr import Tesserocr


class Inner:
    identity = None

    def __call__(self, pictures):
        return [[] for _ in pictures]


DETECTORS = {
    "HFDetector": partial(HFDetector, "a"),
    "OpenVocabularyDetector": partial(OpenVocabularyDetector, "a"),
    "ONNXDetector": partial(ONNXDetector, "a.onnx", "yolox"),
}


@pytest.mark.parametrize("make", DETECTORS.values(), ids=DETECTORS)
@pytest.mark.parametrize(
    ("name", "value", "bounds"),
    [
        ("threshold", 1.01, "from 0 to 1"),
        ("threshold", 70, "from 0 to 1"),
        ("threshold", -0.1, "from 0 to 1"),
        ("threshold", nan, "from 0 to 1"),
        ("threshold", "0.5", "from 0 to 1"),
        ("nms", 1.5, "from 0 to 1"),
        ("nms", -1, "from 0 to 1"),
        ("top_k", -1, "at least 0"),
    ],
)
def test_detectors(make, name, value, bounds):
    with pytest.raises(ValueError, match=f"^{name} must be {bounds}, not {value!r}$"):
        make(**{name: value})
    make(threshold=0, nms=1, top_k=0)
    make(threshold=1, nms=None, top_k=None)


@pytest.mark.parametrize(
    ("make", "name", "values", "bounds"),
    [
        (partial(AttributeScorer, Inner(), "a"), "threshold", [-0.1, 1.1, nan], "from 0 to 1"),
        (partial(RelevantCaptions, Inner(), "a"), "min_score", [-1.5, 2, nan], "from -1 to 1"),
        (Tesseract, "min_confidence", [-1, 100.1, nan], "from 0 to 100"),
        (Tesserocr, "min_confidence", [-1, 100.1, nan], "from 0 to 100"),
        (RapidOCR, "min_confidence", [-1, 100.1, nan], "from 0 to 100"),
        (Tesseract, "min_side", [-1, -800], "at least 0"),
    ],
)
def test_other_backends(make, name, values, bounds):
    for value in values:
        with pytest.raises(ValueError, match=f"^{name} must be {bounds}, not {value!r}$"):
            make(**{name: value})


def test_a_config_names_the_setting():
    backend = {"@misc": "spacy_ita.HFDetector.v2", "name": "a", "threshold": 1.5}
    with pytest.raises(ValueError, match="threshold must be from 0 to 1, not 1.5"):
        spacy.blank("en").add_pipe("image_objects", config={"backend": backend})


@pytest.mark.parametrize("size", [0, -1, "8"])
def test_batches(size):
    with pytest.raises(ValueError, match=f"image_ocr: batch_size must .* not {size!r}"):
        spacy.blank("en").add_pipe("image_ocr", config={"batch_size": size})
