"""Prompts for each family of captioners."""

from typing import Any

import torch

from ...errors import BackendError


def prompt_inputs(
    model: Any, tokenizer: Any, prompt: str, pictures: int
) -> tuple[dict[str, torch.Tensor], int]:
    """Prepare a prompt for `generate`.

    Args:
        model: The captioner's model.
        tokenizer: Its tokenizer.
        prompt: Beginning of the captions.
        pictures: Number of pictures in the batch.

    Returns:
        The inputs beside the pictures, and how many tokens of the output come before the caption.

    Raises:
        BackendError: If the family isn't known to take a prompt, or the prompt is too long for it.
    """
    family = model.config.model_type
    if family not in FAMILIES:
        raise BackendError(f"{family} takes no prompt; these do: {', '.join(FAMILIES)}")
    name, ids, length = FAMILIES[family](model, tokenizer, prompt)
    # T5 has relative positions, and no limit
    limit = getattr(model.config.get_text_config(decoder=True), "max_position_embeddings", None)
    if limit is not None and len(ids) >= limit:
        raise BackendError(f"the prompt has {len(ids)} tokens: {family} takes fewer than {limit}")
    rows = torch.tensor([ids], device=model.device).repeat(pictures, 1)
    return {name: rows}, length


Prompt = tuple[str, list[int], int]


def _blip(model: Any, tokenizer: Any, prompt: str) -> Prompt:
    # BLIP replaces the first token by its own, and drops the last
    ids = tokenizer(prompt).input_ids
    return "input_ids", ids, len(ids) - 1


def _blip_2(model: Any, tokenizer: Any, prompt: str) -> Prompt:
    ids = [model.config.image_token_id] * model.config.num_query_tokens + tokenizer(
        prompt
    ).input_ids
    # the output of an encoder-decoder doesn't repeat the prompt
    return "input_ids", ids, 0 if model.language_model.config.is_encoder_decoder else len(ids)


def _git(model: Any, tokenizer: Any, prompt: str) -> Prompt:
    ids = [tokenizer.cls_token_id, *tokenizer(prompt, add_special_tokens=False).input_ids]
    return "input_ids", ids, len(ids)


def _encoder_decoder(model: Any, tokenizer: Any, prompt: str) -> Prompt:
    start = model.generation_config.decoder_start_token_id
    ids = [start, *tokenizer(prompt, add_special_tokens=False).input_ids]
    return "decoder_input_ids", ids, len(ids)


FAMILIES = {
    "blip": _blip,
    "blip-2": _blip_2,
    "git": _git,
    "vision-encoder-decoder": _encoder_decoder,
}
