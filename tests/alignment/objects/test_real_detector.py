"""A detector with published weights finds things on photos; docs/onnx.md makes its file."""

import importlib.util
import os
from pathlib import Path

import pytest

from spacy_ita.alignment.objects.onnx.detector import ONNXDetector
from spacy_ita.alignment.picture import Picture

FILE = os.environ.get("NANODET_ONNX", "")
# scikit-image's photos, found without importing it
FOLDER = Path(importlib.util.find_spec("skimage").origin).parent / "data"
SEEN = {
    "astronaut.png": ("person", [14, 14, 364, 507]),
    "chelsea.png": ("cat", [0, 0, 444, 298]),
    "motorcycle_left.png": ("motorcycle", [99, 79, 687, 451]),
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE, reason="NANODET_ONNX names no file of NanoDet-g"),
]


@pytest.mark.parametrize("name", SEEN)
def test_nanodet_g_finds_what_a_person_sees(name):
    label, box = SEEN[name]
    [[best, *_]] = ONNXDetector(FILE, "nanodet-v0", top_k=3)([Picture(str(FOLDER / name))])
    assert best["label"] == label and best["score"] > 0.5
    assert best["box"] == pytest.approx(box, abs=12)
