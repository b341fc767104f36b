"""Options, and small encoders on disk; heavy libraries are imported by the tests that need them."""

import atexit
import gc
import json
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# on a CPU, Triton's kernels are interpreted
if "--gpu" not in sys.argv:
    os.environ.setdefault("TRITON_INTERPRET", "1")
# a run has a worker for each core; tests that need more threads set the number
os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# W&B brings OpenTelemetry's exporter, and FastAPI then looks for a collector
os.environ.setdefault("OTEL_SDK_DISABLED", "true")

from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

# What imports and the collection of tests make stays. The garbage collector would take a fifth of
# all time to look through it: `pytest_collection_finish` hides it.
gc.disable()


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the slow tests too")
    parser.addoption("--gpu", action="store_true", help="run on the first GPU")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: runs only with --slow")
    config.addinivalue_line("markers", "cpu: says something of a CPU, and is left out with --gpu")
    if config.getoption("--gpu"):
        import spacy

        spacy.require_gpu()
    for profile in ("quick", "thorough"):
        settings.register_profile(profile, deadline=None)
    settings.load_profile("thorough" if config.getoption("--slow") else "quick")


def pytest_collection_modifyitems(config, items):
    # xdist gives each worker an equal share of the list. A share begins with its slow tests, and
    # the workers end together, with quick ones.
    share = 1 + len(items) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    shares = [items[start : start + share] for start in range(0, len(items), share)]
    slow_first = [sorted(part, key=lambda item: "slow" not in item.keywords) for part in shares]
    items[:] = [item for part in slow_first for item in part]
    for item in items:
        if "slow" in item.keywords and not config.getoption("--slow"):
            item.add_marker(pytest.mark.skip(reason="needs --slow"))
        if "cpu" in item.keywords and config.getoption("--gpu"):
            item.add_marker(pytest.mark.skip(reason="of a CPU"))


def pytest_collection_finish():
    gc.freeze()
    # tests make many objects, and few that only the collector frees
    gc.set_threshold(10_000, 20, 20)
    gc.enable()
    # at the exit, libraries complain of what isn't freed
    atexit.register(gc.unfreeze)


@pytest.fixture(scope="session", autouse=True)
def tokenizer_exceptions():
    """Leave out the 1,347 exceptions of English: a blank pipeline takes 0.01 s, not 0.1."""
    from spacy.lang.en import English

    exceptions = English.Defaults.tokenizer_exceptions
    English.Defaults.tokenizer_exceptions = {}
    return exceptions


@pytest.fixture(autouse=True)
def exceptions_of_slow_tests(request, tokenizer_exceptions):
    """Pipelines that a slow test makes have them."""
    from spacy.lang.en import English

    with pytest.MonkeyPatch.context() as monkeypatch:
        if request.node.get_closest_marker("slow"):
            monkeypatch.setattr(English.Defaults, "tokenizer_exceptions", tokenizer_exceptions)
        yield


@pytest.fixture(scope="session", autouse=True)
def entry_points_by_group():
    """Index the entry points: catalogue reads those of all packages at each look-up of a name."""
    import catalogue

    found = catalogue.AVAILABLE_ENTRY_POINTS
    catalogue.AVAILABLE_ENTRY_POINTS = {
        group: list(found.select(group=group)) for group in found.groups
    }


@pytest.fixture(scope="session", autouse=True)
def msgpack_extensions():
    """Keep them: srsly looks for them among all registered functions at each call."""
    from srsly import msgpack

    for registry in (msgpack.msgpack_encoders, msgpack.msgpack_decoders):
        registry.get_all = partial(dict, registry.get_all())


@pytest.fixture(scope="session", autouse=True)
def parsed_configs():
    """Parse each config once: a blank pipeline takes 4 ms, not 8, and a test makes it again."""
    from thinc.api import Config

    parse, known = Config.from_str, {}

    def from_str(self, text, *, interpolate=True, **others):
        if any(others.values()):
            return parse(self, text, interpolate=interpolate, **others)
        key = text, interpolate
        if key not in known:
            known[key] = json.dumps(parse(Config(), text, interpolate=interpolate))
        self.clear()
        self.update(json.loads(known[key]))
        self.is_interpolated = interpolate
        return self

    Config.from_str = from_str


@pytest.fixture(scope="session")
def bert_folder(tmp_path_factory) -> Path:
    """A BERT of two layers over a WordPiece vocabulary of whole words and letters."""
    from small_encoders import save_bert

    return save_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def roberta_folder(tmp_path_factory) -> Path:
    """A RoBERTa of two layers over a byte-level BPE without merges."""
    from small_encoders import save_roberta

    return save_roberta(tmp_path_factory.mktemp("roberta"))


@pytest.fixture(scope="session")
def xlmr_folder(tmp_path_factory) -> Path:
    """An XLM-R of two layers over a unigram vocabulary of whole words and letters."""
    from small_encoders import save_xlmr

    return save_xlmr(tmp_path_factory.mktemp("xlmr"))
