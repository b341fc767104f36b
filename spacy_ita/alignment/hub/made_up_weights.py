"""Weights that a checkpoint lacks, which transformers makes up."""

from torch import nn


def refuse_made_up_weights(model: nn.Module, missing: list[str]) -> None:
    """Refuse a model whose weights aren't all in its checkpoint, as of another kind of model.

    Weights that share the memory of others are there, and neither a backend nor an encoder of text
    reads a pooler.

    Args:
        model: The model.
        missing: Names of the weights that the checkpoint lacks, as transformers found.

    Raises:
        ValueError: If weights are missing.
    """
    named = dict(model.named_parameters(remove_duplicate=False))
    loaded = {weights.data_ptr() for name, weights in named.items() if name not in set(missing)}
    made_up = [
        name
        for name in missing
        if "pooler" not in name and name in named and named[name].data_ptr() not in loaded
    ]
    if made_up:
        raise ValueError(
            f"it lacks {len(made_up)} weights of a {type(model).__name__}, such as {made_up[0]}: "
            f"take a model that was trained for this task"
        )
