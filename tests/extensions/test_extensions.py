"""Extensions whose names another library has taken, and other names for them."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
import spacy
from PIL import Image
from spacy.tokens import Doc, DocBin

from spacy_ita.context import ContextFormatter
from spacy_ita.extensions import Attributes, attributes

TAKEN = """
import warnings
import spacy
from PIL import Image
from spacy.tokens import Doc, DocBin
from spacy.tokens import Doc

Doc.set_extension("image_path", default="another's")
with warnings.catch_warnings(record=True) as caught:
    nlp = spacy.blank("en")
    nlp.add_pipe("image_ocr", config={"attrs": {"image_path": "pic"}})
(clash,) = [str(warning.message) for warning in caught if warning.category is UserWarning]
assert "Doc._.image_path;" in clash and "attrs" in clash, clash
doc = nlp("no picture")
assert (doc._.image_path, doc._.pic, doc._.image_context) == ("another's", "", "")
try:
    nlp.add_pipe("image_objects")
except ValueError as error:
    assert "Doc._.image_path;" in str(error), error
else:
    raise AssertionError("another's extension was taken for ours")
"""


@pytest.mark.slow
def test_names_that_were_taken_before_the_import():
    done = subprocess.run(
        [sys.executable, "-c", TAKEN], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("field", ["image_path", "image_knowledge", "confidence"])
def test_the_context_stays_where_it_is_made_of_the_same(field):
    attrs = attributes({field: f"other_{field}"})
    assert attrs == Attributes(**{field: f"other_{field}"})


def test_a_renamed_alignment_needs_a_context_of_its_own():
    with pytest.raises(ValueError, match=r": Doc\._\.image_context;"):
        attributes({"image_ocr": "lettering"})
    attributes({"image_ocr": "lettering", "image_context": "lettering_context"})
    doc = spacy.blank("en")("x")
    doc._.lettering = [{"text": "GO", "score": 1.0, "box": []}]
    assert (doc._.lettering_context, doc._.image_context) == ("GO", "")


def test_paths_become_strings_that_can_be_saved(tmp_path):
    nlp = spacy.blank("en")
    for given, kept in [
        (tmp_path / "a.png", str(tmp_path / "a.png")),
        ("b.png", "b.png"),
        (None, ""),
        (1015799, "1015799"),
        (b"GIF89a", "data:;base64,R0lGODlh"),
        (bytearray(b"GIF89a"), "data:;base64,R0lGODlh"),
    ]:
        doc = nlp.make_doc("finally saw Jordan !")
        doc._.image_path = given
        assert doc._.image_path == kept
        [again] = DocBin(docs=[doc], store_user_data=True).get_docs(nlp.vocab)
        assert again._.image_path == kept
    assert nlp.make_doc("no picture")._.image_path == ""


@pytest.mark.parametrize("picture", [Image.new("RGB", (1, 1)), ["a.png"], 0.5, True])
def test_what_is_no_path_is_refused_when_it_is_set(picture):
    doc = spacy.blank("en").make_doc("finally saw Jordan !")
    kind = type(picture).__name__
    pattern = rf"^image_path of the document 'finally saw Jordan !' can't be .* \({kind}\): .*str"
    with pytest.raises(ValueError, match=pattern):
        doc._.image_path = picture


def test_a_path_that_can_not_be_saved_is_refused():
    doc = spacy.blank("en").make_doc("finally saw Jordan !")
    with pytest.raises(ValueError, match="image_path of the document .* is not UTF-8.*: rename"):
        doc._.image_path = os.fsdecode(b"caf\xe9.png")


BALL = {"label": "ball", "attribute": "", "score": 1.0, "box": []}
MATCH = {"text": "a match", "score": 1.0}


@pytest.mark.parametrize(
    "name, given, kept",
    [
        ("image_captions", "a match", [MATCH]),
        ("image_captions", ["a match"], [MATCH]),
        ("image_captions", ("a match",), [MATCH]),
        ("image_captions", np.array(["a match"]), [MATCH]),
        ("image_captions", (text for text in ["a match"]), [MATCH]),
        ("image_captions", {"text": "a match"}, [MATCH]),
        (
            "image_captions",
            [{"text": "a match", "score": np.float32(0.5)}],
            [MATCH | {"score": 0.5}],
        ),
        ("image_captions", [{"text": np.str_("a match"), "score": 1, "model": "blip"}], [MATCH]),
        ("image_captions", " ", []),
        ("image_objects", ["ball"], [BALL]),
        ("image_objects", [{"label": "ball"}], [BALL]),
        ("image_objects", [{**BALL, "attribute": None, "box": None}], [BALL]),
        (
            "image_objects",
            [{"label": "ball", "box": np.array([1, 2, 3, 4])}],
            [BALL | {"box": [1.0, 2.0, 3.0, 4.0]}],
        ),
        ("image_objects", [{"label": "ball", "box": (1, 2, 3, 4)}], [BALL | {"box": [1, 2, 3, 4]}]),
        ("image_captions", [MATCH | {"score": math.nan}], [MATCH]),
        ("image_captions", [MATCH | {"score": np.float32("nan")}], [MATCH]),
        ("image_objects", [{"label": "ball", "attribute": np.nan, "box": np.nan}], [BALL]),
        ("image_objects", [BALL | {"box": [1.0, 2.0, math.nan, 4.0]}], [BALL]),
        ("image_ocr", "GO", [{"text": "GO", "score": 1.0, "box": []}]),
        ("image_knowledge", ["Jordan plays."], [{"text": "Jordan plays."}]),
        ("image_knowledge", [], []),
        ("image_knowledge", None, None),
    ],
)
def test_alignments_become_plain_where_they_are_set(name, given, kept):
    nlp = spacy.blank("en")
    doc = nlp.make_doc("finally saw Jordan !")
    doc._.set(name, given)
    assert repr(doc._.get(name)) == repr(kept).replace("[1, 2, 3, 4]", "[1.0, 2.0, 3.0, 4.0]")
    assert str(ContextFormatter("All" if "know" not in name else "K")(doc, attributes())) == (
        "" if not kept else kept[0].get("text", kept[0].get("label"))
    )
    [again] = DocBin(docs=[doc], store_user_data=True).get_docs(nlp.vocab)
    assert again._.get(name) == kept


def test_alignments_become_plain_where_they_are_read():
    doc = spacy.blank("en").make_doc("finally saw Jordan !")
    doc._.image_captions = [MATCH]
    doc._.image_captions.append("a game")
    doc._.image_captions[0]["score"] = np.float32(0.5)
    assert doc._.image_captions == [MATCH | {"score": 0.5}, {"text": "a game", "score": 1.0}]
    assert type(doc._.image_captions[0]["score"]) is float
    # a Doc as an earlier version saved it
    doc.user_data["._.", "image_objects", None, None] = ("ball",)
    assert doc._.image_objects == [BALL]


@pytest.mark.parametrize(
    "name, value, cause",
    [
        ("image_captions", 7, r"7 \(int\): not a list; give a string, a dict with text"),
        ("image_captions", b"a match", "not a list"),
        ("image_captions", [7], "an entry must be a string or an object .a dict., not 7"),
        ("image_captions", [{"text": 7}], "7 is not a string"),
        ("image_captions", [{"caption": "a match"}], "unknown fields: caption; .*dict with text"),
        ("image_captions", ["\ud83d"], "can't encode"),
        ("image_objects", [{"score": 1.0}], "a DetectedObject must be a dict of label"),
        ("image_objects", [BALL | {"box": [1, 2]}], "four sides"),
        ("image_objects", [BALL | {"box": 7}], "has no len"),
        ("image_objects", [BALL | {"box": {1, 2, 3, 4}}], "four sides"),
        ("image_objects", [BALL | {"box": b"1234"}], "four sides"),
        ("image_captions", [MATCH | {"score": 10**400}], "a number is too large"),
        ("image_ocr", [{"text": "GO", "score": "high"}], "'high' is not a number"),
    ],
)
def test_what_is_no_alignment_is_refused_where_it_is_set_or_read(name, value, cause):
    doc = spacy.blank("en").make_doc("finally saw Jordan !")
    pattern = f"^{name} of the document 'finally saw Jordan !' can't be .*{cause}"
    with pytest.raises(ValueError, match=pattern):
        doc._.set(name, value)
    doc.user_data["._.", name, None, None] = value
    with pytest.raises(ValueError, match=pattern):
        doc._.get(name)


@pytest.mark.parametrize("name", ["image_context", "seen"])
def test_a_context_is_not_set_but_written(name):
    attributes({"image_ocr": "letters", "image_context": "seen"})
    doc = spacy.blank("en").make_doc("finally saw Jordan !")
    for value in ("a man sings", ["a man"]):
        with pytest.warns(UserWarning, match=f"^{name} of the document .* set those, such as"):
            doc._.set(name, value)
    assert doc._.get(name) == ""


@pytest.mark.filterwarnings("error")
def test_json_keeps_alignments_and_what_is_written_from_them():
    nlp = spacy.blank("en")
    doc = nlp.make_doc("finally saw Jordan !")
    doc._.image_path, doc._.image_captions = "a.png", "a man sings"
    names = ["image_path", "image_captions", "image_objects", "image_context"]
    again = Doc(nlp.vocab).from_json(doc.to_json(underscore=names))
    assert [again._.get(name) for name in names] == [doc._.get(name) for name in names]


def test_the_error_handler_gets_what_can_not_be_read():
    nlp = spacy.blank("en")
    nlp.add_pipe("image_ocr")
    docs = [nlp.make_doc(text) for text in ("good", "bad")]
    docs[1].user_data["._.", "image_ocr", None, None] = 7
    failed = []
    nlp.set_error_handler(lambda name, pipe, docs, error: failed.append((name, str(error))))
    assert [doc.text for doc in nlp.pipe(docs, batch_size=1)] == ["good"]
    [(name, error)] = failed
    assert name == "image_ocr" and error.startswith("image_ocr of the document 'bad' can't be 7")


def test_a_plain_extension_of_the_same_name_is_taken_over(tmp_path):
    Doc.set_extension("snapshot", default="")
    attributes({"image_path": "snapshot"})
    doc = spacy.blank("en").make_doc("a tweet")
    doc._.snapshot = tmp_path
    assert doc._.snapshot == str(tmp_path)
