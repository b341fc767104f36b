"""Files of older studies, written by hand in the layout of their code."""

import base64
import sys

import numpy as np
import pytest
import spacy

from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.recorded.backend import Recorded
from spacy_ita.errors import BackendError

VINVL = """\
1015799\t{"objects": [{"rect": [0.5, 1.0, 20.0, 30.0], "bbox_id": 0, "class": "dog", "conf": 0.5, \
"attributes": ["brown", "small"], "attr_scores": [0.3, 0.6]}, {"rect": [2, 3, 4, 5], "bbox_id": 1, \
"class": "man", "conf": 0.9, "feature": "AAAA", "attributes": ["__no_attribute__"], \
"attr_conf": [0.9]}], "relations": null}
50447\t{"objects": []}
"""
KBNER = """\
# id 1015799\tdomain=en
George B-PER
Zimmerman I-PER
<EOS> B-X
a B-X
woman B-X
walks B-X
[X] B-X
red B-X
ball B-X

IMGID:50447
Nice O
<EOS> O

Two NN B-NP O
maps NN I-NP O
<EOS> B-X B-X B-X
the B-X B-X B-X
map X
"""


@pytest.fixture
def file(tmp_path):
    def file(name, text):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf8"))
        return str(path)

    return file


@pytest.fixture
def names(file):
    objects = file("objects_vocab.txt", "yolk\ngoal\nbathroom,rest room\n")
    return {"object_names": objects, "attribute_names": file("attributes_vocab.txt", "nice\nbig\n")}


def read(path, part, *ids, **settings):
    return Recorded(path, part, **settings)([Picture(image_id) for image_id in ids])


def encode(values, kind):
    return base64.b64encode(np.array(values, dtype=kind).tobytes()).decode()


def lxmert(objects=(0, 2), attributes=(1, 0), boxes=range(8)):
    scores = (0.25, 0.75)
    cells = [
        *("77", "480", "640"),
        encode(objects, "int64"),
        encode(scores, "float32"),
        encode(attributes, "int64"),
        encode(scores, "float32"),
        "2",
        encode(boxes, "float32"),
        encode(np.ones((2, 2048)), "float32"),
    ]
    return "\t".join(cells) + "\r\n"


def test_vinvl_by_score_with_the_likeliest_attribute(file):
    found = read(file("predictions.tsv", VINVL), "objects", "a/1015799.jpg", "50447")
    assert found == [
        [
            {"label": "man", "attribute": "", "score": 0.9, "box": [2.0, 3.0, 4.0, 5.0]},
            {"label": "dog", "attribute": "small", "score": 0.5, "box": [0.5, 1.0, 20.0, 30.0]},
        ],
        [],
    ]


def test_bottom_up_by_score_with_the_first_synonym(file, names):
    path = file("vg_obj36.tsv", lxmert())
    [found] = read(path, "objects", "77", format="bottom-up", **names)
    assert found == [
        {"label": "bathroom", "attribute": "nice", "score": 0.75, "box": [4.0, 5.0, 6.0, 7.0]},
        {"label": "yolk", "attribute": "big", "score": 0.25, "box": [0.0, 1.0, 2.0, 3.0]},
    ]
    [bare] = read(path, "objects", "77", format="bottom-up", object_names=names["object_names"])
    assert [item["attribute"] for item in bare] == ["", ""]


def test_a_document_without_an_id_among_others_has_no_picture(file):
    tweets = ["x O\n<EOS> B-X\nlost B-X\n", "# id 1\ny O\n<EOS> B-X\ndog B-X\n", "z O\n"]
    engine = Recorded(file("kb.txt", "\n".join(tweets)), part="captions")
    with pytest.warns(UserWarning, match=r"kb\.txt: 1 contexts belong to no picture.* at line 1"):
        [[caption], other] = engine([Picture("1.jpg"), Picture("2.jpg")])
    assert caption["text"] == "dog" and other == []


def test_kbner_contexts_as_captions_by_id_or_number(file):
    with pytest.warns(UserWarning, match="1 contexts belong to no picture"):
        found = read(file("train.txt", KBNER), "captions", "1015799", "50447")
    signed = ["a woman walks", "red ball"]
    assert [[item["text"] for item in items] for items in found] == [signed, []]
    ids = ("# id 1015799\tdomain=en\n", "IMGID:50447\n")
    bare = file("bare.txt", KBNER.replace(ids[0], "").replace(ids[1], ""))
    found = read(bare, "captions", "1", "2", "3")
    assert [[item["text"] for item in items] for items in found] == [signed, [], ["the map"]]


def test_a_context_that_documents_share_is_read_once(file):
    tweet = "# id a\nx O\n<EOS> B-X\na B-X\ndog B-X\n\n"
    other = "# id a\ny O\n<EOS> B-X\na B-X\ncat B-X\n\n"
    [items] = read(file("train.txt", tweet + tweet + other), "captions", "a")
    assert [item["text"] for item in items] == ["a dog", "a cat"]


def test_pgim_contexts_as_knowledge(file):
    path = file("train.txt", "IMGID:a\nx\tO\n \tO\n<EOS>\tB-X\nNamed\tB-X\nentities:1.\tB-X\n")
    assert read(path, "knowledge", "a", format="pgim") == [[{"text": "Named entities:1."}]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", '{"image_id": "a", "objects": ["dog"]}\n'),
        ("a.tsv", 'a\t{"objects": [{"class": "dog"}]}\n'),
        ("a.txt", "# id a\nx O\n<EOS> B-X\ndog B-X\n"),
    ],
)
def test_a_mark_at_the_start_is_no_text(file, name, text):
    part = "captions" if name == "a.txt" else "objects"
    assert read(file(name, "\ufeff" + text), part, "a") == read(file(name, text), part, "a") != [[]]


def test_a_mark_is_no_part_of_a_name(file):
    path = file("vg_obj36.tsv", "\ufeff" + lxmert())
    names = file("marked.txt", "\ufeffyolk\nlight\nbathroom\n")
    [found] = read(path, "objects", "77", format="bottom-up", object_names=names)
    assert [item["label"] for item in found] == ["bathroom", "yolk"]


def test_parquet_as_others_write_it(tmp_path):
    import pyarrow as arrow
    from pyarrow import parquet

    rows = [
        {"image_id": "a", "captions": [{"text": "a dog", "model": "blip2"}, {"text": "x"}]},
        {"image_id": "b", "captions": None},
    ]
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "captions.parquet")
    path = str(tmp_path / "captions.parquet")
    assert read(path, "captions", "a") == [
        [{"text": "a dog", "score": 1.0}, {"text": "x", "score": 1.0}]
    ]
    assert read(path, "captions", "a", models=["blip2"]) == [[{"text": "a dog", "score": 1.0}]]


@pytest.mark.parametrize(
    ("name", "text", "cause"),
    [
        ("x.tsv", "a {}\n", "line 1: a line must be an id, a tab and JSON"),
        ("x.tsv", "\na\t{\n", "line 2: Expecting"),
        ("x.tsv", 'a\t{"objects": [{}]}', "line 1: an object must have a 'class'"),
        ("x.tsv", 'a\t{"objects": [{"class": "x", "conf": "high"}]}', "line 1: bad operand"),
        (
            "x.tsv",
            'a\t{"objects": [{"class": "x", "rect": [1]}]}',
            "line 1: a box must have four sides",
        ),
        ("x.tsv", 'a\t{"objects": [{"class": 5}]}', "line 1: 5 is not a string"),
        (
            "x.tsv",
            'a\t{"objects": [{"class": "x", "attributes": ["a"], "attr_conf": [1, 2]}]}',
            "line 1: 1 attributes, but 2 scores",
        ),
        ("x.txt", "a O\nword\n", "line 2: neither a word with its tag nor an id: 'word'"),
        ("x.parquet", "PAR1", "as Parquet: "),
    ],
)
def test_a_bad_line_is_named_with_its_file(file, name, text, cause):
    path = file(name, text)
    part = "captions" if name == "x.txt" else "objects"
    with pytest.raises(BackendError, match=cause) as caught:
        read(path, part, "a")
    assert str(caught.value).startswith(path)


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("77\t480\t640\t2\tAAAA\tAAAA\n", "line 1: a line must have the 10 columns .*not 6"),
        (lxmert(objects=(0, 3)), "line 1: the id 3 has no name: the vocabulary has 3"),
        (lxmert(attributes=(0, -1)), "line 1: the id -1 has no name"),
        (lxmert(boxes=(1, 2)), "line 1: 'boxes' has 2 numbers, not 8"),
        (lxmert().replace("\t2\t", "\ttwo\t"), "line 1: invalid literal for int"),
    ],
)
def test_a_bad_line_of_bottom_up_attention(file, names, line, cause):
    with pytest.raises(BackendError, match=cause):
        read(file("x.tsv", line), "objects", "77", format="bottom-up", **names)


def test_settings_that_cannot_be(file):
    with pytest.raises(ValueError, match="format must be one of jsonl, .*, not 'csv'"):
        Recorded("x", "objects", format="csv")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs object_names"):
        Recorded("x.tsv", "objects", format="bottom-up")
    with pytest.raises(ValueError, match="^object_names: only format 'bottom-up' takes names"):
        Recorded("x.tsv", "objects", object_names="objects_vocab.txt")
    with pytest.raises(BackendError, match="no line has 'captions'"):
        read(file("x.tsv", VINVL), "captions", "50447")


def test_a_saved_pipeline_carries_the_records_of_any_format(file, names, tmp_path):
    nlp = spacy.blank("en")
    backend = {
        "@misc": "spacy_ita.Recorded.v1",
        "path": file("obj36.tsv", lxmert()),
        "part": "objects",
        "format": "bottom-up",
        **names,
    }
    nlp.add_pipe("image_objects", config={"backend": backend})
    nlp.to_disk(tmp_path / "model")
    for name in ("obj36.tsv", "objects_vocab.txt", "attributes_vocab.txt"):
        (tmp_path / name).unlink()
    loaded = spacy.load(tmp_path / "model")
    doc = loaded.make_doc("text")
    doc._.image_path = "77"
    assert [item["label"] for item in loaded(doc)._.image_objects] == ["bathroom", "yolk"]


def test_without_pyarrow_the_extra_is_named(file, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "pyarrow"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BackendError, match=r"pip install 'spacy_ita\[parquet\]'"):
        Recorded(file("x.parquet", "PAR1"), "objects").load()
