"""The tagger's encoder, shared with other pipes by spaCy's own listeners."""

from collections.abc import Callable, Sequence

from spacy.pipeline.tok2vec import Tok2VecListener
from spacy.tokens import Doc
from thinc.api import torch2xp, xp2torch
from thinc.types import Floats2d
from torch import Tensor


def serve(
    listeners: Sequence[Tok2VecListener],
    docs: Sequence[Doc],
    vectors: Tensor,
    rows: Sequence[int],
    finish: Callable[[], object],
) -> None:
    """Hand the vectors of a batch in training to the listeners, and take their gradients.

    vectors: (B, T, H), with a gradient that the listeners' is added to. rows: of each document.
    finish: called after the last listener's gradient.
    """
    places = [(row, slice(len(doc))) for row, doc in zip(rows, docs, strict=True)]
    shared = [torch2xp(vectors.detach()[place]) for place in places]

    def add(gradients: Sequence[Floats2d]) -> list[Doc]:
        assert vectors.grad is not None
        for place, gradient in zip(places, gradients, strict=True):
            vectors.grad[place] += xp2torch(gradient, device=vectors.device)
        return []

    def add_last(gradients: Sequence[Floats2d]) -> list[Doc]:
        add(gradients)
        finish()
        return []

    batch = Tok2VecListener.get_batch_id(docs)
    for listener in listeners:
        listener.receive(batch, shared, add_last if listener is listeners[-1] else add)
