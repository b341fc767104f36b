"""The project's configs that align pictures, and whether their engines run on this machine."""

import shutil
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from ..errors import BackendError
from ..recipes.parts import model_of
from ..recipes.published import PUBLISHED

SERVER_TIMEOUT = 2.0
"""Seconds to wait for a server on the way to a model."""


def aligning_configs(models: Path, hub_answers: bool) -> Iterator[tuple[str, str, str]]:
    """Check each config that aligns pictures.

    Args:
        models: Folder of the models that the hub's library keeps.
        hub_answers: Whether others can be fetched from the hub.

    Yields:
        A config's name, its engines, and what they lack here; "" if they run.
    """
    for name, published in PUBLISHED.items():
        if name.startswith("align_"):
            components = published.base.interpolate()["components"].values()
            backends = [component["backend"] for component in components]
            problems = [one for b in backends for one in problems_of(b, models, hub_answers)]
            engines = dict.fromkeys(model_of(backend) for backend in backends)
            yield name, ", ".join(engines), "; ".join(dict.fromkeys(problems))


def problems_of(backend: dict[str, Any], models: Path, hub_answers: bool) -> Iterator[str]:
    """Describe what a backend lacks on this machine.

    Args:
        backend: Its section in a config.
        models: Folder of the models that the hub's library keeps.
        hub_answers: Whether others can be fetched from the hub.
    """
    if "url" in backend and (problem := problem_of_server(backend["url"])):
        yield problem
    if backend["@misc"] == "spacy_ita.Tesseract.v1" and shutil.which("tesseract") is None:
        yield "no tesseract on the PATH: apt-get install tesseract-ocr"
    if backend["@misc"] == "spacy_ita.HFChat.v1" and find_spec("torchvision") is None:
        yield "no torchvision, which most of these models need: install the version for your torch"
    if name := backend.get("name"):
        kept = models / f"models--{name.replace('/', '--')}" / "snapshots"
        if kept.is_dir() or Path(name).is_dir():
            yield from problems_of_memory(backend)
        elif not hub_answers:
            yield f"no {name} in {models}: where the hub answers, hf download {name}"


def problems_of_memory(backend: dict[str, Any]) -> Iterator[str]:
    """Say whether the weights of a backend on disk need more memory than is free."""
    # here, as they take a while to import, and torch may be broken
    try:
        import torch

        from ..alignment.hub.weights import check_memory
    except (ImportError, OSError):
        return
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    half = device.type == "cuda" and backend["@misc"] == "spacy_ita.HFChat.v1"
    dtype = torch.bfloat16 if half else torch.float32
    try:
        check_memory(backend["name"], backend.get("revision", "main"), dtype, device)
    except BackendError as error:
        yield str(error)


@cache
def problem_of_server(url: str) -> str:
    """Describe why a server of a vision-language model can't be asked; "" if it can."""
    if any(find_spec(package) is None for package in ("httpx", "tenacity")):
        return "packages are missing: pip install 'spacy_ita[served]'"
    try:
        urlopen(f"{url}/models", timeout=SERVER_TIMEOUT).close()
    # it answers, but wants a key, or has no list of models
    except HTTPError:
        return ""
    except OSError as error:
        return f"no server answers at {url} ({getattr(error, 'reason', error)}): start one"
    return ""
