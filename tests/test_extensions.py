"""Extensions whose names another library has taken, and other names for them."""

import subprocess
import sys

import pytest
import spacy
from PIL import Image
from spacy.tokens import Doc, DocBin

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
    done = subprocess.run([sys.executable, "-c", TAKEN], capture_output=True, text=True)
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
    ]:
        doc = nlp.make_doc("finally saw Jordan !")
        doc._.image_path = given
        assert doc._.image_path == kept
        [again] = DocBin(docs=[doc], store_user_data=True).get_docs(nlp.vocab)
        assert again._.image_path == kept
    assert nlp.make_doc("no picture")._.image_path == ""


@pytest.mark.parametrize(
    "picture", [b"\x89PNG", bytearray(b"\x89PNG"), Image.new("RGB", (1, 1)), ["a.png"], 0.5]
)
def test_what_is_no_path_is_refused_where_it_is_set(picture):
    doc = spacy.blank("en").make_doc("finally saw Jordan !")
    kind = type(picture).__name__
    pattern = f"^image_path of the document 'finally saw Jordan !' can't be of type {kind}: .*str"
    with pytest.raises(TypeError, match=pattern):
        doc._.image_path = picture


def test_a_plain_extension_of_the_same_name_is_taken_over(tmp_path):
    Doc.set_extension("photo", default="")
    attributes({"image_path": "photo"})
    doc = spacy.blank("en").make_doc("a tweet")
    doc._.photo = tmp_path
    assert doc._.photo == str(tmp_path)
