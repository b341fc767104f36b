"""`BatchAnnotator` on tables, without Ray: tests/docs/test_ray_recipe.py has it."""

import base64
import io

import pytest
from PIL import Image

from benchmarks.parts import colour_pictures
from benchmarks.parts.colour_pipeline import save_pipeline
from spacy_ita.distributed import BatchAnnotator

arrow = pytest.importorskip("pyarrow")
pytestmark = pytest.mark.slow
CODE = colour_pictures.__file__


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder of a pipeline that captions pictures and knows Paris."""
    return str(save_pipeline(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def annotate(model):
    """An annotator of tables."""
    return BatchAnnotator(model, code=CODE)


def png(colour="red"):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(buffer, "PNG")
    return buffer.getvalue()


FORMS = {
    "binary": lambda data: data,
    "struct": lambda data: data and {"bytes": data, "path": "a.png"},
    "base64": lambda data: data and base64.b64encode(data).decode(),
    "list": lambda data: [data, data] if data else [],
    "list of structs": lambda data: [{"bytes": data, "path": None}] if data else None,
}


@pytest.mark.parametrize("form", FORMS)
def test_columns_stay_and_annotations_come(annotate, form):
    data = [png(), None, b"no picture, but a secret"]
    data[2] = data[2] if form != "base64" else b"\x89PNG\r\n\x1a\n secret" * 9
    columns = {
        "likes": arrow.array([1, 2, 3], arrow.int8()),
        "text": ["i love paris 1"] * 3,
        "image": [FORMS[form](held) for held in data],
    }
    table = arrow.table(columns)
    found = annotate(table)
    assert found.schema.names == ["likes", "text", "image", "entities", "error", "warning"]
    assert found.select(["likes", "text", "image"]) == table
    rows = found.to_pylist()
    assert [[ent["text"] for ent in row["entities"]] for row in rows] == [["paris"]] * 3
    assert [row["error"] for row in rows] == [None] * 3
    assert [row["warning"] is None for row in rows] == [True, True, False]
    assert "secret" not in rows[2]["warning"]


def test_rows_that_cannot_be_read_cost_no_other(annotate):
    table = arrow.table({"text": [b"i love paris 1", b"\xff", None], "image": [None] * 3})
    rows = annotate(table).to_pylist()
    assert [row["error"] is None for row in rows] == [True, False, False]
    assert "UTF-8" in rows[1]["error"] and "neither a text nor an image" in rows[2]["error"]
    assert rows[0]["entities"] and rows[0]["text"] == b"i love paris 1"


def test_annotations_of_an_earlier_run_are_replaced_in_both_views(model):
    annotate = BatchAnnotator(model, "both", code=CODE, picture_column="jpg")
    table = arrow.table({"error": ["old"], "jpg": [png()], "text": ["i love paris 1"]})
    found = annotate(table)
    names = ["jpg", "text", "entities_text", "entities_image", "error", "warning"]
    assert found.schema.names == names
    [row] = found.to_pylist()
    assert row["entities_text"] and row["error"] is None


def test_other_batches_are_refused(annotate):
    with pytest.raises(TypeError, match="batch_format"):
        annotate({"text": ["i love paris"]})
    with pytest.raises(ValueError, match="the columns are"):
        annotate(arrow.table({"body": ["i love paris"]}))
