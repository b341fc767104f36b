"""Every sort of picture file, in one batch, through the backends that look at pixels."""

import pytest
from constant_models import build
from PIL import Image
from test_any_picture import BROKEN, READ, saved

from spacy_ita.alignment.answers import answer
from spacy_ita.alignment.captions.hf import HFCaptioner
from spacy_ita.alignment.objects.attributes import AttributeScorer
from spacy_ita.alignment.objects.onnx.detector import ONNXDetector
from spacy_ita.alignment.objects.open_vocabulary import OpenVocabularyDetector
from spacy_ita.alignment.picture import Picture, PictureError
from spacy_ita.extensions.alignments import Caption, DetectedObject

STRIP = (20_000, 10)


@pytest.fixture
def onnx_detector(tmp_path):
    return build(tmp_path, "yolox")[0]


SLOW = (pytest.param(name, marks=pytest.mark.slow) for name in ("attributes", "owlv2"))


@pytest.fixture(params=["captioner", "onnx", *SLOW])
def backend(request, onnx_detector, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("red\nball")
    if request.param == "captioner":
        return HFCaptioner(str(request.getfixturevalue("git")), max_new_tokens=3)
    if request.param == "onnx":
        return onnx_detector
    if request.param == "owlv2":
        folder = str(request.getfixturevalue("owlv2"))
        return OpenVocabularyDetector(folder, vocabulary=str(words), threshold=0.0)
    folder = str(request.getfixturevalue("clip"))
    return AttributeScorer(onnx_detector, folder, vocabulary=str(words), threshold=0.0)


def test_each_picture_has_its_own_answer(backend, tmp_path):
    pictures = {}
    for name, make in [*READ.items(), *((name, make) for name, (make, _) in BROKEN.items())]:
        (tmp_path / name).mkdir()
        pictures[name] = Picture(make(tmp_path / name))
    pictures["one pixel"] = Picture(saved(tmp_path, "one.png", Image.new("RGB", (1, 1))))
    pictures["strip"] = Picture(saved(tmp_path, "strip.png", Image.new("RGB", STRIP)))
    item = Caption if isinstance(backend, HFCaptioner) else DetectedObject
    answers = dict(zip(pictures, answer(list(pictures.values()), backend, item, None), strict=True))
    for name in READ:
        assert answers[name] and isinstance(answers[name], list)
    assert isinstance(answers["one pixel"], list)
    for name, (_, cause) in BROKEN.items():
        assert isinstance(answers[name], PictureError) and cause in str(answers[name])
    # square crops of boxes, and inputs of ONNX layouts, have no limit to the shape of a picture
    if isinstance(backend, (ONNXDetector, AttributeScorer)):
        assert answers["strip"]
    else:
        assert "too thin" in str(answers["strip"])
