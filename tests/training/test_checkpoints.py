"""A training that is killed, or runs out of disk, leaves a checkpoint to continue from."""

import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
from itertools import count
from pathlib import Path

import pytest
import spacy
from spacy.cli.train import train
from spacy.util import load_config

from spacy_ita.training.checkpoints import create_whole_checkpoints

CONFIG = Path(__file__).parents[2] / "configs" / "twitter_minilm.cfg"
TOLD = 3
"""Exit code of a process that saw the right error; that of any other error is 1."""
FORK = multiprocessing.get_context("fork")
CHANGES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.copyfile"}
FIRST = 60
"""More changes than the first checkpoint takes."""


@pytest.fixture
def settings(corpus, bert_folder):
    """Train forever, and save at each step."""
    return {
        "paths.encoder": str(bert_folder),
        "paths.train": str(corpus),
        "paths.dev": str(corpus),
        "training.max_epochs": 0,
        "training.eval_frequency": 1,
    }


@pytest.fixture
def trained(settings, tmp_path):
    """The folder of a checkpoint."""
    train(CONFIG, tmp_path / "out", overrides={**settings, "training.max_steps": 1})
    return tmp_path / "out" / "model-last"


def train_until(settings, out, changes):
    """Train in a process that is killed before a given change to the folder."""
    numbers = count()

    def watch(event, args):
        # names inside a folder that is being removed are relative
        here = event in CHANGES and (
            str(args[0]).startswith(str(out)) or not Path(str(args[0])).is_absolute()
        )
        if here and next(numbers) == changes:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    train(CONFIG, out, overrides=settings)


def read(nlp):
    return [(ent.text, ent.label_, ent._.confidence) for ent in nlp("i love paris").ents]


def loads(folder):
    # each library has its own error for an incomplete file
    try:
        return bool(spacy.load(folder))
    except Exception:
        return False


@pytest.mark.cpu
@pytest.mark.slow
def test_a_training_killed_at_random_leaves_a_checkpoint(settings, tmp_path):
    dice = random.Random(0)
    torn = 0
    for number in range(10):
        out = tmp_path / str(number)
        changes = dice.randrange(FIRST, FIRST + 200)
        run = FORK.Process(target=train_until, args=(settings, out, changes))
        run.start()
        run.join(timeout=120)
        assert run.exitcode == -signal.SIGKILL
        last = out / "model-last"
        assert loads(last if last.exists() else out / ".model-last.old")
        torn += not loads(out / "model-best")
    # some kills hit the middle of spaCy's copy
    assert torn


@pytest.mark.slow
def test_a_damaged_checkpoint_is_an_error_or_the_same(trained, tmp_path):
    expected = read(spacy.load(trained))
    for file in sorted(path for path in trained.rglob("*") if path.is_file()):
        for size in (None, file.stat().st_size // 2):
            copied = shutil.copytree(trained, tmp_path / "damaged", dirs_exist_ok=True)
            damaged = copied / file.relative_to(trained)
            if size is None:
                damaged.unlink()
            else:
                os.truncate(damaged, size)
            try:
                nlp = spacy.load(copied)
            except Exception:
                continue
            assert read(nlp) == expected, (file, size)


@pytest.mark.cpu
@pytest.mark.parametrize("share", [0.0, 0.9])
def test_a_full_disk_keeps_the_last_checkpoint(trained, weights, share):
    """Whether it is full at the first file, or at the largest: safetensors has its own error."""
    largest = max(path.stat().st_size for path in trained.rglob("*") if path.is_file())
    limit = int(share * largest)

    def save():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            create_whole_checkpoints()(nlp).to_disk(trained)
        except OSError as error:
            told = "make room" in str(error) and str(trained) in str(error)
            os._exit(TOLD if told else 0)

    nlp = spacy.load(trained)
    before = weights(nlp)
    child = FORK.Process(target=save)
    child.start()
    child.join(timeout=60)
    assert child.exitcode == TOLD
    assert weights(spacy.load(trained)) == before
    assert not list(trained.parent.glob(".*.new"))


def test_the_only_checkpoint_of_a_killed_run_is_kept_until_there_is_another(tmp_path, monkeypatch):
    def fail(path, exclude=()):
        raise OSError("killed")

    nlp, last = spacy.blank("en"), tmp_path / "model-last"
    saver = create_whole_checkpoints()(nlp)
    saver.to_disk(last)
    # as between the two renames
    last.rename(tmp_path / ".model-last.old")
    with monkeypatch.context() as patched, pytest.raises(OSError, match="killed"):
        patched.setattr(nlp, "to_disk", fail)
        saver.to_disk(last)
    assert loads(last)
    saver.to_disk(last)
    assert loads(last) and list(tmp_path.iterdir()) == [last]


@pytest.mark.slow
def test_a_checkpoint_is_gone_on_from(settings, trained, weights, tmp_path):
    config = load_config(CONFIG)
    config["components"] = {"ner": {"source": str(trained)}}
    config.to_disk(tmp_path / "on.cfg")
    still = {"training.max_steps": 1, "training.optimizer.learn_rate.initial_rate": 0.0}
    train(tmp_path / "on.cfg", tmp_path / "on", overrides={**settings, **still})
    first, then = spacy.load(trained), spacy.load(tmp_path / "on" / "model-last")
    assert weights(then) == weights(first) and read(then) == read(first)
    train(tmp_path / "on.cfg", tmp_path / "on", overrides={**settings, "training.max_steps": 1})
    assert weights(spacy.load(tmp_path / "on" / "model-last")) != weights(first)


def test_the_folder_of_a_checkpoint_is_made(tmp_path):
    target = tmp_path / "not" / "there" / "model-last"
    create_whole_checkpoints()(spacy.blank("en")).to_disk(target)
    assert spacy.load(target).lang == "en"
    assert [path.name for path in target.parent.iterdir()] == ["model-last"]


def save(folder):
    create_whole_checkpoints()(spacy.blank("en")).to_disk(folder)


def test_a_folder_of_others_is_not_replaced(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    for target in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(ValueError, match="not the folder of a pipeline"):
            save(target)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_what_lies_beside_a_pipeline_stays(tmp_path):
    folder, link = tmp_path / "pipeline", tmp_path / "link"
    link.symlink_to(folder)
    folder.mkdir()
    save(folder)
    (folder / "README.md").write_text("mine")
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("main")
    for _ in range(2):
        save(link)
    assert (folder / "README.md").read_text() == "mine"
    assert (folder / ".git" / "HEAD").read_text() == "main"
    assert link.is_symlink() and set(tmp_path.iterdir()) == {folder, link}
    assert loads(folder)
