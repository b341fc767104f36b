"""A packaged pipeline, as spacy-huggingface-hub uploads it to the Hugging Face hub."""

from pathlib import Path

import pytest
import yaml
from huggingface_hub import CommitInfo, HfApi
from spacy.cli._util import app
from spacy.cli.package import package
from typer.testing import CliRunner

CONFIGS = Path(__file__).parents[2] / "configs"
push = pytest.importorskip("spacy_huggingface_hub.push")


@pytest.fixture
def hub(monkeypatch):
    """The files of each repository, which stand in for the hub."""
    repositories = {}

    def create_repo(api, repo_id, **settings):
        repositories[repo_id] = {}

    def create_commit(api, repo_id, operations, commit_message, **settings):
        for file in operations:
            with file.as_file() as content:
                repositories[repo_id][file.path_in_repo] = content.read()
        url = f"https://huggingface.co/{repo_id}/commit/1"
        return CommitInfo(
            commit_url=url, commit_message=commit_message, commit_description="", oid="1"
        )

    monkeypatch.setattr(push, "whoami", lambda: {"name": "me"})
    monkeypatch.setattr(HfApi, "create_repo", create_repo)
    monkeypatch.setattr(HfApi, "create_commit", create_commit)
    monkeypatch.setattr(HfApi, "_validate_yaml", lambda api, content, **settings: None)
    return repositories


@pytest.mark.slow
def test_push(hub, train_short, bert_folder, tmp_path):
    model = train_short(CONFIGS / "twitter_minilm.cfg", bert_folder)
    (tmp_path / "packages").mkdir()
    package(
        model,
        tmp_path / "packages",
        meta_path=CONFIGS / "meta.json",
        name="ita",
        version="1.0",
        create_sdist=False,
        create_wheel=True,
    )
    (wheel,) = tmp_path.rglob("en_ita-*.whl")
    done = CliRunner().invoke(app, ["huggingface-hub", "push", str(wheel)])
    assert done.exit_code == 0, done.output
    assert (
        "https://huggingface.co/me/en_ita/resolve/main/en_ita-any-py3-none-any.whl" in done.output
    )
    (files,) = hub.values()
    assert files["en_ita-any-py3-none-any.whl"] == wheel.read_bytes()
    assert {"config.cfg", "meta.json", "ner/model"} <= set(files)
    _, header, body = files["README.md"].decode().split("---\n", 2)
    card = yaml.safe_load(header)
    assert card["license"] == "mit"
    assert card["language"] == ["en"]
    assert card["tags"] == ["spacy", "token-classification"]
    (result,) = card["model-index"][0]["results"]
    assert [metric["type"] for metric in result["metrics"]] == ["precision", "recall", "f_score"]
    assert all(isinstance(metric["value"], float) for metric in result["metrics"])
    assert body.startswith("Named entities of short texts that come with a picture")
    for part in ("`LOC`, `PER`", "`ENTS_F_TEXT`", "`ENTS_F_IMAGE`", "aclanthology.org", "MIT"):
        assert part in body
