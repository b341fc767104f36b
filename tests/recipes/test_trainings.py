"""Schedules by encoder and number of examples."""

import pytest

from spacy_ita.recipes.options import Options, Pictures, Size
from spacy_ita.recipes.trainings import LEAST_STEPS, scale_of, training_of


@pytest.mark.parametrize("examples", [1, 7, 300, 999, 1000, 3373, 50_000])
@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("encoder", ["some/mini", "bert-base-cased", "xlm-roberta-large"])
def test_a_training_is_long_enough_and_evaluated_at_its_end(examples, size, encoder):
    training = training_of(Options(encoder, pictures=Pictures.NONE, size=size, examples=examples))
    assert training.steps >= LEAST_STEPS
    assert 1 <= training.warmup_steps < training.steps
    # steps count from 0, and the last is steps - 1
    assert (training.steps - 1) % training.eval_frequency < training.epochs


def test_the_schedules_of_twitter():
    by_size = {examples: training_of(Options(examples=examples)) for examples in (3373, 4000)}
    assert [(t.steps, t.warmup_steps) for t in by_size.values()] == [(1055, 53), (1250, 63)]


def test_an_encoder_is_measured_where_it_is_there(bert_folder, tmp_path):
    (tmp_path / "large").symlink_to(bert_folder)
    assert scale_of(str(tmp_path / "large")) == "mini"
    assert scale_of("someone/roberta-large") == "large"
    assert scale_of("someone/roberta-base") == "base"
