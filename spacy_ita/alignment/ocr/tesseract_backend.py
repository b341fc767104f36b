"""The base of the two Tesseract backends: settings, preparation of pictures, lines."""

import hashlib
import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal

from PIL import Image

from ...errors import BackendError
from ...extensions.alignments import OCRLine
from ..picture import Picture
from ..settings import check_range
from .backend import ORDER, OCREngine
from .lines import lines, together
from .preparation import INKS, enlarged, in_ink
from .scripts import AUTO, OSD, SCRIPTS, by_script

BINARISE = {"otsu": 0, "adaptive": 1, "sauvola": 2}
"""Tesseract's numbers for its methods."""
NO_TEXT = {0: "it only detects the script", 2: "it only detects the layout"}
"""Values of `psm` that read no text, and why."""
LONGEST_TIMEOUT = 1e6
"""Maximum timeout in seconds; the engines' timers overflow at larger ones."""


class TesseractEngine(OCREngine):
    """The OCR engine Tesseract, as a program or in this process.

    Light text on a dark ground needs no setting: Tesseract tries both.

    Args:
        languages: Names of models, such as `eng+deu`; "auto" for those of the picture's script.
        scripts: For "auto", models by script, such as {"Cyrillic": "rus+ukr"}; None for those of
            `SCRIPTS` that are installed. `eng` is added to each, and reads alone if the script is
            unknown. Detection of the script needs a few words on plain ground; photos have too
            little text.
        psm: Page segmentation mode. The default, 11, looks for text anywhere: words stand apart in
            posters, signs and screenshots, and a page layout (3) would join those side by side.
        oem: OCR engine mode: 3 for the default of the models, 1 for LSTM only, 0 for legacy only.
        binarise: Method that separates ink from ground: one threshold ("otsu"), one per tile
            ("adaptive") or one per pixel ("sauvola").
        inks: Passes over a picture: letters of "any" colour, or only "light" or "dark" ones, with a
            threshold of their own, whose ground may be as busy as a photo.
        min_confidence: Minimum confidence of a word, in percent.
        min_side: Pictures are enlarged until their shorter side has this many pixels, at most
            fourfold, since Tesseract misses small letters; 0 for never.
        timeout: Seconds after which a picture fails; 0 for no limit. A process that reads several
            pictures gets one more second for each further one, and after that each picture is read
            alone.
        workers: Number of pictures of a batch that are read at the same time.

    Raises:
        ValueError: If `binarise` or `inks` are unknown, `languages` has an empty name, `scripts` is
            set without "auto", there are no workers, or another setting is out of range.
    """

    name: ClassVar[str]

    def __init__(
        self,
        languages: str = "eng",
        scripts: dict[str, str] | None = None,
        psm: int = 11,
        oem: int = 3,
        binarise: Literal["otsu", "adaptive", "sauvola"] = "otsu",
        inks: Sequence[Literal["any", "light", "dark"]] = ("any",),
        min_confidence: float = 60.0,
        min_side: int = 800,
        timeout: float = 20.0,
        workers: int = 1,
    ) -> None:
        super().__init__(workers)
        if binarise not in BINARISE:
            raise ValueError(f"binarise must be one of {', '.join(BINARISE)}, not {binarise!r}")
        if not inks or not set(inks) <= set(INKS):
            raise ValueError(f"inks must be some of {', '.join(INKS)}, not {list(inks)}")
        if scripts is not None and languages != AUTO:
            raise ValueError(f"scripts are for languages = {AUTO!r}, not {languages!r}")
        if not all(languages.split("+")):
            raise ValueError(
                f"languages must be names of models joined by '+', such as 'eng+deu', "
                f"not {languages!r}"
            )
        check_range("min_confidence", min_confidence, 0, 100)
        check_range("min_side", min_side, 0)
        if psm not in range(14):
            raise ValueError(f"psm must be a whole number from 0 to 13, not {psm}")
        if psm in NO_TEXT:
            raise ValueError(f"psm = {psm} reads no text: {NO_TEXT[psm]}")
        if oem not in range(4):
            raise ValueError(f"oem must be a whole number from 0 to 3, not {oem}")
        if not 0 <= timeout <= LONGEST_TIMEOUT:
            raise ValueError(
                f"timeout must be from 0, for no limit, to {LONGEST_TIMEOUT:,.0f} seconds, "
                f"not {timeout}"
            )
        self.languages = languages
        self.scripts = scripts
        self.psm = psm
        self.oem = oem
        self.binarise = binarise
        self.inks = inks
        self.min_confidence = min_confidence
        self.min_side = min_side
        self.timeout = timeout
        self._warned: set[str] = set()

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Version of Tesseract, models, and parameters that change an answer.

        Raises:
            BackendError: If Tesseract or one of the models isn't installed.
        """
        return {
            "backend": self.name,
            "version": self.version(),
            "languages": self.models,
            "weights": self.weights,
            "psm": self.psm,
            "oem": self.oem,
            "binarise": self.binarise,
            "inks": list(self.inks),
            "min_confidence": self.min_confidence,
            "min_side": self.min_side,
            "order": ORDER,
            "colour": True,
        }

    @cached_property
    def models(self) -> dict[str, str]:
        """Models by script; "" stands for any other script, or an unknown one.

        Raises:
            BackendError: If a model isn't installed.
        """
        installed = self.installed()
        models = {"": self.languages}
        if self.languages == AUTO:
            models = by_script(self.scripts, installed)
        if missing := sorted(self._names(models) - set(installed)):
            packages = " ".join(
                "tesseract-ocr-all" if "/" in name else f"tesseract-ocr-{name.replace('_', '-')}"
                for name in missing
            )
            raise BackendError(
                f"Tesseract has no model for {missing}, only for {sorted(installed)}: "
                f"apt-get install {packages}"
            )
        return models

    @property
    def weights(self) -> dict[str, str]:
        """SHA-256 of each model in use, in hex; "" if its file isn't found."""
        folder = self.folder()
        return {
            name: _hash(folder / f"{name}.traineddata") if folder else ""
            for name in sorted(self._names(self.models))
        }

    def _names(self, models: Mapping[str, str]) -> set[str]:
        """Split joined models into single ones, and add the one that detects the script."""
        names = {name for joined in models.values() for name in joined.split("+")}
        return names | {OSD} if self.languages == AUTO else names

    def prepare_picture(self, picture: Picture) -> None:
        """Enlarge a picture ahead of the call, and separate its inks, in any thread."""
        image, scale = enlarged(picture.image, self.min_side)
        inked = {ink: in_ink(image, ink) for ink in self.inks}
        if self.languages == AUTO and "any" not in inked:
            inked["any"] = in_ink(image, "any")
        picture.inputs[self] = inked, scale

    def read(self, pictures: Sequence[Picture]) -> list[list[OCRLine]]:
        """Read the lines of pictures, with one call of `tsv` for all that share their models."""
        prepared: list[tuple[dict[str, Image.Image], float]] = []
        for picture in pictures:
            if self not in picture.inputs:
                self.prepare_picture(picture)
            prepared.append(picture.inputs.pop(self))
        alike: dict[str, list[int]] = defaultdict(list)
        for index, (inked, _) in enumerate(prepared):
            script = self.script(inked["any"]) if self.languages == AUTO else ""
            if script in SCRIPTS and script not in self.models:
                self._warn_of(script)
            alike[self.models.get(script, self.models[""])].append(index)
        found: list[list[OCRLine]] = [[] for _ in pictures]
        for models, indices in alike.items():
            images = [prepared[index][0][ink] for index in indices for ink in self.inks]
            pages = iter(self.tsv(images, models))
            for index in indices:
                passes = islice(pages, len(self.inks))
                scale = prepared[index][1]
                found[index] = together(
                    [lines(page, scale, self.min_confidence) for page in passes]
                )
        return found

    def _warn_of(self, script: str) -> None:
        """Warn once per script that no installed model can read it."""
        if script not in self._warned:
            self._warned.add(script)
            model = SCRIPTS[script]
            warnings.warn(
                f"A picture has {script} text, which {self.models['']!r} can't read: install its "
                f"model, as with `apt-get install tesseract-ocr-{model.replace('_', '-')}`; "
                f"there is no further warning for later pictures",
                stacklevel=2,
            )

    @property
    def variables(self) -> dict[str, str]:
        """Settings that Tesseract takes by name."""
        return {"thresholding_method": str(BINARISE[self.binarise])}

    def version(self) -> str:
        """Return the version of Tesseract.

        Raises:
            BackendError: If Tesseract isn't installed.
        """
        raise NotImplementedError

    def installed(self) -> list[str]:
        """List the installed models."""
        raise NotImplementedError

    def folder(self) -> Path | None:
        """Return the folder of the models, or None if it is unknown."""
        raise NotImplementedError

    def script(self, image: Image.Image) -> str:
        """Detect the script in a picture, such as "Latin"; "" if it is unknown."""
        raise NotImplementedError

    def tsv(self, images: Sequence[Image.Image], languages: str) -> list[str]:
        """Read the words of each picture, with places and confidences, in Tesseract's format TSV.

        Raises:
            RuntimeError: After the timeout.
            BackendError: If the models can't be loaded.
        """
        raise NotImplementedError


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
