"""Round trips through the formats of recorded alignments."""

import base64
import json
import warnings

import numpy as np
import pytest
import spacy
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from spacy.tokens import Doc, DocBin, Span
from typer.testing import CliRunner

from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.recorded.backend import Recorded
from spacy_ita.alignment.recorded.formats import HELD, WRITERS
from spacy_ita.cli import app
from spacy_ita.extensions import attributes

ATTRS = attributes()
NLP = spacy.blank("en")
SUFFIX = {"parquet": ".parquet", "vinvl": ".tsv", "kbner": ".txt", "pgim": ".txt"}
TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        'tab\tand\nline\r\n "quoted", \\',
        "l\u2028s\x85p\x1c",
        "café 🐕 مرحبا",
        "<EOS> B-X",
        "# id 5",
        "IMGID:5",
    ]
)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
BOX = st.just([]) | st.lists(NUMBER, min_size=4, max_size=4)
ITEMS = {
    "objects": st.fixed_dictionaries(
        {"label": TEXT, "attribute": TEXT, "score": NUMBER, "box": BOX}
    ),
    "captions": st.fixed_dictionaries({"text": TEXT, "score": NUMBER}),
    "ocr": st.fixed_dictionaries({"text": TEXT, "score": NUMBER, "box": BOX}),
    "knowledge": st.fixed_dictionaries({"text": TEXT}),
}
ALIGNMENT = st.fixed_dictionaries(
    {part: st.lists(item, max_size=4) for part, item in ITEMS.items()}
)
several = settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def make(words, path, alignment):
    doc = Doc(NLP.vocab, words=words)
    doc._.image_path = path
    for part, items in alignment.items():
        doc._.set(f"image_{part}", items)
    return doc


def back(docs, format, part, folder, **names):
    path = folder / f"records{SUFFIX.get(format, '.jsonl')}"
    WRITERS[format](docs, ATTRS, path, **names)
    files = {name: str(file) for name, file in names.items()}
    backend = Recorded(str(path), part, format=format, **files)
    return backend([Picture(doc._.image_path) for doc in docs])


def test_each_of_several_pictures_has_a_record(tmp_path):
    captions = [{"text": text, "score": 0.0} for text in ("a dog", "a cat")]
    doc = Doc(NLP.vocab, words=["x"])
    # two cells of one table have different ids
    doc._.image_paths = ["parquet://images/0/0::/p/posts.parquet", "/p/b.jpg"]
    doc._.image_captions = [{**item, "picture": n} for n, item in enumerate(captions)]
    path = tmp_path / "records.jsonl"
    WRITERS["jsonl"]([doc], ATTRS, path)
    backend = Recorded(str(path), "captions")
    pictures = [Picture(source) for source in doc._.image_paths]
    assert backend(pictures) == [captions[:1], captions[1:]]


@several
@given(alignments=st.lists(ALIGNMENT, min_size=1, max_size=3))
def test_jsonl_and_parquet_hold_everything(alignments, tmp_path):
    docs = [make(["x"], f"/p/{i}.jpg", alignment) for i, alignment in enumerate(alignments)]
    for format in ("jsonl", "parquet"):
        for part in HELD[format]:
            assert back(docs, format, part, tmp_path) == [a[part] for a in alignments]


@several
@given(objects=st.lists(ITEMS["objects"], max_size=4))
def test_vinvl_holds_objects_in_the_order_of_their_scores(objects, tmp_path):
    objects.sort(key=lambda item: -item["score"])
    for item in objects:
        item["attribute"] = item["attribute"].replace("__no_attribute__", "")
    doc = make(["x"], "a.png", {"objects": objects})
    assert back([doc], "vinvl", "objects", tmp_path) == [objects]


@pytest.fixture
def names(tmp_path):
    files = {f"{kind}_names": tmp_path / f"{kind}s_vocab.txt" for kind in ("object", "attribute")}
    files["object_names"].write_text("dog,puppy\ntraffic light\nman, guy\nguy\n")
    files["attribute_names"].write_text("red\nbig,large,\n")
    return files


SINGLE = st.floats(allow_nan=False, allow_infinity=False, width=32)


@several
@given(
    objects=st.lists(
        st.fixed_dictionaries(
            {
                "label": st.sampled_from(["dog", "traffic light", "man"]),
                "attribute": st.sampled_from(["", "red", "big"]),
                "score": SINGLE,
                "box": st.just([]) | st.lists(SINGLE.filter(bool), min_size=4, max_size=4),
            }
        ),
        max_size=4,
    )
)
def test_bottom_up_holds_objects_whose_names_have_ids(objects, tmp_path, names):
    objects.sort(key=lambda item: -item["score"])
    docs = [make(["x"], "a.png", {"objects": objects}), make(["y"], "b.png", {})]
    assert back(docs, "bottom-up", "objects", tmp_path, **names) == [objects, []]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        labels = {"object_names": names["object_names"]}
        [found, _] = back(docs, "bottom-up", "objects", tmp_path, **labels)
    assert found == [{**item, "attribute": ""} for item in objects]


def test_bottom_up_as_its_code_reads_it(tmp_path, names):
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    box = [1.0, 2.0, 3.0, 4.0]
    tags = [("large", "puppy"), ("", "guy"), ("small", "dog"), ("red", "unicorn")]
    objects = [
        {"label": label, "attribute": word, "score": 0.5, "box": box} for word, label in tags
    ]
    path = tmp_path / "obj36.tsv"
    with pytest.warns(UserWarning, match="^2 labels and attributes .* such as 'small'$"):
        doc = make(["x"], str(tmp_path / "a.png"), {"objects": objects})
        WRITERS["bottom-up"]([doc], ATTRS, path, **names)
    cells = path.read_text().removesuffix("\n").split("\t")
    assert cells[:3] == ["a", "20", "30"] and cells[7] == "3" and cells[9] == ""
    kinds = ["int64", "float32", "int64", "float32"]
    columns = [
        np.frombuffer(base64.b64decode(cell), kind).tolist()
        for cell, kind in zip(cells[3:7], kinds, strict=True)
    ]
    assert columns == [[0, 2, 0], [0.5] * 3, [1, 0, 0], [1.0, 0.0, 0.0]]
    assert np.frombuffer(base64.b64decode(cells[8]), "float32").tolist() == box * 3


@several
@given(
    words=st.lists(TEXT.filter(bool), max_size=5),
    texts=st.lists(st.lists(TEXT, max_size=3).map(" ".join), max_size=3),
)
@pytest.mark.parametrize(("format", "part"), [("kbner", "captions"), ("pgim", "knowledge")])
def test_conll_holds_the_words_of_the_context(format, part, words, texts, tmp_path):
    items = [{"text": text, **({"score": 0.5} if part == "captions" else {})} for text in texts]
    docs = [make(words, "my picture.jpg", {part: items}), make(["y"], "other", {part: []})]
    found, nothing = back(docs, format, part, tmp_path)
    # a separator among the words splits them
    parted = " <EOS> ".join(" ".join(text.split()) for text in texts).split("<EOS>")
    assert [item["text"] for item in found] == [text.strip() for text in parted if text.strip()]
    assert nothing == []


def test_kbner_lines_as_its_code_reads_them(tmp_path):
    alignment = {
        "captions": [{"text": "a man  sings", "score": -0.5}],
        "objects": [{"label": "man", "attribute": "old", "score": 0.9, "box": []}],
        "ocr": [],
    }
    doc = make(["Obama", "in", "New", "York", " \n"], "17_06_1.jpg", alignment)
    doc.ents = [Span(doc, 0, 1, "PER"), Span(doc, 2, 4, "LOC")]
    WRITERS["kbner"]([doc, make(["x"], "", {})], ATTRS, tmp_path / "train.txt")
    lines = (tmp_path / "train.txt").read_text().split("\n")
    context = "<EOS> a man sings <EOS> old man".split()
    assert lines == [
        "# id 17_06_1",
        *("Obama B-PER", "in O", "New B-LOC", "York I-LOC", "__ O"),
        *(f"{word} B-X" for word in context),
        *("", "x O", "", ""),
    ]


def test_a_label_with_spaces_is_one_column(tmp_path):
    doc = make(["Big", "Ben", "rings"], "a.jpg", {"captions": [{"text": "a tower", "score": 1.0}]})
    doc.ents = [Span(doc, 0, 2, "WORK OF  ART")]
    assert back([doc], "kbner", "captions", tmp_path) == [doc._.image_captions]
    lines = (tmp_path / "records.txt").read_text().split("\n")
    assert lines[1:4] == ["Big B-WORK_OF_ART", "Ben I-WORK_OF_ART", "rings O"]


def test_what_tweets_say_of_one_picture_is_united(tmp_path):
    dog, cat = {"text": "dog"}, {"text": "cat"}
    docs = [make(["x"], "a", {"knowledge": items}) for items in ([dog, dog], [dog, cat])]
    assert back(docs, "jsonl", "knowledge", tmp_path)[0] == [dog, dog, cat]
    for format in ("jsonl", "vinvl", "kbner", "pgim"):
        with pytest.raises(ValueError, match="two pictures have the id 'a': 'a' and 'b/a.jpg'"):
            back([docs[0], make(["x"], "b/a.jpg", {})], format, "knowledge", tmp_path)
    with pytest.raises(ValueError, match="can't hold a tab"):
        back([make(["x"], "a\tb", {})], "vinvl", "objects", tmp_path)


def test_ids_with_dots_are_kept(tmp_path):
    docs = [make(["x"], id, {"knowledge": [{"text": id}]}) for id in ("17.06.1", "17.06.2.jpg")]
    assert back(docs, "jsonl", "knowledge", tmp_path) == [doc._.image_knowledge for doc in docs]


def test_the_command(tmp_path):
    alignment = {
        "captions": [{"text": "a dog", "score": 1.0}],
        "objects": [{"label": "dog", "attribute": "", "score": 0.5, "box": [1, 2, 3, 4]}],
    }
    corpus = tmp_path / "corpus.spacy"
    DocBin(docs=[make(["x"], "a.jpg", alignment)], store_user_data=True).to_disk(corpus)
    target = tmp_path / "new" / "predictions.tsv"
    run = CliRunner().invoke(app, ["export", str(corpus), str(target)])
    # line breaks depend on the folder's name
    shown = " ".join(run.output.split())
    assert run.exit_code == 0 and "1 documents; objects 1" in shown
    assert "vinvl can't hold captions" in shown
    assert json.loads(target.read_text().partition("\t")[2])["objects"][0]["class"] == "dog"
    for format, cause in (("csv", "not 'csv'"), ("bottom-up", "needs object_names")):
        run = CliRunner().invoke(app, ["export", str(corpus), str(target), "--format", format])
        assert run.exit_code == 1 and cause in " ".join(run.output.split())


@pytest.mark.parametrize("format", [name for name in WRITERS if name != "bottom-up"])
def test_an_error_leaves_the_older_file(format, tmp_path):
    corpus, target = tmp_path / "corpus.spacy", tmp_path / "records"
    docs = [make(["x"], path, {}) for path in ("a.jpg", "b/a.jpg")]
    DocBin(docs=docs, store_user_data=True).to_disk(corpus)
    target.write_text("older")
    run = CliRunner().invoke(app, ["export", str(corpus), str(target), "--format", format])
    assert run.exit_code == 1 and "two pictures" in " ".join(run.output.split())
    assert target.read_text() == "older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.spacy", "records"]


def test_the_command_with_names(tmp_path, names):
    dog = {"label": "dog", "attribute": "red", "score": 0.5, "box": [1, 2, 3, 4]}
    corpus, target = tmp_path / "corpus.spacy", tmp_path / "obj36.tsv"
    docs = [make(["x"], "a.jpg", {"objects": [dog]})]
    DocBin(docs=docs, store_user_data=True).to_disk(corpus)
    options = ["--object-names", str(names["object_names"])]
    options += ["--attribute-names", str(names["attribute_names"])]
    command = ["export", str(corpus), str(target)]
    run = CliRunner().invoke(app, [*command, "--format", "bottom-up", *options])
    assert run.exit_code == 0 and "objects 1" in " ".join(run.output.split())
    files = {name: str(file) for name, file in names.items()}
    backend = Recorded(str(target), "objects", format="bottom-up", **files)
    assert backend([Picture("a.jpg")]) == [[dog]]
    run = CliRunner().invoke(app, [*command, *options])
    assert run.exit_code == 1 and "only format 'bottom-up' takes" in " ".join(run.output.split())
    command += ["--format", "bottom-up", "--object-names", str(tmp_path / "missing")]
    run = CliRunner().invoke(app, command)
    assert run.exit_code == 1 and "can't read the list of words" in " ".join(run.output.split())


def test_the_command_on_a_corpus_with_other_names(tmp_path):
    corpus, target = tmp_path / "corpus.spacy", tmp_path / "out.jsonl"
    names = {"image_path": "pic", "image_ocr": "letters", "image_context": "seen"}
    attributes(names)
    doc = spacy.blank("en").make_doc("a tweet")
    doc._.pic, doc._.letters = "a.jpg", "GO"
    DocBin(store_user_data=True, docs=[doc]).to_disk(corpus)

    def run(*options, code=0):
        done = CliRunner().invoke(app, ["export", str(corpus), str(target), *options])
        assert done.exit_code == code, done.output
        return " ".join(done.output.split())

    shown = run(code=1)
    assert "no image_path, only letters, pic" in shown and "--attrs image_path=NAME" in shown
    assert not target.exists()
    run("--attrs", "image_path", code=1)
    assert "unknown attributes" in run("--attrs", "picture=pic", code=1)
    run(*(part for name, other in names.items() for part in ("--attrs", f"{name}={other}")))
    assert json.loads(target.read_text())["ocr"][0]["text"] == "GO"
