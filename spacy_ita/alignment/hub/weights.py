"""The files of a model's weights: where they are, how to fetch them, and the memory they need."""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from huggingface_hub import constants, try_to_load_from_cache
from huggingface_hub.utils import validate_repo_id

from ...errors import BackendError
from .free_memory import free_memory

INDEX, SINGLE = "model.safetensors.index.json", "model.safetensors"
WEIGHTS = (SINGLE, INDEX, "pytorch_model.bin", "pytorch_model.bin.index.json")
FLOATS = {"F64", "F32", "F16", "BF16"}


def how_to_fetch(source: str, revision: str = "main") -> str:
    """Say what was looked for and how to fetch a model that isn't on disk; "" if it is.

    Args:
        source: Folder, or name of a model on the hub.
        revision: Branch, tag or commit of a model on the hub.
    """
    if Path(source).is_dir() or any(_cached(source, revision, name) for name in WEIGHTS):
        return ""
    try:
        validate_repo_id(source)
    except ValueError:
        return f"\nThere is no folder {source}, and it can't be a name on the hub."
    chosen = "" if revision == "main" else f" --revision {revision}"
    return (
        f"\nThere is no folder {source}, and no such model in {constants.HF_HUB_CACHE}. To fetch "
        f"it from the hub: hf download {source}{chosen}"
    )


@contextmanager
def fetch_hint(source: str) -> Iterator[None]:
    """Add the name of a model that isn't on disk, and how to fetch it, to the error of loading it.

    Args:
        source: Folder, or name of a model on the hub.
    """
    try:
        yield
    except OSError as error:
        if hint := how_to_fetch(source):
            raise OSError(f"can't load the model {source}: {error}{hint}") from error
        raise


def check_memory(source: str, revision: str, dtype: torch.dtype, device: torch.device) -> None:
    """Refuse a model whose weights alone need more memory than is free, before it is loaded.

    Nothing is checked if the size or the free memory isn't known.

    Args:
        source: Folder, or name of a model on the hub.
        revision: Branch, tag or commit of a model on the hub.
        dtype: Type that the weights get.
        device: Device that they go to.

    Raises:
        BackendError: If the memory is too small.
    """
    files = list(_weight_files(source, revision))
    free = free_memory(device)
    if not files or free is None:
        return
    needed = sum(_parameters(file) for file in files) * dtype.itemsize
    if needed > free:
        name = str(dtype).removeprefix("torch.")
        raise BackendError(
            f"the weights of {source} need {needed / 1e9:.1f} GB in {name}, and {free / 1e9:.1f} "
            f"GB are free on the device {device}: take a smaller model, or set `dtype` if the "
            f"backend has it"
        )


def _weight_files(source: str, revision: str) -> Iterator[Path]:
    if single := _found(source, revision, SINGLE):
        yield single
    elif index := _found(source, revision, INDEX):
        names = set(json.loads(index.read_text(encoding="utf8"))["weight_map"].values())
        yield from (file for name in names if (file := index.parent / name).is_file())


def _found(source: str, revision: str, name: str) -> Path | None:
    if Path(source).is_dir():
        file = Path(source, name)
        return file if file.is_file() else None
    return _cached(source, revision, name)


def _cached(source: str, revision: str, name: str) -> Path | None:
    try:
        found = try_to_load_from_cache(source, name, revision=revision)
    # a path that can't be a name on the hub
    except ValueError:
        return None
    return Path(found) if isinstance(found, str) else None


def _parameters(file: Path) -> int:
    """Count the numbers in a safetensors file, from its header."""
    with file.open("rb") as data:
        (length,) = struct.unpack("<Q", data.read(8))
        header = json.loads(data.read(length))
    return sum(
        torch.Size(tensor["shape"]).numel()
        for name, tensor in header.items()
        if name != "__metadata__" and tensor["dtype"] in FLOATS
    )
