"""GPU kernels of the recursions: one program runs a chain, in double precision.

Tags are padded to `BLOCK`, a power of two, and padding is as good as forbidden. Each kernel is
compiled once for each `BLOCK`, and takes chains of any length.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: ANN001, ANN201, ANN202 - Triton reads annotations as types of its own
# ruff: noqa: N803 - constants are in capitals
# ruff: noqa: PLR0915, PLR0917 - a kernel takes pointers by position, and is one function

import triton
import triton.language as tl

# log weight of the tags' padding: below all potentials, and far from infinity
NEVER = tl.constexpr(-1e100)
# as in `sequential`
TINY = tl.constexpr(1e-280)

SIZES = ["steps", "tags", "part"]


@triton.jit
def _load_moves(transitions, tags, reverse, BLOCK: tl.constexpr):
    """Load the log weights from tag to tag, or in reverse, (BLOCK, BLOCK)."""
    tag = tl.arange(0, BLOCK)
    out = tl.where(reverse, 1, tags)
    into = tl.where(reverse, tags, 1)
    real = (tag < tags)[:, None] & (tag < tags)[None, :]
    moves = tl.load(transitions + tag[:, None] * out + tag[None, :] * into, real, 0.0)
    return tl.where(real, moves.to(tl.float64), NEVER)


@triton.jit
def _load(values, token, inside, tags, FILLING: tl.constexpr, BLOCK: tl.constexpr):
    """Load the values of a token's tags, (BLOCK,); the filling outside the chain."""
    tag = tl.arange(0, BLOCK)
    real = tag < tl.where(inside, tags, 0)
    return tl.where(real, tl.load(values + token * tags + tag, real, 0.0).to(tl.float64), FILLING)


@triton.jit
def _softmax(logs):
    shares = tl.exp(logs - tl.max(logs, 0))
    return shares / tl.sum(shares, 0)


@triton.jit(do_not_specialize=SIZES[:2])
def messages_kernel(
    emissions, lengths, transitions, start, end, forward, backward, log_partition,
    steps, tags, BLOCK: tl.constexpr,
):  # fmt: skip
    """Pass the messages along a chain, forward or backward. Grid: (B, 2).

    Writes forward and backward, (B, T, K), and log_partition, (B,), as in `Messages`.
    """
    chain = tl.program_id(0).to(tl.int64)
    reverse = tl.program_id(1) == 1
    length = tl.load(lengths + chain).to(tl.int32)
    tag = tl.arange(0, BLOCK)
    real = tag < tags
    moves = _load_moves(transitions, tags, reverse, BLOCK)
    last = _load(end, 0, True, tags, NEVER, BLOCK)
    first = tl.where(reverse, last, _load(start, 0, True, tags, NEVER, BLOCK))
    onward = tl.where(reverse, -1, 1)
    read = emissions + chain * steps * tags
    write = tl.where(reverse, backward, forward) + chain * steps * tags + tag
    peak = tl.max(tl.max(moves, 1), 0)
    weights = tl.exp(moves - peak)

    # scaled: the arrivals are shares of exp(divided), the messages of exp(divided + factor)
    token = tl.where(reverse, length - 1, 0)
    arrived = first
    emission = _load(read, token, True, tags, NEVER, BLOCK)
    factor = tl.max(arrived + emission, 0)
    message = tl.exp(arrived + emission - factor)
    divided = factor * 0
    least = tl.full([BLOCK], 1.0, tl.float64)
    upcoming = _load(read, token + onward, length > 1, tags, NEVER, BLOCK)
    for step in range(1, length):
        tl.store(write + token * tags, tl.where(reverse, arrived, arrived + emission), real)
        token += onward
        emission = upcoming
        upcoming = _load(read, token + onward, step + 1 < length, tags, NEVER, BLOCK)
        total = tl.sum(message, 0)
        moved = tl.sum(message[:, None] * weights, 0)
        least = tl.minimum(least, tl.where(real, moved, 1.0))
        arrival = moved / total
        arrived = tl.log(tl.where(real, arrival, 1.0))
        divided += tl.log(total) + factor + peak
        factor = tl.max(emission, 0)
        message = arrival * tl.exp(emission - factor)

    if tl.min(least, 0) < TINY:
        # values underflowed: start again in log space
        token = tl.where(reverse, length - 1, 0)
        arrived = first
        emission = _load(read, token, True, tags, NEVER, BLOCK)
        divided = factor * 0
        for _ in range(1, length):
            tl.store(write + token * tags, tl.where(reverse, arrived, arrived + emission), real)
            token += onward
            factor = tl.max(arrived + emission, 0)
            paths = (arrived + emission - factor)[:, None] + moves
            best = tl.max(paths, 0)
            arrived = best + tl.log(tl.sum(tl.exp(paths - best[None, :]), 0))
            divided += factor
            emission = _load(read, token, True, tags, NEVER, BLOCK)

    tl.store(write + token * tags, tl.where(reverse, arrived, arrived + emission), real)
    final = arrived + emission + last
    best = tl.max(final, 0)
    found = divided + best + tl.log(tl.sum(tl.exp(final - best), 0))
    tl.store(log_partition + chain, found, tl.program_id(1) == 0)


@triton.jit(do_not_specialize=SIZES)
def marginals_kernel(
    emissions, lengths, transitions, forward, backward, unary, pairwise,
    steps, tags, part, BLOCK: tl.constexpr,
):  # fmt: skip
    """Compute the expected uses of tags and transitions in a part of a chain. Grid: (B, parts).

    Writes unary, (B, T, K), and pairwise, (B, parts, K, K); part is the number of its tokens.
    """
    chain = tl.program_id(0).to(tl.int64)
    length = tl.load(lengths + chain).to(tl.int32)
    tag = tl.arange(0, BLOCK)
    real = tag < tags
    moves = _load_moves(transitions, tags, False, BLOCK)
    here = chain * steps * tags
    counts = tl.zeros([BLOCK, BLOCK], tl.float64)
    first = tl.program_id(1) * part
    for token in range(first, tl.minimum(first + part, steps)):
        inside = token < length
        leaving = _load(forward + here, token, inside, tags, NEVER, BLOCK)
        shares = _softmax(leaving + _load(backward + here, token, inside, tags, 0.0, BLOCK))
        tl.store(unary + here + token * tags + tag, tl.where(inside, shares, 0.0), real)
        more = token + 1 < length
        arriving = _load(backward + here, token + 1, more, tags, NEVER, BLOCK)
        arriving += _load(emissions + here, token + 1, more, tags, 0.0, BLOCK)
        joint = leaving[:, None] + moves + arriving[None, :]
        shares = tl.exp(joint - tl.max(tl.max(joint, 1), 0))
        counts += tl.where(more, shares / tl.sum(tl.sum(shares, 1), 0), 0.0)
    write = pairwise + (chain * tl.num_programs(1) + tl.program_id(1)) * tags * tags
    tl.store(write + tag[:, None] * tags + tag[None, :], counts, real[:, None] & real[None, :])


@triton.jit(do_not_specialize=SIZES[:2])
def adjoint_kernel(
    emissions, lengths, transitions, forward, backward, gradient, sums, passed, moved,
    steps, tags, BLOCK: tl.constexpr,
):  # fmt: skip
    """Walk the steps of `two_way.adjoint`, forward or backward. Grid: (B, 2).

    Reads the gradient of the log-marginals, (B, T, K), and its sums, (B,). Writes those of the
    emissions, passed, in two parts, (B, 2, T, K), and of the transitions, moved, (B, 2, K, K).
    """
    chain = tl.program_id(0).to(tl.int64)
    reverse = tl.program_id(1) == 1
    length = tl.load(lengths + chain).to(tl.int32)
    tag = tl.arange(0, BLOCK)
    real = tag < tags
    moves = _load_moves(transitions, tags, reverse, BLOCK)
    here = chain * steps * tags
    write = passed + (chain * 2 + tl.program_id(1)) * steps * tags + tag
    taken_sum = tl.where(reverse, 0.0, tl.load(sums + chain))
    token = tl.where(reverse, length - 1, 0)
    onward = tl.where(reverse, -1, 1)
    arrived = tl.zeros([BLOCK], tl.float64)
    counts = tl.zeros([BLOCK, BLOCK], tl.float64)
    for step in range(length):
        given = _load(gradient + here, token, True, tags, 0.0, BLOCK)
        joint = _load(forward + here, token, True, tags, NEVER, BLOCK)
        joint += _load(backward + here, token, True, tags, 0.0, BLOCK)
        taken = taken_sum * _softmax(joint)
        own = tl.where(reverse, arrived, arrived + given - taken)
        tl.store(write + token * tags, own, real)
        token += onward
        more = step + 1 < length
        weight = _load(tl.where(reverse, forward, backward) + here, token, more, tags, NEVER, BLOCK)
        weight += tl.where(reverse, 0.0, _load(emissions + here, token, more, tags, 0.0, BLOCK))
        logs = moves + weight[None, :]
        shares = tl.exp(logs - tl.max(logs, 1)[:, None])
        shares /= tl.sum(shares, 1)[:, None]
        source = arrived + given
        counts += tl.where(more, (source - taken)[:, None] * shares, 0.0)
        arrived = tl.sum(source[:, None] * shares, 0)
    out = tl.where(reverse, 1, tags)
    into = tl.where(reverse, tags, 1)
    place = moved + (chain * 2 + tl.program_id(1)) * tags * tags
    both = real[:, None] & real[None, :]
    tl.store(place + tag[:, None] * out + tag[None, :] * into, counts, both)


@triton.jit(do_not_specialize=SIZES[:2])
def best_tags_kernel(
    emissions, lengths, transitions, start, end, pointers, path,
    steps, tags, BLOCK: tl.constexpr,
):  # fmt: skip
    """Find the best sequence of a chain (Viterbi). Grid: (B,).

    Writes each tag's best predecessor, pointers, (B, T, K) int16, and the path, (B, T).
    """
    chain = tl.program_id(0).to(tl.int64)
    length = tl.load(lengths + chain).to(tl.int32)
    tag = tl.arange(0, BLOCK)
    real = tag < tags
    moves = _load_moves(transitions, tags, False, BLOCK)
    read = emissions + chain * steps * tags
    trace = pointers + chain * steps * tags + tag
    write = path + chain * steps
    score = _load(start, 0, True, tags, NEVER, BLOCK) + _load(read, 0, True, tags, NEVER, BLOCK)
    upcoming = _load(read, 1, length > 1, tags, NEVER, BLOCK)
    for token in range(1, length):
        emission = upcoming
        upcoming = _load(read, token + 1, token + 1 < length, tags, NEVER, BLOCK)
        best, pointer = tl.max(score[:, None] + moves, 0, return_indices=True)
        tl.store(trace + token * tags, pointer.to(tl.int16), real)
        score = best + emission
    final = score + _load(end, 0, True, tags, NEVER, BLOCK)
    chosen = tl.argmax(final, 0).to(tl.int32)
    tl.store(write + length - 1, chosen.to(tl.int64))
    # other threads wrote the pointers
    tl.debug_barrier()
    row = tl.load(trace + (length - 1) * tags, tag < tl.where(length > 1, tags, 0), 0)
    for step in range(1, length):
        token = length - step
        earlier = tl.load(trace + (token - 1) * tags, tag < tl.where(token > 1, tags, 0), 0)
        chosen = tl.sum(tl.where(tag == chosen, row.to(tl.int32), 0), 0)
        tl.store(write + token - 1, chosen.to(tl.int64))
        row = earlier
