"""Tesseract as a program, with one process for several pictures."""

import os
from collections import ChainMap, defaultdict
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytesseract
import spacy
from PIL import Image

from ...errors import BackendError
from .scripts import script_of
from .tesseract_backend import TesseractEngine
from .tesseract_models import list_models

# one thread takes half the time of several, and leaves the other cores to the other workers
pytesseract.pytesseract.environ = ChainMap(os.environ, {"OMP_THREAD_LIMIT": "1"})

FURTHER_SECONDS = 1.0
"""Seconds that a process may take for each picture after its first; few need as much."""

UNLOADED = "Failed loading language"
"""Tesseract's message for a model that is broken, or has no part for the engine `oem`."""


@spacy.registry.misc("spacy_ita.Tesseract.v1")
class Tesseract(TesseractEngine):
    """The program Tesseract, which must be installed, with the settings of `TesseractEngine`."""

    name = "spacy_ita.Tesseract.v1"
    at_once = 16
    """The start of a process takes as long as the reading of several thumbnails."""

    def version(self) -> str:
        """Return the version of the program on the PATH."""
        try:
            return str(pytesseract.get_tesseract_version())
        # pytesseract ends the process if it can't read the version
        except (pytesseract.TesseractNotFoundError, OSError, SystemExit) as error:
            raise BackendError(
                "Tesseract isn't installed or not on the PATH: apt-get install tesseract-ocr"
            ) from error

    def installed(self) -> list[str]:
        """List the models that the program finds."""
        # pytesseract leaves out names with capitals, digits and slashes
        return list_models(pytesseract.pytesseract.tesseract_cmd)[0]

    def folder(self) -> Path | None:
        """Return the folder of the models, which version 5 prints above its list."""
        try:
            return list_models(pytesseract.pytesseract.tesseract_cmd)[1]
        except OSError:
            return None

    def script(self, image: Image.Image) -> str:
        """Detect the script with a process of its own."""
        try:
            found = pytesseract.image_to_osd(
                image, timeout=self.timeout, output_type=pytesseract.Output.DICT
            )
        # too few characters
        except pytesseract.TesseractError:
            return ""
        return script_of(found["script"], found["script_conf"])

    def tsv(self, images: Sequence[Image.Image], languages: str) -> list[str]:
        """Read pictures with one process.

        Raises:
            RuntimeError: After the timeout, or if the output lacks a picture.
            BackendError: If the models can't be loaded.
        """
        variables = " ".join(f"-c {name}={value}" for name, value in self.variables.items())
        with TemporaryDirectory(prefix="tesseract_") as folder:
            # PNM takes no time to compress; several pictures need a file with their names
            paths = [f"{folder}/{number}.pnm" for number in range(len(images))]
            for image, path in zip(images, paths, strict=True):
                image.save(path)
            source = paths[0]
            if len(paths) > 1:
                source = f"{folder}/pictures.txt"
                Path(source).write_text("\n".join(paths), encoding="utf8")
            # after the timeout the pictures are read one by one, so that one that hangs doesn't
            # hold the others for long
            further = min(self.timeout, FURTHER_SECONDS) * (len(paths) - 1)
            try:
                pages = pytesseract.image_to_data(
                    source,
                    lang=languages,
                    config=f"--psm {self.psm} --oem {self.oem} {variables}",
                    timeout=self.timeout + further,
                )
            except pytesseract.TesseractError as error:
                if UNLOADED in error.message:
                    raise BackendError(
                        f"Tesseract can't load {languages} with oem = {self.oem}: {error.message}"
                    ) from error
                raise
        rows: dict[str, list[str]] = defaultdict(list)
        for row in str(pages).splitlines()[1:]:
            _, page, _ = row.split("\t", 2)
            rows[page].append(row)
        # the pictures are then read one by one
        if len(rows) != len(images):
            raise RuntimeError(f"Tesseract read {len(rows)} of {len(images)} pictures")
        return ["\n".join(page) for page in rows.values()]
