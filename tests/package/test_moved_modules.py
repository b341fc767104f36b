"""Old names of modules still import."""

import sys
from importlib import import_module

import pytest

from spacy_ita.moved_modules import MOVED


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """Forget old names that were imported: only the first import gives a warning."""
    for name in [name for name in sys.modules if name.removeprefix("spacy_ita.") in MOVED]:
        monkeypatch.delitem(sys.modules, name)


# only modules without a model library, which the fast tests don't need
@pytest.mark.parametrize("old", ["io", "factories", "views", "alignment.types", "annotator"])
def test_an_old_name_is_the_module_itself(old):
    with pytest.warns(DeprecationWarning, match=f"spacy_ita.{old} is now spacy_ita.{MOVED[old]}"):
        module = import_module(f"spacy_ita.{old}")
    assert module is import_module(f"spacy_ita.{MOVED[old]}")


def test_a_module_within_one_that_moved():
    with pytest.warns(DeprecationWarning):
        module = import_module("spacy_ita.io.notes")
    assert module is import_module("spacy_ita.corpora.notes")


@pytest.mark.slow
@pytest.mark.parametrize("old", MOVED)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_old_name_imports(old):
    assert import_module(f"spacy_ita.{old}").__name__ == f"spacy_ita.{MOVED[old]}"


def test_an_unknown_name_is_an_error():
    with pytest.raises(ModuleNotFoundError, match="spacy_ita.nothing"):
        import_module("spacy_ita.nothing")
