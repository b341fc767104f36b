"""Detectors in ONNX files whose outputs the tests decide, and one that is exported."""

import pickle
import shutil

import numpy
import onnx
import pytest
import spacy
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from transformers import AutoModelForObjectDetection

from spacy_ita.alignment.backends.base import BackendError
from spacy_ita.alignment.backends.objects import HFDetector
from spacy_ita.alignment.backends.onnx.detector import LAYOUTS, ONNXDetector
from spacy_ita.alignment.picture import Picture

SIDE = 64
DOG, CAT = 1, 2
LABELS = ["person", "dog", "cat"]
SIZES = [(200, 80), (90, 240), (64, 64)]


def constant_model(path, outputs, shape=(1, 3, SIDE, SIDE)):
    """A file of a model that gives these outputs for every picture."""
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array))
        for name, array in outputs.items()
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape)
            for name, array in outputs.items()
        ],
    )
    save(graph, path)


def save(graph, path):
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def yolox_outputs():
    """A dog at 8, 16, 40, 48 in a cell of stride 8, and a weaker cat in one of stride 32."""
    cells = numpy.zeros((1, 64 + 16 + 4, 8), dtype="float32")
    # column 2 and row 3 of 8: the centre at 24, 32
    cells[0, 3 * 8 + 2] = [1.0, 1.0, numpy.log(4), numpy.log(4), 0.9, 0.0, 1.0, 0.0]
    # column 1 and row 0 of 2: the centre at 48, 16
    cells[0, 64 + 16 + 1] = [0.5, 0.5, 0.0, 0.0, 0.8, 0.1, 0.0, 0.75]
    return {"output": cells}, {"dog": (0.9, [8, 16, 40, 48]), "cat": (0.6, [32, 0, 64, 32])}


def nanodet_outputs():
    """A dog in a cell of stride 8, and a weaker cat in one of stride 16."""
    cells = numpy.zeros((1, 64 + 16 + 4 + 1, 3 + 4 * 8), dtype="float32")

    def put(cell, label, score, distances):
        cells[0, cell, label] = score
        cells[0, cell, 3:].reshape(4, 8)[range(4), distances] = 50.0

    # column 3 and row 4 of 8: the corner at 24, 32
    put(4 * 8 + 3, DOG, 0.9, [2, 1, 3, 2])
    # column 2 and row 1 of 4: the corner at 32, 16
    put(64 + 4 + 2, CAT, 0.6, [0, 1, 2, 3])
    return {"output": cells}, {"dog": (0.9, [8, 24, 48, 48]), "cat": (0.6, [32, 0, 64, 64])}


def nanodet_v0_outputs():
    """A dog in a cell of stride 8, and a weaker cat in one of stride 16, with 11 bins."""
    cells = [64, 16, 4]
    scores = [numpy.zeros((1, count, 3), dtype="float32") for count in cells]
    bins = [numpy.zeros((1, count, 4 * 11), dtype="float32") for count in cells]

    def put(level, cell, label, score, distances):
        scores[level][0, cell, label] = score
        bins[level][0, cell].reshape(4, 11)[range(4), distances] = 50.0

    # column 3 and row 2 of 8: the middle at 28, 20
    put(0, 2 * 8 + 3, DOG, 0.9, [2, 1, 3, 0])
    # column 1 and row 0 of 4: the middle at 24, 8
    put(1, 1, CAT, 0.6, [1, 0, 2, 1])
    outputs = {f"cls_{level}": array for level, array in enumerate(scores)}
    outputs |= {f"dis_{level}": array for level, array in enumerate(bins)}
    return outputs, {"dog": (0.9, [12, 12, 52, 20]), "cat": (0.6, [8, 8, 56, 24])}


def rt_detr_outputs():
    logits = numpy.full((1, 5, 3), -9.0, dtype="float32")
    boxes = numpy.full((1, 5, 4), 0.5, dtype="float32")
    logits[0, 3, DOG], boxes[0, 3] = numpy.log(9), [0.5, 0.25, 1.0, 0.5]
    logits[0, 1, CAT], boxes[0, 1] = numpy.log(1.5), [0.25, 0.5, 0.125, 0.25]
    outputs = {"logits": logits, "pred_boxes": boxes}
    return outputs, {"dog": (0.9, [0, 0, 64, 32]), "cat": (0.6, [12, 24, 20, 40])}


MODELS = {
    "yolox": yolox_outputs,
    "nanodet": nanodet_outputs,
    "nanodet-v0": nanodet_v0_outputs,
    "rt-detr": rt_detr_outputs,
}
GROUNDS = {"yolox": (114, 114, 114), "nanodet-v0": (0, 0, 0)}
"""What is below a picture that keeps its shape."""


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "classes.txt"
    path.write_text("\n".join(LABELS))
    return str(path)


@pytest.fixture
def build(tmp_path, labels):
    """A detector of a layout, and what it finds in the pixels of its input."""

    def build(layout, outputs=None, **settings):
        constant, expected = MODELS[layout]()
        constant_model(tmp_path / "a.onnx", outputs or constant)
        settings = {"labels": labels, "threshold": 0.5, **settings}
        return ONNXDetector(str(tmp_path / "a.onnx"), layout, **settings), expected

    return build


def in_picture(layout, box, size):
    """What the layout says of a box of its input: where that is in the picture."""
    if layout in GROUNDS:
        scale = min(SIDE / size[0], SIDE / size[1])
        sides = [side / scale for side in box]
    else:
        sides = [side * size[index % 2] / SIDE for index, side in enumerate(box)]
    return [min(side, size[index % 2]) for index, side in enumerate(sides)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_boxes_are_where_the_model_put_them(build, draw, layout, size):
    detector, expected = build(layout)
    [found] = detector([Picture(draw(size=size))])
    assert [item["label"] for item in found] == ["dog", "cat"]
    for item in found:
        score, box = expected[item["label"]]
        assert item["score"] == pytest.approx(score, abs=1e-5) and item["attribute"] == ""
        assert item["box"] == pytest.approx(in_picture(layout, box, size), abs=1e-3)


def test_threshold_suppression_and_top(build, draw):
    outputs, _ = yolox_outputs()
    cells = outputs["output"]
    # the dog again, from the cell at its side, a little weaker
    cells[0, 3 * 8 + 3] = [0.0, 1.0, numpy.log(4), numpy.log(4), 0.8, 0.0, 1.0, 0.0]
    picture = Picture(draw(size=(64, 64)))
    for settings, expected in [
        ({}, ["dog", "cat"]),
        ({"nms": None}, ["dog", "dog", "cat"]),
        ({"threshold": 0.7, "nms": None}, ["dog", "dog"]),
        ({"top": 1}, ["dog"]),
    ]:
        [found] = build("yolox", outputs, **settings)[0]([picture])
        assert [item["label"] for item in found] == expected


def normalised_bgr(r, g, b):
    return (b - 103.53) / 57.375, (g - 116.28) / 57.12, (r - 123.675) / 58.395


PIXELS = {
    # BGR as it is; the letterbox leaves the upper left corner
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


def test_an_exported_rt_detr_answers_as_the_original(rt_detr, tmp_path, pictures):
    model = AutoModelForObjectDetection.from_pretrained(rt_detr).eval()
    # clear answers, as rounding would choose among those of random weights
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
    settings = {"threshold": 0.0, "top": None, "nms": None}
    exported = ONNXDetector(
        str(tmp_path / "rt_detr.onnx"), "rt-detr", labels=str(tmp_path / "names.txt"), **settings
    )
    original = HFDetector(str(folder), **settings)
    seen = [Picture(path) for path in pictures[:3]]
    for found, expected in zip(exported(seen), original(seen), strict=True):
        # the original lists the best pairs of query and label, without the label for none
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


def test_a_moved_pipeline_takes_the_model_along(build, labels, draw, tmp_path):
    build("yolox")
    path = draw(size=(200, 80))
    nlp = spacy.blank("en")
    backend = {
        "@misc": "spacy_ita.ONNXDetector.v1",
        "path": str(tmp_path / "a.onnx"),
        "layout": "yolox",
        "labels": labels,
    }
    pipe = nlp.add_pipe("image_objects", config={"backend": backend})
    doc = nlp.make_doc("text")
    doc._.image_path = path
    expected, identity = pipe(doc)._.image_objects, pipe.backend.identity
    copy = pickle.loads(pickle.dumps(pipe))
    nlp.to_disk(tmp_path / "model")
    stored = nlp.to_bytes()
    for name in ("a.onnx", "classes.txt"):
        (tmp_path / name).unlink()
    loaded = spacy.load(tmp_path / "model")
    loaded.to_disk(tmp_path / "again")
    loaded.to_disk(tmp_path / "model")
    from_bytes = spacy.blank("en").from_config(nlp.config).from_bytes(stored)
    from_bytes.to_disk(tmp_path / "once_more")
    others = [from_bytes, *(spacy.load(tmp_path / n) for n in ("model", "again", "once_more"))]
    for other in [copy, *(other.get_pipe("image_objects") for other in others)]:
        doc._.image_objects = None
        assert other.backend.identity == identity
        assert other(doc)._.image_objects == expected
    shutil.rmtree(tmp_path / "model")


def test_other_processes_detect_too(build, labels, pictures, tmp_path):
    build("yolox")
    nlp = spacy.blank("en")
    backend = {
        "@misc": "spacy_ita.ONNXDetector.v1",
        "path": str(tmp_path / "a.onnx"),
        "layout": "yolox",
        "labels": labels,
    }
    nlp.add_pipe("image_objects", config={"backend": backend})

    def align(**options):
        docs = [nlp.make_doc("text") for _ in pictures]
        for doc, path in zip(docs, pictures, strict=True):
            doc._.image_path = path
        return [doc._.image_objects for doc in nlp.pipe(docs, **options)]

    expected = align()
    assert all(expected) and align(n_process=2, batch_size=2) == expected


def test_identity_follows_the_file_and_the_settings(build, labels, tmp_path):
    detector, _ = build("yolox")
    identity = detector.identity
    shutil.copy(tmp_path / "a.onnx", tmp_path / "b.onnx")
    same = ONNXDetector(str(tmp_path / "b.onnx"), "yolox", labels=labels, threshold=0.5)
    assert same.identity == identity
    for settings in ({"threshold": 0.1}, {"nms": None}, {"top": 3}, {"labels": None}):
        assert build("yolox", **settings)[0].identity != identity
    outputs, _ = yolox_outputs()
    outputs["output"][0, 0, 0] = 1.0
    assert build("yolox", outputs)[0].identity != identity


def test_what_is_no_such_model_is_named(build, draw, tmp_path, labels):
    picture = Picture(draw())
    with pytest.raises(BackendError, match=r"can't load the model .*nothing.onnx: No such file"):
        ONNXDetector(str(tmp_path / "nothing.onnx"), "yolox")([picture])
    (tmp_path / "broken.onnx").write_bytes(b"{")
    with pytest.raises(BackendError, match=r"can't load the model .*broken.onnx"):
        ONNXDetector(str(tmp_path / "broken.onnx"), "yolox")([picture])
    with pytest.raises(BackendError, match=r"has 3 classes, .*coco.txt 80"):
        build("yolox", labels=None)[0]([picture])
    build("yolox")
    for layout in ("rt-detr", "nanodet-v0"):
        with pytest.raises(BackendError, match=f"is no {layout}"):
            ONNXDetector(str(tmp_path / "a.onnx"), layout, labels=labels)([picture])
    with pytest.raises(ValueError, match="layout must be one of"):
        ONNXDetector("any", "yolov8")
