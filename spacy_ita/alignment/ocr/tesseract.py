"""Tesseract as a program, one process for several pictures."""

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

# A Tesseract of one thread takes half the time of one of many, and workers don't fight for cores
pytesseract.pytesseract.environ = ChainMap(os.environ, {"OMP_THREAD_LIMIT": "1"})

FURTHER_SECONDS = 1.0
"""What a process may take for each picture after its first; few need so much."""

UNLOADED = "Failed loading language"
"""Said of a model that is broken, or that has no part for the engine `oem`."""


@spacy.registry.misc("spacy_ita.Tesseract.v1")
class Tesseract(TesseractEngine):
    """Tesseract, which must be installed. The settings are those of `TesseractEngine`."""

    name = "spacy_ita.Tesseract.v1"
    at_once = 16
    """Its start takes as long as reading several pictures of the size of a thumbnail."""

    def version(self) -> str:
        """That of the program on the PATH."""
        try:
            return str(pytesseract.get_tesseract_version())
        # ends the process where the version can't be read
        except (pytesseract.TesseractNotFoundError, OSError, SystemExit) as error:
            raise BackendError(
                "Tesseract isn't installed or not on the PATH: apt-get install tesseract-ocr"
            ) from error

    def installed(self) -> list[str]:
        """The models that the program finds."""
        # not by pytesseract, which leaves out names with capitals, digits and slashes
        return list_models(pytesseract.pytesseract.tesseract_cmd)[0]

    def folder(self) -> Path | None:
        """The folder that the program names above its list of models, as version 5 does."""
        try:
            return list_models(pytesseract.pytesseract.tesseract_cmd)[1]
        except OSError:
            return None

    def script(self, image: Image.Image) -> str:
        """By a process of its own."""
        try:
            found = pytesseract.image_to_osd(
                image, timeout=self.timeout, output_type=pytesseract.Output.DICT
            )
        # too few characters
        except pytesseract.TesseractError:
            return ""
        return script_of(found["script"], found["script_conf"])

    def tsv(self, images: Sequence[Image.Image], languages: str) -> list[str]:
        """By one process.

        Raises RuntimeError after the timeout, or if a picture is missing, and BackendError if the
        models don't load.
        """
        variables = " ".join(f"-c {name}={value}" for name, value in self.variables.items())
        with TemporaryDirectory(prefix="tesseract_") as folder:
            # PNM, which costs no time to compress; a file of names where there are several
            paths = [f"{folder}/{number}.pnm" for number in range(len(images))]
            for image, path in zip(images, paths, strict=True):
                image.save(path)
            source = paths[0]
            if len(paths) > 1:
                source = f"{folder}/pictures.txt"
                Path(source).write_text("\n".join(paths), encoding="utf8")
            # after which the pictures are read one by one: a single one that hangs must not hold
            # the others for the time that all of them may take
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
        # then each picture is read by itself
        if len(rows) != len(images):
            raise RuntimeError(f"Tesseract read {len(rows)} of {len(images)} pictures")
        return ["\n".join(page) for page in rows.values()]
