import json

import pytest
import spacy

from spacy_ita.alignment.recorded.backend import Recorded
from spacy_ita.errors import BackendError

FACTORIES = {part: f"image_{part}" for part in ("objects", "captions", "ocr", "knowledge")}
CAPTIONS = [
    {
        "image_id": "17_06_1",
        "captions": [
            {"model": "blip2", "text": "a stage"},
            {"model": "catr", "text": "A room.", "score": -0.5},
        ],
    },
    {"image_id": "b.jpg", "captions": [{"model": "catr", "text": "a dog"}]},
    {"image_id": "c", "captions": []},
]


@pytest.fixture
def write(tmp_path):
    def write(lines, name="records.jsonl"):
        path = tmp_path / name
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts) + "\n", encoding="utf8")
        return str(path)

    return write


def build(path, part, **settings):
    nlp = spacy.blank("en")
    backend = {"@misc": "spacy_ita.Recorded.v1", "path": path, "part": part, **settings}
    nlp.add_pipe(FACTORIES[part], config={"backend": backend})
    return nlp


def align(nlp, *ids):
    docs = []
    for image_id in ids:
        doc = nlp.make_doc("text")
        doc._.image_path = image_id
        docs.append(doc)
    [name] = nlp.pipe_names
    return [doc._.get(name) for doc in nlp.pipe(docs)]


def texts(alignments):
    return [[item["text"] for item in alignment] for alignment in alignments]


def test_knowledge_is_a_string_or_a_list_of_strings(write):
    lines = [{"image_id": "a", "knowledge": "a band"}, {"image_id": "b", "knowledge": ["x", "y"]}]
    nlp = build(write(lines), "knowledge")
    assert texts(align(nlp, "a", "b")) == [["a band"], ["x", "y"]]


def test_found_by_path_name_or_stem_without_opening_anything(write):
    nlp = build(write(CAPTIONS), "captions")
    found = align(nlp, "17_06_1", "17_06_1.jpg", "/gone/17_06_1.png", "/gone/b.jpg", "c")
    assert texts(found) == [["a stage", "A room."]] * 3 + [["a dog"], []]
    assert found[0] == [{"text": "a stage", "score": 1.0}, {"text": "A room.", "score": -0.5}]


def test_a_dot_in_an_id_is_no_suffix(write):
    nlp = build(write([{"image_id": "17.06", "captions": ["another picture"]}]), "captions")
    with pytest.warns(UserWarning, match="no captions for 2 of 2"):
        assert align(nlp, "17.06.1", "/gone/17.06.1.jpg") == [[], []]
    found = align(nlp, "17.06", "17.06.JPG", "17.06.heic")
    assert texts(found) == [["another picture"]] * 3


def test_models_select_and_order(write):
    path = write(CAPTIONS)
    assert texts(align(build(path, "captions", models=["catr", "blip2"]), "17_06_1")) == [
        ["A room.", "a stage"]
    ]
    one = align(build(path, "captions", models=["blip2"]), "17_06_1", "b.jpg")
    assert texts(one) == [["a stage"], []]
    with pytest.raises(BackendError, match=r"no captions by \['git'\], only by .*blip2.*catr"):
        align(build(path, "captions", models=["git"]), "17_06_1")


def test_objects_and_ocr_text_with_neutral_fields(write):
    path = write(
        [
            {"image_id": "a", "objects": [{"label": "man", "attribute": "old"}, "dog"]},
            {"image_id": "a", "ocr": ["SALE", {"text": "NOW", "score": 0.5, "box": [1, 2, 3, 4]}]},
            {"image_id": "a", "objects": [{"label": "ball", "score": 0.5, "box": [0, 0, 5, 5.5]}]},
        ]
    )
    [objects] = align(build(path, "objects"), "a")
    assert objects == [
        {"label": "man", "attribute": "old", "score": 1.0, "box": []},
        {"label": "dog", "attribute": "", "score": 1.0, "box": []},
        {"label": "ball", "attribute": "", "score": 0.5, "box": [0.0, 0.0, 5.0, 5.5]},
    ]
    [lines] = align(build(path, "ocr"), "a")
    assert lines == [
        {"text": "SALE", "score": 1.0, "box": []},
        {"text": "NOW", "score": 0.5, "box": [1.0, 2.0, 3.0, 4.0]},
    ]


def test_pictures_without_a_record_give_one_warning(write):
    nlp = build(write(CAPTIONS), "captions")
    with pytest.warns(UserWarning, match="no captions for 16 of 16 .*'missing 0'") as caught:
        found = align(nlp, *(f"missing {number}" for number in range(100)), "c")
    assert len(caught) == 1 and found == [[]] * 101


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("{", "Expecting"),
        ("[]", "image_id"),
        ('{"captions": []}', "image_id"),
        ('{"image_id": 3, "captions": []}', "image_id"),
        ('{"image_id": "a", "captions": {"text": "x"}}', "must be a list"),
        ('{"image_id": "a", "captions": [3]}', "string or an object"),
        ('{"image_id": "a", "captions": [{"score": 1}]}', "dict of text"),
        ('{"image_id": "a", "captions": [{"text": 5}]}', "not a string"),
        (
            '{"image_id": "a", "captions": [{"text": "x", "model": ["git"]}]}',
            "'model' must be a string",
        ),
        ('{"image_id": "a", "captions": [{"text": "x", "model": 5}]}', "'model' must be a string"),
        ('{"image_id": "a", "captions": [{"text": "x", "score": "high"}]}', "not a number"),
    ],
)
def test_a_bad_line_is_named(write, line, cause):
    path = write([CAPTIONS[0], "", line])
    nlp = build(path, "captions")
    with pytest.raises(ValueError, match=cause) as caught:
        align(nlp, "17_06_1", "17_06_1")
    assert f"{path}, line 3" in str(caught.value)


def test_boxes_are_checked(write):
    path = write(['{"image_id": "a", "ocr": [{"text": "x", "box": [1, 2]}]}'])
    with pytest.raises(ValueError, match="line 1: a box must have four sides"):
        align(build(path, "ocr"), "a")


def test_a_file_without_the_part(write):
    with pytest.raises(ValueError, match="no line has 'ocr'"):
        align(build(write(CAPTIONS), "ocr"), "c")
    with pytest.raises(ValueError, match="part must be one of"):
        Recorded("any", "pictures")  # type: ignore[arg-type]


def test_line_separators_inside_a_caption(write):
    line = json.dumps({"image_id": "a", "captions": ["one\u2028line\x85"]}, ensure_ascii=False)
    assert texts(align(build(write([line]), "captions"), "a")) == [["one\u2028line\x85"]]


def test_a_file_that_is_missing_or_no_text(write, tmp_path):
    with pytest.raises(BackendError, match="No such file"):
        align(build(str(tmp_path / "gone.jsonl"), "captions"), "a")
    (tmp_path / "latin.jsonl").write_bytes('{"image_id": "é"}'.encode("latin1"))
    with pytest.raises(BackendError, match="latin.jsonl, line 1: 'utf-8' codec"):
        align(build(str(tmp_path / "latin.jsonl"), "captions"), "a")


def test_read_lazily_and_once(write, tmp_path):
    nlp = build(str(tmp_path / "records.jsonl"), "captions")
    path = write(CAPTIONS)
    align(nlp, "c")
    (tmp_path / "records.jsonl").unlink()
    assert texts(align(nlp, "b.jpg")) == [["a dog"]]
    assert nlp.get_pipe("image_captions").backend.path == path


def test_a_saved_pipeline_carries_its_records(write, tmp_path):
    path = write(CAPTIONS)
    nlp = build(path, "captions", models=["catr"])
    nlp.to_disk(tmp_path / "model")
    stored = nlp.to_bytes()
    (tmp_path / "records.jsonl").unlink()
    for loaded in (
        spacy.load(tmp_path / "model"),
        spacy.blank("en").from_config(nlp.config).from_bytes(stored),
    ):
        assert texts(align(loaded, "17_06_1", "b.jpg")) == [["A room."], ["a dog"]]
        loaded.to_disk(tmp_path / "again")
        assert texts(align(spacy.load(tmp_path / "again"), "b.jpg")) == [["a dog"]]


def test_a_pipeline_without_its_records_loads_and_warns_when_used(write, tmp_path):
    path = write(CAPTIONS)
    nlp = build(path, "captions")
    (tmp_path / "records.jsonl").unlink()
    with pytest.warns(UserWarning, match="Saved without recorded alignments"):
        nlp.to_disk(tmp_path / "model")
    loaded = spacy.load(tmp_path / "model")
    with pytest.warns(UserWarning, match="can't read the recorded captions") as caught:
        assert align(loaded, "17_06_1", "b.jpg") == [[], []]
        assert align(loaded, "c") == [[]]
    assert len(caught) == 1
    write(CAPTIONS)
    assert texts(align(spacy.load(tmp_path / "model"), "b.jpg")) == [["a dog"]]
