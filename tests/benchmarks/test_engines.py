"""The rows that measure engines behind their pipes, with a tiny detector and two pictures."""

from functools import reduce

import pytest
from detectors import yolos  # noqa: F401 - a fixture


@pytest.mark.slow
def test_a_pipe_is_compared_with_its_engine(yolos, tmp_path):  # noqa: F811 - the fixture
    for package in ("tesserocr", "skimage"):
        pytest.importorskip(package)
    from benchmarks.rows import engines
    from spacy_ita.alignment.objects.hf import HFDetector
    from spacy_ita.alignment.ocr.tesserocr import Tesserocr

    paths = engines.save_pictures(tmp_path)[:2]
    detector = engines.aligner("image_objects", HFDetector(str(yolos)), 8)
    assert (detector.name, detector.batch_size) == ("image_objects", 2)
    reader = engines.aligner("image_ocr", Tesserocr(), 4)
    found = [engines.model_ratios(detector, paths, 1), engines.ocr_ratios(reader, paths, 1)]
    assert all(len(ratios) == 1 and ratios[0] > 0 for ratios in found)
    for measured in engines.MEASURED:
        original = engines.MODELS[measured.name].config
        for path, number in measured.layers.items():
            here, there = (
                reduce(getattr, path.split("."), c) for c in (measured.model.config, original)
            )
            assert here == number < there
