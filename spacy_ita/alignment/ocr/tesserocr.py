"""Tesseract as a library in this process."""

import os
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any

import spacy
from PIL import Image

from ...errors import BackendError
from ...extras import optional
from .scripts import OSD, script_of
from .tesseract_backend import TesseractEngine

FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)
"""Folders of the models in Debian, Arch, Fedora, a local build and Homebrew."""
RESOLUTION = 96
"""Dots per inch of a picture: what tesserocr's `SetImage` tells the engine, whose answers depend on
it."""


@spacy.registry.misc("spacy_ita.Tesserocr.v1")
class Tesserocr(TesseractEngine):
    """Tesseract in this process, by the package tesserocr, with the settings of `TesseractEngine`.

    The package contains the engine, but no models: they come from an installed Tesseract, or from
    the folder in the environment variable TESSDATA_PREFIX.
    """

    name = "spacy_ita.Tesserocr.v1"

    @cached_property
    def _idle(self) -> dict[tuple[str, int], deque[Any]]:
        """Idle engines by models and mode; an engine can't serve two threads at a time."""
        return defaultdict(deque)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_idle"}

    def version(self) -> str:
        """Return the version of the engine in the package."""
        return str(_tesserocr().tesseract_version().split()[1])

    def installed(self) -> list[str]:
        """List the models in the folder."""
        return list(_tesserocr().get_languages(_tessdata())[1])

    def folder(self) -> Path:
        """Return the folder of the models."""
        return Path(_tessdata())

    def script(self, image: Image.Image) -> str:
        """Detect the script with the model `osd`."""
        with self._engine(OSD, _tesserocr().PSM.OSD_ONLY) as engine:
            _set_image(engine, image)
            found = engine.DetectOrientationScript()
            return script_of(found["script_name"], found["script_conf"]) if found else ""

    def tsv(self, images: Sequence[Image.Image], languages: str) -> list[str]:
        """Read pictures with one engine.

        Raises:
            RuntimeError: After the timeout.
            BackendError: If the models can't be loaded.
        """
        found = []
        with self._engine(languages, self.psm) as engine:
            for image in images:
                _set_image(engine, image)
                if not engine.Recognize(ceil(self.timeout * 1000)):
                    raise RuntimeError("Tesseract process timeout")
                found.append(str(engine.GetTSVText(0)))
        return found

    @contextmanager
    def _engine(self, languages: str, psm: int) -> Iterator[Any]:
        idle = self._idle[languages, psm]
        try:
            engine = idle.pop()
        except IndexError:
            engine = self._load(languages, psm)
        try:
            yield engine
        finally:
            engine.Clear()
            idle.append(engine)

    def _load(self, languages: str, psm: int) -> Any:
        try:
            return _tesserocr().PyTessBaseAPI(
                path=_tessdata(), lang=languages, psm=psm, oem=self.oem, variables=self.variables
            )
        except RuntimeError as error:
            raise BackendError(
                f"Tesseract can't load {languages} with oem = {self.oem}: {error}"
            ) from error


def _set_image(engine: Any, image: Image.Image) -> None:
    """Give an engine the pixels of a picture; `SetImage` would write and parse a BMP file."""
    channels = len(image.getbands())
    engine.SetImageBytes(image.tobytes(), *image.size, channels, channels * image.width)
    engine.SetSourceResolution(RESOLUTION)


def _tesserocr() -> Any:
    return optional("tesserocr", extra="tesserocr")


def _tessdata() -> str:
    """Return the folder of the models with a slash at its end, as Tesseract needs it."""
    named = os.environ.get("TESSDATA_PREFIX")
    for folder in [named] if named else FOLDERS:
        if any(Path(folder).glob("*.traineddata")):
            return f"{Path(folder)}{os.sep}"
    raise BackendError(
        f"no Tesseract models in {named or ', '.join(FOLDERS)}: apt-get install tesseract-ocr, "
        f"or set TESSDATA_PREFIX to their folder"
    )
