"""Object tags from a detector in an ONNX file."""

import hashlib
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy
import spacy
import torch

from ....deprecations import renamed_arguments
from ....errors import BackendError
from ....extensions.alignments import DetectedObject
from ....extras import optional
from ...picture import Picture
from ...vocabularies import COCO, read_words
from ..boxes import best_objects
from .nanodet import NANODET, NANODET_V0
from .rt_detr import RT_DETR
from .yolox import YOLOX

LAYOUTS = {"nanodet": NANODET, "nanodet-v0": NANODET_V0, "rt-detr": RT_DETR, "yolox": YOLOX}
MODEL, LABELS = "model.onnx", "labels.txt"


@spacy.registry.misc("spacy_ita.ONNXDetector.v2")
@renamed_arguments(top="top_k")
class ONNXDetector:
    """A detector in an ONNX file, run by ONNX Runtime (the extra `onnx`) on the CPU.

    path: the file, with its weights inside.
    layout: which model it holds: "nanodet" (NanoDet-Plus), "nanodet-v0" (NanoDet before Plus:
        -m, -g and so on), "yolox" or "rt-detr".
    labels: a file of the model's classes in their order, one a line; None for COCO's 80.
    threshold: the least score of an object, in [0, 1].
    nms: the overlap (intersection over union) above which the weaker of two boxes with one label
        goes; None for none.
    top_k: the most objects of a picture, the most confident first; None for all.
    Raises ValueError for another layout.
    """

    def __init__(
        self,
        path: str,
        layout: Literal["nanodet", "nanodet-v0", "yolox", "rt-detr"],
        labels: str | None = None,
        threshold: float = 0.4,
        nms: float | None = 0.5,
        top_k: int | None = 10,
    ) -> None:
        if layout not in LAYOUTS:
            raise ValueError(f"layout must be one of {', '.join(LAYOUTS)}, not {layout!r}")
        self.path = path
        self.layout = layout
        self.labels = labels
        self.threshold = threshold
        self.nms = nms
        self.top_k = top_k
        self._model_file = Path(path)
        self._label_file = COCO if labels is None else Path(labels)
        self._model: bytes | None = None
        self._fingerprint: str | None = None
        self._names: list[str] | None = None
        # a session's threads don't survive a fork: each process has its own
        self._sessions: dict[int, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_sessions": {}}

    @property
    def model(self) -> bytes:
        """The file's content. Raises BackendError if it can't be read."""
        if self._model is None:
            try:
                self._model = self._model_file.read_bytes()
            except OSError as error:
                raise BackendError(
                    f"can't load the model {self._model_file}: {error.strerror}"
                ) from error
        return self._model

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the file, in hex, taken once. Raises BackendError without a file."""
        if self._fingerprint is None:
            self._fingerprint = hashlib.sha256(self.model).hexdigest()
        return self._fingerprint

    @property
    def names(self) -> list[str]:
        """The model's classes in their order. Raises BackendError if they can't be read."""
        if self._names is None:
            self._names = read_words(self._label_file)
        return self._names

    @property
    def identity(self) -> Mapping[str, Any]:
        """The file's hash, the classes and the parameters. Raises BackendError without a file."""
        # the names of version 1, by which caches hold their answers
        return {
            "backend": "spacy_ita.ONNXDetector.v1",
            "weights": self.fingerprint,
            "labels": self.names,
            "layout": self.layout,
            "threshold": self.threshold,
            "nms": self.nms,
            "top": self.top_k,
        }

    def __call__(self, pictures: Sequence[Picture]) -> list[list[DetectedObject]]:
        """The objects of each picture, best first. Raises BackendError without a model."""
        self.load()
        return [self._detect(picture) for picture in pictures]

    def load(self) -> None:
        """Open the model, if it isn't open yet. Raises BackendError if it can't be."""
        if os.getpid() in self._sessions:
            return
        onnxruntime = optional("onnxruntime", extra="onnx")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        try:
            session = onnxruntime.InferenceSession(
                self.model, options, providers=["CPUExecutionProvider"]
            )
        except BackendError:
            raise
        # the runtime raises exceptions of its own, which only share Exception
        except Exception as error:
            raise BackendError(f"can't load the model {self._model_file}: {error}") from error
        if len(inputs := session.get_inputs()) != 1:
            names = ", ".join(entry.name for entry in inputs)
            raise BackendError(f"{self._model_file} has other inputs than a picture: {names}")
        _ = self.names
        self._sessions = {os.getpid(): session}

    def _detect(self, picture: Picture) -> list[DetectedObject]:
        session = self._sessions[os.getpid()]
        layout = LAYOUTS[self.layout]
        [pixels] = session.get_inputs()
        height, width = (
            side if isinstance(side, int) else layout.side for side in pixels.shape[2:]
        )
        image, scale = layout.fit(picture.image, (width, height))
        rgb = layout.pixels(numpy.asarray(image)).transpose(2, 0, 1)
        outputs = session.run(None, {pixels.name: rgb[None].astype("float32")})
        names = [output.name for output in session.get_outputs()]
        try:
            scores, boxes = layout.decode(dict(zip(names, outputs, strict=True)), (width, height))
        except (ValueError, KeyError) as error:
            raise BackendError(
                f"{self._model_file} does not fit the layout {self.layout}: {error!r}"
            ) from error
        if scores.shape[1] != len(self.names):
            raise BackendError(
                f"{self._model_file} has {scores.shape[1]} classes, but "
                f"{self._label_file} has {len(self.names)} names"
            )
        corners = torch.tensor(boxes / (*scale, *scale))
        classes, scores = scores.argmax(1), scores.max(1)
        found = [
            (self.names[classes[index]], float(scores[index]), corners[index])
            for index in numpy.flatnonzero(scores >= self.threshold)
        ]
        return best_objects(found, picture.image.size, self.nms, self.top_k)

    def to_disk(self, path: Path) -> None:
        """Copy the model and its labels into the folder `path`; warns if they are gone."""
        try:
            model, names = self.model, self.names
        except BackendError as error:
            warnings.warn(f"Saved without a vision model: {error}", stacklevel=2)
            return
        (path / MODEL).write_bytes(model)
        (path / LABELS).write_text("\n".join(names), encoding="utf8")

    def from_disk(self, path: Path) -> None:
        """Use what was saved in the folder `path`, if anything was."""
        if (path / MODEL).is_file():
            self._model_file, self._label_file = path / MODEL, path / LABELS
            self._model = self._fingerprint = self._names = None
            self._sessions = {}
