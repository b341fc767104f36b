"""Answers of backends are checked and converted to plain values."""

from pathlib import Path
from weakref import ref

import numpy
import pytest
import spacy

from spacy_ita.alignment.answers import answer
from spacy_ita.alignment.cache import AlignmentCache
from spacy_ita.alignment.factories import ALIGNER_CONFIG, make_image_captions
from spacy_ita.alignment.out_of_memory import CallLimit
from spacy_ita.alignment.picture import Picture
from spacy_ita.errors import BackendError
from spacy_ita.extensions.alignments import Caption, DetectedObject


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([], "list of 2 alignments"),
        (None, "list of 2 alignments"),
        ([[], [], []], "list of 2 alignments"),
        (["a man", "a dog"], "must be a list of Caption"),
        ([None, []], "must be a list of Caption"),
        ([["a man"], []], "dict of text, score"),
        ([[{"text": "a man"}], []], "dict of text, score"),
        ([[{"text": "a man", "score": 1, "box": []}], []], "dict of text, score"),
        ([[{"text": 1, "score": 1}], []], "not a string"),
        ([[{"text": "a", "score": "b"}], []], "not a number"),
    ],
)
def test_wrong_answers_name_the_backend(pictures, said, message):
    class Wrong:
        identity = {"name": "wrong"}

        def __call__(self, pictures):
            return said

    with pytest.raises(ValueError, match=message) as caught:
        answer([Picture(path) for path in pictures[:2]], Wrong(), Caption, None)
    assert "Wrong" in str(caught.value)


def test_answers_become_plain_values(pictures):
    class Numpy:
        identity = {"name": "numpy"}

        def __call__(self, pictures):
            return [({"text": "a", "score": numpy.float32(0.5)},) for _ in pictures]

    [found] = answer([Picture(pictures[0])], Numpy(), Caption, None)
    assert found == [{"text": "a", "score": 0.5}] and type(found[0]["score"]) is float


def test_a_backend_without_identity_gets_no_bytes_and_no_cache(tmp_path):
    class ByName:
        identity = None

        def __call__(self, pictures):
            return [[{"text": picture.path, "score": 1.0}] for picture in pictures]

    cache = AlignmentCache(str(tmp_path / "cache.db"))
    found = answer([Picture("an id"), Picture("another")], ByName(), Caption, cache)
    assert [entry[0]["text"] for entry in found] == ["an id", "another"]
    assert not (tmp_path / "cache.db").exists()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_costs_its_picture_alone(pictures, number):
    class Overflown:
        identity = {"name": "overflown"}

        def __call__(self, pictures):
            scores = [0.5, number, 0.5]
            boxes = [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, number, 1]]
            return [
                [{"label": "dog", "attribute": "", "score": score, "box": box}]
                for score, box in zip(scores, boxes, strict=True)
            ]

    good, *bad = answer([Picture(path) for path in pictures[:3]], Overflown(), DetectedObject, None)
    assert good[0]["score"] == 0.5
    assert all("is not finite" in str(error) for error in bad)


class Greedy:
    """A captioner whose memory holds two pictures."""

    identity = {"backend": "greedy"}

    def __init__(self, error):
        self.error = error
        self.sizes = []

    def __call__(self, pictures):
        self.sizes.append(len(pictures))
        if len(pictures) > 2:
            activations = Activations()
            self.activations = ref(activations)
            raise self.error
        assert self.activations() is None
        return [[{"text": picture.path, "score": 1.0}] for picture in pictures]


class Activations:
    """What a failed call leaves in memory."""


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_a_batch_is_halved_where_memory_runs_out(pictures, error):
    backend = Greedy(error)
    with pytest.warns(UserWarning, match="Greedy: 4 pictures at once.*`batch_size = 2`"):
        found = answer([Picture(path) for path in pictures[:4]], backend, Caption, None)
    assert [caption["text"] for [caption] in found] == pictures[:4]
    assert backend.sizes == [4, 2, 2]


def test_the_size_that_fits_is_remembered(pictures):
    backend = Greedy(MemoryError())
    nlp = spacy.blank("en")
    pipe = make_image_captions(
        nlp, "image_captions", backend, **{**ALIGNER_CONFIG, "batch_size": 4}
    )
    docs = [nlp.make_doc("a post") for _ in pictures[:4] * 2]
    for doc, path in zip(docs, pictures[:4] * 2, strict=True):
        doc._.image_path = path
    with pytest.warns(UserWarning, match="from now on it reads 2"):
        found = list(pipe.pipe(docs))
    assert [doc._.image_captions[0]["text"] for doc in found] == pictures[:4] * 2
    assert backend.sizes == [4, 2, 2, 2, 2]


def test_a_picture_that_does_not_fit_alone_slows_no_others(pictures):
    class Crowded(Greedy):
        def __call__(self, asked):
            self.sizes.append(len(asked))
            if pictures[0] in [picture.path for picture in asked]:
                raise MemoryError
            return [[{"text": picture.path, "score": 1.0}] for picture in asked]

    backend, limit = Crowded(MemoryError()), CallLimit()
    with pytest.warns(UserWarning, match="don't fit into memory"):
        first, second = answer(
            [Picture(path) for path in pictures[:2]], backend, Caption, None, limit
        )
    assert isinstance(first, MemoryError) and second[0]["text"] == pictures[1]
    answer([Picture(path) for path in pictures[1:4]], backend, Caption, None, limit)
    assert backend.sizes == [2, 1, 1, 3]


def test_an_identity_that_is_no_key_names_the_backend(pictures):
    class Named:
        identity = {"folder": Path("weights")}

        def __call__(self, pictures):
            raise AssertionError("asked")

    with pytest.raises(BackendError, match="the identity of Named can't be written as JSON"):
        answer([Picture(pictures[0])], Named(), Caption, None)
