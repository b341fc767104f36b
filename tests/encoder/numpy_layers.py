"""Layers of fusions in NumPy, word by word and head by head, as references for the tests."""

import numpy as np
import torch

WIDTH, HEADS = 4, 2
WORDS, OBJECTS = 3, 2
# the second text is shorter, and the third picture has no object
WORD_MASK = torch.tensor([[True] * 3, [True, True, False], [True] * 3])
OBJECT_MASK = torch.tensor([[True, True], [True, False], [False, False]])


def double(module):
    """Give a module random weights in double precision, and take its dropout off."""
    torch.manual_seed(1)
    for weights in module.parameters():
        torch.nn.init.normal_(weights, std=0.5)
    return module.double().eval()


def arrays(module):
    return {name: weights.detach().numpy() for name, weights in module.named_parameters()}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


def norm(x, weight, bias):
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5) * weight + bias


def attention(query, keys, weights, prefix):
    """Multi-head attention of one query over a list of keys, head by head."""
    if not len(keys):
        return np.zeros(WIDTH)
    w, b = weights[f"{prefix}in_proj_weight"], weights[f"{prefix}in_proj_bias"]
    parts = [slice(i * WIDTH, (i + 1) * WIDTH) for i in range(3)]
    q, k, v = (x @ w[part].T + b[part] for x, part in zip((query, keys, keys), parts, strict=True))
    size = WIDTH // HEADS
    heads = []
    for h in range(HEADS):
        of_head = slice(h * size, (h + 1) * size)
        shares = softmax(k[:, of_head] @ q[of_head] / np.sqrt(size))
        heads.append(shares @ v[:, of_head])
    out = np.concatenate(heads)
    return out @ weights[f"{prefix}out_proj.weight"].T + weights[f"{prefix}out_proj.bias"]


def feed_forward(x, weights, prefix):
    hidden = x @ weights[f"{prefix}0.weight"].T + weights[f"{prefix}0.bias"]
    erf = torch.erf(torch.tensor(hidden / np.sqrt(2))).numpy()
    hidden = hidden * (1 + erf) / 2
    return hidden @ weights[f"{prefix}2.weight"].T + weights[f"{prefix}2.bias"]


def cross_modal(query, keys, weights, prefix=""):
    found = query + attention(query, keys, weights, f"{prefix}attention.")
    node = norm(
        found, weights[f"{prefix}attention_norm.weight"], weights[f"{prefix}attention_norm.bias"]
    )
    found = node + feed_forward(node, weights, f"{prefix}feed_forward.")
    return norm(found, weights[f"{prefix}output_norm.weight"], weights[f"{prefix}output_norm.bias"])


def there(nodes, mask, row):
    return nodes[row].numpy()[mask[row].numpy()]


def lstm(steps, weights, prefix, backwards=False):
    """One direction of an LSTM over a list of vectors; the output is in the order of the list."""
    suffix = "_l0_reverse" if backwards else "_l0"
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    w, u, b, c = (weights[f"{prefix}{name}{suffix}"] for name in names)
    state = cell = np.zeros(u.shape[1])
    found = []
    for step in reversed(steps) if backwards else steps:
        keep_in, forget, new, out = np.split(w @ step + b + u @ state + c, 4)
        cell = sigmoid(forget) * cell + sigmoid(keep_in) * np.tanh(new)
        state = sigmoid(out) * np.tanh(cell)
        found.append(state)
    return found[::-1] if backwards else found


def bilstm(steps, weights, prefix=""):
    """Both directions, side by side."""
    ways = (lstm(steps, weights, prefix, backwards) for backwards in (False, True))
    return [np.concatenate(pair) for pair in zip(*ways, strict=True)]
