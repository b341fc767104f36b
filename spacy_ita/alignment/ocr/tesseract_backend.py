"""What the two ways to run Tesseract share: settings, preparation, lines."""

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
from ...extensions.alignments import Lettering
from ..picture import Picture
from .backend import ORDER, OCREngine
from .lines import lines, together
from .preparation import INKS, enlarged, in_ink
from .scripts import AUTO, OSD, SCRIPTS, by_script

BINARISE = {"otsu": 0, "adaptive": 1, "sauvola": 2}
"""Tesseract's numbers for its methods."""
NO_TEXT = {0: "it finds the script alone", 2: "it finds the layout alone"}
"""The modes of `psm` that read nothing."""
LONGEST_TIMEOUT = 1e6
"""Seconds: what is much longer is no number that the engines can count down from."""


class TesseractEngine(OCREngine):
    """The OCR engine Tesseract, however it is run.

    languages: names of its models, as `eng+deu`; "auto" for those of the picture's script.
    scripts: for "auto", from names of scripts to models, as {"Cyrillic": "rus+ukr"}; None for
        what is installed of `SCRIPTS`. `eng` reads along, and alone where the script can't be
        told: a few words on plain ground are needed, and lettering on photos is too little.
    psm: how it segments the page. The default, 11, looks for text anywhere: in posters, signs
        and screenshots words stand apart, and a page layout (3) would join those side by side.
    oem: the engine: 3 for the default of the models, 1 for LSTM alone, 0 for legacy alone.
    binarise: how it tells ink from ground to find letters: by one threshold ("otsu"), by one a
        tile ("adaptive") or one a pixel ("sauvola").
    inks: what is read in turn: letters of "any" colour, and with a threshold of their own "light"
        and "dark" ones, whose ground may be as busy as a photo.
    min_confidence: the least confidence of a word, in percent.
    min_side: pictures are enlarged, at most fourfold, until their shorter side has so many
        pixels, since Tesseract misses small letters; 0 for never.
    timeout: seconds for a picture, after which it fails; 0 for no limit. A process that reads
        several has a second more for each further one; if that is too little, each is read by
        itself.
    workers: pictures of a batch that are read at the same time.
    Raises ValueError for unknown `binarise` or `inks`, languages that aren't names, scripts without
    "auto", no workers, and `psm`, `oem` or `timeout` out of their range.

    Light lettering on dark ground needs no setting: Tesseract tries both.
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
                f"languages must be names of models joined by '+', as 'eng+deu', not {languages!r}"
            )
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
        """Tesseract's version, its models and the parameters that change an answer.

        Raises BackendError if Tesseract or one of the languages isn't installed.
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
        """The models to read with, by script; "" stands for any other, or one that isn't told.

        Raises BackendError if one isn't installed.
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
        """A hash of each model that is read with; "" where its file isn't found."""
        folder = self.folder()
        return {
            name: _hash(folder / f"{name}.traineddata") if folder else ""
            for name in sorted(self._names(self.models))
        }

    def _names(self, models: Mapping[str, str]) -> set[str]:
        """The single models that `models` joins, and the one that tells the script."""
        names = {name for joined in models.values() for name in joined.split("+")}
        return names | {OSD} if self.languages == AUTO else names

    def read(self, pictures: Sequence[Picture]) -> list[list[Lettering]]:
        """Read the lines of pictures, by one call of `tsv` for those with the same models."""
        scaled = [enlarged(picture.image, self.min_side) for picture in pictures]
        alike: dict[str, list[int]] = defaultdict(list)
        for index, (image, _) in enumerate(scaled):
            script = self.script(in_ink(image, "any")) if self.languages == AUTO else ""
            if script in SCRIPTS and script not in self.models:
                self._warn_of(script)
            alike[self.models.get(script, self.models[""])].append(index)
        found: list[list[Lettering]] = [[] for _ in pictures]
        for models, indices in alike.items():
            inked = [in_ink(scaled[index][0], ink) for index in indices for ink in self.inks]
            pages = iter(self.tsv(inked, models))
            for index in indices:
                passes = islice(pages, len(self.inks))
                scale = scaled[index][1]
                found[index] = together(
                    [lines(page, scale, self.min_confidence) for page in passes]
                )
        return found

    def _warn_of(self, script: str) -> None:
        """Warn once that a script is read by the model for another."""
        if script not in self._warned:
            self._warned.add(script)
            model = SCRIPTS[script]
            warnings.warn(
                f"A picture has {script} lettering, which {self.models['']!r} can't read: install "
                f"its model, as by `apt-get install tesseract-ocr-{model.replace('_', '-')}`; "
                f"later pictures are read so without another warning",
                stacklevel=2,
            )

    @property
    def variables(self) -> dict[str, str]:
        """The settings that Tesseract takes by name."""
        return {"thresholding_method": str(BINARISE[self.binarise])}

    def version(self) -> str:
        """Tesseract's. Raises BackendError if it isn't installed."""
        raise NotImplementedError

    def installed(self) -> list[str]:
        """The models that are."""
        raise NotImplementedError

    def folder(self) -> Path | None:
        """Where the models are, None if that can't be told."""
        raise NotImplementedError

    def script(self, image: Image.Image) -> str:
        """The script in the picture, as "Latin"; "" if it can't be told."""
        raise NotImplementedError

    def tsv(self, images: Sequence[Image.Image], languages: str) -> list[str]:
        """Read the words of each picture, with places and confidences, in Tesseract's format tsv.

        Raises RuntimeError after the timeout, and BackendError if the models don't load.
        """
        raise NotImplementedError


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
