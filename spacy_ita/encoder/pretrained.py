"""Encoders and their tokenizers by name, without those that can't read words beside a context."""

from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

from spacy_transformers.data_classes import HFObjects
from spacy_transformers.layers.transformer_model import huggingface_from_pretrained
from transformers import AutoConfig, AutoTokenizer

ADVICE = (
    'take an encoder with a fast tokenizer, such as "roberta-base", "xlm-roberta-base", '
    '"microsoft/deberta-v3-base" or, for tweets, "vinai/bertweet-large"'
)
CONVERTERS = ("sentencepiece", "google.protobuf", "tiktoken")


def load_encoder(
    name: str, tokenizer_config: dict[str, Any], transformer_config: dict[str, Any]
) -> HFObjects:
    """Load weights and tokenizer from the Hugging Face hub or a folder.

    Raises:
        ValueError: For an encoder-decoder, for a tokenizer without a fast version or without a
            separator, and where a tokenizer can't be converted.
    """
    # the cheapest comes first: a refused model's weights are never downloaded
    if AutoConfig.from_pretrained(name, **transformer_config).is_encoder_decoder:
        raise ValueError(
            f"{name!r} is an encoder-decoder, whose vectors aren't one a word: {ADVICE}"
        )
    return huggingface_from_pretrained(
        name,
        tokenizer_config,
        transformer_config,
        tokenizer_cls=SimpleNamespace(from_pretrained=load_tokenizer),
    )


def load_tokenizer(name: str, **settings: Any) -> Any:
    """Load a fast tokenizer that sets two texts apart.

    Raises:
        ValueError: For any other, or where a package that converts it is missing.
    """
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(name, **settings)
    except (ImportError, ValueError) as error:
        missing = [package for package in CONVERTERS if not importable(package)]
        if not missing:
            raise
        raise ValueError(
            f"the tokenizer of {name!r} can't be loaded. If it must be converted to a fast one, "
            f"that needs {', '.join(missing)}: pip install 'spacy_ita[sentencepiece]'"
        ) from error
    if not tokenizer.is_fast:
        raise ValueError(
            f"{name!r} has a slow tokenizer, {type(tokenizer).__name__}, which can't say which "
            f"word a subword belongs to. Set `use_fast = true` in `tokenizer_config` or, if there "
            f"is no fast one, {ADVICE}"
        )
    lacking = [kind for kind in ("sep_token", "pad_token") if getattr(tokenizer, kind) is None]
    if lacking:
        raise ValueError(
            f"the tokenizer of {name!r} has no {' and no '.join(lacking)}, as those of decoders: "
            f"{ADVICE}"
        )
    return tokenizer


def importable(package: str) -> bool:
    """Whether a package is installed."""
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False
