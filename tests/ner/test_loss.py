"""The cross-view loss: which view learns from which."""

import pytest
import torch
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.crf import LinearChain, sequence_kl, token_kl
from spacy_ita.ner import CrossViewLoss
from spacy_ita.ner.views import ViewBatch

TEXT, IMAGE = [0, 1], [0]
DIVERGENCES = {"token": lambda p, q: token_kl(p, q, 2.0), "sequence": sequence_kl}


def views(seed=0):
    torch.manual_seed(seed)
    emissions = torch.randn(3, 4, 5, requires_grad=True)
    ends = torch.zeros(5)
    return LinearChain(emissions, torch.tensor([4, 2, 4]), torch.randn(5, 5), ends, ends)


@pytest.mark.parametrize("kl", DIVERGENCES)
@pytest.mark.parametrize("direction", ["image_to_text", "both"])
def test_each_learner_gets_the_gradient_of_its_own_divergence(kl, direction):
    chain, tags = views(), torch.zeros(3, 4, dtype=torch.long)
    loss = CrossViewLoss(text=0.0, image=0.0, kl_weight=0.5, kl=kl, direction=direction)
    found = loss(chain, tags, TEXT, IMAGE)
    found.total.backward()
    text, image = chain.select([0]), chain.select([2])
    if kl == "sequence":
        text, image = text.temper(2.0), image.temper(2.0)
    terms = [DIVERGENCES[kl](image, text)]
    if direction == "both":
        terms.append(DIVERGENCES[kl](text, image))
    expected = sum(terms)
    assert found.kl == pytest.approx(expected.item(), abs=1e-5)
    # a mean over two documents, of which one has two views
    assert found.total.item() == pytest.approx(0.5 * 4.0 * expected.item() / 2, abs=1e-5)
    (gradient,) = torch.autograd.grad(expected.sum(), chain.emissions)
    torch.testing.assert_close(chain.emissions.grad, gradient, atol=1e-5, rtol=1e-4)
    assert chain.emissions.grad[0].abs().sum() > 0
    assert (chain.emissions.grad[2].abs().sum() > 0) == (direction == "both")
    assert not chain.emissions.grad[1].any()


@pytest.mark.parametrize(
    ("weights", "text", "paired"),
    [
        ((1.0, 0.0, 0.0), [0, 1], []),
        ((0.0, 1.0, 0.0), [1], [0]),
        ((1.0, 0.5, 0.5), [0, 1], [0]),
    ],
)
def test_a_loss_reads_the_views_that_it_weighs(weights, text, paired):
    docs = [Doc(Vocab(), words) for words in (["seen", "once"], ["bare"])]
    batch = ViewBatch.for_training(docs, [Context(["a dog"]), NO_CONTEXT], CrossViewLoss(*weights))
    assert (batch.text, batch.image) == (text, paired)
    assert [bool(view.context) for view in batch.views] == [False] * len(text) + [True] * len(
        paired
    )


def test_a_text_paired_with_itself_is_read_twice_without_a_picture():
    docs = [Doc(Vocab(), words) for words in (["seen", "once"], ["bare"])]
    loss = CrossViewLoss(1.0, 1.0, 0.5, pair="text")
    batch = ViewBatch.for_training(docs, [Context(["a dog"]), NO_CONTEXT], loss)
    assert batch.documents == [0, 1, 0, 1]
    assert not any(view.context for view in batch.views)
    assert not loss.reads_image


@pytest.mark.parametrize("kl", DIVERGENCES)
def test_another_reading_teaches_in_the_place_of_the_image_view(kl):
    chain, tags = views(), torch.zeros(3, 4, dtype=torch.long)
    loss = CrossViewLoss(text=0.0, image=0.0, kl_weight=0.5, kl=kl, teacher_decay=0.9)
    # the mean of other weights: other transitions, and no padding for the longer documents
    other = views(seed=1)
    found = loss(chain, tags, TEXT, IMAGE, other.select([2]).double())
    found.total.backward()
    text, teacher = chain.select([0]), other.select([2])
    if kl == "sequence":
        text, teacher = text.temper(2.0), teacher.temper(2.0)
    assert found.kl == pytest.approx(DIVERGENCES[kl](teacher, text).item(), abs=1e-5)
    assert chain.emissions.grad[0].any()
    assert not chain.emissions.grad[1:].any()
    assert other.emissions.grad is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"teacher_decay": 1.0}, r"in \[0, 1\), not 1.0"),
        ({"teacher_decay": 0.9, "direction": "both"}, "one teacher"),
        ({"teacher_decay": 0.9, "kl_weight": 0.0}, "kl_weight must not be 0"),
        ({"text": 0.0, "image": 0.0, "kl_weight": 0.0}, "nor all be 0"),
        ({"kl_weight": -0.5}, "must not be negative"),
        ({"temperature": 0.0}, "temperature must be positive"),
        ({"kl": "tokens"}, "kl must be one of token, sequence, not 'tokens'"),
    ],
)
def test_a_teacher_that_can_not_be_is_an_error(settings, message):
    with pytest.raises(ValueError, match=message):
        CrossViewLoss(**settings)
