"""The cross-view loss: the weight of each view, and which view learns from which."""

from itertools import product

import pytest
import torch
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.crf import MISSING, LinearChain, sequence_kl, token_kl
from spacy_ita.ner import CrossViewLoss
from spacy_ita.ner.loss.view_batch import ViewBatch

TEXT, IMAGE = [0, 1], [0]
DIVERGENCES = {"token": lambda p, q: token_kl(p, q, 2.0), "sequence": sequence_kl}


def views(seed=0):
    torch.manual_seed(seed)
    emissions = torch.randn(3, 4, 5, requires_grad=True)
    ends = torch.zeros(5)
    return LinearChain(emissions, torch.tensor([4, 2, 4]), torch.randn(5, 5), ends, ends)


def enumerated_nll(chain, row, tags):
    """Return -log of the probability of all sequences that agree with the tags."""
    n = int(chain.lengths[row])
    agreeing, scores = [], []
    for y in product(range(5), repeat=n):
        score = sum(chain.emissions[row, t, k] for t, k in enumerate(y))
        scores.append(score + sum(chain.transitions[i, j] for i, j in zip(y, y[1:], strict=False)))
        agreeing.append(all(tag in (MISSING, k) for tag, k in zip(tags, y, strict=False)))
    scores = torch.stack(scores)
    return (scores.logsumexp(0) - scores[torch.tensor(agreeing)].logsumexp(0)).item()


@pytest.mark.parametrize(
    "tags",
    [
        [[0, 1, 2, 3], [4, 0, 1, 1], [2, 2, 2, 2]],
        [[0, MISSING, 2, 3], [1, 0, MISSING, MISSING], [MISSING] * 4],
        [[0, 1, 2, 3], [4, 0, MISSING, MISSING], [2, 2, 2, 2]],
    ],
)
def test_nll_equals_enumeration(tags):
    chain = views()
    with torch.no_grad():
        found = -chain.log_likelihood(torch.tensor(tags))
        expected = [enumerated_nll(chain, row, tags[row]) for row in range(3)]
    assert found.tolist() == pytest.approx(expected, abs=1e-4)


def test_a_document_without_a_picture_weighs_as_much_as_both_views():
    chain, tags = views(), torch.tensor([[0, 1, 2, 3], [4, 0, 0, 0], [2, 2, 2, 2]])
    seen, bare, image = (-chain.log_likelihood(tags)).tolist()
    found = CrossViewLoss(2.0, 0.25, 0.0)(chain, tags, TEXT, IMAGE)
    total = 2.0 * seen + (2.0 + 0.25) * bare + 0.25 * image
    assert found.total.item() == pytest.approx(total / 2, rel=1e-5)
    assert found.nll_text == pytest.approx((seen + bare) / 2, rel=1e-5)
    assert found.nll_image == pytest.approx(image, rel=1e-5)
    assert found.kl == 0.0


def test_views_of_one_kind_alone():
    chain, tags = views(), torch.zeros(3, 4, dtype=torch.long)
    mean = -chain.log_likelihood(tags).mean().item()
    text = CrossViewLoss(1.0, 0.0, 0.5)(chain, tags, [0, 1, 2], [])
    assert (text.nll_text, text.nll_image, text.kl) == (pytest.approx(mean), 0.0, 0.0)
    assert text.total.item() == pytest.approx(mean)
    alone = CrossViewLoss(1.0, 0.0, 0.5)(chain.select([1]), tags[1:2, :2], [0], [])
    assert alone.nll_text.item() == pytest.approx(alone.total.item())
    image = CrossViewLoss(0.0, 1.0, 0.0)(chain, tags, [], [0, 1, 2])
    assert (image.nll_text, image.nll_image, image.kl) == (0.0, pytest.approx(mean), 0.0)
    assert image.total.item() == pytest.approx(mean)


def test_views_pair_by_their_documents():
    """Views may be in any order, and some have no partner."""
    torch.manual_seed(0)
    ends = torch.zeros(5)
    chain = LinearChain(
        torch.randn(5, 4, 5), torch.tensor([4, 2, 3, 3, 4]), torch.randn(5, 5), ends, ends
    )
    loss = CrossViewLoss(0.0, 0.0, 1.0, temperature=1.0)
    found = loss(chain, torch.zeros(5, 4, dtype=torch.long), [7, 8, 9], [9, 7])
    expected = token_kl(chain.select([3, 4]), chain.select([2, 0])).tolist()
    assert found.kl == pytest.approx(sum(expected) / 2, abs=1e-6)
    assert found.total.item() == pytest.approx(sum(expected) / 3, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "reads"),
    [
        ({"text_weight": 1.0, "image_weight": 0.0, "kl_weight": 0.0}, (True, False, False)),
        ({"text_weight": 0.0, "image_weight": 1.0, "kl_weight": 0.0}, (False, True, True)),
        ({"text_weight": 0.0, "image_weight": 0.0, "kl_weight": 1.0}, (True, True, True)),
        ({"image_weight": 0.0, "kl_weight": 1.0, "pair": "T"}, (True, True, False)),
    ],
)
def test_what_a_loss_reads(settings, reads):
    loss = CrossViewLoss(**settings)
    assert (loss.reads_text, loss.reads_pair, loss.reads_image) == reads


@pytest.mark.parametrize("kl", DIVERGENCES)
@pytest.mark.parametrize("direction", ["image_to_text", "both"])
def test_each_learner_gets_the_gradient_of_its_own_divergence(kl, direction):
    chain, tags = views(), torch.zeros(3, 4, dtype=torch.long)
    loss = CrossViewLoss(0.0, 0.0, 0.5, kl=kl, direction=direction)
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
    # a mean over two documents, one with two views
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
    loss = CrossViewLoss(1.0, 1.0, 0.5, pair="T")
    batch = ViewBatch.for_training(docs, [Context(["a dog"]), NO_CONTEXT], loss)
    assert batch.documents == [0, 1, 0, 1]
    assert not any(view.context for view in batch.views)
    assert not loss.reads_image


@pytest.mark.parametrize("kl", DIVERGENCES)
def test_another_reading_teaches_in_the_place_of_the_image_view(kl):
    chain, tags = views(), torch.zeros(3, 4, dtype=torch.long)
    loss = CrossViewLoss(0.0, 0.0, 0.5, kl=kl, teacher_decay=0.9)
    # the teacher has other weights, so other transitions, and no padding for longer documents
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
        ({"teacher_decay": 1.0}, "teacher_decay must be in [0, 1), not 1.0"),
        ({"teacher_decay": -0.1}, "teacher_decay must be in [0, 1), not -0.1"),
        (
            {"teacher_decay": 0.9, "direction": "both"},
            'teacher_decay needs one teacher: direction must be "image_to_text"',
        ),
        (
            {"teacher_decay": 0.9, "kl_weight": 0.0},
            "teacher_decay needs a KL: kl_weight must not be 0",
        ),
        (
            {"text_weight": 0.0, "image_weight": 0.0, "kl_weight": 0.0},
            "weights must not be negative, nor all be 0: (0.0, 0.0, 0.0)",
        ),
        ({"kl_weight": -0.5}, "weights must not be negative, nor all be 0: (1.0, 0.5, -0.5)"),
        ({"temperature": 0.0}, "temperature must be positive, not 0.0"),
        ({"kl": "tokens"}, "kl must be one of token, sequence, not 'tokens'"),
        ({"direction": "up"}, "direction must be one of image_to_text, both, not 'up'"),
    ],
)
def test_invalid_settings_are_refused(settings, message):
    with pytest.raises(ValueError) as error:
        CrossViewLoss(**settings)
    assert str(error.value) == message


def test_the_least_valid_settings():
    assert CrossViewLoss(0.0, 0.0, 0.5, temperature=0.5, teacher_decay=0.0)
    assert CrossViewLoss(teacher_decay=0.99, kl="sequence")
    assert CrossViewLoss(kl_weight=0.0, direction="both")
