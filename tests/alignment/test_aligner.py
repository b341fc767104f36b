import warnings

import numpy
import pytest
import spacy
from spacy.tokens import Doc, DocBin

from spacy_ita.aligner import Aligner
from spacy_ita.alignment import answers
from spacy_ita.alignment.answers import answer
from spacy_ita.alignment.backends.base import BackendError
from spacy_ita.alignment.cache import AlignmentCache
from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.types import Caption


class Sizes:
    """A backend of a user: captions that name the size of the picture."""

    def __init__(self, version: int = 1, fail_on: str = "") -> None:
        self.identity = {"name": "sizes", "version": version}
        self.fail_on = fail_on
        self.calls: list[list[str]] = []

    def __call__(self, pictures):
        self.calls.append([picture.path for picture in pictures])
        if self.fail_on and any(self.fail_on in picture.path for picture in pictures):
            raise RuntimeError("too hard")
        return [[{"text": str(picture.image.size), "score": 0.5}] for picture in pictures]


@spacy.registry.misc("tests.Sizes.v1")
def make_sizes(version: int = 1, fail_on: str = "") -> Sizes:
    return Sizes(version, fail_on)


@pytest.fixture
def build():
    def build(factory="image_captions", nlp=None, backend=None, **config):
        nlp = nlp or spacy.blank("en")
        config["backend"] = {"@misc": "tests.Sizes.v1", **(backend or {})}
        nlp.add_pipe(factory, config=config)
        return nlp

    return build


def docs(nlp, paths):
    found = []
    for number, path in enumerate(paths):
        doc = nlp.make_doc(f"document {number}")
        if path:
            doc._.image_path = path
        found.append(doc)
    return found


def captions(stream):
    return [doc._.image_captions and doc._.image_captions[0]["text"] for doc in stream]


def backend_of(nlp):
    return nlp.get_pipe("image_captions").backend


def test_defaults_make_nothing_that_needs_a_model_or_an_engine(monkeypatch):
    monkeypatch.setenv("PATH", "")
    nlp = spacy.blank("en")
    for factory in ("image_objects", "image_captions", "image_ocr"):
        nlp.add_pipe(factory)
    doc = nlp("no picture")
    assert (doc._.image_objects, doc._.image_captions, doc._.image_ocr) == (None, None, None)
    assert nlp.analyze_pipes()["summary"]["image_ocr"]["assigns"] == ["doc._.image_ocr"]


def test_order_batches_and_documents_without_a_picture(build, pictures):
    nlp = build(batch_size=3)
    paths = [pictures[0], "", *pictures[1:], ""]
    stream = list(nlp.pipe(docs(nlp, paths)))
    assert [doc.text for doc in stream] == [f"document {number}" for number in range(8)]
    sizes = [None if not path else str(Picture(path).image.size) for path in paths]
    assert captions(stream) == sizes
    assert [len(call) for call in backend_of(nlp).calls] == [2, 3, 1]
    one_by_one = [nlp(doc) for doc in docs(nlp, paths)]
    assert captions(one_by_one) == sizes


def test_a_smaller_batch_of_the_caller_is_kept_to(build, pictures):
    nlp = build(batch_size=16)
    list(nlp.pipe(docs(nlp, pictures), batch_size=2))
    assert [len(call) for call in backend_of(nlp).calls] == [2, 2, 2]


def test_large_pictures_come_in_smaller_parts(build, pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(answers, "PART_PIXELS", 2 * 160 * 120)
    cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(tmp_path / "cache.db")}
    nlp = build(cache=cache)
    paths = [*pictures[:2], "missing.png", pictures[0], *pictures[2:]]
    with pytest.warns(UserWarning, match="missing.png"):
        stream = list(nlp.pipe(docs(nlp, paths)))
    sizes = [None if path == "missing.png" else str(Picture(path).image.size) for path in paths]
    assert captions(stream) == sizes
    # 160, 200, 240 and again pixels wide
    assert backend_of(nlp).calls == [pictures[:2], pictures[2:4], pictures[4:]]
    again = build(cache=cache)
    with pytest.warns(UserWarning, match="missing.png"):
        assert captions(again.pipe(docs(again, paths))) == sizes
    assert backend_of(again).calls == []


def test_same_pictures_are_asked_for_once_and_not_shared(build, draw):
    nlp = build()
    first, copy = draw("a.png"), draw("b.png")
    one, two, three = nlp.pipe(docs(nlp, [first, first, copy]))
    assert [len(call) for call in backend_of(nlp).calls] == [1]
    one._.image_captions.append("changed")
    assert len(two._.image_captions) == len(three._.image_captions) == 1


def test_aligned_documents_are_skipped_unless_overwritten(build, pictures):
    for overwrite, text in ((False, "kept"), (True, "(160, 120)")):
        nlp = build(overwrite=overwrite)
        [doc] = docs(nlp, pictures[:1])
        doc._.image_captions = [{"text": "kept", "score": 0.0}]
        assert captions([nlp(doc)]) == [text]
    nlp = build()
    [doc] = docs(nlp, pictures[:1])
    doc._.image_captions = []
    assert nlp(doc)._.image_captions == []


def test_cache_spares_the_backend_and_the_decoding(build, pictures, tmp_path, monkeypatch):
    cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(tmp_path / "cache.db")}
    first = build(cache=cache)
    expected = captions(first.pipe(docs(first, pictures[:4])))
    second = build(cache=cache)
    monkeypatch.setattr(Picture, "image", property(lambda self: pytest.fail("decoded")))
    assert captions(second.pipe(docs(second, pictures[:4]))) == expected
    assert backend_of(second).calls == []
    monkeypatch.undo()
    list(second.pipe(docs(second, pictures)))
    assert backend_of(second).calls == [pictures[4:]]


def test_the_key_is_the_bytes_and_the_identity(build, draw, tmp_path):
    cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(tmp_path / "cache.db")}
    path = draw("a.png", size=(160, 120))
    nlp = build(cache=cache)
    assert captions([nlp(*docs(nlp, [path]))]) == ["(160, 120)"]
    assert captions([nlp(*docs(nlp, [draw("elsewhere.png", size=(160, 120))]))]) == ["(160, 120)"]
    assert len(backend_of(nlp).calls) == 1
    draw("a.png", size=(200, 100))
    assert captions([nlp(*docs(nlp, [path]))]) == ["(200, 100)"]
    other = build(cache=cache, backend={"version": 2})
    other(*docs(other, [path]))
    assert len(backend_of(nlp).calls) == 2 and len(backend_of(other).calls) == 1


def test_a_broken_picture_is_warned_of_once_over_all_pipes(build, pictures, tmp_path):
    nlp = None
    for factory in ("image_objects", "image_captions", "image_ocr"):
        nlp = build(factory, nlp=nlp)
    for name in ("image_objects", "image_ocr"):
        nlp.get_pipe(name).item = Caption
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
        assert stream[0]._.image_objects is None and stream[0]._.image_ocr is None
    assert all(paths[2] not in call for call in backend_of(nlp).calls)


def test_a_warning_quotes_the_start_of_a_long_document(build):
    nlp = build()
    doc = nlp.make_doc("word " * 100)
    doc._.image_path = "missing.png"
    with pytest.warns(UserWarning) as caught:
        nlp(doc)
    assert len(str(caught[0].message)) < 200


def test_strict_raises_through_the_error_handler(build, pictures):
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


def test_a_failing_picture_costs_its_document_alone(build, pictures, tmp_path):
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


def test_a_backend_that_can_not_run_is_an_error_without_strict(build, pictures):
    class Absent(Sizes):
        def __call__(self, pictures):
            raise BackendError("not installed")

    spacy.registry.misc("tests.Absent.v1", func=Absent)
    nlp = build(backend={"@misc": "tests.Absent.v1"})
    with pytest.raises(BackendError, match="not installed"):
        list(nlp.pipe(docs(nlp, pictures)))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([], "list of 2 alignments"),
        (None, "list of 2 alignments"),
        ([[], [], []], "list of 2 alignments"),
        (["a man", "a dog"], "is a list of Caption"),
        ([None, []], "is a list of Caption"),
        ([["a man"], []], "dict of text, score"),
        ([[{"text": "a man"}], []], "dict of text, score"),
        ([[{"text": "a man", "score": 1, "box": []}], []], "dict of text, score"),
        ([[{"text": 1, "score": 1}], []], "no string"),
        ([[{"text": "a", "score": "b"}], []], "no number"),
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


def test_wrong_settings(build):
    with pytest.raises(ValueError, match="batch_size"):
        build(batch_size=0)
    for pipe in (build().get_pipe("image_captions"), Aligner(build())):
        with pytest.raises(ValueError, match="batch_size must be at least 1, not 0"):
            list(pipe.pipe([], batch_size=0))
    with pytest.raises(ValueError, match="unknown attributes"):
        build(attrs={"image": "picture"})
    spacy.registry.misc("tests.none.v1", func=lambda: print)
    with pytest.raises(ValueError, match="no backend"):
        spacy.blank("en").add_pipe("image_ocr", config={"backend": {"@misc": "tests.none.v1"}})


def test_other_names_of_the_extensions(build, pictures):
    names = {
        "image_path": "photo",
        "image_captions": "photo_captions",
        "image_context": "photo_context",
    }
    nlp = build(attrs=names)
    doc = nlp.make_doc("a")
    doc._.photo = pictures[0]
    assert nlp(doc)._.photo_captions == [{"text": "(160, 120)", "score": 0.5}]
    assert doc._.image_captions is None


def test_backend_that_reads_the_text_answers_each_document(build, pictures, tmp_path):
    class Echo:
        identity = {"name": "echo"}
        reads_text = True

        def __call__(self, pictures):
            asked.extend(picture.text for picture in pictures)
            return [[{"text": f"about {picture.text}"}] for picture in pictures]

    asked: list[str] = []
    spacy.registry.misc("tests.Echo.v1", func=Echo)
    nlp = spacy.blank("en")
    cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(tmp_path / "cache.sqlite")}
    nlp.add_pipe("image_knowledge", config={"backend": {"@misc": "tests.Echo.v1"}, "cache": cache})
    path = pictures[0]
    for _ in range(2):
        found = list(nlp.pipe(docs(nlp, [path, path])))
        assert [doc._.image_knowledge for doc in found] == [
            [{"text": "about document 0"}],
            [{"text": "about document 1"}],
        ]
    assert asked == ["document 0", "document 1"]


def test_alignments_survive_docbin(build, pictures):
    nlp = build()
    stream = list(nlp.pipe(docs(nlp, pictures)))
    stored = DocBin(docs=stream, store_user_data=True).to_bytes()
    loaded = list(DocBin().from_bytes(stored).get_docs(nlp.vocab))
    # a DocBin gives lists back as tuples
    assert [list(doc._.image_captions) for doc in loaded] == [
        doc._.image_captions for doc in stream
    ]
    one = Doc(nlp.vocab).from_bytes(stream[0].to_bytes())
    assert one._.image_captions == stream[0]._.image_captions


def test_a_pipeline_with_a_backend_that_is_not_saved(build, pictures, tmp_path):
    nlp = build()
    nlp.to_disk(tmp_path / "model")
    for loaded in (
        spacy.load(tmp_path / "model"),
        spacy.blank("en").from_config(nlp.config).from_bytes(nlp.to_bytes()),
    ):
        assert captions([loaded(*docs(loaded, pictures[:1]))]) == ["(160, 120)"]
