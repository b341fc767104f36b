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
from ..boxes import best_objects, check_selection
from .nanodet import NANODET, NANODET_V0
from .rt_detr import RT_DETR
from .yolox import YOLOX

LAYOUTS = {"nanodet": NANODET, "nanodet-v0": NANODET_V0, "rt-detr": RT_DETR, "yolox": YOLOX}
MODEL, LABELS = "model.onnx", "labels.txt"


@spacy.registry.misc("spacy_ita.ONNXDetector.v2")
@renamed_arguments(top="top_k")
class ONNXDetector:
    """A detector in an ONNX file, which ONNX Runtime (the extra `onnx`) runs on the CPU.

    Args:
        path: The file, including the weights.
        layout: Family of the model: "nanodet" (NanoDet-Plus), "nanodet-v0" (NanoDet before Plus,
            such as -m and -g), "yolox" or "rt-detr".
        labels: File with one class of the model per line, in order; None for COCO's 80.
        threshold: Minimum score of an object, in [0, 1].
        nms: Overlap (intersection over union) above which the weaker of two boxes with the same
            label is dropped; None to keep both.
        top_k: Maximum number of objects per picture, the most confident first; None for all.

    Raises:
        ValueError: If the layout is unknown, or `threshold`, `nms` or `top_k` is out of range.
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
        check_selection(threshold, nms, top_k)
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
        # one per process, as a session's threads don't survive a fork
        self._sessions: dict[int, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_sessions": {}}

    @property
    def model(self) -> bytes:
        """The content of the file.

        Raises:
            BackendError: If the file can't be read.
        """
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
        """The SHA-256 of the file, in hex.

        Raises:
            BackendError: If the file can't be read.
        """
        if self._fingerprint is None:
            self._fingerprint = hashlib.sha256(self.model).hexdigest()
        return self._fingerprint

    @property
    def names(self) -> list[str]:
        """The model's classes in their order.

        Raises:
            BackendError: If the file of labels can't be read.
        """
        if self._names is None:
            self._names = read_words(self._label_file)
        return self._names

    @property
    def identity(self) -> Mapping[str, Any]:
        """Hash of the file, classes and parameters.

        Raises:
            BackendError: If a file can't be read.
        """
        # the names of version 1 are the keys of existing caches
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
        """Detect the objects in each picture, best first.

        Raises:
            BackendError: If the model can't be loaded, or doesn't fit the layout or the labels.
        """
        self.load()
        return [self._detect(picture) for picture in pictures]

    def load(self) -> None:
        """Load the model at first use.

        Raises:
            BackendError: If the model can't be loaded.
        """
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
        # the runtime's own exceptions have no other common base
        except Exception as error:
            raise BackendError(f"can't load the model {self._model_file}: {error}") from error
        if len(inputs := session.get_inputs()) != 1:
            names = ", ".join(entry.name for entry in inputs)
            raise BackendError(f"{self._model_file} needs inputs other than a picture: {names}")
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
        """Copy the model and its labels into the folder `path`, or warn if they are missing."""
        try:
            model, names = self.model, self.names
        except BackendError as error:
            warnings.warn(f"Saved without a vision model: {error}", stacklevel=2)
            return
        (path / MODEL).write_bytes(model)
        (path / LABELS).write_text("\n".join(names), encoding="utf8")

    def from_disk(self, path: Path) -> None:
        """Use the model in the folder `path`, if one was saved there."""
        if (path / MODEL).is_file():
            self._model_file, self._label_file = path / MODEL, path / LABELS
            self._model = self._fingerprint = self._names = None
            self._sessions = {}
