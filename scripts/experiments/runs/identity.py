"""The identity of a run: a hash of the part of its config that makes the model."""

import hashlib
import inspect
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from spacy.util import Config, registry


def learnt_by(config: Config) -> dict[str, Any]:
    """Return the part of a config that makes the model: no file paths, no saving, no defaults.

    A setting at the default of its registered function doesn't count. When a function gets a new
    setting, finished runs keep their identity.
    """
    parts = {name: part for name, part in config.items() if name != "paths"}
    parts["training"] = {k: v for k, v in parts["training"].items() if k != "before_to_disk"}
    return _without_defaults(parts)


def hash_of(value: Any) -> str:
    """Hash a value that JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def _without_defaults(block: Mapping[str, Any]) -> dict[str, Any]:
    defaults: Mapping[str, Any] = {}
    for key, name in block.items():
        if key.startswith("@") and registry.has(key[1:], name):
            defaults = _defaults_of(key[1:], name)
    return {
        key: _without_defaults(value) if isinstance(value, Mapping) else value
        for key, value in block.items()
        if key not in defaults or value != defaults[key]
    }


@cache
def _defaults_of(registered_in: str, name: str) -> dict[str, Any]:
    parameters = inspect.signature(registry.get(registered_in, name)).parameters.values()
    return {one.name: one.default for one in parameters if one.default is not one.empty}
