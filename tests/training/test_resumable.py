"""A training that is killed and resumed gives the weights of one that nobody interrupted."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest
import spacy
from numpy import float32
from spacy.cli.train import train as train_by_spacy
from spacy.training.initialize import init_nlp
from spacy.util import load_config

from spacy_ita.training import resumable
from spacy_ita.training.corpus import PictureCorpus
from spacy_ita.training.optimizer import create_adamw
from spacy_ita.training.resumable import train
from spacy_ita.training.state import FOLDER, parameter_keys, read_state, save_state

CONFIG = Path(__file__).parents[2] / "configs" / "twitter_minilm.cfg"
FORK = multiprocessing.get_context("fork")
STEPS = 9
STATE = {"step": 1, "checkpoints": [], "losses": {}}


@pytest.fixture(scope="module")
def settings(corpus, bert_folder):
    """Three epochs of four steps, of which the ninth is the last, and a mean teacher."""
    return {
        "paths.encoder": str(bert_folder),
        "paths.train": str(corpus),
        "paths.dev": str(corpus),
        "training.batcher.size": 4,
        "training.max_epochs": 3,
        "training.max_steps": STEPS,
        "training.eval_frequency": 2,
        "training.dropout": 0.2,
        "training.optimizer.learn_rate.total_steps": STEPS,
        "training.optimizer.learn_rate.warmup_steps": 2,
        "components.ner.loss.teacher_decay": 0.9,
    }


@pytest.fixture(scope="module")
def initialise(settings):
    def initialise(**changes):
        return init_nlp(load_config(CONFIG, overrides={**settings, **changes}))

    return initialise


class KilledError(Exception):
    """Ends a training in this process."""


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt():
    raise KilledError


def train_until(step, end, nlp, out):
    """Train until the state of a step is saved, and then call `end`."""
    save = resumable.save_state

    def save_and_end(output, nlp, optimizer, info):
        save(output, nlp, optimizer, info)
        if info["step"] == step:
            end()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(resumable, "save_state", save_and_end)
        train(nlp, out, save_every=0.0)


@pytest.fixture(scope="module")
def interrupted(initialise, tmp_path_factory):
    """The output folder of a training that ended after its third step."""
    folder = tmp_path_factory.mktemp("out")
    with pytest.raises(KilledError):
        train_until(2, interrupt, initialise(), folder)
    return folder


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_weights(settings, initialise, weights, tmp_path):
    train_by_spacy(CONFIG, tmp_path / "spacy", overrides=settings)
    out = tmp_path / "killed"
    # in the first epoch, after an evaluation and between two of them, and in the last epoch
    for step in (1, 2, STEPS - 1):
        run = FORK.Process(target=train_until, args=(step, kill, initialise(), out))
        run.start()
        run.join(timeout=120)
        assert run.exitcode == -signal.SIGKILL
    train(initialise(), out)
    for name in ("model-last", "model-best"):
        found, expected = (spacy.load(folder / name) for folder in (out, tmp_path / "spacy"))
        assert weights(found) == weights(expected)
        assert found.meta["performance"] == expected.meta["performance"]
    assert not (out / FOLDER).exists()


def test_a_state_holds_what_a_training_goes_on_with(initialise, interrupted):
    nlp = initialise()
    state = read_state(interrupted, nlp)
    assert state.step == 2 and len(state.scores) == 2
    optimizer = spacy.util.registry.resolve(nlp.config.interpolate()["training"])["optimizer"]
    losses = {}
    state.restore(nlp, optimizer, losses)
    ner = nlp.get_pipe("ner")
    keys = {
        (shim.id, name)
        for node in ner.model.walk()
        for shim in node.shims
        for name, _ in shim._model.named_parameters()
    }
    assert keys == set(ner.teacher.means)
    assert optimizer.moments.keys() == optimizer.averages.keys() <= keys
    assert set(optimizer.nr_update.values()) == {3} and ner.teacher.steps == 3
    assert losses["ner"] > 0


def test_a_label_that_comes_after_some_steps(initialise, corpus, tmp_path):
    nlp = initialise()
    optimizer = create_adamw(use_averages=True)
    ner = nlp.get_pipe("ner")
    examples = list(PictureCorpus(corpus)(nlp))[:2]
    for label in ("LOC", "SONG"):
        ner.add_label(label)
        nlp.update(examples, sgd=optimizer)
    save_state(tmp_path, nlp, optimizer, STATE)
    resumed, other = initialise(), create_adamw(use_averages=True)
    read_state(tmp_path, resumed).restore(resumed, other, {})
    assert resumed.get_pipe("ner").labels == ("LOC", "PER", "SONG")
    head = [key for key in parameter_keys(resumed) if key[1] == "linear.weight"]
    assert [other.nr_update[key] for key in head] == [1]
    assert set(other.moments) <= set(parameter_keys(resumed))


def test_losses_of_spacys_parser(initialise, tmp_path):
    """They are floats of NumPy."""
    nlp, losses = initialise(), {}
    save_state(tmp_path, nlp, create_adamw(), {**STATE, "losses": {"parser": float32(0.5)}})
    read_state(tmp_path, nlp).restore(nlp, create_adamw(), losses)
    assert losses == {"parser": 0.5}


def test_the_state_of_another_config_is_refused(initialise, interrupted):
    with pytest.raises(ValueError, match="another config"):
        train(initialise(**{"training.dropout": 0.3}), interrupted)
    assert (interrupted / FOLDER).exists()
