"""The base of Hugging Face backends: loading at first use, saving, and a fingerprint."""

import os
import pickle
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from inspect import signature
from pathlib import Path
from threading import RLock
from typing import Any

import srsly
import torch
from PIL import Image
from thinc.util import get_torch_default_device
from torch import nn
from transformers import AutoTokenizer, BatchFeature
from transformers.utils.hub import cached_file, extract_commit_hash

from ...errors import BackendError
from ..picture import Picture
from .fingerprints import FINGERPRINT, folder_fingerprint
from .grid_order import keep_grid_order
from .half_precision import half_dtype
from .image_processors import load_image_processor, pixel_inputs
from .made_up_weights import refuse_made_up_weights
from .shared_models import shared_model
from .versions import DTYPE
from .weights import check_memory, how_to_fetch

COMMIT = re.compile("[0-9a-f]{40}")

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

    Backends with the same weights share one model.

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
            cached = [name for name, part in vars(module).items() if hasattr(part, "cache_info")]
            for name in cached:
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
                self._fingerprint = folder_fingerprint(folder)
            else:
                self._pin()
                return f"{self.name}@{self.revision}"
        return self._fingerprint

    @property
    def weights(self) -> Mapping[str, str]:
        """Identity of the weights, and on a GPU their precision: the part of the cache's key."""
        half = half_dtype()
        precision = {} if half is None else {"precision": str(half).removeprefix("torch.")}
        return {"weights": self.fingerprint, **precision}

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
                missing = how_to_fetch(self._source, self.revision)
                raise BackendError(
                    f"can't load the model {self._source}: {error}{missing}"
                ) from error
            self._ready = True

    def read(self) -> None:
        """Load the parts of the model, the model itself last.

        Raises:
            BackendError: If there is too little memory.
            ValueError: If the checkpoint lacks weights of the model.
        """
        self.image_processor = load_image_processor(self._source, self.revision)
        self.model = self.shared()

    def shared(self) -> Any:
        """Load the model, unless a backend with the same weights holds it.

        Raises:
            BackendError: If there is too little memory.
            ValueError: If the checkpoint lacks weights of the model.
        """
        key = self.auto, self.fingerprint, get_torch_default_device()
        return shared_model(key, self.read_model)

    def read_model(self, dtype: torch.dtype = torch.float32) -> Any:
        """Load the model onto spaCy's device.

        Args:
            dtype: Type that the weights get, however they are stored. Half precision is slow on a
                CPU.

        Raises:
            BackendError: If there is too little memory.
            ValueError: If the checkpoint lacks weights of the model.
        """
        device = get_torch_default_device()
        check_memory(self._source, self.revision, dtype, device)
        model, found = self.auto.from_pretrained(
            self._source, revision=self.revision, output_loading_info=True, **{DTYPE: dtype}
        )
        refuse_made_up_weights(model, list(found["missing_keys"]))
        keep_grid_order(model)
        return model.eval().to(device)

    def inputs(self, images: list[Image.Image]) -> BatchFeature:
        """Convert pictures to the model's inputs, on its device.

        Returns:
            `pixel_values` of shape (B, C, H, W), and whatever else the processor adds.

        Raises:
            ValueError: If a picture's longer side is more than `MAX_RATIO` times the shorter.
        """
        self.load()
        return pixel_inputs(self.image_processor, images).to(self.model.device)

    def prepare_picture(self, picture: Picture) -> None:
        """Convert a picture to the model's inputs ahead of the call, in any thread."""
        # loading changes what other threads do
        if self._ready:
            picture.inputs[self] = pixel_inputs(self.image_processor, [picture.image])

    def batches(
        self, pictures: Sequence[Picture], most: int | None = None
    ) -> Iterator[tuple[list[int], BatchFeature]]:
        """Group pictures whose inputs have one size, as padding would change the outputs.

        Args:
            pictures: The pictures.
            most: Maximum number of pixels in the inputs of a batch, unless it is of one picture.

        Yields:
            The pictures' indices, and their inputs on the model's device.
        """
        self.load()
        alike: dict[Any, list[tuple[int, BatchFeature]]] = defaultdict(list)
        for index, picture in enumerate(pictures):
            if self not in picture.inputs:
                self.prepare_picture(picture)
            single = picture.inputs.pop(self)
            alike[single["pixel_values"].shape].append((index, single))
        for shape, singles in alike.items():
            size = len(singles)
            if most is not None:
                size = min(size, most // (shape[-1] * shape[-2])) or 1
            for start in range(0, len(singles), size):
                part = singles[start : start + size]
                yield [index for index, _ in part], self.joined([single for _, single in part])

    def joined(self, singles: Sequence[BatchFeature]) -> BatchFeature:
        """Join the inputs of pictures, of one size, to a batch on the model's device.

        Returns:
            The inputs that the model takes: YOLOS's processor may add a mask of its padding.
        """
        taken = _inputs_of(self.model.__class__)
        names = [name for name in singles[0] if name in taken]
        inputs = {name: torch.cat([single[name] for single in singles]) for name in names}
        return BatchFeature(inputs).to(self.model.device)

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


@cache
def _inputs_of(model: type[nn.Module]) -> frozenset[str]:
    """Return the names of a model's inputs."""
    return frozenset(signature(model.forward).parameters)
