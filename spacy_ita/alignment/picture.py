"""A picture file, read and decoded at first use."""

import base64
import hashlib
import io
import re
import stat
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy
from PIL import Image, ImageOps

MAX_BYTES = 2**28
MAX_PIXELS = 2**26
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000", "PPM")
"""Formats that are decoded. Pillow's reader of EPS starts another program, and its reader of ICO
decodes a picture before its size can be checked."""

URL = re.compile("([a-z][a-z0-9+.-]+)://|(data):", re.IGNORECASE)
QUOTED = 300
"""Maximum number of characters of a URL that an error quotes."""

FULL_SCALE = {"F": 1.0, "I": 65535.0, "I;16": 65535.0, "I;16B": 65535.0, "I;16L": 65535.0}


class PictureError(ValueError):
    """A picture that can't be read. The message names the file and the cause."""


class Picture:
    """A picture file.

    `data`, `sha256` and `image` open the file at first use. `data`, `image` and `inputs` stay in
    memory until `forget`.

    Args:
        path: Path of the file, or the id of a picture with recorded alignments.
        text: Text of the document, for a backend that reads it.

    Attributes:
        inputs: What backends prepared ahead of their call, by backend.
    """

    def __init__(self, path: str, text: str = "") -> None:
        self.path = path
        self.text = text
        self.inputs: dict[object, Any] = {}

    def __repr__(self) -> str:
        return f"Picture({self.path!r})"

    @cached_property
    def data(self) -> bytes:
        """The bytes of the file.

        Raises:
            PictureError: If the file can't be read.
        """
        try:
            status = Path(self.path).stat()
            # a pipe or a device would block, or never end
            if not stat.S_ISREG(status.st_mode):
                raise PictureError(f"{self.path}: not a file")
            if status.st_size > MAX_BYTES:
                raise PictureError(f"{self.path}: more than {MAX_BYTES} bytes")
            # some files of the system have no size, and no end either
            return Path(self.path).read_bytes() if status.st_size else b""
        except OSError as error:
            if match := URL.match(self.path):
                raise PictureError(
                    f"{self.path[:QUOTED]}: a picture is read from a file, not from a URL: "
                    f"{'give the path alone' if match[1] == 'file' else 'save it to a file first'}"
                ) from error
            raise PictureError(f"{self.path}: {error.strerror or error}") from error
        except ValueError as error:
            if isinstance(error, PictureError):
                raise
            raise PictureError(f"{self.path!r}: {error}") from error

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the file's bytes, in hex.

        Raises:
            PictureError: If the file can't be read.
        """
        return hashlib.sha256(self.data).hexdigest()

    @property
    def pixels(self) -> int:
        """Number of pixels, by the file's head; 0 if it can't be read."""
        # decoders raise whatever their parsing runs into
        with suppress(Exception), Image.open(io.BytesIO(self.data), formats=FORMATS) as image:
            return image.width * image.height
        return 0

    @cached_property
    def image(self) -> Image.Image:
        """The upright picture in RGB with 8 bits per channel.

        The EXIF orientation is applied, transparent parts become white, deeper channels are scaled,
        and an animation gives its first frame.

        Raises:
            PictureError: If the picture can't be decoded, or has more than `MAX_PIXELS` pixels,
                which is checked before decoding.
        """
        if not self.data:
            raise PictureError(f"{self.path}: the file is empty")
        try:
            with Image.open(io.BytesIO(self.data), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise PictureError(
                        f"{self.path}: {image.width} x {image.height} pixels are more than "
                        f"the limit of {MAX_PIXELS}"
                    )
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
                f"{self.path}: not a picture in a known format ({', '.join(FORMATS)})"
            ) from error
        # decoders raise whatever their parsing runs into
        except Exception as error:
            raise PictureError(f"{self.path}: {error or type(error).__name__}") from error

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
