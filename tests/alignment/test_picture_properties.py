"""Pictures of any size, mode, format and bytes become upright RGB, or an error that names them."""

import io

import pytest
import spacy
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from spacy_ita.alignment.picture import Picture, PictureError
from spacy_ita.alignment.pipe import ImageAligner
from spacy_ita.extensions import DEFAULTS
from spacy_ita.extensions.alignments import Caption

NLP = spacy.blank("en")
ORIENTATION = 0x0112
MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "TIFF": ("1", "L", "P", "RGB", "RGBA", "CMYK", "F", "I;16"),
    "GIF": ("L", "P"),
    "BMP": ("1", "L", "P", "RGB"),
    "PPM": ("1", "L", "RGB"),
}
TURNED = {"PNG", "JPEG", "WEBP", "TIFF"}
HEADS = (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"BM", b"II*\0", b"P6 9 9 9 ")
several = settings(
    max_examples=examples(150),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def pictures(draw):
    """The bytes of a file, and the size of the upright picture."""
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    noise = draw(st.randoms(use_true_random=False)).randbytes(width * height * 3)
    format = draw(st.sampled_from(sorted(MODES)))
    mode = draw(st.sampled_from(MODES[format]))
    image = Image.frombytes("RGB", (width, height), noise)
    if mode in ("F", "I;16"):
        image = image.convert("L")
    options = {}
    if format in TURNED:
        options["exif"] = Image.Exif()
        options["exif"][ORIENTATION] = draw(st.integers(0, 9))
    buffer = io.BytesIO()
    image.convert(mode).save(buffer, format, **options)
    turned = options and 5 <= options["exif"][ORIENTATION] <= 8
    return buffer.getvalue(), (height, width) if turned else (width, height)


@several
@given(pictures())
def test_any_picture_is_upright_rgb(tmp_path, picture):
    data, size = picture
    (tmp_path / "a").write_bytes(data)
    image = Picture(str(tmp_path / "a")).image
    assert image.mode == "RGB" and image.size == size


class Sizes:
    """A captioner that names the size of a picture."""

    identity = None

    def __call__(self, pictures):
        return [[{"text": str(picture.image.size), "score": 1.0}] for picture in pictures]


@pytest.fixture
def aligner():
    return ImageAligner(
        "captions",
        Sizes(),
        attrs=DEFAULTS,
        target="image_captions",
        item=Caption,
        cache=None,
        batch_size=4,
        strict=False,
        overwrite=False,
    )


@several
@given(st.sampled_from(HEADS), st.binary(max_size=60), pictures())
def test_any_bytes_cost_their_own_document_alone(tmp_path, aligner, head, rest, good):
    files = {"bytes": head + rest, "good": good[0]}
    docs = []
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        docs.append(NLP.make_doc(name))
        docs[-1]._.image_path = str(tmp_path / name)
    try:
        size = Picture(docs[0]._.image_path).image.size
    except PictureError as error:
        assert str(error).startswith(docs[0]._.image_path) and "\n" not in str(error)
        with pytest.warns(UserWarning, match="for the document 'bytes'"):
            broken, whole = aligner.pipe(docs)
        assert broken._.image_captions is None
    else:
        broken, whole = aligner.pipe(docs)
        assert broken._.image_captions[0]["text"] == str(size)
    assert whole._.image_captions[0]["text"] == str(good[1])
