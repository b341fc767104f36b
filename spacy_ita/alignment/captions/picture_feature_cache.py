"""A picture read once for all tokens of its captions, where the model's class doesn't see to it.

GIT runs its vision encoder at every step, BLIP makes the keys and values of the picture again.
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
"""The names of the modules that read nothing but the picture, of each class that repeats them."""

Answers = dict[nn.Module, tuple[Tensor, Any]]

_ANSWERS: ContextVar[Answers | None] = ContextVar("answers", default=None)


def remember_pictures(model: nn.Module) -> None:
    """Have the model's modules that read the picture alone answer from memory, in `remembering`."""
    repeated = OF_PICTURES.get(type(model).__name__)
    for name, module in model.named_modules():
        if repeated and re.search(repeated, name):
            module.forward = partial(_answer, module)


@contextmanager
def remembering() -> Iterator[None]:
    """Within, and in this thread, a module that is asked the same again gives the same again."""
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
