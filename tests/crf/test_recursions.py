"""The implementations of the recursions against enumeration and each other.

On a GPU, the expected values are those of the CPU.
"""

import math
from importlib.util import find_spec

import pytest
import torch
from chains import enumerate_chain, potentials, random_chain
from thinc.api import get_torch_default_device

from benchmarks.parts.operator_count import OperatorCount
from spacy_ita.crf import LinearChain, LinearChainCRF, TagScheme, recursions, token_kl
from spacy_ita.crf.recursions import recursions_for, scan

# an interpreted kernel warns of underflow, before it computes again in log space
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
# tolerance of log-probabilities: the scan is in single precision
CLOSE = {"scan": 1e-4, "triton": 1e-9}


# the interpreter takes seconds: two tests that compare all results stay fast
triton_slowly = pytest.mark.parametrize(
    "name", ["scan", pytest.param("triton", marks=pytest.mark.slow)], indirect=True
)
TWENTY_LABELS = tuple(f"L{number}" for number in range(20))


@pytest.fixture(params=list(CLOSE))
def name(request):
    if request.param == "triton" and not find_spec("triton"):
        pytest.skip("Triton is not installed")
    return request.param


def under_test(chain):
    """Copy a chain to the device that the tests run on."""
    return on_device(chain, get_torch_default_device())


def on_device(chain, device):
    emissions, *others = (
        given.detach().clone().to(device)
        for given in (chain.emissions, chain.transitions, chain.start, chain.end)
    )
    return LinearChain(emissions, chain.lengths.to(device), *others)


def facts(given):
    """Return all results of a chain, and their gradients, by name."""
    chain = on_device(given, given.emissions.device)
    inputs = [chain.emissions, chain.transitions, chain.start, chain.end]
    potentials(chain)
    log_z, logs, marginals = chain.log_partition(), chain.log_marginals(), chain.marginals()
    likely = chain.mask[..., None] & (logs > -15)
    weights = torch.randn(logs.shape, generator=torch.Generator().manual_seed(0)).to(logs)
    found = {
        "log_partition": log_z,
        "log_marginals": torch.where(chain.mask[..., None], logs, 0.0),
        "unary": marginals.unary,
        "pairwise": marginals.pairwise,
    }
    for of, value in (("Z", log_z.sum()), ("p", (torch.where(likely, logs, 0.0) * weights).sum())):
        gradients = torch.autograd.grad(value, inputs)
        names = ("emissions", "transitions", "start", "end")
        found |= {f"d{of}/d{n}": g for n, g in zip(names, gradients, strict=True)}
    return {key: value.detach().cpu() for key, value in found.items()}, chain.decode()


def compare(chain, name):
    expected, paths = facts(chain)
    with recursions(name):
        found, own_paths = facts(under_test(chain))
    tokens = chain.emissions.shape[1]
    largest = max(p.abs().max().item() for p in (chain.emissions, chain.transitions))
    for key, value in expected.items():
        # a sum of logs is as exact as its largest term, and a count as its number of tokens
        size = max(largest, 1.0) * (tokens if key == "log_partition" else math.log2(tokens + 1))
        size = tokens if "/" in key or key == "pairwise" else size
        close = {"rtol": CLOSE[name], "atol": CLOSE[name] * size}
        torch.testing.assert_close(
            found[key], value, **close, msg=lambda text, k=key: f"{k}: {text}"
        )
    for b, (path, own) in enumerate(zip(paths, own_paths, strict=True)):
        # in single precision, two sequences may be equally good
        if path != own:
            row = torch.tensor([path, own]), chain.double()
            scores = [score_of(row[1], b, tags) for tags in row[0]]
            assert scores[1] == pytest.approx(scores[0], rel=CLOSE[name])


def score_of(chain, b, tags):
    one = LinearChain(
        chain.emissions[b : b + 1, : len(tags)], chain.lengths[b : b + 1], *rest(chain)
    )
    return one.score(tags[None]).item()


def rest(chain):
    return chain.transitions, chain.start, chain.end


def test_all_equal_enumeration(name):
    chain = random_chain(0, lengths=[3, 1])
    with recursions(name):
        found, paths = facts(under_test(chain))
    for b, n in enumerate([3, 1]):
        sequences, scores = enumerate_chain(chain, b)
        assert found["log_partition"][b].item() == pytest.approx(scores.logsumexp(0).item())
        probabilities = scores.softmax(0)
        unary = torch.zeros(n, 3, dtype=torch.float64)
        for y, p in zip(sequences, probabilities, strict=True):
            unary[range(n), list(y)] += p
        torch.testing.assert_close(found["unary"][b, :n], unary, rtol=1e-5, atol=1e-6)
        assert not found["unary"][b, n:].any()
        assert tuple(paths[b]) == sequences[int(scores.argmax())]


def test_all_equal_the_sequential_way(name):
    """Potentials of this size underflow, and are computed again in log space."""
    compare(random_chain(1, lengths=[3, 2], scale=300.0), name)


@triton_slowly
def test_small_potentials(name):
    compare(random_chain(1, lengths=[3, 2]), name)


@pytest.mark.parametrize("room", [2**25, 1])
def test_a_scan_of_many_levels(room, monkeypatch):
    """Each level is shifted by its peak, and computed in parts where memory is short."""
    monkeypatch.setattr(scan, "ROOM", room)
    compare(random_chain(8, lengths=[33, 9], scale=300.0), "scan")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_potentials_of_other_precisions(name, dtype):
    chain = random_chain(3, lengths=[3, 1], dtype=dtype)
    expected = chain.log_marginals()[chain.mask]
    chain = under_test(chain)
    with recursions(name):
        found = chain.log_marginals()[chain.mask].cpu()
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_chains_of_one_token(name):
    compare(random_chain(2, lengths=[1]), name)


def constrained_chain(lengths, labels=("LOC", "PER"), seed=0):
    crf = LinearChainCRF(TagScheme(labels))
    torch.manual_seed(seed)
    with torch.no_grad():
        emissions = 3 * torch.randn(len(lengths), max(lengths), len(TagScheme(labels).tags))
        return crf.chain(emissions, torch.tensor(lengths), constrained=True).double()


@triton_slowly
def test_constraints_hold(name):
    chain = constrained_chain([4, 2])
    compare(chain, name)


@triton_slowly
def test_a_potential_far_off(name):
    """The potentials favour sequences that the constraints forbid."""
    chain = constrained_chain([4, 4])
    chain.emissions[0, 2, 3] += 200.0
    chain.emissions[1, 1, 2] += 200.0
    chain.emissions[1, 2, 6] += 200.0
    chain.emissions[0, 1] -= 200.0
    compare(chain, name)


def test_missing_tags_without_a_look_at_the_numbers(name):
    chain = random_chain(4, lengths=[3, 1])
    tags = torch.tensor([[0, -1, 2], [1, 0, 0]])
    expected = chain.log_likelihood(tags)
    with recursions(name):
        found = under_test(chain).log_likelihood(tags).cpu()
    torch.testing.assert_close(found, expected, rtol=CLOSE[name], atol=10 * CLOSE[name])


@pytest.mark.slow
@pytest.mark.parametrize("of", ["log_partition", "log_marginals"])
def test_gradcheck_of_triton(of):
    pytest.importorskip("triton")
    chain = under_test(random_chain(5, lengths=[3, 1]))

    def run(*given):
        found = LinearChain(given[0], chain.lengths, *given[1:])
        values = getattr(found, of)()
        return values if of == "log_partition" else torch.where(found.mask[..., None], values, 0.0)

    with recursions("triton"):
        # along random directions: the interpreter is slow
        assert torch.autograd.gradcheck(run, potentials(chain), fast_mode=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lengths", "labels"),
    [([2048, 700], ("PER",)), ([40, 7], TWENTY_LABELS)],
)
def test_long_chains_and_many_tags(name, lengths, labels):
    # the interpreter takes a second for some ten tokens
    most = 2048 if name == "scan" or get_torch_default_device().type == "cuda" else 50
    compare(constrained_chain([min(n, most) for n in lengths], labels), name)


@pytest.mark.slow
@pytest.mark.parametrize(("what", "steps"), [("messages", 1024), ("best_tags", 2048)])
def test_long_chains_of_triton(what, steps):
    pytest.importorskip("triton")
    chain = constrained_chain([steps], ("PER",))
    with recursions("triton"):
        found = getattr(under_test(chain), what)()
    if what == "best_tags":
        assert found[0].tolist() == chain.decode()[0]
        return
    expected = chain.messages()
    assert found.log_partition.item() == pytest.approx(expected.log_partition.item(), rel=1e-9)
    logs = [
        (messages.forward + messages.backward).log_softmax(-1) for messages in (found, expected)
    ]
    torch.testing.assert_close(logs[0].cpu(), logs[1], rtol=1e-9, atol=1e-7)


def operators(name, steps):
    """Count the operators of all that training and prediction compute for a batch."""
    student, teacher = (under_test(random_chain(seed, lengths=[steps, 2])) for seed in (6, 7))
    potentials(student)
    tags = torch.zeros(2, steps, dtype=torch.long)
    with recursions(name), OperatorCount() as counted:
        nll = -student.log_likelihood(tags)
        (nll.sum() + token_kl(teacher, student).sum()).backward()
        teacher.best_paths()
    assert not counted.reads
    return counted.launches


@triton_slowly
def test_operators_do_not_grow_with_the_text(name):
    steps = 4 if name == "triton" else 32
    short, long = operators(name, 2), operators(name, steps)
    # one more level of the scan for each doubling of the length
    assert long <= short + (0 if name == "triton" else 100 * math.log2(steps / 2))
    if name == "triton":
        assert short < 120


def test_the_device_chooses():
    meta = torch.empty(2, 3, 5, device="meta")
    assert recursions_for(meta).__name__.endswith(".scan")
    assert recursions_for(torch.empty(2, 3, 5)).__name__.endswith(".sequential")
    assert recursions_for(torch.empty(2, 3, 200, device="meta")).__name__.endswith(".sequential")
    with (
        recursions("triton"),
        pytest.raises(ValueError, match="must be one of sequential, scan, triton"),
        recursions("numpy"),
    ):
        pass
    assert recursions_for(torch.empty(2, 3, 5)).__name__.endswith(".sequential")
