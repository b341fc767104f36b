"""The stacks of layers that may be told which piece attends to which."""

from typing import Any

from torch import nn

# Post-norm, with queries apart from what they attend to, and positions that are told.
STACKS = {"BertEncoder", "RobertaEncoder", "XLMRobertaEncoder", "CamembertEncoder"}


def stack_of(encoder: nn.Module) -> Any:
    """The encoder's stack of layers, if all pieces' places are known by their position ids alone.

    None where the attention tells distances or what comes first by the pieces' order.
    """
    for module in encoder.modules():
        if type(module).__name__ in STACKS:
            stack: Any = module
            last = stack.layer[-1]
            placed = last.attention.self.position_embedding_type != "absolute" or last.is_decoder
            return None if placed else stack
    return None
