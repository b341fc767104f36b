"""A picture, read and decoded at first use."""

import base64
import hashlib
import io
from contextlib import suppress
from typing import Any

import numpy
from PIL import Image, ImageOps

from ..sources import PictureError, read_source, shown
from .lazy_attribute import LazyAttribute

__all__ = ["FORMATS", "MAX_PIXELS", "Picture", "PictureError"]

MAX_PIXELS = 2**26
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000", "PPM")
"""Formats that are decoded. Pillow's reader of EPS starts another program, and its reader of ICO
decodes a picture before its size can be checked."""

FULL_SCALE = {"F": 1.0, "I": 65535.0, "I;16": 65535.0, "I;16B": 65535.0, "I;16L": 65535.0}


class Picture:
    """A picture, wherever its bytes are.

    `data`, `sha256` and `image` read the source at first use. `data`, `image` and `inputs` stay in
    memory until `forget`.

    Args:
        path: Path or URI of the picture, or the id of one with recorded alignments.
        text: Text of the document, for a backend that reads it.
        allow_http: Whether to fetch the picture from the web.
        least_side: Shorter side, in pixels, that is enough for the backend; None for the full size.
            A larger JPEG is decoded at a half, a quarter or an eighth of its size, which takes a
            third of the time.

    Attributes:
        inputs: What backends prepared ahead of their call, by backend.
    """

    def __init__(
        self,
        path: str,
        text: str = "",
        allow_http: bool = False,
        least_side: int | None = None,
    ) -> None:
        self.path = path
        self.text = text
        self.allow_http = allow_http
        self.least_side = least_side
        self.inputs: dict[object, Any] = {}

    def __repr__(self) -> str:
        return f"Picture({shown(self.path)!r})"

    @LazyAttribute
    def data(self) -> bytes:
        """The bytes of the picture's file.

        Raises:
            PictureError: If they can't be read.
        """
        return read_source(self.path, self.allow_http)

    @LazyAttribute
    def sha256(self) -> str:
        """The SHA-256 of the file's bytes, in hex.

        Raises:
            PictureError: If the file can't be read.
        """
        return hashlib.sha256(self.data).hexdigest()

    @property
    def pixels(self) -> int:
        """Number of pixels that `image` has, by the file's head; 0 if it can't be read."""
        # decoders raise whatever their parsing runs into
        with suppress(Exception), self._open() as image:
            return image.width * image.height
        return 0

    @LazyAttribute
    def scale(self) -> int:
        """The factor by which decoding shrinks the picture: 1, 2, 4 or 8."""
        if self.least_side is not None:
            # as above
            with suppress(Exception), self._open() as image:
                scale, *_ = getattr(image, "decoderconfig", ()) or (1,)
                return int(scale)
        return 1

    @LazyAttribute
    def image(self) -> Image.Image:
        """The upright picture in RGB with 8 bits per channel.

        The EXIF orientation is applied, transparent parts become white, deeper channels are scaled,
        and an animation gives its first frame.

        Raises:
            PictureError: If the picture can't be decoded, or has more than `MAX_PIXELS` pixels,
                which is checked before decoding.
        """
        if not self.data:
            raise PictureError(f"{shown(self.path)}: the file is empty", "not a picture")
        try:
            with self._open() as image:
                image.load()
                # Pillow fails on unreadable EXIF before it turns the picture, and on EXIF that it
                # can't write back after it has turned it
                with suppress(Exception):
                    ImageOps.exif_transpose(image, in_place=True)
                return _rgb(image)
        except PictureError:
            raise
        except Image.UnidentifiedImageError as error:
            raise PictureError(
                f"{shown(self.path)}: not a picture in a known format ({', '.join(FORMATS)})",
                "not a picture",
            ) from error
        # decoders raise whatever their parsing runs into
        except Exception as error:
            cause = f"{error}" or type(error).__name__
            raise PictureError(f"{shown(self.path)}: {cause}", "not a picture") from error

    def _open(self) -> Image.Image:
        """Read the head of the picture's file, and choose the size to decode it at."""
        image = Image.open(io.BytesIO(self.data), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise PictureError(
                f"{shown(self.path)}: {image.width} x {image.height} pixels are more than "
                f"the limit of {MAX_PIXELS}",
                "too large",
            )
        if self.least_side is not None:
            # only the decoder of JPEG can
            image.draft(None, (self.least_side, self.least_side))
        return image

    def forget(self) -> None:
        """Free the bytes, the decoded image and prepared inputs; all are made again on demand."""
        self.inputs.clear()
        for name in ("data", "image"):
            vars(self).pop(name, None)

    def jpeg_uri(self, max_side: int, quality: int) -> str:
        """Encode the picture as a JPEG in a data URI.

        Args:
            max_side: Maximum length of the longer side, in pixels.
            quality: Quality of the JPEG, from 0 to 100.

        Raises:
            PictureError: If the picture can't be read.
        """
        small = self.image.copy()
        small.thumbnail((max_side, max_side))
        file = io.BytesIO()
        small.save(file, "JPEG", quality=quality)
        return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in FULL_SCALE:
        # in place: a copy of a large picture takes a quarter of a gigabyte
        values = numpy.nan_to_num(numpy.array(image, dtype="float32"), copy=False)
        # a PNG may declare one value transparent
        if isinstance(clear := image.info.get("transparency"), int):
            values[values == clear] = FULL_SCALE[image.mode]
        # Pillow's conversion clips, which makes a 16-bit picture white
        values *= 255 / max(FULL_SCALE[image.mode], float(values.max()))
        numpy.rint(values.clip(0, 255, out=values), out=values)
        return Image.fromarray(values.astype("uint8")).convert("RGB")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")
