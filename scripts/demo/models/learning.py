"""What both trainings of vision models share: rendered scenes and the training loop."""

import math
from collections.abc import Callable, Iterator, Sequence
from random import Random

import torch
from torch import Tensor, nn
from tqdm import tqdm, trange

from ..pictures.scenes import KINDS, WRITTEN, Scene, render
from ..tweets.phrases import POSTERS, SYLLABLES, TYPES


def rendered(purpose: str, count: int, seed: int, kinds: Sequence[str] = KINDS) -> Iterator[Scene]:
    """Render scenes of each kind in turn; no two purposes, nor the corpus, share a picture."""
    rng = Random(f"{purpose}/{seed}")
    for index in tqdm(range(count), f"{purpose}: rendering", mininterval=1):
        kind, text = kinds[index % len(kinds)], ""
        if kind in WRITTEN:
            name = "".join(rng.choices(SYLLABLES, k=3)).upper()
            text = rng.choice(POSTERS[rng.choice(TYPES)]).format(name)
        yield render(kind, f"{purpose}/{seed}/{index}", text)


def fit(
    model: nn.Module,
    loss_of: Callable[[Tensor, float], Tensor],
    examples: int,
    steps: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
) -> None:
    """Trains with AdamW, a warm-up and a cosine decay.

    loss_of: the loss of a batch, from its examples' indices and the part of training done.
    """
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": weights, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model.train()
    smooth = math.nan
    order = torch.empty(0, dtype=torch.long)
    with trange(steps, desc="training", mininterval=1) as progress:
        for step in progress:
            done = step / steps
            if len(order) < batch_size:
                order = torch.randperm(examples, generator=generator)
            batch, order = order[:batch_size], order[batch_size:]
            rate = learning_rate * min(1, done / 0.05 + 0.02) * (1 + math.cos(math.pi * done)) / 2
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = loss_of(batch, done)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            smooth = loss.item() if math.isnan(smooth) else 0.95 * smooth + 0.05 * loss.item()
            progress.set_postfix_str(f"loss {smooth:.3f}", refresh=False)
    model.eval()
