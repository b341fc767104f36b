"""Updates: the views that they learn from, and their learning rates."""

import gc
from copy import deepcopy
from functools import partial

import pytest
import spacy
import torch
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import load_config, load_model_from_config
from taggers import found, train
from thinc.api import Adam

from spacy_ita.training.optimizer import create_adamw


def test_overfits_what_only_the_picture_tells(make_nlp, make_doc, examples):
    nlp = make_nlp()
    data = examples(nlp)
    losses = train(nlp, data)
    assert losses["ner_nll_image"] < 0.1 < losses["ner_nll_text"]
    for scene in ("PER", "LOC"):
        assert found(nlp(make_doc(nlp, "i love paris", scene=scene))) == [("paris", scene)]
    assert found(nlp("obama sings tonight")) == [("obama", "PER")]
    assert found(nlp("i love the city")) == []


@pytest.mark.parametrize("kl", ["token", "sequence"])
def test_batch_where_some_documents_have_a_picture(make_nlp, examples, kl):
    loss = {"@misc": "spacy_ita.CrossViewLoss.v2", "kl": kl}
    nlp = make_nlp(loss=loss)
    losses = train(nlp, examples(nlp), steps=3)
    assert losses["ner_kl"] > 0
    assert losses["ner"] > 0
    data = examples(nlp)
    for batch in (data[-2:], data[:2]):
        losses = nlp.update(batch, losses={}, sgd=create_adamw(1e-3))
        assert (losses["ner_kl"] > 0) == (batch == data[:2])


def test_one_update_learns_from_both_views(make_nlp, examples):
    """The gradient of a joint update is the sum of the gradients of its views."""

    def gradient(text, image):
        nlp = make_nlp(
            loss={
                "@misc": "spacy_ita.CrossViewLoss.v2",
                "text_weight": text,
                "image_weight": image,
                "kl_weight": 0.0,
            },
        )
        pipe = nlp.get_pipe("ner")
        data = examples(nlp)[:8]
        torch.manual_seed(0)
        nlp.initialize(lambda: data)
        encoder = pipe.model.get_ref("encoder").shims[0]._model
        pipe.update(data, sgd=None, losses={})
        return encoder.embeddings.word_embeddings.weight.grad

    both, text, image = gradient(1.0, 0.5), gradient(1.0, 0.0), gradient(0.0, 0.5)
    assert text.abs().sum() > 0
    assert image.abs().sum() > 0
    torch.testing.assert_close(both, text + image, atol=1e-5, rtol=1e-3)


def test_learn_rate_factors(make_nlp, examples):
    nlp = make_nlp(learn_rate_factors={"encoder": 0.0, "linear": 0.0, "crf": 3.0})
    data = examples(nlp)
    nlp.initialize(lambda: data)
    pipe = nlp.get_pipe("ner")
    head = pipe.model.get_ref("head").shims[0]._model
    encoder = pipe.model.get_ref("encoder").shims[0]._model
    before = deepcopy({**head.state_dict(), "e": encoder.embeddings.word_embeddings.weight})
    nlp.update(data, sgd=create_adamw(1e-2, weight_decay=0.0, grad_clip=0.0))
    assert torch.equal(before["linear.weight"], head.linear.weight)
    assert torch.equal(before["e"], encoder.embeddings.word_embeddings.weight)
    step = (before["crf.transitions"] - head.crf.transitions).abs().max().item()
    assert step == pytest.approx(3e-2, rel=1e-2)


def test_the_old_name_of_the_factors(make_nlp, tmp_path):
    message = "learn_rates is deprecated: use learn_rate_factors"
    warns = partial(pytest.warns, DeprecationWarning, match=message)
    with warns():
        nlp = make_nlp(learn_rates={"crf": 50.0})
    factors = {"encoder": 1.0, "linear": 1.0, "crf": 50.0, "fusion": 1.0}
    assert nlp.get_pipe("ner").learn_rate_factors == factors
    nlp.config.to_disk(tmp_path / "config.cfg")
    with warns():
        loaded = load_model_from_config(load_config(tmp_path / "config.cfg"))
    assert loaded.get_pipe("ner").learn_rate_factors == factors


@pytest.mark.parametrize("rates", [{"bert": 1.0}, {"crf": -1.0}])
def test_invalid_learn_rate_factors_are_refused(make_nlp, rates):
    with pytest.raises(ValueError, match=f"ner: .*learn_rate_factors.*{next(iter(rates))}"):
        make_nlp(learn_rate_factors=rates)


def test_a_loss_that_is_no_number_is_an_error(make_nlp, examples):
    nlp = make_nlp()
    data = examples(nlp)
    nlp.initialize(lambda: data)
    head = nlp.get_pipe("ner").model.get_ref("head").shims[0]._model
    torch.nn.init.constant_(head.linear.weight, torch.nan)
    with pytest.raises(ValueError, match="E910.*The batch begins with 'i love jordan'"):
        nlp.update(data)


def test_training_warns_of_lost_pictures(make_nlp, examples):
    nlp = make_nlp()
    data = [Example(nlp.make_doc(eg.text), eg.reference) for eg in examples(nlp)]
    with pytest.warns(UserWarning, match="no training example has an alignment"):
        nlp.initialize(lambda: data)


def test_mis_tokenised_documents(make_nlp):
    """If tokens cross an entity's border, its tags are unknown; the pipe learns the rest."""
    nlp = make_nlp()
    words = ["i", "love", "paris", "tonight"]
    gold = Doc(nlp.vocab, words=words, ents=["O", "O", "B-LOC", "O"])
    merged = Doc(nlp.vocab, words=["i", "love", "paris tonight"])
    split = Doc(nlp.vocab, words=["i", "love", "par", "is", "tonight"], spaces=[1, 1, 0, 1, 0])
    data = [Example(merged, gold), Example(split, gold), Example(gold.copy(), gold)]
    data[2].predicted.ents = ()
    train(nlp, data, steps=40)
    assert found(nlp(Doc(nlp.vocab, words=words))) == [("paris", "LOC")]
    assert found(nlp(split.copy())) == [("paris", "LOC")]


def test_training_is_deterministic(make_nlp, examples):
    weights = []
    for _ in range(2):
        spacy.util.fix_random_seed(1)
        nlp = make_nlp()
        train(nlp, examples(nlp), steps=5)
        head = nlp.get_pipe("ner").model.get_ref("head").shims[0]._model
        weights.append(head.linear.weight.detach().clone())
    assert torch.equal(*weights)


@pytest.mark.parametrize(
    "make_optimizer", [create_adamw, pytest.param(Adam, marks=pytest.mark.slow)]
)
def test_updates_leave_nothing_behind(make_nlp, examples, make_optimizer):
    nlp = make_nlp()
    data = examples(nlp)
    nlp.initialize(lambda: data)
    sgd, counts = make_optimizer(1e-3), []
    for _ in range(4):
        nlp.update(data, sgd=sgd)
        gc.collect()
        counts.append(sum(issubclass(type(held), torch.Tensor) for held in gc.get_objects()))
    assert counts[1] == counts[3]
