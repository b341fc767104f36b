"""The order in which an RT-DETR counts the cells of a picture's grid."""

from collections.abc import Callable
from functools import partial
from typing import Any

from .versions import IS_VERSION_4

FAMILIES = ("rt_detr", "rt_detr_v2", "d_fine")


def keep_grid_order(model: Any) -> None:
    """Let a model count the cells of its grid as the version of transformers did that saved it.

    Version 4 counts the cells of an RT-DETR and its kin column by column, and version 5 row by row.
    So their scores differ wherever the inputs aren't square. The config of the model keeps the
    order, for the next time that it is saved.

    Args:
        model: A model from `from_pretrained`; one of another family stays as it is.
    """
    config = model.config
    if config.model_type not in FAMILIES:
        return
    own = "columns" if IS_VERSION_4 else "rows"
    saved_by = {"4": "columns", "5": "rows"}.get((config.transformers_version or "")[:1], own)
    config.grid_order = getattr(config, "grid_order", saved_by)
    if config.grid_order == own:
        return
    encoder = model.model.encoder
    name, owners = "build_2d_sincos_position_embedding", [encoder]
    if not hasattr(encoder, name):
        name, owners = "forward", [layer.position_embedding for layer in encoder.aifi]
    for owner in owners:
        setattr(owner, name, partial(_turned, getattr(owner, name)))


def _turned(embed: Callable[..., Any], width: int, height: int, *args: Any, **kwargs: Any) -> Any:
    """Return the embeddings of a grid's cells in the other order."""
    return embed(height, width, *args, **kwargs)
