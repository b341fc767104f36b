"""Encoders whose rows may share a line, and what in them sees to it."""

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
"""Stacks of layers, post-norm, with queries apart from what they attend to, and positions that are
told."""

ADAPTED = {
    "MPNetEncoder": (".mpnet", "FusedMPNetEncoder"),
    "ModernBertModel": (".modernbert", "LastModernBertLayer"),
    "DebertaV2Embeddings": (".deberta", "PackedDebertaV2Embeddings"),
}
"""Modules that become a subclass of theirs, and the class that sees to it. It is imported with them
alone."""


@once_per_module
def stack_of(encoder: nn.Module) -> Any:
    """Return what reads the rows of a line apart: one of `BERT_KIN` or `ADAPTED`.

    In a line that rows share, the distance of two subwords of a row is what it is in a line of
    their own, so that relative positions need no telling. None for an encoder of no known kind,
    which is left as it is.
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
    """Let the last attention of BERT's kin read for the words alone, where nothing forbids it."""
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
        allowed: Whether a subword, or each, attends to another, bool of shape (B, 1 or T, T).
    """
    stack = stack_of(encoder)
    sources = (sys.modules[kind.__module__] for kind in type(stack).__mro__)
    if not any(hasattr(source, "create_bidirectional_mask") for source in sources):
        return allowed
    # from transformers 5 on, masks of four dimensions are taken as they are
    allowed = allowed[:, None]
    if getattr(stack, "config", None) is None or stack.config._attn_implementation == "sdpa":
        return allowed
    dtype = next(encoder.parameters()).dtype
    least = torch.full((), torch.finfo(dtype).min, dtype=dtype, device=allowed.device)
    return least.masked_fill(allowed, 0.0)


def _reads_neighbours(kinds: dict[str, nn.Module]) -> bool:
    """Whether something reads over the border of two rows, or a mask in one way alone."""
    config: Any = getattr(kinds.get("ModernBertModel"), "config", None)
    # DeBERTa-v2-xlarge convolves its first layer
    return "ConvLayer" in kinds or (config is not None and config._attn_implementation != "sdpa")
