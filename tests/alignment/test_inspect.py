"""Alignments drawn on their picture."""

import time

import pytest
import spacy
from PIL import Image

from spacy_ita.alignment.inspect import OBJECT_COLOURS, OCR_COLOUR, inspect
from spacy_ita.alignment.picture import PictureError


def rgb(colour):
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))


@pytest.fixture
def doc(draw):
    doc = spacy.blank("en")("paris")
    doc._.image_path = draw(size=(400, 300), ground="grey")
    return doc


def test_boxes_are_scaled_with_the_picture(doc):
    doc._.image_objects = [
        {"label": "ball", "attribute": "red", "score": 0.9, "box": [100, 100, 200, 200]}
    ]
    doc._.image_ocr = [{"text": "GO", "score": 0.8, "box": [40, 100, 80, 140]}]
    image = inspect(doc)
    assert image.width == 800
    assert image.getpixel((201, 300)) == rgb(OBJECT_COLOURS[0])
    assert image.getpixel((81, 250)) == rgb(OCR_COLOUR)


@pytest.mark.parametrize("size", [(10, 20_000), (20_000, 10), (1, 1)])
def test_whatever_the_shape_the_drawing_is_of_a_size_to_be_seen(size, tmp_path):
    doc = spacy.blank("en")("")
    doc._.image_path = str(tmp_path / "a.png")
    Image.new("RGB", size, "grey").save(doc._.image_path)
    doc._.image_ocr = [{"text": "GO", "score": 0.8, "box": [0, 0, *size]}]
    image = inspect(doc)
    assert 800 <= image.width <= 1600 and image.height <= 8000
    assert rgb(OCR_COLOUR) in {colour for _, colour in image.getcolors(2**16)}


def test_a_box_with_swapped_sides_is_drawn_as_the_box_that_it_is(doc):
    box = {"label": "ball", "attribute": "", "score": 0.9, "box": [100, 100, 200, 200]}
    doc._.image_objects = [box]
    expected = inspect(doc)
    doc._.image_objects = [{**box, "box": [200, 200, 100, 100]}]
    assert inspect(doc) == expected


def test_captions_make_the_band_taller(doc):
    plain = inspect(doc)
    doc._.image_captions = [{"text": "a man " * 30, "score": -0.1}, {"text": "a", "score": -0.2}]
    captioned = inspect(doc)
    assert captioned.height > plain.height > 600
    assert captioned.getpixel((2, captioned.height - 2)) == (255, 255, 255)


def test_labels_do_not_cover_each_other(doc):
    one = {"label": "ball", "attribute": "", "score": 0.9, "box": [50, 100, 150, 200]}
    doc._.image_objects = [one, {**one, "label": "tree", "score": 0.8}]
    colours = {colour for _, colour in inspect(doc).crop((110, 150, 160, 260)).getcolors(2**16)}
    assert {rgb(OBJECT_COLOURS[0]), rgb(OBJECT_COLOURS[1])} <= colours


def test_nothing_aligned_and_no_text_is_the_picture_alone(draw):
    doc = spacy.blank("en")("")
    doc._.image_path = draw(size=(400, 300))
    assert inspect(doc).size == (800, 600)


def test_boxes_of_which_nothing_is_known_are_named_in_the_band(doc):
    plain = inspect(doc)
    doc._.image_ocr = [{"text": "GO", "score": 1.0, "box": []}]
    assert inspect(doc).height > plain.height


def test_a_broken_picture_is_an_error(doc):
    doc._.image_path = "missing.png"
    with pytest.raises(PictureError, match="missing.png"):
        inspect(doc)


@pytest.mark.parametrize("far", [1e9, 1e300, float("inf")])
def test_a_box_beyond_the_picture_is_drawn_as_far_as_it_is_seen(doc, far):
    doc._.image_objects = [
        {"label": "ball", "attribute": "", "score": 0.9, "box": [100, -far, far, far]},
        {"label": "cup", "attribute": "", "score": 0.9, "box": [far, far, far, far]},
    ]
    started = time.process_time()
    image = inspect(doc)
    assert image.getpixel((201, 300)) == rgb(OBJECT_COLOURS[0])
    assert time.process_time() - started < 2


def test_a_page_of_text_is_drawn_in_a_moment(doc):
    """Labels without room are not moved forever."""
    line = {"text": "GO", "score": 0.8, "box": [10, 10, 20, 20]}
    doc._.image_ocr = [line] * 300
    started = time.process_time()
    inspect(doc)
    assert time.process_time() - started < 2
