"""A cache of picture features while captions are generated.

GIT's class runs its vision encoder at every step, and BLIP's computes the keys and values of the
picture again.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from torch import Tensor, nn

OF_PICTURES = {
    "BlipForConditionalGeneration": r"crossattention\.self\.(key|value)$",
    "GitForCausalLM": r"image_encoder$",
}
"""Pattern of the names of the modules that read only the picture, by class of model."""

Answers = dict[nn.Module, tuple[Tensor, Any]]

_ANSWERS: ContextVar[Answers | None] = ContextVar("answers", default=None)


def remember_pictures(model: nn.Module) -> None:
    """Let the modules that read only the picture use the cache while `remembering` is active."""
    repeated = OF_PICTURES.get(type(model).__name__)
    for name, module in model.named_modules():
        if repeated and re.search(repeated, name):
            module.forward = partial(_answer, module)


@contextmanager
def remembering() -> Iterator[None]:
    """Cache the outputs of the modules in this thread, until the end of the context."""
    token = _ANSWERS.set({})
    try:
        yield
    finally:
        _ANSWERS.reset(token)


def _answer(module: nn.Module, given: Tensor, **settings: Any) -> Any:
    answers = _ANSWERS.get()
    if answers is None:
        return type(module).forward(module, given, **settings)
    if module not in answers or answers[module][0] is not given:
        answers[module] = given, type(module).forward(module, given, **settings)
    return answers[module][1]
