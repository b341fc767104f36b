"""Tweets in the format of MNER-MI."""

import zipfile

import pytest
from PIL import Image

from spacy_ita.corpora import Notes, read_corpus
from spacy_ita.corpora.mner_mi import read_mner_mi
from spacy_ita.extensions import attributes
from spacy_ita.sources import read_source

TWEETS = """\
{"id": 7, "text": ["i", "love", "Jae"], "images": ["7_0.jpg", "7_1.jpg"], \
"label": ["O", "O", "B-PER"], "url": ""}
{'id': 'twitter2017-O_26', 'text': ['Taylor', "'s"], 'images': ['twitter2017-O_26.jpg'], \
'label': ['B-PER', 'O'], 'url': ''}
"""


@pytest.fixture
def tweets(tmp_path):
    path = tmp_path / "MNER-MI_train.txt"
    path.write_text(TWEETS)
    return path


def test_tweets_with_several_pictures(tweets, nlp, tmp_path):
    Image.new("RGB", (8, 6)).save(tmp_path / "7_1.jpg")
    first, second = read_corpus(tweets, nlp)
    assert [(ent.text, ent.label_) for ent in first.ents] == [("Jae", "PER")]
    assert first._.image_paths == ["7_0.jpg", str(tmp_path / "7_1.jpg")]
    assert [Notes(doc).id for doc in (first, second)] == ["7", "twitter2017-O_26"]
    assert [token.text for token in second] == ["Taylor", "'s"]


def test_pictures_in_a_zip(tweets, nlp, tmp_path):
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        archive.writestr("images/7_0.jpg", b"first")
        archive.writestr("images/O_26.jpg", b"second")
    docs = list(read_mner_mi(tweets, nlp.vocab, attributes(), tmp_path / "images.zip"))
    assert read_source(docs[0]._.image_path) == b"first"
    assert read_source(docs[1]._.image_path) == b"second"


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ('{"id": 1, "text": ["a"], "label": [], "images": []}', "1 words, but 0 tags"),
        ('{"id": 1, "text": ["a"], "label": ["PER"], "images": []}', "'PER' is not a tag"),
        ('{"id": 1, "text": ["a"], "images": []}', "no 'label'"),
        ('{"id": 1', "Expecting"),
        ("{'id': open('x')}", "malformed"),
    ],
)
def test_other_lines_are_errors_with_their_number(nlp, tmp_path, line, cause):
    path = tmp_path / "a.txt"
    path.write_text(f'{{"id": 0, "text": [], "label": [], "images": []}}\n{line}\n')
    with pytest.raises(ValueError, match=rf"a\.txt:2: .*{cause}"):
        list(read_corpus(path, nlp))
