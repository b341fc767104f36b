"""Encoders of spaCy pipelines that were trained with spacy-transformers."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import srsly
from spacy.util import load_config, load_meta

from .files import EncoderFiles


def pipeline_folder(name: str) -> Path | None:
    """Find the folder of a spaCy pipeline.

    Args:
        name: A folder, or the name of an installed package.

    Returns:
        The folder that holds `config.cfg`, or None if the name is of something else.
    """
    folder = Path(name)
    if name.isidentifier() and not folder.is_dir() and (spec := find_spec(name)) and spec.origin:
        package = Path(spec.origin).parent
        if (package / "meta.json").is_file():
            meta = load_meta(package / "meta.json")
            folder = package / f"{meta['lang']}_{meta['name']}-{meta['version']}"
    return folder if (folder / "config.cfg").is_file() else None


def transformer_files(folder: Path, load_tokenizer: Callable[[str], Any]) -> EncoderFiles:
    """Read the encoder of a pipeline's `transformer` pipe, without spacy-transformers.

    Args:
        folder: The folder of the pipeline.
        load_tokenizer: Loads a tokenizer from a folder.

    Raises:
        ValueError: If the pipeline has no such pipe, or an untrained one.
    """
    pipes = load_config(folder / "config.cfg")["components"]
    names = [name for name, pipe in pipes.items() if pipe.get("factory") == "transformer"]
    if not names:
        raise ValueError(
            f"the pipeline {folder} has no `transformer` pipe to take an encoder from, only "
            f"{', '.join(pipes) or 'none at all'}"
        )
    model = srsly.msgpack_loads((folder / names[0] / "model").read_bytes())
    for data in (data for shims in model["shims"] for data in shims):
        message = srsly.msgpack_loads(data)
        if message.get("config"):
            return EncoderFiles.from_message(message, load_tokenizer)
    raise ValueError(f"the `transformer` pipe of {folder} was saved before it was initialized")
