"""The stacks of layers whose rows may share a line, and whose last one can read for words alone."""

from typing import Any
from weakref import WeakKeyDictionary

from torch import nn
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

from .mpnet import FusedMPNetEncoder

# Post-norm, with queries apart from what they attend to, and positions that are told.
BERT_KIN = {
    "BertEncoder",
    "RobertaEncoder",
    "XLMRobertaEncoder",
    "CamembertEncoder",
    "ElectraEncoder",
    "ErnieEncoder",
    "Data2VecTextEncoder",
}

_FOUND: WeakKeyDictionary[nn.Module, Any] = WeakKeyDictionary()


def stack_of(encoder: nn.Module) -> Any:
    """Return the encoder's stack of layers, or None if it is of no known kind.

    In a line that rows share, the distance of two subwords of a row is what it is in a line of
    their own, so that relative positions need no telling. MPNet's stack becomes a faster one.
    """
    if encoder not in _FOUND:
        _FOUND[encoder] = _stack_of(encoder)
    return _FOUND[encoder]


def _stack_of(encoder: nn.Module) -> Any:
    for module in encoder.modules():
        if type(module) is MPNetEncoder:
            FusedMPNetEncoder.take(module)
        if isinstance(module, FusedMPNetEncoder):
            return module
        if type(module).__name__ in BERT_KIN:
            stack: Any = module
            last = stack.layer[-1]
            placed = last.attention.self.position_embedding_type != "absolute" or last.is_decoder
            return None if placed else stack
    return None
