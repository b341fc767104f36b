"""The base of Hugging Face backends: loading at first use, saving, and a fingerprint."""

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
"""Maximum side in pixels. Larger pictures are shrunk: OWLv2's processor pads them to a square."""
MAX_RATIO = 50
"""Maximum ratio of the sides: CLIP's processor enlarges the shorter one, whatever the other."""

_READING = RLock()
"""Held while a model is loaded: `from_pretrained` changes defaults of the whole process."""


def _renew_lock() -> None:
    """Replace the lock in a fork, where the thread that held it doesn't exist."""
    global _READING  # noqa: PLW0603 - it guards global state of torch
    _READING = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class HFBackend:
    """A Hugging Face vision model, loaded at first use onto spaCy's device.

    Args:
        name: Folder, or name of a model on the hub.
        revision: Branch, tag or commit of a model on the hub. At first use it becomes the commit,
            which is a part of the cache's key.
        auto: Auto class that creates the model.
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
        # RT-DETR caches its anchors in functions, which can't be pickled and would tie a copy to
        # this model; the next use creates them again
        if self.model is None:
            return vars(self)
        for module in self.model.modules():
            for name in [name for name, value in vars(module).items() if _is_cached(value)]:
                delattr(module, name)
            # so are the hooks by which transformers 5 captures outputs
            for key, hook in list(module._forward_hooks.items()):
                if "<locals>" in getattr(hook, "__qualname__", ""):
                    del module._forward_hooks[key]
            vars(module).pop("_output_capturing_hooks_installed", None)
        # as bytes: torch would send a file descriptor per tensor to another process, and
        # `forkserver` takes at most 250
        return {**vars(self), "model": pickle.dumps(self.model)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self.model is not None:
            self.model = pickle.loads(self.model)

    @property
    def fingerprint(self) -> str:
        """Identity of the weights: a hash of the folder, or the hub's name and commit.

        It is saved with the pipeline, so that a moved model keeps its identity.
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
        """Replace the revision, which may be a moving branch, by its current commit.

        If neither the hub nor its cache has the model, the revision stays.
        """
        if Path(self._source).is_dir() or COMMIT.fullmatch(self.revision):
            return
        # every model has this file; if it is missing, the loading of the model raises the error
        with suppress(OSError, ValueError):
            file = cached_file(self._source, "config.json", revision=self.revision)
            self.revision = extract_commit_hash(file, None) or self.revision

    def load(self) -> None:
        """Load the model at first use, one thread at a time.

        Raises:
            BackendError: If the model can't be loaded.
        """
        if self._ready:
            return
        with _READING:
            # another thread has loaded it meanwhile
            if self._ready:
                return
            try:
                self._pin()
                self.read()
            # files, network and shapes of weights raise different exceptions
            except Exception as error:
                self.model = None
                raise BackendError(f"can't load the model {self._source}: {error}") from error
            self._ready = True

    def read(self) -> None:
        """Load the parts of the model, the model itself last."""
        # every installation has the slow processor, so outputs are the same everywhere
        self.image_processor = AutoImageProcessor.from_pretrained(
            self._source, revision=self.revision, use_fast=False
        )
        # in single precision, however they are stored: half precision is slow on a CPU
        model = self.auto.from_pretrained(
            self._source, revision=self.revision, torch_dtype=torch.float32
        )
        self.model = model.eval().to(get_torch_default_device())

    def inputs(self, images: list[Image.Image]) -> BatchFeature:
        """Convert pictures to the model's inputs, on its device.

        Returns:
            `pixel_values` of shape (B, C, H, W), and whatever else the processor adds.

        Raises:
            ValueError: If a picture's longer side is more than `MAX_RATIO` times the shorter.
        """
        self.load()
        batch = self.image_processor(
            [_bounded(image) for image in images],
            # the processor guesses wrong for pictures that are 1 or 3 pixels high
            input_data_format="channels_last",
            return_tensors="pt",
        )
        return batch.to(self.model.device)

    def to_disk(self, path: Path) -> None:
        """Save the model and its fingerprint into the folder `path`.

        If the model can't be loaded, a warning is given, so that a training run keeps its
        checkpoint.
        """
        try:
            self.load()
        except BackendError as error:
            warnings.warn(f"Saved without a vision model: {error}", stacklevel=2)
            return
        srsly.write_json(path / FINGERPRINT, {"fingerprint": self.fingerprint})
        self.save(path)

    def save(self, path: Path) -> None:
        """Write the parts that `read` loaded."""
        self.model.save_pretrained(path)
        self.image_processor.save_pretrained(path)

    def from_disk(self, path: Path) -> None:
        """Load the model from the folder `path` at its next use, if one was saved there."""
        if (path / FINGERPRINT).is_file():
            self._fingerprint = srsly.read_json(path / FINGERPRINT)["fingerprint"]
            self._source = str(path)
            self._ready = False
            self.model = None


class HFTextBackend(HFBackend):
    """A vision model with a tokenizer, which reads or writes text."""

    tokenizer: Any = None

    def read(self) -> None:
        """Load the tokenizer and the model."""
        self.tokenizer = AutoTokenizer.from_pretrained(self._source, revision=self.revision)
        super().read()

    def save(self, path: Path) -> None:
        """Write the model and the tokenizer."""
        super().save(path)
        self.tokenizer.save_pretrained(path)


def _is_cached(value: Any) -> bool:
    return hasattr(value, "cache_info")


def _bounded(image: Image.Image) -> Image.Image:
    """Shrink a picture to a size that no processor needs much memory for."""
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
