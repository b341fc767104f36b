"""Tesseract in this process."""

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
"""Where Debian, Arch, Fedora, one's own build and Homebrew put the models."""


@spacy.registry.misc("spacy_ita.Tesserocr.v1")
class Tesserocr(TesseractEngine):
    """Tesseract without a process a picture, by the package tesserocr.

    Its wheels bring the engine along, not the models, which are those of an installed Tesseract
    or of the folder TESSDATA_PREFIX. The settings are those of `spacy_ita.Tesseract.v1`.
    """

    name = "spacy_ita.Tesserocr.v1"

    @cached_property
    def _idle(self) -> dict[tuple[str, int], deque[Any]]:
        """Engines that no thread uses, by models and mode: one can't serve two at a time."""
        return defaultdict(deque)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_idle"}

    def version(self) -> str:
        """That of the engine in the wheel."""
        return str(_tesserocr().tesseract_version().split()[1])

    def installed(self) -> list[str]:
        """The models in the folder."""
        return list(_tesserocr().get_languages(_tessdata())[1])

    def folder(self) -> Path:
        """The folder that the models are taken from."""
        return Path(_tessdata())

    def script(self, image: Image.Image) -> str:
        """By the model `osd`."""
        with self._engine(OSD, _tesserocr().PSM.OSD_ONLY) as engine:
            engine.SetImage(image)
            found = engine.DetectOrientationScript()
            return script_of(found["script_name"], found["script_conf"]) if found else ""

    def tsv(self, images: Sequence[Image.Image], languages: str) -> list[str]:
        """By one engine. Raises RuntimeError after the timeout, BackendError without models."""
        found = []
        with self._engine(languages, self.psm) as engine:
            for image in images:
                engine.SetImage(image)
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


def _tesserocr() -> Any:
    return optional("tesserocr", extra="tesserocr")


def _tessdata() -> str:
    """The folder of the models, as Tesseract wants it: with a slash at its end."""
    named = os.environ.get("TESSDATA_PREFIX")
    for folder in [named] if named else FOLDERS:
        if any(Path(folder).glob("*.traineddata")):
            return f"{Path(folder)}{os.sep}"
    raise BackendError(
        f"no Tesseract models in {named or ', '.join(FOLDERS)}: apt-get install tesseract-ocr, "
        f"or set TESSDATA_PREFIX to their folder"
    )
