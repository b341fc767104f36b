"""CoNLL columns with `IMGID:` lines, as the published corpora have them."""

import pytest
import spacy

from spacy_ita import attributes
from spacy_ita.io import Notes, read_corpus
from spacy_ita.io.conll import read_conll
from spacy_ita.iob import repair_iob

CONLL = """IMGID:17_06_1
RT\tO
Kanye\tB-PER
West\tI-PER
@x\tO

IMGID: 42

 \tO
\u0007odd\tI-LOC
next\tI-PER
to\tO

"""


def test_conll_with_its_warts(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text(CONLL, encoding="utf8")
    (tmp_path / "images").mkdir()
    picture = tmp_path / "images" / "42.jpg"
    picture.touch()
    vocab = spacy.blank("en").vocab
    first, second = read_conll(path, vocab, attributes(), tmp_path / "images")
    assert [(ent.text, ent.label_) for ent in first.ents] == [("Kanye West", "PER")]
    assert first._.image_path == "17_06_1"
    assert [token.text for token in second] == [" ", "\u0007odd", "next", "to"]
    assert [(ent.start, ent.label_) for ent in second.ents] == [(1, "LOC"), (2, "PER")]
    assert second._.image_path == str(picture)


def test_a_mark_at_the_start_is_no_text(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text(CONLL, encoding="utf-8-sig")
    first, _ = read_conll(path, spacy.blank("en").vocab, attributes())
    assert first._.image_path == "17_06_1" and first[0].text == "RT"


@pytest.mark.parametrize(
    "tags, repaired",
    [
        (["I-PER", "I-PER"], ["B-PER", "I-PER"]),
        (["B-LOC", "I-PER", "I-PER"], ["B-LOC", "B-PER", "I-PER"]),
        (["O", "I-ORG", "O", "B-ORG", "I-ORG"], ["O", "B-ORG", "O", "B-ORG", "I-ORG"]),
        ([], []),
    ],
)
def test_stray_inside_tags_open_entities(tags, repaired):
    assert repair_iob(tags) == repaired


@pytest.mark.parametrize(
    "line, cause",
    [
        (b"no tag here", "neither .*no tag here"),
        (b"\tB-LOC", "neither .*B-LOC"),
        (b"caf\xe9\tO", "not UTF-8 at byte 3: convert it"),
    ],
)
def test_bad_line_is_named(tmp_path, line, cause):
    path = tmp_path / "bad.txt"
    path.write_bytes(b"IMGID:1\nKanye\tB-PER\n" + line + b"\n")
    with pytest.raises(ValueError, match=rf"bad\.txt:3: {cause}"):
        list(read_conll(path, spacy.blank("en").vocab, attributes()))


def test_an_image_within_a_tweet_is_named(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text("IMGID:1\nKanye\tB-PER\nIMGID:2\nWest\tO\n", encoding="utf8")
    with pytest.raises(ValueError, match=r"bad\.txt:3: IMGID inside a tweet"):
        list(read_conll(path, spacy.blank("en").vocab, attributes()))


def test_only_pictures_are_taken_for_pictures(tmp_path):
    images, path = tmp_path / "images", tmp_path / "train.txt"
    images.mkdir()
    for name in ("1.JPG", "1.json", "1.npy", "2.npy", "2.txt", "3", "p.png"):
        (images / name).touch()
    (images / "4.png").mkdir()
    ids = ("1", "2", "3", "4", "p.png", "p")
    path.write_text("".join(f"IMGID:{name}\nparis\tO\n\n" for name in ids))
    docs = read_conll(path, spacy.blank("en").vocab, attributes(), images)
    found = [doc._.image_path.removeprefix(f"{images}/") for doc in docs]
    assert found == ["1.JPG", "2", "3", "4", "p.png", "p.png"]


def test_a_corpus_in_columns_is_read_with_the_pictures_beside_it(tmp_path):
    (tmp_path / "a.png").touch()
    path = tmp_path / "train.conll"
    path.write_text("IMGID:a.png\nparis\tB-LOC\n\nIMGID:17_06_1\nobama\tO\n")
    first, second = read_corpus(path, spacy.blank("en"))
    assert (first._.image_path, second._.image_path) == (str(tmp_path / "a.png"), "17_06_1")
    assert (Notes(first).id, Notes(second).id) == ("1", "2")
    assert [ent.label_ for ent in first.ents] == ["LOC"]
