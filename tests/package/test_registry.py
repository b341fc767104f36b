"""Every registered name is versioned, resolves through its entry point, and is documented."""

import re
import subprocess
import sys
from importlib.metadata import distribution

import pytest
from spacy.util import registry
from thinc.api import registry as thinc_registry

ENTRY_POINTS = [
    entry
    for entry in distribution("spacy_ita").entry_points
    if entry.group not in ("console_scripts", "torch.backends")
]
REGISTRIES = {
    # those of `registry.factories` come with the first pipeline
    "spacy_factories": registry._entry_point_factories,
    "spacy_misc": registry.misc,
    "spacy_architectures": registry.architectures,
    "spacy_readers": registry.readers,
    "spacy_loggers": registry.loggers,
    "spacy_displacy_colors": registry.displacy_colors,
    "spacy_callbacks": registry.callbacks,
    "spacy_cli": registry.cli,
    "thinc_optimizers": thinc_registry.optimizers,
}


@pytest.mark.parametrize("entry", ENTRY_POINTS, ids=lambda entry: entry.name)
def test_entry_point_resolves(entry):
    found = REGISTRIES[entry.group].get(entry.name)
    assert found is not None
    if entry.group not in ("spacy_factories", "spacy_cli"):
        assert entry.name.startswith("spacy_ita.")
        assert re.search(r"\.v\d+$", entry.name)
        assert found.__doc__
        assert found is entry.load()


def test_entry_points_are_there():
    assert {entry.group for entry in ENTRY_POINTS} == set(REGISTRIES)


@pytest.mark.slow
def test_factories_without_an_import():
    """spaCy finds the pipes by their entry points alone, in a process that imports nothing else."""
    code = (
        "import spacy; nlp = spacy.blank('en');"
        "[nlp.add_pipe(n) for n in ('image_objects', 'image_captions', 'image_ocr', 'crf_ner')];"
        "print(nlp.analyze_pipes()['problems'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "'crf_ner': []" in done.stdout


def test_registered_names_of_the_package_have_an_entry_point():
    import spacy_ita.alignment.factories
    import spacy_ita.ner  # noqa: F401

    names = {entry.name for entry in ENTRY_POINTS}
    for group in ("misc", "architectures", "readers", "loggers", "callbacks"):
        registered = getattr(registry, group).get_all()
        ours = {name for name in registered if name.startswith("spacy_ita.")}
        assert ours <= names
