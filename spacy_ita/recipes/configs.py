"""Configs from options: one with the settings that matter, and one with all defaults."""

from collections.abc import Mapping
from typing import Any

from spacy.util import (
    CONFIG_SECTION_ORDER,
    dict_to_dot,
    load_config_from_str,
    load_model_from_config,
)
from thinc.api import Config

from .options import Options
from .parts import backend, corpora, picture_variables, tagger, training_section
from .trainings import training_of


def base_config(options: Options, overrides: Mapping[str, Any] | None = None) -> Config:
    """Make a config with the settings that differ from the defaults of spaCy and the factories.

    Args:
        options: The choices.
        overrides: Other values for single settings, by dotted name.
    """
    pipes = options.image_pipes
    config: dict[str, Any] = {
        **picture_variables(options),
        "nlp": {"lang": "en", "pipeline": pipes},
        "components": {
            pipe: {"factory": pipe, "backend": backend(pipe, options.pictures)} for pipe in pipes
        },
    }
    if options.tagger:
        training = training_of(options)
        config["paths"] |= {"train": None, "dev": None, "encoder": options.encoder_name}
        config["system"] = {"seed": 0, "gpu_allocator": "pytorch" if options.gpu else None}
        config["nlp"] |= {"pipeline": [*pipes, "ner"], "batch_size": 64 if pipes else 256}
        config["components"]["ner"] = tagger(options, training)
        config["corpora"] = corpora()
        config["training"] = training_section(options, training)
        config["initialize"] = {}
    ordered = {name: config[name] for name in CONFIG_SECTION_ORDER if name in config}
    text = Config({**ordered, **config}).to_str(interpolate=False)
    return load_config_from_str(text, dict(overrides or {}))


def full_config(base: Config) -> Config:
    """Fill in every default, as `spacy init fill-config` does.

    Raises:
        ConfigValidationError: If a setting has a wrong value.
        ValueError: If a setting is unknown.
    """
    config = base.copy()
    # Recorded.v1 needs a file name, which the commands set with --paths.recorded
    if nameless := config["paths"].get("recorded", "") is None:
        config["paths"]["recorded"] = "recorded.jsonl"
    filled = load_model_from_config(config, auto_fill=True).config
    # spaCy drops unknown settings of its own sections
    known = dict_to_dot(filled)
    if unknown := [name for name in dict_to_dot(base) if name not in known]:
        raise ValueError(f"no such setting of a config: {', '.join(unknown)}")
    if nameless:
        filled["paths"]["recorded"] = None
    # as it is in a file, with lists for tuples
    return load_config_from_str(filled.to_str(interpolate=False))
