"""The tagger's encoder, shared with other pipes by spaCy's own listeners."""

from collections.abc import Callable, Sequence
from functools import partial

from spacy.pipeline.tok2vec import Tok2VecListener
from spacy.tokens import Doc
from thinc.api import torch2xp, xp2torch
from thinc.types import Floats2d
from torch import Tensor


class EncoderGradient:
    """The encoder's gradient of a batch in training, to which listeners add theirs.

    It is computed once all of them have, or, before the step, once all have that did so in the
    batch before: those of frozen pipes never do. `nlp.update(sgd=...)` steps the tagger before the
    listeners learn, so that there the encoder takes its step one batch later, as spaCy's Tok2Vec.
    No gradient is lost: one that comes after the computation counts in the next step.
    """

    def __init__(self) -> None:
        self._backprop: Callable[[], object] | None = None
        self._awaited: set[Tok2VecListener] = set()
        self._silent: set[Tok2VecListener] = set()
        self._stepped = False
        # whether listeners learn after the step, as far as seen
        self._late = False

    def expect(self, backprop: Callable[[], object], listeners: Sequence[Tok2VecListener]) -> None:
        """Compute the gradient when these listeners have given theirs: at once without any."""
        self._backprop, self._awaited, self._stepped = backprop, set(listeners), False
        if not listeners:
            self._finish()

    def serve(
        self,
        docs: Sequence[Doc],
        vectors: Tensor,
        rows: Sequence[int],
        share: float,
        again: Callable[[Tensor], object],
    ) -> None:
        """Hand the vectors of the batch to the listeners, and take their gradients.

        Args:
            docs: The documents of the batch.
            vectors: Of shape (B, T, H), with a gradient that the listeners' is added to.
            rows: The row of each document.
            share: The factor of the listeners' gradients: of the batch's documents among those of
                all parts that are accumulated.
            again: Encodes the batch once more, and takes a gradient of its vectors back to the
                weights: for one that comes when the first encoding is gone.
        """
        places = [(row, slice(len(doc))) for row, doc in zip(rows, docs, strict=True)]
        shared = [torch2xp(vectors.detach()[place]) for place in places]

        def add(listener: Tok2VecListener, gradients: Sequence[Floats2d]) -> list[Doc]:
            self._late = self._stepped
            gone = self._backprop is None
            total = vectors.new_zeros(vectors.shape) if gone else vectors.grad
            assert total is not None
            for place, gradient in zip(places, gradients, strict=True):
                total[place] += share * xp2torch(gradient, device=vectors.device)
            if gone:
                again(total)
            self._awaited.discard(listener)
            if not self._awaited:
                self._finish()
            return []

        batch = Tok2VecListener.get_batch_id(docs)
        for listener in list(self._awaited):
            listener.receive(batch, shared, partial(add, listener))

    def before_step(self) -> None:
        """Compute the gradient, unless a listener that learns has yet to give its own."""
        self._stepped = True
        if not self._late and self._awaited <= self._silent:
            self._finish()

    def before_update(self) -> None:
        """Compute what an earlier batch left, and see which listeners gave it nothing."""
        self._silent = self._awaited
        self._finish()

    def _finish(self) -> None:
        backprop, self._backprop = self._backprop, None
        if backprop:
            backprop()
