"""The calls that a backend makes of its model, to be made again without the backend."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch

METHODS = (
    "forward",
    "generate",
    "get_image_features",
    "image_embedder",
    "class_predictor",
    "box_predictor",
)
"""Methods of vision models that backends call."""

Call = Callable[[], Any]


@contextmanager
def recorded_calls(model: Any) -> Iterator[list[Call]]:
    """Record the calls of a model's methods within the context, but not those by the model."""
    calls: list[Call] = []
    inside = False

    def record(method: Callable[..., Any], *arguments: Any, **settings: Any) -> Any:
        nonlocal inside
        if inside:
            return method(*arguments, **settings)
        calls.append(partial(method, *arguments, **settings))
        inside = True
        try:
            return method(*arguments, **settings)
        finally:
            inside = False

    found = [name for name in METHODS if hasattr(model, name)]
    for name in found:
        setattr(model, name, partial(record, getattr(model, name)))
    try:
        yield calls
    finally:
        for name in found:
            delattr(model, name)


@torch.inference_mode()
def replay(calls: list[Call]) -> None:
    """Make recorded calls again: the model alone, on inputs that are ready."""
    for call in calls:
        call()
