"""Documents that are read in another view for a while."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from spacy.tokens import Doc

from .prediction import blocked_tokens, remove_confidences


@contextmanager
def restored(docs: Sequence[Doc], confidence: str) -> Iterator[None]:
    """Within, the documents may be annotated anew. After it, even after an error, each has again
    what it had: its entities, with their confidences and the ids that other pipes gave them, its
    blocked tokens and its tensor.

    confidence: the name of the extension of a Span that holds its confidence.
    """
    shown = [(list(doc.ents), blocked_tokens(doc), doc.tensor) for doc in docs]
    known = [[(ent, ent._.get(confidence)) for ent in ents] for ents, _, _ in shown]
    try:
        yield
    finally:
        for doc, (ents, blocked, tensor), ours in zip(docs, shown, known, strict=True):
            remove_confidences(doc, confidence)
            doc.set_ents(ents, blocked=blocked)
            doc.tensor = tensor
            for ent, probability in ours:
                if probability is not None:
                    ent._.set(confidence, probability)
