"""The gradient of an encoder that other pipes share through spaCy's listeners."""

from collections.abc import Callable, Sequence
from functools import partial

from spacy.pipeline.tok2vec import Tok2VecListener
from spacy.tokens import Doc
from thinc.api import torch2xp, xp2torch
from thinc.types import Floats2d
from torch import Tensor

from ..words import Words


class EncoderGradient:
    """The encoder's gradient of a training batch, to which listeners add theirs.

    It is computed when all listeners have added theirs. Before a step, it is computed without those
    that added none in the previous batch, as the listeners of frozen pipes. `nlp.update(sgd=...)`
    steps the tagger before the listeners learn; there the encoder steps one batch later, like
    spaCy's `Tok2Vec`. No gradient is lost: a late one counts in the next step.
    """

    def __init__(self) -> None:
        self._backprop: Callable[[], object] | None = None
        self._awaited: set[Tok2VecListener] = set()
        self._silent: set[Tok2VecListener] = set()
        self._stepped = False
        # whether the last listener learned after the step
        self._late = False

    def expect(self, backprop: Callable[[], object], listeners: Sequence[Tok2VecListener]) -> None:
        """Set the computation to run when the given listeners have added their gradients.

        Without listeners, it runs at once.
        """
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
        """Send the vectors of the batch to the listeners, and receive their gradients.

        Args:
            docs: The documents of the batch.
            vectors: The vectors, (B, T, H), with a gradient to which the listeners' are added.
            rows: Row of each document in the vectors.
            share: Factor of the listeners' gradients: the share of the batch in the documents that
                are accumulated.
            again: Encodes the batch again, and backpropagates a gradient of its vectors. It is for
                a gradient that comes after the first encoding is freed.
        """
        words = [Words.of(doc) for doc in docs]
        places = [(row, slice(len(own.texts))) for row, own in zip(rows, words, strict=True)]
        shared = [
            own.to_tokens(torch2xp(vectors.detach()[place]))
            for own, place in zip(words, places, strict=True)
        ]

        def add(listener: Tok2VecListener, gradients: Sequence[Floats2d]) -> list[Doc]:
            self._late = self._stepped
            gone = self._backprop is None
            total = vectors.new_zeros(vectors.shape) if gone else vectors.grad
            assert total is not None
            for own, place, gradient in zip(words, places, gradients, strict=True):
                of_words = own.from_tokens(gradient)
                total[place] += share * xp2torch(of_words, device=vectors.device)
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
        """Compute the gradient, unless a listener that learns has yet to add its own."""
        self._stepped = True
        if not self._late and self._awaited <= self._silent:
            self._finish()

    def before_update(self) -> None:
        """Compute the gradient of the previous batch, and note the listeners that added none."""
        self._silent = self._awaited
        self._finish()

    def _finish(self) -> None:
        backprop, self._backprop = self._backprop, None
        if backprop:
            backprop()
