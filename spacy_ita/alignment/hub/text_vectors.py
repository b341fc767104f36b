"""Text vectors of a model with towers for pictures and texts."""

from collections.abc import Sequence
from typing import Any

import torch

BATCH = 64


@torch.inference_mode()
def text_vectors(towers: Any, tokenizer: Any, texts: Sequence[str]) -> torch.Tensor:
    """Encode texts with the text tower of a model.

    Texts are padded to the length that the model was trained with, which SigLIP needs.

    Args:
        towers: Model with `get_text_features`, such as CLIP.
        tokenizer: Its tokenizer.
        texts: N texts.

    Returns:
        Vectors of shape (N, H).
    """
    length = min(tokenizer.model_max_length, towers.config.text_config.max_position_embeddings)
    batches = (
        tokenizer(
            list(texts[start : start + BATCH]),
            padding="max_length",
            truncation=True,
            max_length=length,
            return_tensors="pt",
        )
        for start in range(0, len(texts), BATCH)
    )
    return torch.cat(
        [pooled(towers.get_text_features(**batch.to(towers.device))) for batch in batches]
    )


def pooled(features: Any) -> torch.Tensor:
    """Return the features of a tower, which transformers 5 puts into an output with others."""
    found: torch.Tensor = getattr(features, "pooler_output", features)
    return found
