"""The demo's pictures and tweets are what the demo says they are."""

import shutil
from collections import Counter

import pytest
from examples import examples
from spacy.tokens import DocBin
from spacy.vocab import Vocab

from scripts.demo.make_data import to_doc
from scripts.demo.pictures.captions import scene_of
from scripts.demo.pictures.drawing import HEIGHT, WIDTH
from scripts.demo.pictures.scenes import KINDS, WRITTEN, render
from scripts.demo.pictures.things import LABELS
from scripts.demo.tweets.generation import generate
from scripts.demo.tweets.phrases import SCENES_OF, TYPES
from spacy_ita.extensions import attributes


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_determines_the_scene(kind):
    first, again, other = render(kind, "1"), render(kind, "1"), render(kind, "2")
    assert first.image.tobytes() == again.image.tobytes() != other.image.tobytes()
    assert (first.objects, first.captions) == (again.objects, again.captions)


@pytest.mark.parametrize("kind", KINDS)
def test_boxes_lie_in_the_picture_and_captions_name_the_scene(kind):
    for seed in range(examples(8)):
        scene = render(kind, str(seed))
        assert scene.image.size == (WIDTH, HEIGHT)
        for label, (left, top, right, bottom) in scene.objects:
            assert label in LABELS
            assert 0 <= left < right <= WIDTH and 0 <= top < bottom <= HEIGHT
        assert scene.captions and {scene_of(text) for text in scene.captions} == {kind}
        assert not any("{" in text or "  " in text for text in scene.captions)


def test_same_seed_same_tweets():
    assert list(generate("dev", 40, 3)) == list(generate("dev", 40, 3))
    assert list(generate("dev", 40, 3)) != list(generate("dev", 40, 4))


def test_only_the_picture_tells_an_ambiguous_name():
    tweets = list(generate("train", 600, 0))
    names = [(t, n) for t in tweets for n in t.names if n.kind == "ambiguous"]
    types = Counter(name.type for _, name in names)
    assert set(types) == set(TYPES)
    assert max(types.values()) - min(types.values()) <= 1
    assert all(tweet.scene in SCENES_OF[name.type] for tweet, name in names)


def test_lettering_shows_names_that_no_other_part_has():
    taken: set[str] = set()
    parts = []
    for split in ("train", "dev", "test"):
        tweets = [t for t in generate(split, 200, 0, taken) if t.lettering]
        names = {t.words[n.start].lower() for t in tweets for n in t.names if n.kind == "lettering"}
        assert len(names) == len(tweets)
        assert all(any(name.upper() in t.lettering for name in names) for t in tweets)
        parts.append(names)
    assert not parts[0] & parts[1] and not parts[1] & parts[2] and not parts[0] & parts[2]


def test_some_tweets_have_no_picture_some_no_name_some_several():
    tweets = list(generate("train", 600, 0))
    bare = sum(not tweet.scene for tweet in tweets)
    assert 0.05 < bare / len(tweets) < 0.11
    assert all({n.kind for n in t.names} <= {"plain"} for t in tweets if not t.scene)
    assert {len(tweet.names) for tweet in tweets} == {0, 1, 2}


def test_docs_keep_names_kinds_and_picture_in_a_docbin():
    attrs = attributes()
    vocab = Vocab()
    tweets = list(generate("dev", 60, 1))
    docs = [to_doc(vocab, t, "pictures/x.jpg" if t.scene else "", attrs) for t in tweets]
    data = DocBin(docs=docs, store_user_data=True).to_bytes()
    for tweet, doc in zip(tweets, DocBin().from_bytes(data).get_docs(Vocab()), strict=True):
        assert [token.text for token in doc] == tweet.words
        assert doc.text == " ".join(tweet.words)
        gold = [(e.start, e.end, e.label_) for e in doc.ents]
        assert gold == [(n.start, n.end, n.type) for n in tweet.names]
        for kind, group in doc.spans.items():
            assert [s.start for s in group] == [n.start for n in tweet.names if n.kind == kind]
            assert doc.cats[kind] == bool(len(group))
        assert bool(doc._.image_path) == bool(tweet.scene)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs Tesseract")
@pytest.mark.slow
def test_tesseract_reads_the_lettering():
    pytesseract = pytest.importorskip("pytesseract")
    wanted = read = 0
    for index in range(9):
        kind = list(WRITTEN)[index % 3]
        text = ("VELORA LIVE TONIGHT ON STAGE", "WELCOME TO MARAVO", "KOSANE THE MOVIE")[index // 3]
        picture = render(kind, f"ocr/{index}", text).image
        found = pytesseract.image_to_string(picture, config="--psm 6").split()
        wanted += len(text.split())
        read += sum(word in found for word in text.split())
    assert read / wanted >= 0.9
