"""A large JPEG is decoded at a smaller size, where that is enough for the backend."""

import numpy
import pytest
import spacy
from PIL import Image

from spacy_ita.alignment.answers import cache_key
from spacy_ita.alignment.captions.ensemble import CaptionEnsemble
from spacy_ita.alignment.captions.hf import HFCaptioner
from spacy_ita.alignment.factories import ALIGNER_CONFIG, make_image_captions
from spacy_ita.alignment.language_models.chat import HFChat
from spacy_ita.alignment.language_models.served import ServedVLM
from spacy_ita.alignment.picture import Picture

TURNED = Image.Exif()
TURNED[0x0112] = 6


class Sizes:
    """A captioner that says how large the picture is."""

    def __init__(self, least_side=None):
        self.identity = {"backend": "sizes"}
        self.least_side = least_side

    def __call__(self, pictures):
        return [[{"text": "{} x {}".format(*one.image.size), "score": 1.0}] for one in pictures]


def photo(path, size, **settings):
    """Save a picture with coarse and fine structure; return its path."""
    noise = numpy.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype="uint8")
    image = Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)
    image.save(path, quality=90, **settings)
    return str(path)


@pytest.mark.parametrize(
    ("size", "least", "expected", "scale"),
    [
        ((640, 480), 100, (160, 120), 4),
        ((640, 480), 240, (320, 240), 2),
        ((640, 480), 241, (640, 480), 1),
        ((641, 481), 240, (321, 241), 2),
        ((480, 640), 30, (60, 80), 8),
        ((640, 480), None, (640, 480), 1),
        ((64, 48), 100, (64, 48), 1),
    ],
)
def test_the_shorter_side_keeps_what_is_enough(tmp_path, size, least, expected, scale):
    picture = Picture(photo(tmp_path / "a.jpg", size), least_side=least)
    assert picture.image.size == expected
    assert (picture.scale, picture.pixels) == (scale, expected[0] * expected[1])


def test_a_turned_photo_stands_upright(tmp_path):
    path = photo(tmp_path / "a.jpg", (640, 480), exif=TURNED)
    assert Picture(path, least_side=100).image.size == (120, 160)


def test_another_format_is_decoded_whole(tmp_path):
    picture = Picture(photo(tmp_path / "a.png", (640, 480)), least_side=100)
    assert (picture.image.size, picture.scale) == ((640, 480), 1)


def test_a_model_sees_the_same_picture(tmp_path):
    path = photo(tmp_path / "a.jpg", (1600, 1200))
    seen, expected = (
        numpy.asarray(Picture(path, least_side=side).image.resize((224, 224)), dtype=float)
        for side in (448, None)
    )
    assert abs(seen - expected).mean() < 1


def test_a_large_photo_alone_has_another_key(tmp_path):
    small, large = photo(tmp_path / "a.jpg", (64, 48)), photo(tmp_path / "b.jpg", (640, 480))
    before, after = (
        [cache_key(Picture(path, least_side=side), {}) for path in (small, large)]
        for side in (None, 100)
    )
    assert before[0] == after[0] and before[1] != after[1]


def test_a_broken_photo_is_an_error_of_its_own(tmp_path):
    path = photo(tmp_path / "a.jpg", (640, 480))
    data = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(data[:300])
    picture = Picture(path, least_side=100)
    assert (picture.scale, picture.pixels) == (1, 0)
    with pytest.raises(ValueError, match="a.jpg"):
        _ = picture.image


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        (Sizes(), "640 x 480"),
        (Sizes(100), "160 x 120"),
        (CaptionEnsemble(Sizes(100), Sizes(200)), "320 x 240"),
        (CaptionEnsemble(Sizes(100), Sizes()), "640 x 480"),
    ],
)
def test_the_backend_says_what_is_enough(tmp_path, backend, expected):
    pipe = make_image_captions(
        spacy.blank("en"), "captions", **{**ALIGNER_CONFIG, "backend": backend}
    )
    doc = spacy.blank("en")("a photo")
    doc._.image_path = photo(tmp_path / "a.jpg", (640, 480))
    assert pipe(doc)._.image_captions[0]["text"] == expected


def test_captioners_read_no_more_than_they_need(blip, tmp_path):
    backend = HFCaptioner(str(blip), max_new_tokens=4)
    path = photo(tmp_path / "a.jpg", (2900, 2100))
    smaller = Picture(path, least_side=backend.least_side)
    assert smaller.image.size == (1450, 1050)
    [found], [expected] = backend([smaller]), backend([Picture(path)])
    assert [one["text"] for one in found] == [one["text"] for one in expected]
    assert found[0]["score"] == pytest.approx(expected[0]["score"], abs=0.01)


@pytest.mark.parametrize(
    "backend",
    [
        HFChat("a model", "captions", max_side=100),
        ServedVLM("http://localhost", "a model", "captions", max_side=100),
    ],
)
def test_language_models_read_no_more_than_is_sent(backend, tmp_path):
    picture = Picture(photo(tmp_path / "a.jpg", (640, 480)), least_side=backend.least_side)
    assert picture.image.size == (160, 120)
    picture.image.thumbnail((backend.max_side, backend.max_side))
    assert picture.image.size == (100, 75)
