"""Tesseract's lines: words, boxes and confidences."""

import shutil

import pytesseract
import pytest
from PIL import Image
from posters import WORDS, poster

from spacy_ita.alignment.ocr.tesseract import Tesseract
from spacy_ita.alignment.picture import Picture

pytestmark = pytest.mark.skipif(not shutil.which("tesseract"), reason="needs Tesseract")


def assert_boxes(found, boxes, tolerance):
    assert {item["text"] for item in found} == set(boxes)
    for item in found:
        assert item["box"] == pytest.approx(boxes[item["text"]], abs=tolerance)


@pytest.mark.slow
def test_words_side_by_side_are_lines_of_their_own(tmp_path):
    picture, boxes = poster(tmp_path / "a.png", WORDS)
    [found] = Tesseract()([picture])
    assert_boxes(found, boxes, 6)
    assert [item["text"] for item in found] == [
        "SUMMER FESTIVAL",
        "LONDON HYDE PARK",
        "Coldplay live",
        "Adele",
        "July 2017",
    ]
    assert all(0.6 <= item["score"] <= 1 and type(item["score"]) is float for item in found)
    [page] = Tesseract(psm=3)([picture])
    assert "Coldplay live Adele" in [item["text"] for item in page]


@pytest.mark.parametrize(
    ("ground", "ink"), [pytest.param("black", "white", marks=pytest.mark.slow), ("navy", "gold")]
)
def test_light_on_dark(tmp_path, ground, ink):
    picture, boxes = poster(tmp_path / "a.png", WORDS, ground=ground, ink=ink)
    [found] = Tesseract()([picture])
    assert {item["text"] for item in found} == set(boxes)


@pytest.mark.parametrize("ink", ["#e61e1e", pytest.param("#14786e", marks=pytest.mark.slow)])
def test_letters_that_only_colour_tells_from_their_ground(tmp_path, ink):
    ground = ({"#e61e1e", "#14786e"} - {ink}).pop()
    picture, boxes = poster(tmp_path / "a.png", WORDS, ground=ground, ink=ink)
    low, high = picture.image.convert("L").getextrema()
    assert high - low < 8
    [found] = Tesseract()([picture])
    assert {item["text"] for item in found} == set(boxes)


def test_small_letters_are_enlarged_and_their_boxes_not(tmp_path):
    words = [(30, 20, 9, "Hillary Clinton"), (30, 60, 9, "visits Chicago")]
    picture, boxes = poster(tmp_path / "a.png", words, size=(400, 200))
    [found] = Tesseract()([picture])
    assert_boxes(found, boxes, 4)
    [as_is] = Tesseract(min_side=0)([picture])
    assert not {item["text"] for item in as_is} & set(boxes)


@pytest.mark.slow
def test_boxes_are_of_the_upright_picture(tmp_path):
    _, boxes = poster(tmp_path / "a.png", WORDS)
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = Image.open(tmp_path / "a.png").transpose(Image.Transpose.ROTATE_90)
    stored.save(tmp_path / "b.jpg", exif=exif, quality=95)
    [found] = Tesseract()([Picture(str(tmp_path / "b.jpg"))])
    assert_boxes(found, boxes, 6)


def test_no_text_is_an_empty_list(tmp_path):
    pictures = []
    for size in ((300, 200), (1, 1), (3, 500)):
        path = tmp_path / f"{size[0]}.png"
        Image.new("RGB", size, "grey").save(path)
        pictures.append(Picture(str(path)))
    assert Tesseract()(pictures) == [[], [], []]


@pytest.mark.slow
def test_min_confidence(tmp_path):
    picture, boxes = poster(tmp_path / "a.png", WORDS)
    assert Tesseract(min_confidence=100.0)([picture]) == [[]]


@pytest.mark.slow
def test_workers_keep_the_order(tmp_path):
    pictures = [
        poster(tmp_path / f"{word}.png", [(40, 40, 50, word)], size=(400, 140))[0]
        for word in ("LONDON", "PARIS", "BERLIN", "MADRID")
    ]
    found = Tesseract(workers=3)(pictures)
    assert [[item["text"] for item in lines] for lines in found] == [
        ["LONDON"],
        ["PARIS"],
        ["BERLIN"],
        ["MADRID"],
    ]
    assert found == Tesseract()(pictures)


@pytest.mark.slow
def test_a_process_reads_several_pictures_as_it_reads_each_alone(tmp_path, monkeypatch):
    pictures = [poster(tmp_path / "several.png", WORDS)[0]]
    for index, size in enumerate(((300, 200), (1, 1), (3, 500))):
        path = tmp_path / f"blank_{index}.png"
        Image.new("RGB", size, "grey").save(path)
        pictures.append(Picture(str(path)))
    words = [(40, 40, 50, "LONDON")]
    pictures.append(poster(tmp_path / "light.png", words, (400, 140), "navy", "gold")[0])
    alone = [Tesseract(min_side=0)([picture])[0] for picture in pictures]
    calls = []
    read = pytesseract.image_to_data
    monkeypatch.setattr(
        pytesseract, "image_to_data", lambda *args, **kw: calls.append(args) or read(*args, **kw)
    )
    assert Tesseract(min_side=0)(pictures) == alone
    assert len(calls) == 1 and alone[0] and alone[-1] and alone[1:-1] == [[], [], []]


def test_identity_changes_with_what_changes_answers(tmp_path):
    identity = Tesseract().identity
    assert identity["version"][0].isdigit()
    for name, value in {
        "languages": "osd",
        "psm": 3,
        "oem": 1,
        "min_confidence": 50,
        "min_side": 0,
    }.items():
        assert Tesseract(**{name: value}).identity != identity
    assert Tesseract(workers=4, timeout=5).identity == identity
