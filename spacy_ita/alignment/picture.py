"""A picture file, read and decoded when first asked for."""

import base64
import hashlib
import io
import os
import re
import stat
from contextlib import suppress
from functools import cached_property

import numpy
from PIL import Image, ImageOps

MAX_BYTES = 2**28
MAX_PIXELS = 2**26
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000", "PPM")
"""What is decoded: no format whose reader starts another program, as EPS does, or decodes a picture
before its size can be looked at, as ICO does."""

URL = re.compile("([a-z][a-z0-9+.-]+)://|(data):", re.IGNORECASE)
QUOTED = 300
"""Characters of a URL that an error quotes."""

FULL_SCALE = {"F": 1.0, "I": 65535.0, "I;16": 65535.0, "I;16B": 65535.0, "I;16L": 65535.0}


class PictureError(ValueError):
    """A picture that can't be read; the message names the file and the cause."""


class Picture:
    """A picture file.

    path: the file, or the id of a picture whose alignments are recorded ones: nothing is
        opened until `data`, `sha256` or `image` is asked for, and each is kept until `forget`.
    text: the document's, for a backend that reads it.
    """

    def __init__(self, path: str, text: str = "") -> None:
        self.path = path
        self.text = text

    def __repr__(self) -> str:
        return f"Picture({self.path!r})"

    @cached_property
    def data(self) -> bytes:
        """The bytes of the file. Raises PictureError."""
        try:
            status = os.stat(self.path)
            # a pipe or a device would block, or never end
            if not stat.S_ISREG(status.st_mode):
                raise PictureError(f"{self.path}: not a file")
            with open(self.path, "rb") as file:
                # whatever its size is said to be, which is 0 for endless files of the system
                data = file.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                raise PictureError(f"{self.path}: more than {MAX_BYTES} bytes")
            return data
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
        """The SHA-256 of the file's bytes, in hex. Raises PictureError."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def image(self) -> Image.Image:
        """The picture as RGB, 8 bits a channel, upright: turned as its EXIF orientation says.

        Transparency is laid on white; deeper channels are scaled; of an animation it is the
        first frame. Raises PictureError, for pictures of more than `MAX_PIXELS` pixels before
        they are decoded.
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
                # EXIF that can't be read tells no orientation; one that can't be written again,
                # without it, fails when the picture is turned already
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
        """Let go of bytes and image, which are read again if they are asked for."""
        for name in ("data", "image"):
            vars(self).pop(name, None)

    def jpeg_uri(self, max_side: int, quality: int) -> str:
        """The picture as JPEG in a data URI, its longer side of `max_side` pixels at most.

        Raises PictureError.
        """
        small = self.image.copy()
        small.thumbnail((max_side, max_side))
        file = io.BytesIO()
        small.save(file, "JPEG", quality=quality)
        return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in FULL_SCALE:
        # in place, as each copy of a large picture has a quarter of a gigabyte
        values = numpy.nan_to_num(numpy.array(image, dtype="float32"), copy=False)
        # of PNG, the one value that is transparent
        if isinstance(clear := image.info.get("transparency"), int):
            values[values == clear] = FULL_SCALE[image.mode]
        # Pillow clips where it converts, which makes a 16-bit picture white
        values *= 255 / max(FULL_SCALE[image.mode], float(values.max()))
        numpy.rint(values.clip(0, 255, out=values), out=values)
        return Image.fromarray(values.astype("uint8")).convert("RGB")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")
