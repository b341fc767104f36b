import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytesseract
import pytest
import spacy
from PIL import Image, ImageDraw, ImageFont

from spacy_ita.alignment.ocr.tesseract import Tesseract
from spacy_ita.alignment.ocr.tesseract_models import list_models
from spacy_ita.alignment.picture import Picture
from spacy_ita.errors import BackendError

pytestmark = pytest.mark.skipif(not shutil.which("tesseract"), reason="needs Tesseract")


def poster(path, words, size=(800, 500), ground="white", ink="black", **options):
    """A picture of words at (left, top, letter size), and the true box of each."""
    image = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(image)
    boxes = {}
    for left, top, letters, text in words:
        font = ImageFont.load_default(size=letters)
        pen.text((left, top), text, fill=ink, font=font)
        boxes[text] = list(pen.textbbox((left, top), text, font=font))
    image.save(path, **options)
    return Picture(str(path)), boxes


WORDS = [
    (40, 30, 60, "SUMMER FESTIVAL"),
    (60, 140, 40, "LONDON HYDE PARK"),
    (420, 260, 30, "Adele"),
    (60, 260, 30, "Coldplay live"),
    (60, 430, 30, "July 2017"),
]


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
    assert Tesseract(min_confidence=100.1)([picture]) == [[]]


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


def test_without_tesseract_the_message_says_how_to_install_it(tmp_path, monkeypatch):
    picture, _ = poster(tmp_path / "a.png", WORDS)
    monkeypatch.setenv("PATH", str(tmp_path))
    nlp = spacy.blank("en")
    nlp.add_pipe("image_ocr")
    doc = nlp.make_doc("a")
    doc._.image_path = picture.path
    with pytest.raises(BackendError, match="apt-get install tesseract-ocr"):
        nlp(doc)


def test_without_a_language_the_message_says_how_to_install_it():
    with pytest.raises(BackendError, match="apt-get install tesseract-ocr-chi-sim") as caught:
        _ = Tesseract(languages="eng+chi_sim").identity
    assert "eng" in str(caught.value)


def fake_tesseract(folder, body):
    """A `tesseract` that answers for its version and languages, and else does `body`."""
    path = folder / "tesseract"
    real = shutil.which("tesseract")
    path.write_text(
        f"#!{sys.executable}\nimport os, sys, time\n"
        f"if sys.argv[1].startswith('--'): os.execv({real!r}, [{real!r}, *sys.argv[1:]])\n"
        f"{body}\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_timeout_fails_the_picture_alone(tmp_path, monkeypatch):
    picture, _ = poster(tmp_path / "a.png", WORDS)
    fake_tesseract(tmp_path, "time.sleep(30)")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    nlp = spacy.blank("en")
    backend = {"@misc": "spacy_ita.Tesseract.v1", "timeout": 0.5}
    nlp.add_pipe("image_ocr", config={"backend": backend})
    doc = nlp.make_doc("a")
    doc._.image_path = picture.path
    start = time.monotonic()
    with pytest.warns(UserWarning, match="Tesseract failed .*timeout"):
        assert nlp(doc)._.image_ocr is None
    assert time.monotonic() - start < 10


@pytest.mark.slow
def test_a_process_that_fails_costs_no_other_picture(tmp_path, monkeypatch):
    names = ("LONDON", "PARIS", "BERLIN")
    docs = []
    nlp = spacy.blank("en")
    nlp.add_pipe("image_ocr")
    for name in names:
        doc = nlp.make_doc(name)
        picture, _ = poster(tmp_path / f"{name}.png", [(40, 40, 50, name)], size=(400, 140))
        doc._.image_path = picture.path
        docs.append(doc)
    real = shutil.which("tesseract")
    # for a list of pictures it writes the first one alone
    fake_tesseract(
        tmp_path,
        "if sys.argv[1].endswith('.txt'): sys.argv[1] = open(sys.argv[1]).readline().strip()\n"
        f"os.execv({real!r}, [{real!r}, *sys.argv[1:]])",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = [doc._.image_ocr for doc in nlp.pipe(docs)]
    assert [[line["text"] for line in lines] for lines in found] == [[name] for name in names]


def test_tesseract_runs_on_one_thread_and_nothing_else_does(tmp_path, monkeypatch):
    picture, _ = poster(tmp_path / "a.png", WORDS)
    fake_tesseract(
        tmp_path,
        f"open({str(tmp_path / 'limit')!r}, 'w').write(os.environ.get('OMP_THREAD_LIMIT', ''))\n"
        "sys.exit(1)",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("OMP_THREAD_LIMIT", raising=False)
    with pytest.raises(Exception, match="1"):
        Tesseract()([picture])
    assert (tmp_path / "limit").read_text() == "1"
    assert "OMP_THREAD_LIMIT" not in os.environ


LISTED = """List of available languages in "/models/" (7):
Fraktur
eng
kor_vert2
osd
rus
script/Cyrillic
script/Greek
"""


@pytest.fixture
def many_models(monkeypatch):
    """A Tesseract with models of all kinds of names."""

    def run(command, **options):
        assert command == ["tesseract", "--list-langs"]
        return subprocess.CompletedProcess(command, 0, stdout=LISTED, stderr="")

    monkeypatch.setattr("subprocess.run", run)
    monkeypatch.setattr(Tesseract, "version", lambda self: "5.3.0")


def test_models_of_every_name_are_found(many_models):
    assert list_models()[0] == LISTED.split("\n")[1:-1]
    assert str(list_models()[1]) == "/models"
    assert Tesseract(languages="Fraktur+script/Greek").models
    models = Tesseract(languages="auto").models
    assert models["Cyrillic"] == "script/Cyrillic+eng" and models["Greek"] == "script/Greek+eng"
    with pytest.raises(BackendError, match="no model for .'script/Arabic'.*tesseract-ocr-all"):
        Tesseract(languages="script/Arabic").models  # noqa: B018 - asks for the models


def test_a_script_without_a_model_is_warned_of_once(many_models, tmp_path, monkeypatch):
    engine = Tesseract(languages="auto")
    monkeypatch.setattr(engine, "script", lambda image: image.getpixel((0, 0)) and "Thai")
    monkeypatch.setattr(engine, "tsv", lambda images, languages: [""] * len(images))
    monkeypatch.setattr("spacy_ita.alignment.ocr.tesseract_backend.lines", lambda *arguments: [])
    picture, _ = poster(tmp_path / "a.png", WORDS)
    with pytest.warns(UserWarning) as caught:
        engine([picture, picture])
        engine([picture])
    [warning] = caught
    assert "Thai text" in str(warning.message)
    assert "apt-get install tesseract-ocr-tha" in str(warning.message)


def test_a_hanging_picture_holds_its_batch_for_little_more_than_its_limit(monkeypatch):
    calls = []

    def hang(source, timeout, **settings):
        calls.append((source, timeout))
        raise RuntimeError("Tesseract process timeout")

    monkeypatch.setattr("pytesseract.image_to_data", hang)
    images = [Image.new("RGB", (9, 9))] * 16
    for engine, count in ((Tesseract(), 16), (Tesseract(), 1), (Tesseract(timeout=0), 16)):
        with pytest.raises(RuntimeError):
            engine.tsv(images[:count], "eng")
    assert [timeout for _, timeout in calls] == [35, 20, 0]
    assert [Path(source).suffix for source, _ in calls] == [".txt", ".pnm", ".txt"]
