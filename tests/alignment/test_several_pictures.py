"""Documents with several pictures: each is aligned by itself, and a broken one costs that one."""

import pytest
import spacy
from spacy.tokens import DocBin
from spacy.util import registry

from spacy_ita.alignment.failures import failures, kinds_of_failures


@registry.misc("tests.SizeCaptioner.v1")
class SizeCaptioner:
    """Captions a picture by its size."""

    identity = {"name": "size"}

    def __call__(self, pictures):
        return [
            [{"text": f"{p.image.width} wide", "score": 1.0}, {"text": "a picture", "score": 0.5}]
            for p in pictures
        ]


@pytest.fixture
def nlp():
    nlp = spacy.blank("en")
    nlp.add_pipe("image_captions", config={"backend": {"@misc": "tests.SizeCaptioner.v1"}})
    return nlp


@pytest.fixture
def three(draw):
    return [draw(f"{width}.png", size=(width, 50)) for width in (100, 200, 300)]


def texts(doc):
    return [(entry["text"], entry.get("picture")) for entry in doc._.image_captions]


def test_each_picture_is_aligned_by_itself(nlp, three):
    doc = nlp.make_doc("two pictures of Milano")
    doc._.image_paths = three
    assert doc._.image_path == three[0]
    nlp(doc)
    assert texts(doc) == [
        (text, number)
        for number, width in enumerate((100, 200, 300))
        for text in (f"{width} wide", "a picture")
    ]


def test_a_document_with_one_picture_is_as_it_was(nlp, three):
    doc = nlp.make_doc("one")
    doc._.image_paths = three[:1]
    assert doc._.image_paths == three[:1]
    assert ("._.", "image_paths", None, None) not in doc.user_data
    assert texts(nlp(doc)) == [("100 wide", None), ("a picture", None)]


def test_image_path_is_the_first_and_replaces_the_others(nlp, three):
    doc = nlp.make_doc("post")
    assert doc._.image_paths == []
    doc._.image_paths = three
    doc._.image_path = three[2]
    assert doc._.image_paths == [three[2]]
    doc._.image_path = ""
    assert doc._.image_paths == []
    doc._.image_paths = ["", three[1], None, three[1]]
    assert doc._.image_paths == [three[1]]
    with pytest.raises(ValueError, match="image_paths of the document 'post'"):
        doc._.image_paths = 3
    with pytest.raises(ValueError, match="image_paths of the document 'post'"):
        doc._.image_paths = [three[1], 2.5]


def test_one_broken_picture_costs_that_one(nlp, three, tmp_path):
    (tmp_path / "200.png").write_bytes(b"secret")
    doc = nlp.make_doc("three pictures")
    doc._.image_paths = three
    with pytest.warns(UserWarning, match=r"200\.png: not a picture") as caught:
        nlp(doc)
    assert len(caught) == 1
    assert [number for _, number in texts(doc)] == [0, 0, 2, 2]
    [(extension, cause)] = failures(doc).items()
    assert extension == "image_captions"
    assert "200.png" in cause
    assert set(kinds_of_failures(doc).values()) == {"not a picture"}
    (tmp_path / "100.png").unlink()
    (tmp_path / "300.png").unlink()
    doc = nlp.make_doc("none left")
    doc._.image_paths = three
    with pytest.warns(UserWarning, match="No alignment"):
        nlp(doc)
    assert doc._.image_captions is None
    assert len(kinds_of_failures(doc)) == 3


def test_strict_mode_raises_for_one_broken_picture(nlp, three, tmp_path):
    (tmp_path / "200.png").write_bytes(b"")
    nlp.get_pipe("image_captions").strict = True
    doc = nlp.make_doc("three pictures")
    doc._.image_paths = three
    with pytest.raises(ValueError, match=r"200\.png"):
        nlp(doc)


def test_at_most_max_pictures_are_aligned(nlp, three, draw):
    doc = nlp.make_doc("five pictures")
    doc._.image_paths = [*three, draw("400.png"), draw("500.png")]
    with pytest.warns(UserWarning, match="5 pictures, of which the first 4 are aligned"):
        nlp(doc)
    assert {number for _, number in texts(doc)} == {0, 1, 2, 3}
    with pytest.raises(ValueError, match="max_pictures must be at least 1"):
        nlp.add_pipe("image_ocr", config={"max_pictures": 0})


def test_several_pictures_survive_docbin_and_other_processes(nlp, three):
    docs = [nlp.make_doc("a"), nlp.make_doc("b")]
    docs[0]._.image_paths = three
    nlp(docs[0])
    packed = DocBin(store_user_data=True, docs=docs).to_bytes()
    again, other = DocBin().from_bytes(packed).get_docs(nlp.vocab)
    assert again._.image_paths == three
    assert texts(again) == texts(docs[0])
    assert other._.image_paths == []


def test_other_names_of_the_extensions(three):
    nlp = spacy.blank("en")
    attrs = {"image_path": "photo"}
    config = {"backend": {"@misc": "tests.SizeCaptioner.v1"}, "attrs": attrs}
    nlp.add_pipe("image_captions", config=config)
    doc = nlp.make_doc("post")
    doc._.photos = three
    assert doc._.photo == three[0]
    assert len(texts(nlp(doc))) == 6
