"""spaCy's own commands on the project's configs and on a saved pipeline."""

import json
from pathlib import Path

import pytest
import spacy
from spacy.cli._util import app
from spacy.tokens import DocBin
from spacy.training.initialize import init_nlp
from spacy.util import load_config
from typer.testing import CliRunner

CONFIG = Path(__file__).parents[2] / "configs" / "twitter_minilm.cfg"
CONFIGS = sorted(path.name for path in CONFIG.parent.glob("*.cfg"))
OTHERS = [pytest.param(name, marks=pytest.mark.slow) for name in CONFIGS if name != CONFIG.name]


@pytest.fixture
def run():
    """A function that runs one of spaCy's commands, and returns its output."""

    def run(*args, code=0):
        done = CliRunner().invoke(app, [str(arg) for arg in args])
        assert done.exit_code == code, done.output
        return done.output

    return run


@pytest.fixture
def paths(corpus, bert_folder):
    given = {"encoder": bert_folder, "train": corpus, "dev": corpus}
    return [word for name, path in given.items() for word in (f"--paths.{name}", path)]


@pytest.fixture(scope="module")
def saved(corpus, bert_folder, tmp_path_factory):
    """A pipeline that is initialised but not trained."""
    paths = {"encoder": bert_folder, "train": corpus, "dev": corpus}
    config = load_config(CONFIG, {f"paths.{name}": str(path) for name, path in paths.items()})
    folder = tmp_path_factory.mktemp("pipeline")
    init_nlp(config).to_disk(folder)
    return folder


def test_debug_config(run, paths):
    """Of the rival; tests/recipes/test_published.py has the project's own."""
    assert "Config is valid" in run("debug", "config", CONFIG.with_name("spacy_ner.cfg"), *paths)


@pytest.mark.parametrize("name", [CONFIG.name, *OTHERS])
def test_debug_data(run, paths, name):
    """`debug data` complains only about the number of examples."""
    recorded = ("--paths.recorded", "any.jsonl") if "recorded" in name else ()
    config = CONFIG.with_name(name)
    shown = run("debug", "data", config, *paths, *recorded, "--no-format", code=1)
    assert "Pipeline can be initialized with data" in shown
    assert "Corpus is loadable" in shown
    assert "Low number of examples" in shown and "1 error" in shown


def test_debug_model(run, paths):
    shown = run("debug", "model", CONFIG, "ner", *paths, "--print-step3")
    assert "model looks good" in shown


def test_init_labels(run, paths, tmp_path):
    run("init", "labels", CONFIG, tmp_path / "labels", *paths)
    assert json.loads((tmp_path / "labels" / "ner.json").read_text()) == ["LOC", "PER"]


def test_assemble(run, saved, tmp_path):
    """Assemble pipes of saved pipelines; a new pipe has no labels, and the error says so."""
    config = {"nlp": {"lang": "en", "pipeline": ["ner", "sentencizer"]}}
    config["components"] = {
        "ner": {"source": str(saved)},
        "sentencizer": {"factory": "sentencizer"},
    }
    spacy.blank("en").config.merge(config).to_disk(tmp_path / "config.cfg")
    run("assemble", tmp_path / "config.cfg", tmp_path / "assembled")
    nlp = spacy.load(tmp_path / "assembled")
    assert nlp.pipe_names == ["ner", "sentencizer"]
    assert nlp.get_pipe("ner").labels == ("LOC", "PER")


def test_assemble_without_labels(run, paths, tmp_path):
    done = CliRunner().invoke(app, [str(word) for word in ("assemble", CONFIG, tmp_path, *paths)])
    assert "or `labels` in [initialize.components.ner]" in str(done.exception)


def test_apply(run, saved, corpus, tmp_path):
    run("apply", saved, corpus, tmp_path / "applied.spacy")
    applied = list(DocBin().from_disk(tmp_path / "applied.spacy").get_docs(spacy.blank("en").vocab))
    assert len(applied) == 16


@pytest.mark.parametrize("command", [("benchmark", "accuracy"), ("evaluate",)])
def test_evaluate(run, saved, corpus, tmp_path, command):
    """spaCy's reader drops the pictures; a warning of one line says what to use instead."""
    with pytest.warns(UserWarning, match="without the alignments .* with `spacy ita evaluate`$"):
        shown = run(*command, saved, corpus, "--displacy-path", tmp_path)
    assert "NER F" in shown


@pytest.mark.slow
def test_benchmark_speed(run, saved, corpus):
    assert "Mean:" in run("benchmark", "speed", saved, corpus, "--warmup", "1", "--batches", "30")


def test_info(run, saved):
    assert "ner" in run("info", saved)


@pytest.mark.parametrize(
    ("registry", "name"),
    [
        ("architectures", "spacy_ita.CRFTagger.v1"),
        ("misc", "spacy_ita.CrossViewLoss.v2"),
        ("optimizers", "spacy_ita.AdamW.v1"),
        ("readers", "spacy_ita.Corpus.v1"),
    ],
)
def test_find_function(run, registry, name):
    shown = run("find-function", name, "--registry", registry)
    assert f"Found registered function '{name}'" in shown and "spacy_ita" in shown


def test_package(run, saved, tmp_path):
    (tmp_path / "packages").mkdir()
    run("package", saved, tmp_path / "packages", "--build", "none")
    (meta,) = (tmp_path / "packages").glob("*/meta.json")
    assert any(
        need.startswith("spacy_ita") for need in json.loads(meta.read_text())["requirements"]
    )


def test_project_document(run, tmp_path):
    for name in ("project.yml", "configs"):
        (tmp_path / name).symlink_to(CONFIG.parents[1] / name)
    run("project", "document", tmp_path, "--output", tmp_path / "steps.md")
    page = (tmp_path / "steps.md").read_text(encoding="utf8")
    assert "| `encoder` |" in page and "| `all` |" in page
