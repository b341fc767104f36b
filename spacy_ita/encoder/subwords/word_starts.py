"""Tokenizers that know where words start: a leading space for each word of split text."""

import json
from typing import Any

from tokenizers import Tokenizer

PROBE = ["a", "b"]


def mark_word_starts(tokenizer: Any) -> bool:
    """Have a fast tokenizer read split words as it reads them in a text.

    A byte-level tokenizer without `add_prefix_space` reads `["jordan", "sings"]` as
    "jordansings". Its class may ignore the setting, so the tokenizer itself is asked.

    Returns:
        Whether it reads both alike, which it may need a change for.
    """
    if not _reads_alike(tokenizer):
        backend = tokenizer.backend_tokenizer
        state = json.loads(backend.to_str())
        _add_prefix_space(state["pre_tokenizer"])
        backend.pre_tokenizer = Tokenizer.from_str(json.dumps(state)).pre_tokenizer
    return _reads_alike(tokenizer)


def _reads_alike(tokenizer: Any) -> bool:
    split = tokenizer(PROBE, is_split_into_words=True, add_special_tokens=False)
    text = tokenizer(" ".join(PROBE), add_special_tokens=False)
    return bool(split.input_ids == text.input_ids)


def _add_prefix_space(pre_tokenizer: dict[str, Any] | None) -> None:
    """Set `add_prefix_space` wherever a pre-tokenizer, or part of one, has it."""
    if pre_tokenizer is None:
        return
    if "add_prefix_space" in pre_tokenizer:
        pre_tokenizer["add_prefix_space"] = True
    for part in pre_tokenizer.get("pretokenizers", []):
        _add_prefix_space(part)
