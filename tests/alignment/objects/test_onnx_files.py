"""The file of an ONNX model: moved, copied, changed, broken."""

import pickle
import shutil

import pytest
import spacy
from constant_models import build, yolox_outputs

from spacy_ita.alignment.objects.onnx.detector import ONNXDetector
from spacy_ita.alignment.picture import Picture
from spacy_ita.errors import BackendError


def detecting(folder):
    """A pipeline whose model is in the folder."""
    build(folder, "yolox")
    backend = {
        "@misc": "spacy_ita.ONNXDetector.v2",
        "path": str(folder / "a.onnx"),
        "layout": "yolox",
        "labels": str(folder / "classes.txt"),
    }
    nlp = spacy.blank("en")
    nlp.add_pipe("image_objects", config={"backend": backend})
    return nlp


def test_a_moved_pipeline_takes_the_model_along(draw, tmp_path):
    nlp = detecting(tmp_path)
    pipe = nlp.get_pipe("image_objects")
    doc = nlp.make_doc("text")
    doc._.image_path = draw(size=(200, 80))
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


def test_other_processes_detect_too(pictures, tmp_path):
    nlp = detecting(tmp_path)

    def align(**options):
        docs = [nlp.make_doc("text") for _ in pictures]
        for doc, path in zip(docs, pictures, strict=True):
            doc._.image_path = path
        return [doc._.image_objects for doc in nlp.pipe(docs, **options)]

    expected = align()
    assert all(expected) and align(n_process=2, batch_size=2) == expected


def test_identity_follows_the_file_and_the_settings(tmp_path):
    detector, _ = build(tmp_path, "yolox")
    identity = detector.identity
    shutil.copy(tmp_path / "a.onnx", tmp_path / "b.onnx")
    labels = str(tmp_path / "classes.txt")
    same = ONNXDetector(str(tmp_path / "b.onnx"), "yolox", labels=labels, threshold=0.5)
    assert same.identity == identity
    for settings in ({"threshold": 0.1}, {"nms": None}, {"top_k": 3}, {"labels": None}):
        assert build(tmp_path, "yolox", **settings)[0].identity != identity
    outputs, _ = yolox_outputs()
    outputs["output"][0, 0, 0] = 1.0
    assert build(tmp_path, "yolox", outputs)[0].identity != identity


def test_what_is_no_such_model_is_named(draw, tmp_path):
    picture = Picture(draw())
    with pytest.raises(BackendError, match=r"can't load the model .*nothing.onnx: No such file"):
        ONNXDetector(str(tmp_path / "nothing.onnx"), "yolox")([picture])
    (tmp_path / "broken.onnx").write_bytes(b"{")
    with pytest.raises(BackendError, match=r"can't load the model .*broken.onnx"):
        ONNXDetector(str(tmp_path / "broken.onnx"), "yolox")([picture])
    with pytest.raises(BackendError, match=r"has 3 classes, but .*coco.txt has 80"):
        build(tmp_path, "yolox", labels=None)[0]([picture])
    build(tmp_path, "yolox")
    labels = str(tmp_path / "classes.txt")
    for layout in ("rt-detr", "nanodet-v0"):
        with pytest.raises(BackendError, match=f"does not fit the layout {layout}"):
            ONNXDetector(str(tmp_path / "a.onnx"), layout, labels=labels)([picture])
    with pytest.raises(ValueError, match="layout must be one of"):
        ONNXDetector("any", "yolov8")
