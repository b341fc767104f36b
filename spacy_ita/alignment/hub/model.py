"""What the Hugging Face backends share: loading at first use, saving, a fingerprint."""

import hashlib
import os
import pickle
import re
import warnings
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Any

import srsly
import torch
from PIL import Image
from thinc.util import get_torch_default_device
from transformers import AutoImageProcessor, AutoTokenizer, BatchFeature
from transformers.utils.hub import cached_file, extract_commit_hash

from ...errors import BackendError

COMMIT = re.compile("[0-9a-f]{40}")
FINGERPRINT = "fingerprint.json"
FINGERPRINTED = {".safetensors", ".bin", ".json", ".txt", ".model"}

MAX_SIDE = 2048
"""Pixels: larger pictures are shrunk, as OWLv2's processor pads to a square of the longer side."""
MAX_RATIO = 50
"""Of the sides: CLIP's processor enlarges the shorter one whatever becomes of the longer."""

_READING = RLock()
"""Held while a model is read: `from_pretrained` changes what all of torch does meanwhile."""


def _renew_lock() -> None:
    """A fork's own lock, as the thread that held the parent's isn't there to release it."""
    global _READING  # noqa: PLW0603 - a lock can't be released by another process
    _READING = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class HFBackend:
    """A vision model of Hugging Face, loaded at first use onto spaCy's device.

    name: a folder, or a name on the hub, there with its revision: a branch, a tag or a commit. At
        the first use it becomes the commit, which is a part of the cache's key.
    auto: the Auto class that makes the model.
    """

    def __init__(self, name: str, revision: str, auto: Any) -> None:
        self.name = name
        self.revision = revision
        self.auto = auto
        self.model: Any = None
        self.image_processor: Any = None
        self._source = name
        self._fingerprint: str | None = None
        self._ready = False

    def __getstate__(self) -> dict[str, Any]:
        # RT-DETR caches its anchors by functions that are no part of the model's state, can't be
        # pickled and would tie a copy to this model; they are made again at the next use
        if self.model is None:
            return vars(self)
        for module in self.model.modules():
            for name in [name for name, value in vars(module).items() if _is_cached(value)]:
                delattr(module, name)
        # as bytes: torch would send each tensor to another process by a file descriptor of its
        # own, of which `forkserver` takes 250
        return {**vars(self), "model": pickle.dumps(self.model)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self.model is not None:
            self.model = pickle.loads(self.model)

    @property
    def fingerprint(self) -> str:
        """What tells the weights from others: a hash of the folder, or the hub's name and commit.

        A pipeline that is saved takes it along, so that moved weights stay the same weights.
        """
        if self._fingerprint is None:
            folder = Path(self._source)
            if folder.is_dir():
                self._fingerprint = _hash(folder)
            else:
                self._pin()
                return f"{self.name}@{self.revision}"
        return self._fingerprint

    def _pin(self) -> None:
        """Replace the revision, which may be a branch that moves, by its commit of now.

        Without the hub, and without the model in its cache, the revision stays.
        """
        if Path(self._source).is_dir() or COMMIT.fullmatch(self.revision):
            return
        # the one file that every model has; the error says what its loading will say again
        with suppress(OSError, ValueError):
            file = cached_file(self._source, "config.json", revision=self.revision)
            self.revision = extract_commit_hash(file, None) or self.revision

    def load(self) -> None:
        """Read the model, if it isn't read yet, one thread at a time.

        Raises BackendError if it can't be.
        """
        if self._ready:
            return
        with _READING:
            # by another thread meanwhile
            if self._ready:
                return
            try:
                self._pin()
                self.read()
            # files, network, weights of another shape: each with an exception of its own
            except Exception as error:
                self.model = None
                raise BackendError(f"can't load the model {self._source}: {error}") from error
            self._ready = True

    def read(self) -> None:
        """Read the parts of the model, the model last."""
        # the slow processor, which every installation has: answers don't depend on which one is
        self.image_processor = AutoImageProcessor.from_pretrained(
            self._source, revision=self.revision, use_fast=False
        )
        # whatever the weights are stored in: half precision is slow on a CPU
        model = self.auto.from_pretrained(
            self._source, revision=self.revision, torch_dtype=torch.float32
        )
        self.model = model.eval().to(get_torch_default_device())

    def inputs(self, images: list[Image.Image]) -> BatchFeature:
        """Pictures as the model takes them, on its device: `pixel_values` (B, C, H, W).

        Raises ValueError for a picture whose longer side is more than `MAX_RATIO` times the other.
        """
        self.load()
        batch = self.image_processor(
            [_bounded(image) for image in images],
            # said, because it is guessed wrongly for pictures that are 1 or 3 pixels high
            input_data_format="channels_last",
            return_tensors="pt",
        )
        return batch.to(self.model.device)

    def to_disk(self, path: Path) -> None:
        """Save the model and its fingerprint into the folder `path`.

        A model that can't be loaded is warned of: it doesn't cost a training run its checkpoint.
        """
        try:
            self.load()
        except BackendError as error:
            warnings.warn(f"Saved without a vision model: {error}", stacklevel=2)
            return
        srsly.write_json(path / FINGERPRINT, {"fingerprint": self.fingerprint})
        self.save(path)

    def save(self, path: Path) -> None:
        """Write what `read` read."""
        self.model.save_pretrained(path)
        self.image_processor.save_pretrained(path)

    def from_disk(self, path: Path) -> None:
        """Take the model from the folder `path` at its next use, if one was saved there."""
        if (path / FINGERPRINT).is_file():
            self._fingerprint = srsly.read_json(path / FINGERPRINT)["fingerprint"]
            self._source = str(path)
            self._ready = False
            self.model = None


class HFTextBackend(HFBackend):
    """A vision model that reads or writes text, by a tokenizer of its own."""

    tokenizer: Any = None

    def read(self) -> None:
        """Read the tokenizer too."""
        self.tokenizer = AutoTokenizer.from_pretrained(self._source, revision=self.revision)
        super().read()

    def save(self, path: Path) -> None:
        """Write the tokenizer too."""
        super().save(path)
        self.tokenizer.save_pretrained(path)


def _is_cached(value: Any) -> bool:
    return hasattr(value, "cache_info")


def _bounded(image: Image.Image) -> Image.Image:
    """The picture in a size from which every processor needs little memory."""
    shorter, longer = sorted(image.size)
    if longer > MAX_RATIO * shorter:
        raise ValueError(
            f"{image.width} x {image.height} pixels are too thin: one side is more than "
            f"{MAX_RATIO} times the other"
        )
    if longer <= MAX_SIDE:
        return image
    small = image.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    return small


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in FINGERPRINTED and path.name != FINGERPRINT:
            digest.update(path.name.encode())
            with path.open("rb") as file:
                for block in iter(lambda: file.read(2**20), b""):
                    digest.update(block)
    return digest.hexdigest()
