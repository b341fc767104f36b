"""A training that goes on without `initialize` tells of labels that it can't learn."""

import warnings

import pytest
from spacy.training import Example


def test_each_label_is_told_once(make_nlp, make_doc, examples):
    nlp = make_nlp()
    data = examples(nlp)
    nlp.initialize(lambda: data)
    later = make_nlp().from_bytes(nlp.to_bytes())
    texts = [("i love paris", 7, "SONG"), ("i love london tonight", 7, "EVENT")]
    new = [make_doc(later, text, [(start, len(text), label)]) for text, start, label in texts]
    new = [Example(later.make_doc(doc.text), doc) for doc in new]
    with pytest.warns(UserWarning) as found:
        later.update([*examples(later), *new, *new])
    told = [str(warning.message) for warning in found if "label" in str(warning.message)]
    assert ["'EVENT'" in told[0], "'SONG'" in told[1]] == [True, True]
    assert len(told) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        later.update([*examples(later), *new])
