"""Detectors in ONNX files with constant outputs, in every layout."""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from spacy_ita.alignment.objects.onnx.detector import ONNXDetector

SIDE = 64
DOG, CAT = 1, 2
LABELS = ["person", "dog", "cat"]


def constant_model(path, outputs, shape=(1, 3, SIDE, SIDE)):
    """Write a model that gives these outputs for every picture."""
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


def build(folder, layout, outputs=None, **settings):
    """A detector of a layout, and what it finds in the pixels of its input; the folder's `a.onnx`
    and `classes.txt` are its files."""
    constant, expected = MODELS[layout]()
    constant_model(folder / "a.onnx", outputs or constant)
    (folder / "classes.txt").write_text("\n".join(LABELS))
    settings = {"labels": str(folder / "classes.txt"), "threshold": 0.5, **settings}
    return ONNXDetector(str(folder / "a.onnx"), layout, **settings), expected
