"""Vision models and OCR behind their pipes, against the same engines on inputs that are ready."""

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import spacy
import tesserocr
from spacy.tokens import Doc

from spacy_ita.alignment.factories import (
    make_image_captions,
    make_image_objects,
    make_image_ocr,
)
from spacy_ita.alignment.ocr.tesserocr import Tesserocr
from spacy_ita.alignment.pipe import ImageAligner

from ..parts.engine_models import MODELS
from ..parts.lettered_photos import lettered_photos
from ..parts.model_calls import recorded_calls, replay
from ..parts.ratios import Row, speed_ratios

PIPES = {
    "RT-DETRv2, R18vd": make_image_objects,
    "CLIP, ViT-B/32": make_image_objects,
    "BLIP, base": make_image_captions,
}
"""The pipe of each model that is measured."""
PICTURES, BATCH, LETTERED = 8, 4, 24


def rows(rounds: int) -> Iterator[Row]:
    """Measure each model, and Tesseract."""
    with TemporaryDirectory() as name:
        paths = save_pictures(Path(name))
        for model, make in PIPES.items():
            with TemporaryDirectory() as folder:
                MODELS[model].save(folder)
                pipe = aligner(make, MODELS[model].backend(folder))
                times = model_ratios(pipe, paths[:PICTURES], rounds)
            against = "the bare model on ready tensors, same batches"
            yield Row(f"`{pipe.name}` over files, {model}", against, 0.85, False, times)
        pipe = aligner(make_image_ocr, Tesserocr())
        times = ocr_ratios(pipe, paths, rounds)
        yield Row("`image_ocr` over files", "tesserocr bare, ready pictures", 0.95, False, times)


def save_pictures(folder: Path) -> list[str]:
    """Write photos with text into a folder, as JPEG; returns their paths."""
    paths = []
    for number, (image, _) in enumerate(islice(lettered_photos(0, LETTERED), LETTERED)):
        paths.append(str(folder / f"{number}.jpg"))
        image.save(paths[-1], quality=90)
    return paths


def aligner(make: Callable[..., ImageAligner], backend: Any) -> ImageAligner:
    """Make a pipe with a backend."""
    settings: dict[str, Any] = {"strict": True, "overwrite": True, "attrs": {}}
    name = make.__name__.removeprefix("make_")
    return make(spacy.blank("en"), name, backend, cache=None, batch_size=BATCH, **settings)


def align(pipe: ImageAligner, paths: list[str]) -> None:
    """Align a document for each picture."""
    vocab = spacy.blank("en").vocab
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
    return speed_ratios(lambda: align(pipe, paths), lambda: replay(calls), rounds)


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
