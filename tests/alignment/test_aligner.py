"""The pipes align documents: in order, in parts, once a picture."""

import pytest
import spacy
from sized import backend_of, build, captions, docs
from spacy.tokens import Doc, DocBin

from spacy_ita.alignment import answers
from spacy_ita.alignment.picture import Picture


def test_defaults_make_nothing_that_needs_a_model_or_an_engine(monkeypatch):
    monkeypatch.setenv("PATH", "")
    nlp = spacy.blank("en")
    for factory in ("image_objects", "image_captions", "image_ocr"):
        nlp.add_pipe(factory)
    doc = nlp("no picture")
    assert (doc._.image_objects, doc._.image_captions, doc._.image_ocr) == (None, None, None)
    assert nlp.analyze_pipes()["summary"]["image_ocr"]["assigns"] == ["doc._.image_ocr"]


def test_order_batches_and_documents_without_a_picture(pictures):
    nlp = build(batch_size=3)
    paths = [pictures[0], "", *pictures[1:], ""]
    stream = list(nlp.pipe(docs(nlp, paths)))
    assert [doc.text for doc in stream] == [f"document {number}" for number in range(8)]
    sizes = [None if not path else str(Picture(path).image.size) for path in paths]
    assert captions(stream) == sizes
    assert [len(call) for call in backend_of(nlp).calls] == [2, 3, 1]
    one_by_one = [nlp(doc) for doc in docs(nlp, paths)]
    assert captions(one_by_one) == sizes


def test_a_smaller_batch_of_the_caller_is_kept_to(pictures):
    nlp = build(batch_size=16)
    list(nlp.pipe(docs(nlp, pictures), batch_size=2))
    assert [len(call) for call in backend_of(nlp).calls] == [2, 2, 2]


def test_large_pictures_come_in_smaller_parts(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(answers, "PART_PIXELS", 2 * 160 * 120)
    cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(tmp_path / "cache.db")}
    nlp = build(cache=cache)
    paths = [*pictures[:2], "missing.png", pictures[0], *pictures[2:]]
    with pytest.warns(UserWarning, match="missing.png"):
        stream = list(nlp.pipe(docs(nlp, paths)))
    sizes = [None if path == "missing.png" else str(Picture(path).image.size) for path in paths]
    assert captions(stream) == sizes
    # 160, 200 and 240 pixels wide, and then the same again
    assert backend_of(nlp).calls == [pictures[:2], pictures[2:4], pictures[4:]]
    again = build(cache=cache)
    with pytest.warns(UserWarning, match="missing.png"):
        assert captions(again.pipe(docs(again, paths))) == sizes
    assert backend_of(again).calls == []


def test_same_pictures_are_asked_for_once_and_not_shared(draw):
    nlp = build()
    first, copy = draw("a.png"), draw("b.png")
    one, two, three = nlp.pipe(docs(nlp, [first, first, copy]))
    assert [len(call) for call in backend_of(nlp).calls] == [1]
    one._.image_captions.append("changed")
    assert len(two._.image_captions) == len(three._.image_captions) == 1


def test_aligned_documents_are_skipped_unless_overwritten(pictures):
    for overwrite, text in ((False, "kept"), (True, "(160, 120)")):
        nlp = build(overwrite=overwrite)
        [doc] = docs(nlp, pictures[:1])
        doc._.image_captions = [{"text": "kept", "score": 0.0}]
        assert captions([nlp(doc)]) == [text]
    nlp = build()
    [doc] = docs(nlp, pictures[:1])
    doc._.image_captions = []
    assert nlp(doc)._.image_captions == []


def test_cache_spares_the_backend_and_the_decoding(pictures, tmp_path, monkeypatch):
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


def test_the_key_is_the_bytes_and_the_identity(draw, tmp_path):
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


def test_other_names_of_the_extensions(pictures):
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


def test_backend_that_reads_the_text_answers_each_document(pictures, tmp_path):
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


def test_alignments_survive_docbin(pictures):
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


def test_a_pipeline_with_a_backend_that_is_not_saved(pictures, tmp_path):
    nlp = build()
    nlp.to_disk(tmp_path / "model")
    for loaded in (
        spacy.load(tmp_path / "model"),
        spacy.blank("en").from_config(nlp.config).from_bytes(nlp.to_bytes()),
    ):
        assert captions([loaded(*docs(loaded, pictures[:1]))]) == ["(160, 120)"]
