"""Round trips of documents through `datasets.Dataset` and its files."""

import io
import sys
from pathlib import Path

import pytest
import spacy
from PIL import Image
from spacy.tokens import Doc, DocBin, Span

from spacy_ita.corpora import Notes, from_dataset, to_dataset
from spacy_ita.extensions import attributes

datasets = pytest.importorskip("datasets")
NLP = spacy.blank("en")
ATTRS = attributes()


@pytest.fixture
def docs(tmp_path):
    """Two documents: one with everything, and one with nothing."""
    doc = Doc(NLP.vocab, ["finally", "saw", "New", "York", "!"], [True, True, True, False, False])
    doc.ents = [Span(doc, 2, 4, "LOC")]
    Image.new("RGB", (8, 6), "red").save(tmp_path / "red.png")
    doc._.image_path = str(tmp_path / "red.png")
    box = [0.0, 1.0, 7.0, 5.0]
    doc._.image_objects = [{"label": "city", "attribute": "", "score": 0.5, "box": box}]
    doc._.image_captions = [{"text": "a skyline", "score": -0.25}, {"text": "red", "score": -1.0}]
    doc._.image_ocr = []
    doc._.image_knowledge = [{"text": "New York is a city."}]
    Notes(doc).id = "17"
    return [doc, Doc(NLP.vocab, ["Paris"])]


def seen(doc):
    ents = [(ent.start, ent.end, ent.label_) for ent in doc.ents]
    return doc.text, [token.text for token in doc], ents, [doc._.get(a) for a in ATTRS.alignments]


def test_round_trip(docs, tmp_path):
    made = to_dataset(DocBin(docs=docs, store_user_data=True).get_docs(NLP.vocab))
    assert made.features["ner_tags"].feature.names == ["O", "B-LOC", "I-LOC"]
    assert made[0]["ner_tags"] == [0, 0, 1, 2, 0]
    assert made[0]["image"].getpixel((0, 0)) == (255, 0, 0)
    assert made[1]["image"] is None
    # saving embeds the bytes of the pictures
    made.save_to_disk(tmp_path / "saved")
    saved = datasets.load_from_disk(tmp_path / "saved")
    for again in (list(from_dataset(made, NLP)), list(from_dataset(saved, NLP, tmp_path / "new"))):
        assert [seen(doc) for doc in again] == [seen(doc) for doc in docs]
        assert Path(again[0]._.image_path).read_bytes() == (tmp_path / "red.png").read_bytes()
        assert again[1]._.image_path == ""
        assert [Notes(doc).id for doc in again] == ["17", "2"]


def test_ids_by_number():
    dataset = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "id": [0, 1, None]})
    assert [Notes(doc).id for doc in from_dataset(dataset, NLP)] == ["0", "1", "3"]


def test_pictures_as_bytes_become_files(docs, tmp_path):
    """Datasets of the hub hold pictures as bytes."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6), "blue").save(buffer, "PNG")
    image = {"bytes": buffer.getvalue(), "path": "blue.png"}
    dataset = datasets.Dataset.from_dict({"text": ["I love Paris!"], "image": [image]})
    dataset = dataset.cast_column("image", datasets.Image())
    with pytest.raises(ValueError, match="give a folder"):
        list(from_dataset(dataset, NLP))
    (doc,) = from_dataset(dataset, NLP, tmp_path / "images")
    assert [token.text for token in doc] == ["I", "love", "Paris", "!"]
    assert doc._.image_path.endswith(".png")
    assert Image.open(doc._.image_path).getpixel((0, 0)) == (0, 0, 255)


def test_ids_of_recorded_alignments_are_not_opened(docs):
    docs[0]._.image_path, docs[1]._.image_path = None, "1015799"
    dataset = to_dataset(docs)
    assert dataset[1]["image"]["path"] == "1015799"
    assert [doc._.image_path for doc in from_dataset(dataset, NLP)] == ["", "1015799"]


def test_tags_by_name(docs):
    dataset = datasets.Dataset.from_dict({"tokens": [["New", "York"]], "ner_tags": [["I-LOC"] * 2]})
    (doc,) = from_dataset(dataset, NLP)
    assert seen(doc)[:3] == ("New York ", ["New", "York"], [(0, 2, "LOC")])


def test_labels(docs):
    names = to_dataset(docs[1:], ["LOC", "PER"]).features["ner_tags"].feature.names
    assert names == ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
    with pytest.raises(ValueError, match=r"not among the labels: \['LOC'\]"):
        to_dataset(docs, ["PER"])


def test_errors(monkeypatch):
    with pytest.raises(ValueError, match="no column `tokens` or `text`, only picture"):
        list(from_dataset(datasets.Dataset.from_dict({"picture": ["a.png"]}), NLP))
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ValueError, match=r"pip install 'spacy_ita\[datasets\]'"):
        to_dataset([])


def test_a_row_without_text_is_an_empty_document():
    dataset = datasets.Dataset.from_dict({"text": ["a", None]})
    assert [doc.text for doc in from_dataset(dataset, NLP)] == ["a", ""]


def test_unreadable_tags_are_reported():
    numbers = datasets.Dataset.from_dict({"tokens": [["a"]], "ner_tags": [[1]]})
    with pytest.raises(ValueError, match="have no names: cast the column to a ClassLabel"):
        list(from_dataset(numbers, NLP))
    short = {"tokens": [["a"], ["a", "b"]], "ner_tags": [["O"], ["O"]]}
    with pytest.raises(ValueError, match="row 2: 1 tags for 2 tokens"):
        list(from_dataset(datasets.Dataset.from_dict(short), NLP))
    tags = datasets.Features(
        {
            "tokens": datasets.List(datasets.Value("string")),
            "ner_tags": datasets.List(datasets.ClassLabel(names=["O", "B-LOC"])),
        }
    )
    unlabelled = datasets.Dataset.from_dict({"tokens": [["a"]], "ner_tags": [[-1]]}, tags)
    with pytest.raises(ValueError, match="row 1: .*-1"):
        list(from_dataset(unlabelled, NLP))


def column(**columns):
    return lambda: datasets.Dataset.from_dict(columns)


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (column(tokens=[["a"]], ner_tags=[["LOC"]]), "row 1: 'LOC' is not a tag: it must be O"),
        (column(tokens=[["a"]], ner_tags=[["b-loc"]]), "row 1: 'b-loc' is not a tag"),
        (column(tokens=[["a", "b"]], ner_tags=[["O", None]]), "row 1: None is not a tag"),
        (column(tokens=[["a"]], ner_tags=["O"]), "`ner_tags` must hold a list"),
        (column(tokens=["a b"]), "row 1: `tokens` must be a list of strings, not 'a b'"),
        (column(tokens=[["a"], ["a", None]]), "row 2: `tokens` must be a list of strings"),
        (column(text=[1]), "row 1: 'text' must be a string, not 1"),
        (column(text=["a"], image=[5]), "column `image` is of type .*int64.*: give a path"),
        (column(text=["a"], id=[2.0**60]), "row 1: 'id' is .* write ids as strings"),
        (lambda: datasets.DatasetDict(dev=column(text=["a"])()), r"several splits.*\(dev\)"),
        (
            lambda: datasets.IterableDataset.from_generator(lambda: iter([{"text": "a"}])),
            "columns aren't known",
        ),
    ],
)
def test_values_of_other_types_name_column_or_row(make, cause):
    with pytest.raises(ValueError, match=cause):
        list(from_dataset(make(), NLP))


def test_ids_and_streams_and_formats():
    rows = column(tokens=[["a"], ["b"]], ner_tags=[["S-X"], ["O"]], id=[7.0, None])()
    for dataset in (rows, rows.to_iterable_dataset(), rows.with_format("numpy")):
        docs = list(from_dataset(dataset, NLP))
        assert [Notes(doc).id for doc in docs] == ["7", "2"]
        assert docs[0].ents[0].label_ == "X"


def test_pictures_under_another_name_give_a_warning():
    with pytest.warns(UserWarning, match="the dataset: 'photos' is not read"):
        list(from_dataset(column(text=["a"], photos=["a.png"])(), NLP))


def test_several_pictures_there_and_back(tmp_path):
    docs = [NLP.make_doc("two"), NLP.make_doc("none")]
    docs[0]._.image_paths = ["a.png", "b.png"]
    docs[0]._.image_captions = [{"text": "a dog", "picture": 1}]
    first, second = from_dataset(to_dataset(docs), NLP)
    assert (first._.image_paths, second._.image_paths) == (["a.png", "b.png"], [])
    assert first._.image_captions == docs[0]._.image_captions
    dataset = column(text=["a"], images=[["a.png", "b.png"]])()
    assert next(from_dataset(dataset, NLP))._.image_paths == ["a.png", "b.png"]
