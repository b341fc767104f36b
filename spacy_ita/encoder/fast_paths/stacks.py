"""Encoders whose rows may share a line, and what in them sees to it."""

from importlib import import_module
from typing import Any

from torch import nn

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
        last = stack.layer[-1]
        placed = last.attention.self.position_embedding_type != "absolute" or last.is_decoder
        return None if placed else stack
    for kind, (path, name) in ADAPTED.items():
        if name in kinds:
            return kinds[name]
        if kind in kinds and not _reads_neighbours(kinds):
            return getattr(import_module(path, __package__), name).take(kinds[kind])
    return None


def _reads_neighbours(kinds: dict[str, nn.Module]) -> bool:
    """Whether something reads over the border of two rows, or a mask in one way alone."""
    config: Any = getattr(kinds.get("ModernBertModel"), "config", None)
    # DeBERTa-v2-xlarge convolves its first layer
    return "ConvLayer" in kinds or (config is not None and config._attn_implementation != "sdpa")
