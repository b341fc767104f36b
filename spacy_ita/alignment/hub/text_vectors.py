"""Text vectors of sentence encoders, and of models with towers for pictures and texts."""

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


@torch.inference_mode()
def mean_vectors(encoder: Any, tokenizer: Any, texts: Sequence[str]) -> torch.Tensor:
    """Encode texts as the mean of their subwords.

    Args:
        encoder: Sentence encoder, such as MiniLM.
        tokenizer: Its tokenizer.
        texts: N texts.

    Returns:
        Vectors of shape (N, H).
    """
    found = []
    longest = min(tokenizer.model_max_length, encoder.config.max_position_embeddings)
    for start in range(0, len(texts), BATCH):
        batch = tokenizer(
            list(texts[start : start + BATCH]),
            padding=True,
            truncation=True,
            max_length=longest,
            return_tensors="pt",
        ).to(encoder.device)
        mask = batch["attention_mask"][..., None]
        hidden = encoder(**batch).last_hidden_state
        found.append((hidden * mask).sum(1) / mask.sum(1))
    return torch.cat(found)


def pooled(features: Any) -> torch.Tensor:
    """Return the features of a tower, which transformers 5 puts into an output with others."""
    found: torch.Tensor = getattr(features, "pooler_output", features)
    return found
