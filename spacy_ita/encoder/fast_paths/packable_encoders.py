"""Encoders whose rows can be packed into lines, and the classes that adapt them."""

import sys
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from .bert import LastAttention
from .per_module import once_per_module

BERT_KIN = {
    "BertEncoder",
    "RobertaEncoder",
    "XLMRobertaEncoder",
    "CamembertEncoder",
    "ElectraEncoder",
    "ErnieEncoder",
    "Data2VecTextEncoder",
}
"""Stacks of post-norm layers that take absolute positions and masks from outside."""

ADAPTED = {
    "MPNetEncoder": (".mpnet", "FusedMPNetEncoder"),
    "ModernBertModel": (".modernbert", "LastModernBertLayer"),
    "DebertaV2Model": (".deberta", "LastDebertaV2Attention"),
    "DistilBertModel": (".distilbert", "LastDistilBertBlock"),
}
"""Modules that become a subclass of theirs: its module, imported on demand, and its name."""

NEED_TORCHS_ATTENTION = {"ModernBertModel", "DistilBertModel"}
"""Modules of `ADAPTED` whose other kinds of attention take no mask of rows in a line."""


@once_per_module
def stack_of(encoder: nn.Module) -> Any:
    """Return the module of an encoder that keeps the rows of a line apart.

    Two subwords of a row have the same distance in a shared line, so relative positions stay right.

    Returns:
        A module of `BERT_KIN` or `ADAPTED`; None for any other encoder, which is left unchanged.
    """
    kinds = {type(module).__name__: module for module in encoder.modules()}
    for kind in BERT_KIN & kinds.keys():
        stack: Any = kinds[kind]
        return stack if _takes_queries(stack) else None
    for kind, (path, name) in ADAPTED.items():
        if name in kinds:
            return kinds[name]
        if kind in kinds and not _reads_neighbours(kinds):
            return getattr(import_module(path, __package__), name).take(kinds[kind])
    return None


def _takes_queries(stack: Any) -> bool:
    """Adapt the last attention of a BERT-like encoder to compute only the words, if it can."""
    last = stack.layer[-1]
    relative = getattr(last.attention.self, "position_embedding_type", "absolute") != "absolute"
    if relative or last.is_decoder or stack.config._attn_implementation not in ("eager", "sdpa"):
        return False
    if not isinstance(last.attention, LastAttention):
        last.attention = LastAttention(last.attention)
    return True


def attention_mask(encoder: nn.Module, allowed: Tensor) -> Tensor:
    """Return a mask in the form that an encoder of a known kind takes.

    Args:
        encoder: An encoder that `stack_of` knows.
        allowed: Which subwords attend to which, bool of shape (B, 1 or T, T).

    Returns:
        The mask of shape (B, 1 or T, T), or (B, 1, 1 or T, T) from transformers 5 on.
    """
    stack = stack_of(encoder)
    sources = (sys.modules[kind.__module__] for kind in type(stack).__mro__)
    if not any(hasattr(source, "create_bidirectional_mask") for source in sources):
        return allowed
    # transformers 5 takes masks of four dimensions as they are
    allowed = allowed[:, None]
    if getattr(stack, "config", None) is None or stack.config._attn_implementation == "sdpa":
        return allowed
    dtype = next(encoder.parameters()).dtype
    least = torch.full((), torch.finfo(dtype).min, dtype=dtype, device=allowed.device)
    return least.masked_fill(allowed, 0.0)


def _reads_neighbours(kinds: dict[str, nn.Module]) -> bool:
    """Whether a module reads across the border of two rows, or takes no mask of them."""
    configs: list[Any] = [kinds[kind].config for kind in NEED_TORCHS_ATTENTION & kinds.keys()]
    # DeBERTa-v2-xlarge convolves its first layer
    return "ConvLayer" in kinds or any(c._attn_implementation != "sdpa" for c in configs)
