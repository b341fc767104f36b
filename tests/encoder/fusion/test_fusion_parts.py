"""Parts of fusions against references in NumPy, and their gradients against differences."""

from itertools import product

import numpy as np
import pytest
import torch
from numpy_layers import (
    HEADS,
    OBJECT_MASK,
    OBJECTS,
    WIDTH,
    WORD_MASK,
    WORDS,
    arrays,
    attention,
    cross_modal,
    double,
    feed_forward,
    norm,
    sigmoid,
    softmax,
    there,
)

from spacy_ita.encoder.fusion.co_attention import CoAttention
from spacy_ita.encoder.fusion.cross_modal import CrossModalLayer
from spacy_ita.encoder.fusion.gates import VisualGate
from spacy_ita.encoder.fusion.graph import CrossModalGate, GraphFusionLayer
from spacy_ita.encoder.fusion.relation import (
    RelationClassifier,
    mean_of,
    relation_gate,
    relation_losses,
)


@pytest.fixture
def nodes():
    torch.manual_seed(0)
    return torch.randn(3, WORDS, WIDTH).double(), torch.randn(3, OBJECTS, WIDTH).double()


def test_cross_modal_layer_is_attention_word_by_word(nodes):
    words, objects = nodes
    layer = double(CrossModalLayer(WIDTH, HEADS, 0.1))
    found = layer(words, objects, OBJECT_MASK).detach().numpy()
    for row, word in product(range(3), range(WORDS)):
        keys = there(objects, OBJECT_MASK, row)
        expected = cross_modal(words[row, word].numpy(), keys, arrays(layer))
        np.testing.assert_allclose(found[row, word], expected)


def test_co_attention_asks_within_and_then_across(nodes):
    words, objects = nodes
    module = double(CoAttention(WIDTH, HEADS, 1, 0.1))
    found = module(words, WORD_MASK, objects, OBJECT_MASK)
    weights = arrays(module)
    for row in range(3):
        sides = {}
        for side, of_side, mask in (
            ("words", words, WORD_MASK),
            ("objects", objects, OBJECT_MASK),
        ):
            own = there(of_side, mask, row)
            sides[side] = [cross_modal(x, own, weights, f"layers.0.{side}.") for x in own]
        guides = [("words", "objects"), ("objects", "words")]
        for (side, other), output in zip(guides, found, strict=True):
            keys = np.array(sides[other])
            for place, node in enumerate(sides[side]):
                expected = cross_modal(node, keys, weights, f"layers.0.{side}_by_{other}.")
                np.testing.assert_allclose(output[row, place].detach(), expected)


def test_gate_of_a_graph_sums_the_messages_one_by_one(nodes):
    words, objects = nodes
    gate = double(CrossModalGate(WIDTH))
    weights = arrays(gate)
    found = gate(words, objects, OBJECT_MASK).detach().numpy()
    for row, word in product(range(3), range(WORDS)):
        total = np.zeros(WIDTH)
        for sender in there(objects, OBJECT_MASK, row):
            received = words[row, word].numpy() @ weights["receiver.weight"].T
            sent = sender @ weights["sender.weight"].T
            total += sigmoid(received + weights["receiver.bias"] + sent) * sender
        np.testing.assert_allclose(found[row, word], total)


def test_graph_layer_updates_both_sides_from_each_other(nodes):
    words, objects = nodes
    layer = double(GraphFusionLayer(WIDTH, HEADS, 0.1))
    weights = arrays(layer)
    found, _ = layer(words, WORD_MASK, objects, OBJECT_MASK)

    def add(side, number, node, message):
        prefix = f"{side}_side.norms.{number}."
        return norm(node + message, weights[f"{prefix}weight"], weights[f"{prefix}bias"])

    def within(side, own):
        return [add(side, 0, x, attention(x, own, weights, f"{side}_side.attention.")) for x in own]

    for row in range(3):
        own = within("word", there(words, WORD_MASK, row))
        others = within("object", there(objects, OBJECT_MASK, row))
        for place, node in enumerate(own):
            sent = torch.tensor(np.array(others)).view(1, -1, WIDTH)
            message = layer.word_side.gate(
                torch.tensor(node).view(1, 1, -1), sent, torch.ones(sent.shape[:2]).bool()
            )
            told = add("word", 1, node, message.detach().numpy()[0, 0])
            told = add("word", 2, told, feed_forward(told, weights, "word_side.feed_forward."))
            np.testing.assert_allclose(found[row, place].detach(), told)


def test_visual_gate_is_a_factor_for_each_dimension(nodes):
    words, _ = nodes
    gate = double(VisualGate(WIDTH))
    weights = arrays(gate)
    sights = words.flip(1).numpy()
    logits = words.numpy() @ weights["word.weight"].T + weights["word.bias"]
    expected = sigmoid(logits + sights @ weights["sight.weight"].T) * sights
    np.testing.assert_allclose(gate(words, words.flip(1)).detach(), expected)


def test_relation_of_pairs():
    logits = torch.tensor([[0.0, 2.0], [1.0, 0.0]]).double()
    related = [softmax(row)[1] for row in logits.numpy()]
    np.testing.assert_allclose(relation_gate(logits, "soft"), related)
    np.testing.assert_allclose(relation_gate(logits, "hard"), [1.0, 0.0])
    losses = relation_losses(logits, logits[1:])
    expected = [-np.log(related[0]), -np.log(related[1]), -np.log(1 - related[1])]
    np.testing.assert_allclose(losses, expected)


def test_hard_gate_learns_as_the_soft_one():
    gradients = {}
    for propagation in ("soft", "hard"):
        logits = torch.tensor([[0.3, 0.1]], requires_grad=True)
        relation_gate(logits, propagation).sum().backward()
        gradients[propagation] = logits.grad
    assert torch.equal(gradients["soft"], gradients["hard"])


def test_mean_of_the_nodes_that_there_are(nodes):
    found = mean_of(nodes[1], OBJECT_MASK).numpy()
    np.testing.assert_allclose(found[0], nodes[1][0].numpy().mean(0))
    np.testing.assert_allclose(found[1], nodes[1][1, 0].numpy())
    assert not found[2].any()


@pytest.mark.parametrize(
    "module, inputs",
    [
        (CrossModalLayer(WIDTH, HEADS, 0.0), "words objects object_mask"),
        (CoAttention(WIDTH, HEADS, 2, 0.0), "words word_mask objects object_mask"),
        (GraphFusionLayer(WIDTH, HEADS, 0.0), "words word_mask objects object_mask"),
        (CrossModalGate(WIDTH), "words objects object_mask"),
        (VisualGate(WIDTH), "words words"),
        (RelationClassifier(WIDTH), "texts texts"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, torch.nn.Module) else "",
)
def test_gradients_are_those_of_small_differences(module, inputs, nodes):
    words, objects = nodes
    known = {
        "words": words,
        "objects": objects,
        "texts": words[:, 0],
        "word_mask": WORD_MASK,
        "object_mask": OBJECT_MASK,
    }
    given = [known[name].clone() for name in inputs.split()]
    for tensor in given:
        tensor.requires_grad_(tensor.is_floating_point())
    # training mode, which takes the way that has a gradient
    assert torch.autograd.gradcheck(double(module).train(), given, fast_mode=True)
