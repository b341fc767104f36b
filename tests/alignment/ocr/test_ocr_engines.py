"""OCR engines beside the program Tesseract, compared with it."""

import multiprocessing
import os
import pickle
import shutil
import socket
from pathlib import Path

import numpy
import pytest
import spacy
from PIL import Image, ImageDraw, ImageFont

from spacy_ita import extras
from spacy_ita.alignment.ocr.rapidocr import RapidOCR
from spacy_ita.alignment.ocr.tesseract import Tesseract
from spacy_ita.alignment.ocr.tesserocr import Tesserocr, _tessdata
from spacy_ita.alignment.picture import Picture
from spacy_ita.errors import BackendError

LINES = [
    (40, 30, 60, "SUMMER FESTIVAL"),
    (60, 140, 40, "LONDON HYDE PARK"),
    (60, 260, 30, "Coldplay live"),
    (420, 260, 30, "Adele"),
    (60, 430, 30, "July 2017"),
]
NEEDS = {Tesseract: "pytesseract", Tesserocr: "tesserocr", RapidOCR: "rapidocr"}
# test_ocr.py reads with Tesseract, and RapidOCR takes seconds to load
ENGINES = [
    pytest.param(Tesseract, marks=pytest.mark.slow),
    Tesserocr,
    pytest.param(RapidOCR, marks=pytest.mark.slow),
]


def poster(path, lines=LINES, ground="white", ink="black"):
    image = Image.new("RGB", (800, 500), ground)
    pen = ImageDraw.Draw(image)
    for left, top, size, text in lines:
        pen.text((left, top), text, ink, ImageFont.load_default(size))
    image.save(path)
    return Picture(str(path))


def texts(lines):
    return [line["text"] for line in lines]


@pytest.fixture(params=ENGINES)
def engine(request):
    pytest.importorskip(NEEDS[request.param])
    return request.param


@pytest.fixture(params=ENGINES[:2])
def tesseract(request):
    pytest.importorskip(NEEDS[request.param])
    return request.param


@pytest.mark.slow
def test_in_process_reads_the_same_lines_in_the_same_places(tmp_path):
    pytest.importorskip("tesserocr")
    pictures = [
        poster(tmp_path / "a.png"),
        poster(tmp_path / "b.png", ground="navy", ink="gold"),
        poster(tmp_path / "c.png", [(30, 20, 11, "Hillary Clinton"), (30, 60, 11, "in Chicago")]),
        poster(tmp_path / "d.png", []),
    ]
    for settings in ({}, {"psm": 6}):
        program, process = Tesseract(**settings)(pictures), Tesserocr(**settings)(pictures)
        for one, other in zip(program, process, strict=True):
            assert texts(one) == texts(other)
            assert [line["box"] for line in one] == [line["box"] for line in other]
        assert program[0] and program[3] == []


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_in_process_reads_what_set_image_would(mode):
    """On a busy ground, pixels without a resolution would give other words and confidences."""
    tesserocr = pytest.importorskip("tesserocr")
    noise = numpy.random.default_rng(0).integers(0, 255, (15, 40, 3)).astype("uint8")
    image = Image.fromarray(noise).resize((320, 120))
    ImageDraw.Draw(image).text((10, 30), "Coldplay", "white", ImageFont.load_default(40))
    image = image.convert(mode)
    backend = Tesserocr()
    [found] = backend.tsv([image], "eng")
    with tesserocr.PyTessBaseAPI(path=_tessdata(), lang="eng", psm=backend.psm) as engine:
        engine.SetImage(image)
        assert engine.GetTSVText(0) == found != ""


def test_reading_order_scores_and_boxes(engine, tmp_path):
    [found] = engine()([poster(tmp_path / "a.png")])
    assert texts(found) == [text for *_, text in LINES]
    pen = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    for left, top, size, text in LINES:
        [line] = [line for line in found if line["text"] == text]
        assert 0.6 <= line["score"] <= 1
        truth = pen.textbbox((left, top), text, ImageFont.load_default(size))
        assert line["box"] == pytest.approx(list(truth), abs=15)


def test_a_row_is_read_from_the_left_though_its_right_end_is_higher(engine, tmp_path):
    tilted = [(420, 100, 50, "HYDE PARK"), (60, 112, 50, "LONDON"), (60, 300, 50, "TONIGHT")]
    [found] = engine()([poster(tmp_path / "a.png", tilted)])
    assert texts(found) == ["LONDON", "HYDE PARK", "TONIGHT"]


def test_no_text_is_an_empty_list(engine, tmp_path):
    pictures = []
    for size in ((300, 200), (1, 1), (3, 500), (20_000, 10)):
        Image.new("RGB", size, "grey").save(tmp_path / f"{size[0]}.png")
        pictures.append(Picture(str(tmp_path / f"{size[0]}.png")))
    assert engine()(pictures) == [[], [], [], []]


@pytest.mark.slow
def test_workers_keep_the_order(engine, tmp_path):
    names = ("LONDON", "PARIS", "BERLIN", "MADRID")
    pictures = [poster(tmp_path / f"{name}.png", [(40, 40, 60, name)]) for name in names]
    found = engine(workers=3)(pictures)
    assert [texts(lines) for lines in found] == [[name] for name in names]


def test_min_confidence_and_identity(engine, tmp_path):
    strict = engine(min_confidence=100.0)
    assert strict([poster(tmp_path / "a.png")]) == [[]]
    assert strict.identity != engine().identity
    assert engine(workers=2).identity == engine().identity
    assert engine().identity["version"][0].isdigit()


def test_in_process_engine_is_pickled_after_use(tmp_path):
    pytest.importorskip("tesserocr")
    picture, used = poster(tmp_path / "a.png", LINES[:1]), Tesserocr()
    used([picture])
    assert texts(pickle.loads(pickle.dumps(used))([picture])[0]) == ["SUMMER FESTIVAL"]


@pytest.mark.slow
def test_processes_and_pickle_after_use(engine, tmp_path):
    picture = poster(tmp_path / "a.png", LINES[:1])
    nlp = spacy.blank("en")
    name = engine().identity["backend"]
    nlp.add_pipe("image_ocr", config={"backend": {"@misc": name}})
    nlp.get_pipe("image_ocr").backend([picture])
    docs = []
    for number in range(4):
        docs.append(nlp.make_doc(str(number)))
        docs[-1]._.image_path = picture.path
    aligned = list(nlp.pipe(docs, n_process=2, batch_size=2))
    assert [texts(doc._.image_ocr) for doc in aligned] == [["SUMMER FESTIVAL"]] * 4
    used = nlp.get_pipe("image_ocr").backend
    assert texts(pickle.loads(pickle.dumps(used))([picture])[0]) == ["SUMMER FESTIVAL"]
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_rapidocr_downloads_nothing(tmp_path, monkeypatch):
    pytest.importorskip("rapidocr")

    def refuse(*args, **kwargs):
        raise AssertionError("a connection was wanted")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert len(RapidOCR()([poster(tmp_path / "a.png")])[0]) == 5


@pytest.mark.parametrize("kind", [Tesserocr, RapidOCR])
def test_without_the_package_the_message_names_the_extra(kind, monkeypatch, tmp_path):
    def refuse(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(extras, "import_module", refuse)
    nlp = spacy.blank("en")
    nlp.add_pipe("image_ocr", config={"backend": {"@misc": f"spacy_ita.{kind.__name__}.v1"}})
    doc = nlp.make_doc("a")
    doc._.image_path = poster(tmp_path / "a.png").path
    extra = kind.__name__.lower()
    with pytest.raises(BackendError, match=rf"pip install 'spacy_ita\[{extra}\]'"):
        nlp(doc)


def test_in_process_engine_times_out(tmp_path):
    pytest.importorskip("tesserocr")
    with pytest.raises(RuntimeError, match="timeout"):
        Tesserocr(timeout=0.001)([poster(tmp_path / "a.png")])


def test_without_models_the_message_names_their_folder(tmp_path, monkeypatch):
    pytest.importorskip("tesserocr")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    with pytest.raises(BackendError, match=f"no Tesseract models in {tmp_path}"):
        _ = Tesserocr().identity


@pytest.fixture
def tessdata(tmp_path, monkeypatch):
    """A folder with English, script detection, and English again as Russian."""
    source, folder = Path(_tessdata()), tmp_path / "tessdata"
    folder.mkdir()
    # the program reads its output formats from there
    for part in ("configs", "tessconfigs"):
        (folder / part).symlink_to(source / part)
    for model, name in (("eng", "eng"), ("osd", "osd"), ("eng", "rus")):
        shutil.copy(source / f"{model}.traineddata", folder / f"{name}.traineddata")
    monkeypatch.setenv("TESSDATA_PREFIX", f"{folder}{os.sep}")
    return folder


@pytest.mark.slow
def test_the_script_picks_the_model(tesseract, tessdata, tmp_path, monkeypatch):
    russian = [(40, 60, 44, "Владимир Путин сейчас"), (40, 160, 44, "в Кремле говорит")]
    english = [(40, 60, 44, "Coldplay live in Hyde"), (40, 160, 44, "Park this summer")]
    engine = tesseract(languages="auto")
    asked = []
    read = engine.tsv
    monkeypatch.setattr(
        engine,
        "tsv",
        lambda images, models: asked.extend([models] * len(images)) or read(images, models),
    )
    font = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
    if not Path(font).exists():
        pytest.skip("needs a font with Cyrillic letters")
    monkeypatch.setattr(ImageFont, "load_default", lambda size: ImageFont.truetype(font, size))
    pictures = [
        poster(tmp_path / "ru.png", russian),
        poster(tmp_path / "en.png", english),
        poster(tmp_path / "none.png", [(40, 60, 44, "SALE")]),
    ]
    found = engine(pictures)
    assert asked == ["rus+eng", "eng", "eng"]
    assert texts(found[1]) == [text for *_, text in english]
    assert engine.identity["languages"] == {"": "eng", "Cyrillic": "rus+eng"}
    own = tesseract(languages="auto", scripts={"Cyrillic": "eng"})
    assert own.identity != engine.identity


def test_identity_follows_the_files_of_models(tesseract, tessdata, monkeypatch):
    identity = tesseract().identity
    assert len(identity["weights"]["eng"]) == 64 and tesseract().identity == identity
    with (tessdata / "eng.traineddata").open("ab") as file:
        file.write(b"x")
    assert tesseract().identity["weights"] != identity["weights"]
    monkeypatch.setattr(tesseract, "folder", lambda self: tessdata / "gone")
    assert tesseract().identity["weights"] == {"eng": ""}


def test_without_script_detection_the_message_says_how_to_install_it(tesseract, tessdata):
    (tessdata / "osd.traineddata").unlink()
    with pytest.raises(BackendError, match="apt-get install tesseract-ocr-osd"):
        _ = tesseract(languages="auto").identity


def test_a_model_without_the_engine_ends_the_run_and_not_each_picture(tesseract, tmp_path):
    # Debian's models are only for LSTM
    with pytest.raises(BackendError, match="can't load eng with oem = 0: "):
        tesseract(oem=0)([poster(tmp_path / "a.png")])


def test_a_timeout_below_a_millisecond_is_still_one(tmp_path):
    pytest.importorskip("tesserocr")
    with pytest.raises(RuntimeError, match="timeout"):
        Tesserocr(timeout=1e-6)([poster(tmp_path / "a.png")])


@pytest.mark.slow
def test_light_letters_on_a_busy_ground_need_a_threshold_of_their_own(tmp_path):
    dots = numpy.random.default_rng(0).integers(0, 140, (500, 800)).astype("uint8")
    ground = Image.fromarray(dots).convert("RGB")
    ImageDraw.Draw(ground).text((80, 180), "BROOKLYN", "white", ImageFont.load_default(90))
    ground.save(tmp_path / "a.png")
    picture = Picture(str(tmp_path / "a.png"))
    assert "BROOKLYN" not in texts(Tesseract()([picture])[0])
    assert texts(Tesseract(inks=["light"])([picture])[0]) == ["BROOKLYN"]
    assert "BROOKLYN" in texts(Tesseract(inks=["any", "light", "dark"])([picture])[0])
