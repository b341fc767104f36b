"""Vision models and OCR behind their pipes, against the same engines on inputs that are ready."""

import copy
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import islice
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import spacy
import tesserocr
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_ita.alignment import factories
from spacy_ita.alignment.ocr.tesserocr import Tesserocr
from spacy_ita.alignment.pipe import ImageAligner

from ..parts.engine_models import MODELS, Published
from ..parts.lettered_photos import lettered_photos
from ..parts.model_calls import recorded_calls, replay
from ..parts.ratios import Row, speed_ratios

BATCHES, LETTERED = 4, 16
"""Number of batches of a pass, and of pictures with text."""
OCR_ROUNDS = 25
"""The rounds of Tesseract differ from 0.7 to 1.2, so the median of a few says nothing. They take
three minutes."""


@dataclass(frozen=True)
class Measured:
    """A model that is measured.

    Attributes:
        name: Its name in `MODELS`.
        pipe: Name of its pipe.
        pictures: Number of pictures of a pass.
        layers: Numbers of layers by their names in the config, where the whole model would take
            minutes. The preparation of pictures is then a larger share of the time.
    """

    name: str
    pipe: str
    pictures: int
    layers: Mapping[str, int] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The model's name, which says whether layers are left out."""
        return f"{self.name}, fewer layers" if self.layers else self.name

    @property
    def model(self) -> Published:
        """The model, without the layers that are left out."""
        config = copy.deepcopy(MODELS[self.name].config)
        for path, number in self.layers.items():
            *parts, last = path.split(".")
            setattr(reduce(getattr, parts, config), last, number)
        return replace(MODELS[self.name], config=config)


MEASURED = [
    Measured("YOLOS, tiny", "image_objects", 8),
    Measured("RT-DETRv2, R18vd", "image_objects", 8),
    Measured("DETR, ResNet-50", "image_objects", 4),
    Measured(
        "OWLv2, base, patch 16",
        "image_objects",
        2,
        {"vision_config.num_hidden_layers": 2, "text_config.num_hidden_layers": 2},
    ),
    Measured(
        "Grounding DINO, tiny", "image_objects", 2, {"encoder_layers": 1, "decoder_layers": 1}
    ),
    Measured("CLIP, ViT-B/32", "image_objects", 8),
    Measured("SigLIP, base, patch 16", "image_objects", 4),
    Measured("BLIP, base", "image_captions", 2),
]


def rows(rounds: int) -> Iterator[Row]:
    """Measure Tesseract in `OCR_ROUNDS` rounds, and each model, the quickest first."""
    with TemporaryDirectory() as name:
        paths = save_pictures(Path(name))
        pipe = aligner("image_ocr", Tesserocr(), LETTERED)
        times = ocr_ratios(pipe, paths, OCR_ROUNDS)
        yield Row("`image_ocr` over files", "tesserocr bare, ready pictures", 0.95, False, times)
        for measured in MEASURED:
            model = measured.model
            with TemporaryDirectory() as folder:
                model.save(folder)
                pipe = aligner(measured.pipe, model.backend(folder), measured.pictures)
                times = model_ratios(pipe, paths[: measured.pictures], rounds)
            what = f"`{pipe.name}` over files, {measured.title}"
            yield Row(what, "the bare model on ready tensors, same batches", 0.85, False, times)


def save_pictures(folder: Path) -> list[str]:
    """Write photos with text into a folder, as JPEG; returns their paths."""
    paths = []
    for number, (image, _) in enumerate(islice(lettered_photos(0, LETTERED), LETTERED)):
        paths.append(str(folder / f"{number}.jpg"))
        image.save(paths[-1], quality=90)
    return paths


def aligner(name: str, backend: Any, pictures: int) -> ImageAligner:
    """Make a pipe with a backend, which reads the pictures in `BATCHES` batches."""
    settings: dict[str, Any] = {
        "cache": None,
        "batch_size": ceil(pictures / BATCHES),
        "strict": True,
        "overwrite": True,
        "attrs": {},
        "allow_http": False,
        "max_pictures": 1,
    }
    make: Callable[..., ImageAligner] = getattr(factories, f"make_{name}")
    return make(spacy.blank("en"), name, backend, **settings)


def align(pipe: ImageAligner, paths: list[str]) -> None:
    """Align a document for each picture."""
    # the English tokenizer would take longer to make than a picture to read
    vocab = Vocab()
    docs = [Doc(vocab, ["photo"]) for _ in paths]
    for doc, path in zip(docs, paths, strict=True):
        doc._.image_path = path
    for _ in pipe.pipe(docs):
        pass


def model_ratios(pipe: ImageAligner, paths: list[str], rounds: int) -> list[float]:
    """Measure a pipe against the calls that it makes of its model."""
    backend: Any = pipe.backend
    backend.load()
    with recorded_calls(backend.model) as calls:
        align(pipe, paths)
    return speed_ratios(lambda: align(pipe, paths), lambda: replay(calls), rounds, ran=True)


def ocr_ratios(pipe: ImageAligner, paths: list[str], rounds: int) -> list[float]:
    """Measure a pipe against Tesseract, which reads the same prepared pictures with one engine."""
    ready: list[Any] = []
    backend: Any = pipe.backend
    read = backend.tsv

    def recording(images: Sequence[Any], models: str) -> Any:
        ready.extend(images)
        return read(images, models)

    with patch.object(backend, "tsv", recording):
        align(pipe, paths)
    engine = tesserocr.PyTessBaseAPI(
        path=f"{backend.folder()}{os.sep}",
        psm=backend.psm,
        oem=backend.oem,
        variables=backend.variables,
    )

    def bare() -> None:
        for image in ready:
            engine.SetImage(image)
            engine.Recognize(ceil(backend.timeout * 1000))
            engine.GetTSVText(0)

    return speed_ratios(lambda: align(pipe, paths), bare, rounds)
