"""Memory of the activations that an encoder keeps for the gradients of an update."""

from collections.abc import Sequence
from typing import Any, cast

from thinc.api import Model

from .subwords.reader import View

BYTES_A_VALUE = 100
"""Memory for each subword, layer and value of its vector. Over MPNet in bfloat16 it was 78 with
rows of 57 subwords, and 105 with rows of 190."""
CHARACTERS_A_SUBWORD = 4
"""Of tweets, captions and paragraphs: 4.4 and 4.5 with the tokenizer of BERT."""
SPECIAL = 3
"""Special subwords of a row."""


def activation_bytes(encoder: Model[Any, Any], views: Sequence[View]) -> list[int]:
    """Estimate the memory of each view's activations on a CPU, without a tokenizer.

    Args:
        encoder: A `spacy_ita.ContextEncoder.v1` with its weights. Others have no known size, and
            GPUs shrink their calls where memory runs out; both give 0.
        views: The views.
    """
    shim = cast("Any", encoder.shims[0]) if "limits" in encoder.attrs else None
    if shim is None or shim.device.type != "cpu":
        return [0] * len(views)
    config = shim._model.config
    of_subword = BYTES_A_VALUE * config.hidden_size * config.num_hidden_layers
    longest = encoder.attrs["limits"].max_context
    return [of_subword * _subwords(view, longest) for view in views]


def _subwords(view: View, longest: int | None) -> int:
    text = sum(map(len, view.words)) // CHARACTERS_A_SUBWORD
    context = len(str(view.context)) // CHARACTERS_A_SUBWORD
    return SPECIAL + text + (context if longest is None else min(context, longest))
