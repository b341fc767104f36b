"""The pipes with every kind of picture file that docs/pictures.md lists."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy
import pytest
import spacy
from PIL import Image, ImageDraw, ImageFont

ORIENTATION = 0x0112


def poster(ground="white", mode="RGB"):
    image = Image.new(mode, (240, 120), ground)
    ImageDraw.Draw(image).text((30, 30), "PARIS", "black", ImageFont.load_default(50))
    return image


def saved(folder, name, image=None, **options):
    path = folder / name
    (image or poster()).save(path, **options)
    return str(path)


def rotated(folder):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return saved(folder, "a.jpg", poster().transpose(Image.Transpose.ROTATE_90), exif=exif)


def deep(folder):
    grey = numpy.asarray(poster().convert("L"), dtype="uint16")
    return saved(folder, "a.png", Image.fromarray(grey * 257))


def animated(suffix):
    frames = [Image.new("RGB", (240, 120), colour) for colour in ("red", "blue")]
    return lambda folder: saved(folder, f"a.{suffix}", save_all=True, append_images=frames)


READ = {
    "rotated by EXIF": rotated,
    "palette": lambda folder: saved(folder, "a.png", poster().convert("P")),
    "transparent background": lambda folder: saved(folder, "a.png", poster((0, 0, 0, 0), "RGBA")),
    "CMYK": lambda folder: saved(folder, "a.jpg", poster().convert("CMYK")),
    "16 bits": deep,
    "grey": lambda folder: saved(folder, "a.png", poster().convert("L")),
    "one bit": lambda folder: saved(folder, "a.png", poster().convert("1")),
    "animated GIF": animated("gif"),
    "animated PNG": animated("png"),
    "animated WebP": animated("webp"),
    "pages of a TIFF": animated("tiff"),
    "WebP": lambda folder: saved(folder, "a.webp"),
    "AVIF": lambda folder: saved(folder, "a.avif"),
    "JPEG 2000": lambda folder: saved(folder, "a.jp2"),
    "wrong suffix": lambda folder: saved(folder, "a.gif", format="PNG"),
}


def written(data, name="a.png"):
    def write(folder):
        (folder / name).write_bytes(data(folder) if callable(data) else data)
        return str(folder / name)

    return write


def cut(folder):
    return Path(saved(folder, "whole.png")).read_bytes()[:300]


def bomb(folder):
    """A file of a few kilobytes that unpacks to 100 megapixels."""
    return Path(saved(folder, "huge.png", Image.new("1", (10_000, 10_000)))).read_bytes()


BROKEN = {
    "truncated": (written(cut), "truncated"),
    "empty": (written(b""), "the file is empty"),
    "not a picture": (written(b"<html>404 Not Found</html>"), "not a picture in a known format"),
    "HEIC": (written(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a.heic"), "not a picture in a known"),
    "ICO": (lambda folder: saved(folder, "a.ico"), "not a picture in a known"),
    "SVG": (written(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "not a picture in a known"),
    "decompression bomb": (written(bomb), "10000 x 10000 pixels are more than the limit"),
    "missing file": (lambda folder: str(folder / "missing.png"), "No such file"),
    "folder": (str, "not a file"),
    "path that is too long": (lambda folder: str(folder / ("x" * 5000)), "File name too long"),
    "null byte in the path": (lambda folder: "a\0b.png", "null"),
    "web address": (
        lambda folder: "https://example.org/a.png",
        "not fetched from the web",
    ),
}


def two_fast(names):
    """Parametrize by all names; all but two are slow, as test_picture.py reads such files too."""
    first, second, *others = names
    return [first, second, *(pytest.param(name, marks=pytest.mark.slow) for name in others)]


@pytest.fixture(scope="module")
def align(yolos):
    """A function that runs the pipes over pictures, and returns documents and warnings."""
    nlp = spacy.blank("en")
    detector = {"@misc": "spacy_ita.HFDetector.v2", "name": str(yolos), "threshold": 0.0}
    nlp.add_pipe("image_objects", config={"backend": detector})
    nlp.add_pipe("image_ocr")

    def run(*paths):
        docs = [nlp.make_doc(f"tweet {number}") for number in range(len(paths))]
        for doc, path in zip(docs, paths, strict=True):
            doc._.image_path = path
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            docs = list(nlp.pipe(docs))
        # Pillow warns of a decompression bomb too
        return docs, [str(w.message) for w in caught if w.category is UserWarning]

    return run


def ocr_text(doc):
    return [line["text"] for line in doc._.image_ocr]


def assert_left_out(align, path, cause, good):
    """One warning names document, file and cause; the picture beside it is read."""
    (doc, neighbour), (warning,) = align(path, good)
    assert doc._.image_ocr is None and doc._.image_objects is None
    assert "'tweet 0'" in warning and path in warning.replace("\\x00", "\0") and cause in warning
    assert ocr_text(neighbour) == ["PARIS"] and neighbour._.image_objects


@pytest.mark.parametrize("name", two_fast(READ))
def test_is_read(name, align, tmp_path):
    [doc], complaints = align(READ[name](tmp_path))
    assert not complaints
    assert ocr_text(doc) == ["PARIS"] and doc._.image_objects


@pytest.mark.parametrize("name", two_fast(BROKEN))
def test_is_left_out_with_a_warning(name, align, tmp_path):
    make, cause = BROKEN[name]
    assert_left_out(align, make(tmp_path), cause, saved(tmp_path, "good.png"))


def test_file_without_permission_is_left_out(align, tmp_path, monkeypatch):
    read = Path.read_bytes

    def refuse(path):
        if path.name == "secret.png":
            raise PermissionError(13, "Permission denied")
        return read(path)

    # without chmod, which doesn't restrict a superuser
    monkeypatch.setattr(Path, "read_bytes", refuse)
    secret = saved(tmp_path, "secret.png")
    assert_left_out(align, secret, "Permission denied", saved(tmp_path, "good.png"))


def test_one_pixel_is_read_and_holds_no_text(align, tmp_path):
    [doc], complaints = align(saved(tmp_path, "a.png", Image.new("RGB", (1, 1), "grey")))
    assert not complaints
    assert doc._.image_ocr == [] and isinstance(doc._.image_objects, list)


SLOW = (pytest.param(size, marks=pytest.mark.slow) for size in ((10, 20_000), (40_000, 10)))


@pytest.mark.parametrize("size", [(20_000, 10), *SLOW])
def test_a_strip_is_read_and_too_thin_for_a_detector(size, align, tmp_path):
    path = saved(tmp_path, "a.png", Image.new("RGB", size, "grey"))
    (doc, neighbour), (warning,) = align(path, saved(tmp_path, "good.png"))
    assert doc._.image_ocr == [] and doc._.image_objects is None
    assert f"{path}: HFDetector failed" in warning and "too thin" in warning
    assert neighbour._.image_objects


PEAK = """
def peak_megabytes():
    # getrusage counts the process that this one was forked from too
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
"""


FUZZ = """
import io, random, sys, warnings
from PIL import Image
from spacy_ita.alignment.picture import Picture, PictureError

warnings.simplefilter("ignore")
path, rounds = sys.argv[1], int(sys.argv[2])
dice = random.Random(0)
picture = Image.effect_mandelbrot((64, 48), (-2, -1, 1, 1), 20)
modes = {"JPEG": "RGB", "GIF": "P", "TIFF": "I;16", "PPM": "RGB"}
read = refused = 0
for name in ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000", "PPM"):
    buffer = io.BytesIO()
    picture.convert("I" if name == "TIFF" else modes.get(name, "RGB")).save(buffer, name)
    whole = buffer.getvalue()
    for _ in range(rounds):
        data = bytearray(whole[: dice.choice((len(whole), dice.randrange(1, len(whole))))])
        for _ in range(dice.randint(0, 8)):
            # the head, where sizes and offsets are, as often as the rest
            data[dice.randrange(dice.choice((min(len(data), 64), len(data))))] = dice.randrange(256)
        with open(path, "wb") as file:
            file.write(data)
        try:
            image = Picture(path).image
            assert image.mode == "RGB" and image.width * image.height <= 2**26
            read += 1
        except PictureError as error:
            assert str(error).startswith(path)
            refused += 1
megabytes = peak_megabytes()
print(read, refused, round(megabytes))
"""


@pytest.mark.slow
def test_changed_bytes_give_a_picture_or_an_error_that_names_the_file(tmp_path):
    # in its own process, because a decoder may crash it, and to measure its memory alone
    command = [sys.executable, "-c", PEAK + FUZZ, str(tmp_path / "a"), "300"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    read, refused, megabytes = map(int, done.stdout.split())
    assert read > 100 and refused > 100
    assert megabytes < 2048


LARGE = """
import sys
import numpy, spacy
from PIL import Image
from spacy_ita.alignment.pipe import ImageAligner
from spacy_ita.extensions.alignments import Caption
from spacy_ita.extensions.registration import DEFAULTS

class Sizes:
    identity = {"name": "sizes"}

    def __call__(self, pictures):
        return [[{"text": str(picture.image.size), "score": 1.0}] for picture in pictures]

aligner = ImageAligner(
    "captions", Sizes(), attrs=DEFAULTS, target="image_captions", item=Caption, cache=None,
    batch_size=16, strict=True, overwrite=False,
)
nlp = spacy.blank("en")

docs = [nlp.make_doc(path) for path in sys.argv[1:]]
for doc in docs:
    doc._.image_path = doc.text
for doc in aligner.pipe(docs):
    assert doc._.image_captions[0]["text"] == "(8192, 8192)"
print(peak_megabytes())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "name", "count"), [("F", "a.tiff", 1), ("I;16", "a.png", 1), ("RGB", "a.png", 6)]
)
def test_the_largest_pictures_take_bounded_memory(mode, name, count, tmp_path):
    paths = [str(tmp_path / f"{number}{name}") for number in range(count)]
    for number, path in enumerate(paths):
        ground = number if mode != "RGB" else (number, 0, 0)
        tiff = name.endswith("tiff")
        options = {"compression": "tiff_deflate"} if tiff else {"compress_level": 1}
        Image.new(mode, (8192, 8192), ground).save(path, **options)
    command = [sys.executable, "-c", PEAK + LARGE, *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1536
