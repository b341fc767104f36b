"""The configs on the pages name functions that exist, with settings that those have."""

import inspect
import re

import pytest
import spacy
from pages import ROOT, blocks, text_of
from spacy.util import Config

CONFIGS = blocks("ini", "cfg")


def with_parents(text):
    """Return a part of a config, with the sections above it."""
    names = re.findall(r"^\[(.*)\]$", text, re.M)
    given = set(names)
    parents = {name.rsplit(".", n)[0] for name in names for n in range(1, name.count(".") + 1)}
    above = {name for name in parents if not name.endswith("*") and name not in given}
    return "".join(f"[{name}]\n" for name in sorted(above)) + text


def check(section):
    """Yield every function of a section, and of the sections in it."""
    for key in [key for key in section if key.startswith("@")]:
        function = spacy.registry.get(key[1:], section[key])
        parameters = inspect.signature(function).parameters.values()
        names = {p.name for p in parameters}
        if not any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters):
            assert set(section) - {key} <= names, section[key]
    for value in section.values():
        if isinstance(value, dict):
            check(value)


@pytest.mark.parametrize("block", CONFIGS, ids=map(str, CONFIGS))
def test_functions_and_settings_exist(block):
    if not re.search(r"^\[", block.code, re.M):
        pytest.skip("settings alone, whose section the text names")
    check(Config().from_str(with_parents(block.code), interpolate=False))


def test_every_config_is_on_the_page_that_says_which_to_take():
    for path in ROOT.glob("configs/*.cfg"):
        page = "choosing.md" if path.stem.startswith("align_") else "choosing_a_config.md"
        assert f"`configs/{path.name}`" in text_of(ROOT / "docs" / page)
