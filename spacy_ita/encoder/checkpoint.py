"""Encoders and their tokenizers by name, without those that can't read words beside a context."""

from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PretrainedConfig

from ..alignment.hub.made_up_weights import refuse_made_up_weights
from ..alignment.hub.weights import fetch_hint
from .files import set_dtype
from .subwords.word_starts import mark_word_starts
from .transformer_pipe import pipeline_folder, transformer_files

ADVICE = (
    'take an encoder with a fast tokenizer, such as "roberta-base", "xlm-roberta-base", '
    '"microsoft/deberta-v3-base" or, for tweets, "vinai/bertweet-large"'
)
CONVERTERS = ("sentencepiece", "google.protobuf", "tiktoken")


def load_encoder(
    name: str, tokenizer_config: dict[str, Any], transformer_config: dict[str, Any]
) -> tuple[nn.Module, Any]:
    """Load weights and tokenizer from the Hugging Face hub, a folder or a spaCy pipeline.

    Weights are in single precision, whatever the checkpoint's: training needs it.

    Args:
        name: A model's name on the hub or its folder, or a pipeline's folder or package.
        tokenizer_config: Settings of the tokenizer for `from_pretrained`.
        transformer_config: Settings of the model for `from_pretrained`.

    Returns:
        The module and the tokenizer.

    Raises:
        OSError: If the model isn't on disk and can't be fetched.
        ValueError: For an encoder-decoder, for a tokenizer that can't be converted or lacks a fast
            version, a separator or signs of where words start, or knows subwords without a vector,
            for a checkpoint that lacks weights, and for a pipeline without a `transformer` pipe.
    """
    module: Any
    if pipeline := pipeline_folder(name):
        load = partial(load_tokenizer, name, tokenizer_config)
        files = transformer_files(pipeline, load)
        files = replace(files, config={**files.config, **transformer_config})
        refuse_decoders(name, AutoConfig.for_model(**files.config))
        module, tokenizer = files.module(AutoModel.from_config), files.tokenizer
    else:
        with fetch_hint(name):
            # the cheapest comes first: a refused model's weights are never downloaded
            config = AutoConfig.from_pretrained(name, **transformer_config)
            refuse_decoders(name, config)
            tokenizer = load_tokenizer(name, tokenizer_config, name)
            module, found = AutoModel.from_pretrained(name, config=config, output_loading_info=True)
        try:
            refuse_made_up_weights(module, list(found["missing_keys"]))
        except ValueError as error:
            raise ValueError(f"{name!r} can't be the encoder: {error}") from error
        refuse_lost_positions(name, module)
    refuse_missing_vectors(name, module, tokenizer)
    set_dtype(module.config, torch.float32)
    return module.float(), tokenizer


def refuse_decoders(name: str, config: PretrainedConfig) -> None:
    """Raise ValueError for an encoder-decoder."""
    if config.is_encoder_decoder:
        raise ValueError(
            f"{name!r} is an encoder-decoder, which doesn't give one vector for each word: {ADVICE}"
        )


def refuse_lost_positions(name: str, module: nn.Module) -> None:
    """Raise ValueError for a BERT with relative positions, which transformers 5 ignores."""
    config: Any = module.config
    if getattr(config, "position_embedding_type", "absolute") == "absolute":
        return
    if not any(hasattr(part, "position_embedding_type") for part in module.modules()):
        raise ValueError(
            f"{name!r} has positions of the type {config.position_embedding_type!r}, which this "
            f"version of transformers no longer reads: install transformers 4"
        )


def refuse_missing_vectors(name: str, module: Any, tokenizer: Any) -> None:
    """Raise ValueError if the tokenizer knows subwords that the encoder has no vector for."""
    count: int | None = getattr(module.get_input_embeddings(), "num_embeddings", None)
    if count is None or len(tokenizer) <= count:
        return
    # no text becomes a special token
    special = set(tokenizer.all_special_ids)
    subwords = tokenizer.get_vocab().items()
    if lacking := [text for text, i in subwords if i >= count and i not in special]:
        raise ValueError(
            f"the tokenizer of {name!r} knows the subword {lacking[0]!r}, and the encoder has no "
            f"vector for it: call `model.resize_token_embeddings(len(tokenizer))` before you save "
            f"both"
        )


def load_tokenizer(name: str, settings: dict[str, Any], source: str) -> Any:
    """Load a fast tokenizer that tells texts and words apart.

    Args:
        name: The name of its model, for messages.
        settings: Settings for `from_pretrained`.
        source: The hub's name or the folder to load it from.

    Raises:
        ValueError: For any other, or where a package that converts it is missing.
    """
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(source, **settings)
    except (ImportError, ValueError) as error:
        missing = [package for package in CONVERTERS if not importable(package)]
        if not missing:
            raise
        raise ValueError(
            f"the tokenizer of {name!r} can't be loaded. To convert it to a fast one, install "
            f"{', '.join(missing)}: pip install 'spacy_ita[sentencepiece]'"
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
            f"the tokenizer of {name!r} has no {' and no '.join(lacking)}, like those of "
            f"decoders: {ADVICE}"
        )
    if not mark_word_starts(tokenizer):
        raise ValueError(
            f"the tokenizer of {name!r} ignores the spaces between words that are split already: "
            f"{ADVICE}"
        )
    return tokenizer


def importable(package: str) -> bool:
    """Whether a package is installed."""
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False
