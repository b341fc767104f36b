"""An encoder's files: configuration, weights and tokenizer, in a folder or as bytes."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoTokenizer, PretrainedConfig
from transformers import __version__ as transformers_version

try:
    from transformers.initialization import no_init_weights
except ImportError:  # transformers 4
    from transformers.modeling_utils import no_init_weights

from ..alignment.hub.versions import DTYPE

CONFIG, WEIGHTS = "config.json", "model.safetensors"

_NEXT_FOLDER: ContextVar[Iterator[Path] | None] = ContextVar("next_folder", default=None)
"""The folders of the encoders that this thread saves or loads, one after the other."""


@contextmanager
def encoders_beside(folder: Path) -> Iterator[None]:
    """Keep encoders in folders of their own within the context, not in the bytes of their model.

    Args:
        folder: Where a pipe is saved. Its first encoder gets the folder `encoder` in it.
    """
    names = ("encoder", *(f"encoder{number}" for number in range(2, 100)))
    token = _NEXT_FOLDER.set(folder / name for name in names)
    try:
        yield
    finally:
        _NEXT_FOLDER.reset(token)


def next_folder() -> Path | None:
    """Return the folder of the next encoder; None outside of `encoders_beside`."""
    folders = _NEXT_FOLDER.get()
    return next(folders) if folders else None


def folder_beside() -> Path:
    """Return the folder of the next encoder, which was saved there.

    Raises:
        ValueError: Outside of `encoders_beside`.
    """
    folder = next_folder()
    if folder is None:
        raise ValueError("the encoder is in a folder beside this file: load the pipe's folder")
    return folder


@dataclass(frozen=True)
class ModuleFiles:
    """What a module is made of.

    Attributes:
        config: The configuration, as plain values.
        weights: The module's parameters and buffers, by name.
    """

    config: dict[str, Any]
    weights: dict[str, Tensor]

    @classmethod
    def of(cls, module: Any) -> "ModuleFiles":
        """Collect what makes a module again."""
        weights: dict[str, Tensor] = {}
        known = set()
        for name, learnt in module.state_dict().items():
            values = learnt.detach().cpu().contiguous()
            # safetensors refuses tensors that share their memory
            weights[name] = values.clone() if values.data_ptr() in known else values
            known.add(values.data_ptr())
        return cls(module.config.to_dict(), weights)

    def module(self, make: Callable[[PretrainedConfig], nn.Module]) -> nn.Module:
        """Build the module around the weights, without copies and random values.

        Args:
            make: Builds the module of a configuration.

        Raises:
            ValueError: If weights are missing or left over: versions of transformers differ.
        """
        config = AutoConfig.for_model(**self.config)
        set_dtype(config, next(w.dtype for w in self.weights.values() if w.is_floating_point()))
        with no_init_weights():
            module: Any = make(config)
        missing, left_over = module.load_state_dict(self.weights, strict=False, assign=True)
        # older versions saved this buffer, which is always the same
        left_over = [name for name in left_over if not name.endswith("position_ids")]
        if missing or left_over:
            raise ValueError(
                f"the saved {config.model_type} encoder and that of transformers "
                f"{transformers_version} differ in {(missing + left_over)[0]}: load it with the "
                f"version of transformers that it was saved with"
            )
        if hasattr(module, "tie_weights"):
            module.tie_weights()
        return module

    def to_folder(self, folder: Path) -> None:
        """Write a folder that `from_pretrained` reads too."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).write_text(json.dumps(self.config, indent=2), encoding="utf8")
        # not in place: the encoder's own weights may be that file, mapped into memory
        new = folder / f"{WEIGHTS}.new"
        safetensors.torch.save_file(self.weights, new, metadata={"format": "pt"})
        new.replace(folder / WEIGHTS)

    @classmethod
    def from_folder(cls, folder: Path) -> "ModuleFiles":
        """Read what `to_folder` wrote. The weights are mapped into memory, not read."""
        config = json.loads((folder / CONFIG).read_text(encoding="utf8"))
        if os.name == "nt":  # Windows locks files that are mapped
            weights = safetensors.torch.load((folder / WEIGHTS).read_bytes())
        else:
            weights = safetensors.torch.load_file(folder / WEIGHTS)
        return cls(config, weights)


@dataclass(frozen=True)
class EncoderFiles(ModuleFiles):
    """What an encoder is made of: a module and its tokenizer."""

    tokenizer: Any

    def to_folder(self, folder: Path) -> None:
        """Write a folder that `from_pretrained` reads too."""
        super().to_folder(folder)
        self.tokenizer.save_pretrained(folder)

    @classmethod
    def from_folder(cls, folder: Path) -> "EncoderFiles":
        """Read what `to_folder` wrote. The weights are mapped into memory, not read."""
        files = ModuleFiles.from_folder(folder)
        tokenizer = AutoTokenizer.from_pretrained(str(folder))
        return cls(files.config, files.weights, tokenizer)

    def to_message(self) -> dict[str, Any]:
        """Return everything as values that msgpack takes."""
        with TemporaryDirectory() as name:
            self.tokenizer.save_pretrained(name)
            files = {file.name: file.read_bytes() for file in Path(name).iterdir()}
        weights = safetensors.torch.save(self.weights)
        return {"config": self.config, "weights": weights, "tokenizer": files}

    @classmethod
    def from_message(
        cls,
        message: dict[str, Any],
        load_tokenizer: Callable[[str], Any] = AutoTokenizer.from_pretrained,
    ) -> "EncoderFiles":
        """Read what `to_message` returned, or what spacy-transformers saved.

        Args:
            message: The values.
            load_tokenizer: Loads a tokenizer from a folder.
        """
        config = message["config"]
        with TemporaryDirectory() as name:
            (Path(name) / CONFIG).write_text(json.dumps(config), encoding="utf8")
            for file, content in message["tokenizer"].items():
                if file != "kwargs":  # of spacy-transformers
                    (Path(name) / file).write_bytes(content)
            tokenizer = load_tokenizer(name)
        if "weights" in message:
            weights = safetensors.torch.load(message["weights"])
        else:
            weights = torch.load(BytesIO(message["state"]), map_location="cpu", weights_only=True)
        return cls(config, weights, tokenizer)


def set_dtype(config: PretrainedConfig, dtype: torch.dtype) -> None:
    """Have a configuration build modules of a type of numbers."""
    setattr(config, DTYPE, dtype)
