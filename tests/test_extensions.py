"""Extensions whose names another library has taken, and other names for them."""

import subprocess
import sys

import pytest
import spacy
from spacy.tokens import Doc

from spacy_ita.extensions import Attributes, attributes

TAKEN = """
import warnings
import spacy
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


def test_a_name_that_is_taken_is_refused_and_kept():
    Doc.set_extension("of_another", default="another's")
    with pytest.raises(ValueError, match=r"Doc\._\.of_another; choose other names by .*attrs"):
        attributes({"image_path": "of_another"})
    assert spacy.blank("en")("x")._.of_another == Doc.remove_extension("of_another")[0]


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
