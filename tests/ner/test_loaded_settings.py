"""A loaded pipeline takes settings from its config, not from its saved weights."""

import pytest
import spacy

from spacy_ita.context import Context
from spacy_ita.encoder import View
from spacy_ita.encoder.model import encoder_shim, piece_reader
from spacy_ita.ner.model import head_shim, tagging_head

ENCODER = "components.ner.model.encoder"
OVERRIDES = {
    f"{ENCODER}.max_pieces": 20,
    f"{ENCODER}.max_context": 5,
    f"{ENCODER}.max_batch_pieces": 40,
    "components.ner.model.word_dropout": 0.25,
}


@pytest.fixture
def saved(make_nlp, examples, tmp_path):
    nlp = make_nlp()
    nlp.initialize(lambda: examples(nlp))
    nlp.to_disk(tmp_path / "new")
    # as older versions saved it: the settings beside the weights
    model = nlp.get_pipe("ner").model
    old = {"max_pieces": 30, "max_context": 3, "max_batch_pieces": 50}
    model.get_ref("encoder").attrs.update(old)
    model.attrs["word_dropout"] = head_shim(model).cfg["word_dropout"] = 0.75
    nlp.to_disk(tmp_path / "old")
    return tmp_path


def reading(nlp):
    """Return the subwords of a long text's rows with a long context, and of the largest call."""
    encoder = nlp.get_pipe("ner").model.get_ref("encoder")
    views = [View(["city"] * 40, Context([["stage " * 40]]))] * 4
    calls = []
    encoder_shim(encoder)._model.register_forward_pre_hook(
        lambda module, args, kwargs: calls.append(kwargs["input_ids"].numel()), with_kwargs=True
    )
    encoder.predict(views)
    rows = piece_reader(encoder)(views)
    return {"row": rows.lengths.max(), "call": max(calls)}


@pytest.mark.parametrize("written", ["old", "new"])
def test_the_config_wins(saved, written):
    nlp = spacy.load(saved / written, config=OVERRIDES)
    assert piece_reader(nlp.get_pipe("ner").model.get_ref("encoder")).max_context == 5
    assert reading(nlp) == {"row": 20, "call": 40}
    assert tagging_head(nlp.get_pipe("ner").model).word_dropout.p == 0.25


@pytest.mark.parametrize("written", ["old", "new"])
def test_without_overrides_it_is_the_saved_config(saved, written):
    nlp = spacy.load(saved / written)
    assert reading(nlp) == {"row": 64, "call": 256}
    assert tagging_head(nlp.get_pipe("ner").model).word_dropout.p == 0.0
