"""Labels and boxes of detectors in ONNX files."""

import shutil

import numpy
import pytest
import torch
from constant_models import SIDE, build, yolox_outputs
from PIL import Image
from transformers import AutoModelForObjectDetection

from spacy_ita.alignment.objects.hf import HFDetector
from spacy_ita.alignment.objects.onnx.detector import LAYOUTS, ONNXDetector
from spacy_ita.alignment.picture import Picture

SIZES = [(200, 80), (90, 240), (64, 64)]
GROUNDS = {"yolox": (114, 114, 114), "nanodet-v0": (0, 0, 0)}
"""What is below a picture that keeps its shape."""


def in_picture(layout, box, size):
    """Map a box in the layout's input to the picture."""
    if layout in GROUNDS:
        scale = min(SIDE / size[0], SIDE / size[1])
        sides = [side / scale for side in box]
    else:
        sides = [side * size[index % 2] / SIDE for index, side in enumerate(box)]
    return [min(side, size[index % 2]) for index, side in enumerate(sides)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_boxes_are_where_the_model_put_them(tmp_path, draw, layout, size):
    detector, expected = build(tmp_path, layout)
    [found] = detector([Picture(draw(size=size))])
    assert [item["label"] for item in found] == ["dog", "cat"]
    for item in found:
        score, box = expected[item["label"]]
        assert item["score"] == pytest.approx(score, abs=1e-5) and item["attribute"] == ""
        assert item["box"] == pytest.approx(in_picture(layout, box, size), abs=1e-3)


def test_threshold_suppression_and_top(tmp_path, draw):
    outputs, _ = yolox_outputs()
    cells = outputs["output"]
    # the dog again, from the neighbouring cell, with a slightly lower score
    cells[0, 3 * 8 + 3] = [0.0, 1.0, numpy.log(4), numpy.log(4), 0.8, 0.0, 1.0, 0.0]
    picture = Picture(draw(size=(64, 64)))
    for settings, expected in [
        ({}, ["dog", "cat"]),
        ({"nms": None}, ["dog", "dog", "cat"]),
        ({"threshold": 0.7, "nms": None}, ["dog", "dog"]),
        ({"top_k": 1}, ["dog"]),
    ]:
        [found] = build(tmp_path, "yolox", outputs, **settings)[0]([picture])
        assert [item["label"] for item in found] == expected


def normalised_bgr(r, g, b):
    return (b - 103.53) / 57.375, (g - 116.28) / 57.12, (r - 123.675) / 58.395


PIXELS = {
    # BGR, not scaled; the letterbox keeps the upper left corner
    "yolox": lambda r, g, b: (b, g, r),
    "nanodet": normalised_bgr,
    "nanodet-v0": normalised_bgr,
    "rt-detr": lambda r, g, b: (r / 255, g / 255, b / 255),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pixels_are_as_the_model_was_trained(layout):
    image = Image.new("RGB", (100, 50), (10, 60, 200))
    image.paste((250, 20, 90), (50, 0, 100, 50))
    fitted, _ = LAYOUTS[layout].fit(image, (SIDE, SIDE))
    seen = LAYOUTS[layout].pixels(numpy.asarray(fitted))
    assert seen[5, 5] == pytest.approx(PIXELS[layout](10, 60, 200))
    assert seen[5, 60] == pytest.approx(PIXELS[layout](250, 20, 90))
    below = GROUNDS.get(layout, (10, 60, 200))
    assert seen[50, 5] == pytest.approx(PIXELS[layout](*below))


@pytest.mark.slow
def test_an_exported_rt_detr_answers_as_the_original(rt_detr, tmp_path, pictures):
    model = AutoModelForObjectDetection.from_pretrained(rt_detr).eval()
    # clear answers, because rounding would decide between those of random weights
    torch.manual_seed(0)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.25)
    folder = tmp_path / "original"
    model.save_pretrained(folder)
    shutil.copy(rt_detr / "preprocessor_config.json", folder)

    class Exported(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, pixels):
            output = self.model(pixels)
            return output.logits, output.pred_boxes

    torch.onnx.export(
        Exported(),
        (torch.rand(1, 3, 64, 64),),
        tmp_path / "rt_detr.onnx",
        input_names=["pixel_values"],
        output_names=["logits", "pred_boxes"],
        opset_version=16,
        dynamo=False,
    )
    (tmp_path / "names.txt").write_text("\n".join(model.config.id2label.values()))
    settings = {"threshold": 0.0, "top_k": None, "nms": None}
    exported = ONNXDetector(
        str(tmp_path / "rt_detr.onnx"), "rt-detr", labels=str(tmp_path / "names.txt"), **settings
    )
    original = HFDetector(str(folder), **settings)
    seen = [Picture(path) for path in pictures[:3]]
    for found, expected in zip(exported(seen), original(seen), strict=True):
        # the original lists the best pairs of query and label, without the label for "no object"
        least = min(item["score"] for item in expected) + 1e-3
        common = [item for item in found if item["score"] > least and item["label"] != "N/A"]
        assert common
        for item in common:
            assert any(
                item["label"] == other["label"]
                and item["score"] == pytest.approx(other["score"], abs=1e-3)
                and item["box"] == pytest.approx(other["box"], abs=0.5)
                for other in expected
            )
