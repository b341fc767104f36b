import io
import os
import struct
import zlib
from pathlib import Path

import numpy
import pytest
from PIL import Image

from spacy_ita.alignment.picture import Picture, PictureError
from spacy_ita.sources import limits

ORIENTATION = 0x0112


def save(image, path, **options):
    image.save(path, **options)
    return Picture(str(path)).image


def near(image, x, y, colour, tolerance=6):
    return max(abs(a - b) for a, b in zip(image.getpixel((x, y)), colour, strict=True)) <= tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_the_picture_upright(tmp_path, orientation):
    upright = Image.new("RGB", (60, 40), "white")
    upright.paste("red", (0, 0, 20, 20))
    # as a camera stores it: the inverse of what a viewer must do
    inverse = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(inverse[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    image = save(stored, tmp_path / "a.jpg", exif=exif, quality=95)
    assert image.size == (60, 40)
    assert near(image, 8, 8, (255, 0, 0), 12) and near(image, 50, 30, (255, 255, 255), 12)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "P", "1", "L", "CMYK", "YCbCr"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    suffix = {"CMYK": "jpg", "YCbCr": "jpg", "PA": "tiff"}.get(mode, "png")
    source = Image.new("RGBA", (20, 20), (255, 255, 255, 0))
    source.paste((0, 0, 0, 255), (10, 0, 20, 20))
    if mode == "PA":
        source = source.convert("LA")
    elif mode not in ("RGBA", "LA"):
        background = Image.new("RGBA", source.size, "white")
        source = Image.alpha_composite(background, source).convert("RGB")
    image = save(source.convert(mode) if mode != "PA" else source, tmp_path / f"a.{suffix}")
    assert image.mode == "RGB"
    assert near(image, 2, 10, (255, 255, 255), 8) and near(image, 17, 10, (0, 0, 0), 8)


def test_transparency_is_laid_on_white(tmp_path):
    image = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    image.putpixel((5, 5), (0, 0, 255, 128))
    image = save(image, tmp_path / "a.png")
    assert image.getpixel((0, 0)) == (255, 255, 255)
    assert near(image, 5, 5, (127, 127, 255), 2)


def test_transparent_palette_is_laid_on_white(tmp_path):
    image = Image.new("P", (10, 10), 0)
    image.putpalette([0, 0, 0, 200, 0, 0])
    image.putpixel((5, 5), 1)
    image = save(image, tmp_path / "a.gif", transparency=0)
    assert image.getpixel((0, 0)) == (255, 255, 255)
    assert image.getpixel((5, 5)) == (200, 0, 0)


@pytest.mark.parametrize("suffix", ["png", "tiff", "pgm"])
def test_16_bits_are_scaled_not_clipped(tmp_path, suffix):
    values = numpy.linspace(0, 65535, 256).round().astype("uint16").reshape(16, 16)
    path = tmp_path / f"a.{suffix}"
    if suffix == "pgm":
        path.write_bytes(b"P5 16 16 65535\n" + values.astype(">u2").tobytes())
    else:
        Image.fromarray(values).save(path)
    found = numpy.asarray(Picture(str(path)).image)[..., 0].reshape(-1)
    assert numpy.abs(found.astype(int) - numpy.arange(256)).max() <= 1


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_floats_are_scaled(tmp_path, scale):
    values = numpy.linspace(0, scale, 256, dtype="float32").reshape(16, 16)
    values[0, 0] = numpy.nan
    Image.fromarray(values).save(tmp_path / "a.tiff")
    found = numpy.asarray(Picture(str(tmp_path / "a.tiff")).image)[..., 0].reshape(-1)
    assert numpy.abs(found.astype(int) - numpy.arange(256)).max() <= 1


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_animation_is_its_first_frame(tmp_path, suffix):
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "blue")]
    path = tmp_path / f"a.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert near(Picture(str(path)).image, 5, 5, (255, 0, 0))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_does_not_lose_the_picture(tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (10, 10), "red").save(buffer, "jpeg", exif=b"Exif\0\0II*\0\xff\xff\xff\x7fx")
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert Picture(str(tmp_path / "a.jpg")).image.size == (10, 10)


def exif_that_cannot_be_written():
    """EXIF with an orientation, and with a latitude as a byte, where Pillow writes a fraction."""
    orientation = struct.pack("<HHII", ORIENTATION, 3, 1, 6)
    # the type of an IFD entry with the tag for degrees: letters
    gps = struct.pack("<HHII", 0x8825, 4, 1, 38)
    latitude = struct.pack("<HHHI4sI", 1, 2, 1, 4, b"abc\0", 0)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + orientation + gps + bytes(4) + latitude


@pytest.mark.parametrize(
    ("exif", "size"),
    [
        (exif_that_cannot_be_written(), (40, 60)),
        (b"Exif\0\0MM\xff*\0\0\0\x08", (60, 40)),
        (b"Exif\0\0MM", (60, 40)),
    ],
)
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_no_exif_loses_a_picture_or_its_orientation(tmp_path, suffix, exif, size):
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (60, 40), "red").save(path, exif=exif)
    image = Picture(str(path)).image
    assert image.size == size and near(image, 5, 5, (255, 0, 0))


def test_16_bits_with_a_transparent_value_are_laid_on_white(tmp_path):
    values = numpy.array([[0, 30_000]], dtype="uint16")
    image = save(Image.fromarray(values), tmp_path / "a.png", transparency=0)
    assert image.getpixel((0, 0)) == (255, 255, 255)
    assert near(image, 1, 0, (117, 117, 117))


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs Linux's /proc")
def test_a_file_of_the_system_without_a_size_is_not_read():
    with pytest.raises(PictureError, match="the file is empty"):
        _ = Picture("/proc/self/cmdline").image


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "tiff", "jp2", "ppm"])
def test_formats(tmp_path, suffix):
    image = save(Image.new("RGB", (32, 32), "blue"), tmp_path / f"a.{suffix}")
    assert image.size == (32, 32) and near(image, 16, 16, (0, 0, 255))


def test_picture_of_several_pictures_is_its_first(tmp_path):
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=frames[1:])
    assert near(Picture(str(tmp_path / "a.jpg")).image, 5, 5, (255, 0, 0))


def test_nothing_is_read_before_it_is_asked_for(tmp_path):
    picture = Picture(str(tmp_path / "a.png"))
    Image.new("RGB", (10, 10)).save(tmp_path / "a.png")
    digest = picture.sha256
    (tmp_path / "a.png").unlink()
    assert picture.image.size == (10, 10) and len(digest) == 64


def chunk(name, data):
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def bomb(width, height):
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data)


def noisy_jpeg():
    buffer = io.BytesIO()
    noise = numpy.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype="uint8")
    Image.fromarray(noise).save(buffer, "jpeg")
    return buffer.getvalue()


BROKEN = {
    "empty": (b"", "is empty"),
    "text": (b"this is no picture", "known format"),
    "html": (b"<html>404</html>", "known format"),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "known format"),
    "bomb": (bomb(9000, 9000), "9000 x 9000 pixels"),
    "big_bomb": (bomb(2**31 - 1, 2**31 - 1), "exceeds limit"),
    "truncated": (noisy_jpeg()[:1500], "truncated"),
    "header_only": (noisy_jpeg()[:30], "Truncated"),
    "gif_header": (b"GIF89a", "known format"),
    "png_no_data": (b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), "known format"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_broken_file_is_a_picture_error_with_file_and_cause(tmp_path, name):
    data, cause = BROKEN[name]
    path = tmp_path / f"{name}.png"
    path.write_bytes(data)
    with pytest.raises(PictureError, match=cause) as caught:
        _ = Picture(str(path)).image
    assert str(path) in str(caught.value)


def test_bomb_is_not_decoded(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(bomb(9000, 9000))

    def load(self):
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    with pytest.raises(PictureError, match="9000 x 9000 pixels"):
        _ = Picture(str(path)).image


def test_files_that_can_not_be_read(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "big").write_bytes(b"0" * 11)
    monkeypatch.setattr(limits, "MAX_BYTES", 10)
    causes = {
        str(tmp_path / "missing.png"): "No such file",
        str(tmp_path): "not a file",
        str(tmp_path / "pipe"): "not a file",
        str(tmp_path / "loop"): "symbolic links",
        str(tmp_path / "big"): "more than 10 bytes",
        str(tmp_path / ("x" * 5000)): "too long",
        "a\0b.png": "null",
        "http://example.org/a.png": "not fetched from the web unless asked",
        "file:///data/a.png": "No such file",
    }
    for path, cause in causes.items():
        for attribute in ("data", "sha256", "image"):
            with pytest.raises(PictureError, match=cause) as caught:
                getattr(Picture(path), attribute)
            assert path in str(caught.value) or repr(path) in str(caught.value)


def test_file_without_permission(tmp_path, monkeypatch):
    Image.new("RGB", (10, 10)).save(tmp_path / "a.png")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    # without chmod, which doesn't restrict a superuser
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(PictureError, match="a.png: Permission denied"):
        _ = Picture(str(tmp_path / "a.png")).data
