"""The fusion of each rival as a whole: its equations in NumPy, and its gradient."""

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
    bilstm,
    cross_modal,
    double,
    sigmoid,
    softmax,
    there,
)

from spacy_ita.encoder.rivals.fused import Nodes
from spacy_ita.encoder.rivals.ocsga import OCSGAFusion
from spacy_ita.encoder.rivals.recurrent_text import CHARACTER_WIDTH, FILTERS, RecurrentText
from spacy_ita.encoder.rivals.riva import RIVAFusion
from spacy_ita.encoder.rivals.umgf import UMGFFusion
from spacy_ita.encoder.rivals.umt import UMTFusion

SIZES = {"width": WIDTH, "heads": HEADS, "dropout": 0.0}
FUSIONS = {
    "OCSGA": (OCSGAFusion, {**SIZES, "layers": 2}, WIDTH),
    "RIVA": (RIVAFusion, {**SIZES, "relation_weight": 0.5, "confidence": 0.6}, 5),
    "UMGF": (UMGFFusion, {**SIZES, "layers": 2}, 5),
    "UMT": (UMTFusion, {**SIZES, "span_weight": 0.5}, 5),
}
each_fusion = pytest.mark.parametrize("name", FUSIONS)


@pytest.fixture
def inputs():
    """Words and nodes of three views: whole, with padding, and without any node."""

    def make(name):
        torch.manual_seed(0)
        of_nodes = torch.randn(3, OBJECTS, FUSIONS[name][2]).double()
        return torch.randn(3, WORDS, WIDTH).double(), WORD_MASK, Nodes(of_nodes, OBJECT_MASK)

    return make


def fusion(name):
    make, settings, node_width = FUSIONS[name]
    return double(make(node_width=node_width, **settings))


def linear(x, weights, name):
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def gated(word, sight, weights):
    """UMT's visual gate."""
    logits = linear(word, weights, "gate.word") + sight @ weights["gate.sight.weight"].T
    return sigmoid(logits) * sight


def relation(text, picture, weights, name):
    """Logits of "unrelated" and "related"."""
    pair = np.concatenate([text, picture, text * picture])
    return linear(np.tanh(linear(pair, weights, f"{name}.hidden")), weights, f"{name}.output")


def mean(nodes, width=WIDTH):
    return nodes.mean(0) if len(nodes) else np.zeros(width)


def test_umt_is_its_equations(inputs):
    module = fusion("UMT")
    words, mask, nodes = inputs("UMT")
    weights, fused = arrays(module), module(words, mask, nodes)
    for row in range(3):
        own = there(words, WORD_MASK, row)
        joint = [cross_modal(word, own, weights, "joint_words.") for word in own]
        patches = linear(there(nodes.vectors, OBJECT_MASK, row), weights, "patches")
        told = [cross_modal(p, np.array(joint), weights, "patches_by_words.") for p in patches]
        for place, word in enumerate(joint):
            aware = cross_modal(word, np.array(told), weights, "words_by_patches.")
            sight = cross_modal(word, patches, weights, "patches_for_words.")
            seen = gated(aware, sight, weights) if len(patches) else np.zeros(WIDTH)
            found = fused.vectors[row, place].detach()
            np.testing.assert_allclose(found, np.concatenate([aware, seen]))
            plain = cross_modal(own[place], own, weights, "plain_words.")
            expected = linear(plain, weights, "boundaries")
            np.testing.assert_allclose(fused.boundary_scores[row, place].detach(), expected)


def test_riva_reads_what_the_gate_lets_pass(inputs):
    module = fusion("RIVA")
    words, mask, nodes = inputs("RIVA")
    weights, found = arrays(module), module(words, mask, nodes).vectors.detach()
    for row in range(3):
        own = there(words, WORD_MASK, row)
        patches = linear(there(nodes.vectors, OBJECT_MASK, row), weights, "patches")
        text, picture = own.mean(0), mean(patches)
        gate = softmax(relation(text, picture, weights, "student"))[1]
        clue = gate * attention(text, patches, weights, "attention.")
        read = bilstm([np.concatenate([word, clue]) for word in own], weights, "lstm.")
        expected = [np.concatenate(pair) for pair in zip(own, read, strict=True)]
        np.testing.assert_allclose(found[row, : len(own)], expected)


def test_umgf_sets_what_words_find_beside_them(inputs):
    module = fusion("UMGF")
    words, mask, nodes = inputs("UMGF")
    weights, found = arrays(module), module(words, mask, nodes).vectors.detach()
    objects = module.objects(nodes.vectors)
    for layer in module.layers:
        words, objects = layer(words, mask, objects, nodes.mask)
    for row, place in product(range(3), range(WORDS)):
        keys, word = there(objects.detach(), OBJECT_MASK, row), words[row, place].detach().numpy()
        sight = cross_modal(word, keys, weights, "objects_for_words.")
        seen = gated(word, sight, weights) if len(keys) else np.zeros(WIDTH)
        np.testing.assert_allclose(found[row, place], np.concatenate([word, seen]))


def test_ocsga_sets_the_guided_word_beside_it(inputs):
    module = fusion("OCSGA")
    words, mask, nodes = inputs("OCSGA")
    guided, _ = module.co_attention(words, mask, nodes.vectors, nodes.mask)
    assert torch.equal(module(words, mask, nodes).vectors, torch.cat([words, guided], -1))


@each_fusion
def test_gradients_are_those_of_small_differences(name, inputs):
    module, (words, mask, nodes) = fusion(name).train(), inputs(name)
    if name == "RIVA":
        # the teacher's answers are constants to the student, so it learns none here
        module.confidence = 2.0

    def read(words, vectors):
        found = module(words, mask, Nodes(vectors, nodes.mask))
        # what stands at padding means nothing
        tensors = [found.vectors[mask], found.boundary_scores, found.losses]
        return tuple(tensor for tensor in tensors if tensor is not None)

    given = [tensor.clone().requires_grad_() for tensor in (words, nodes.vectors)]
    assert torch.autograd.gradcheck(read, given, fast_mode=True)


def test_riva_teaches_what_the_teacher_is_sure_of(inputs):
    module = fusion("RIVA").train()
    words, mask, nodes = inputs("RIVA")
    losses, weights = module(words, mask, nodes).losses, arrays(module)
    texts = [there(words, WORD_MASK, row).mean(0) for row in range(2)]
    patches = [linear(there(nodes.vectors, OBJECT_MASK, n), weights, "patches") for n in range(2)]
    pictures = [mean(of_picture) for of_picture in patches]
    # two pictures, each with its own text and with the other
    pairs = [(0, 0, 1), (1, 1, 1), (0, 1, 0), (1, 0, 0)]
    expected, sure = [], []
    for text, picture, related in pairs:
        answer, guess = (
            softmax(relation(texts[text], pictures[picture], weights, name))
            for name in ("teacher", "student")
        )
        sure.append(answer.max() >= module.confidence)
        expected.append(-np.log(answer[related]) - sure[-1] * answer @ np.log(guess))
    assert len(set(sure)) == 2
    np.testing.assert_allclose(losses.detach(), 0.5 * np.array(expected))


def test_riva_does_not_teach_the_teacher_by_the_student(inputs):
    found = []
    for confidence in (0.5, 2.0):
        module = fusion("RIVA").train()
        module.confidence = confidence
        module(*inputs("RIVA")).losses.sum().backward()
        found.append([weights.grad for weights in module.teacher.parameters()])
        # no answer is that sure
        taught = any(weights.grad.any() for weights in module.student.parameters())
        assert taught == (confidence < 1)
    assert all(map(torch.equal, *found))


def test_recurrent_text_is_words_and_spelling():
    """OCSGA's text side: a word's vector, the most of each filter, and a BiLSTM."""
    module = double(RecurrentText(["paris"], word_width=6, width=8, dropout=0.5))
    module.characters.weight.data[0] = 0.0
    weights, kernel = arrays(module), module.convolution.weight.detach().numpy()
    texts = [["i", "love", "Paris"], ["a"]]
    found, lengths = module(texts)
    assert lengths.tolist() == [3, 1]
    for row, words in enumerate(texts):
        steps = []
        for word in words:
            letters = weights["characters.weight"][[0, *(ord(c) % 511 + 1 for c in word), 0]]
            assert letters.shape[1] == CHARACTER_WIDTH
            windows = [letters[i : i + 3].T for i in range(len(word))]
            most = np.max([np.tensordot(kernel, window) for window in windows], 0)
            assert most.shape == (FILTERS,)
            spelled = most + weights["convolution.bias"]
            steps.append(np.concatenate([weights["words.weight"][module._row(word)], spelled]))
        expected = bilstm(steps, weights, "lstm.")
        np.testing.assert_allclose(found[row, : len(words)].detach(), expected)
