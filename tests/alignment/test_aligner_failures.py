"""The pipes with bad pictures, backends and settings."""

import warnings

import pytest
import spacy
from sized import Sizes, backend_of, build, captions, docs

from spacy_ita.errors import BackendError
from spacy_ita.extensions.alignments import Caption
from spacy_ita.pipeline.aligner import Aligner


def test_a_broken_picture_gives_one_warning_over_all_pipes(pictures, tmp_path):
    nlp = None
    for factory in ("image_objects", "image_captions", "image_ocr"):
        nlp = build(factory, nlp=nlp)
    for name in ("image_objects", "image_ocr"):
        pipe = nlp.get_pipe(name)
        pipe.item, pipe.target = Caption, "image_captions"
    (tmp_path / "broken.png").write_bytes(b"x")
    paths = [str(tmp_path / "missing.png"), pictures[0], str(tmp_path / "broken.png")]
    for action in ("default", "always"):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter(action)
            stream = list(nlp.pipe(docs(nlp, paths)))
        messages = [str(warning.message) for warning in caught]
        assert len(messages) == 2
        assert "'document 0'" in messages[0] and paths[0] in messages[0]
        assert "'document 2'" in messages[1] and paths[2] in messages[1]
        assert captions(stream) == [None, "(160, 120)", None]
    assert all(paths[2] not in call for call in backend_of(nlp).calls)


def test_a_warning_quotes_the_start_of_a_long_document():
    nlp = build()
    doc = nlp.make_doc("word " * 100)
    doc._.image_path = "missing.png"
    with pytest.warns(UserWarning) as caught:
        nlp(doc)
    assert len(str(caught[0].message)) < 200


def test_strict_raises_through_the_error_handler(pictures):
    nlp = build(strict=True)
    paths = [pictures[0], "missing.png", pictures[1]]
    with pytest.raises(ValueError, match="missing.png"):
        list(nlp.pipe(docs(nlp, paths)))
    with pytest.raises(ValueError, match="missing.png"):
        nlp(*docs(nlp, ["missing.png"]))
    seen = []
    nlp.set_error_handler(
        lambda name, proc, failed, error: seen.append((name, [doc.text for doc in failed], error))
    )
    assert captions(nlp.pipe(docs(nlp, paths))) == ["(160, 120)", "(200, 120)"]
    [(name, texts, error)] = seen
    assert (name, texts) == ("image_captions", ["document 1"]) and "missing.png" in str(error)


def test_a_failing_picture_costs_its_document_alone(pictures, tmp_path):
    cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(tmp_path / "cache.db")}
    nlp = build(backend={"fail_on": "green"}, cache=cache)
    with pytest.warns(UserWarning, match="Sizes failed with RuntimeError: too hard") as caught:
        found = captions(nlp.pipe(docs(nlp, pictures)))
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "'document 2'" in message and "green.png" in message
    assert [text is None for text in found] == [False, False, True, False, False, False]
    again = build(cache=cache)
    assert None not in captions(again.pipe(docs(again, pictures)))
    assert backend_of(again).calls == [[pictures[2]]]
    strict = build(backend={"fail_on": "green"}, strict=True)
    with pytest.raises(RuntimeError, match="too hard"):
        list(strict.pipe(docs(strict, pictures)))


def test_a_backend_that_can_not_run_is_an_error_without_strict(pictures):
    class Absent(Sizes):
        def __call__(self, pictures):
            raise BackendError("not installed")

    spacy.registry.misc("tests.Absent.v1", func=Absent)
    nlp = build(backend={"@misc": "tests.Absent.v1"})
    with pytest.raises(BackendError, match="not installed"):
        list(nlp.pipe(docs(nlp, pictures)))


def test_wrong_settings():
    with pytest.raises(ValueError, match="batch_size"):
        build(batch_size=0)
    for pipe in (build().get_pipe("image_captions"), Aligner(build())):
        with pytest.raises(ValueError, match="batch_size must be at least 1, not 0"):
            list(pipe.pipe([], batch_size=0))
    with pytest.raises(ValueError, match="unknown attributes"):
        build(attrs={"image": "picture"})
    spacy.registry.misc("tests.none.v1", func=lambda: print)
    with pytest.raises(ValueError, match="is not a backend"):
        spacy.blank("en").add_pipe("image_ocr", config={"backend": {"@misc": "tests.none.v1"}})
