"""Documents that are read in another view for a while."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from spacy.tokens import Doc

from .prediction import blocked_tokens


@contextmanager
def restored(docs: Sequence[Doc]) -> Iterator[None]:
    """Within, the documents may be annotated anew. After it, even after an error, each has again
    what it had: its entities, with their confidences and the ids that other pipes gave them, its
    blocked tokens and its tensor.
    """
    shown = [(list(doc.ents), blocked_tokens(doc), doc.tensor, dict(doc.user_data)) for doc in docs]
    try:
        yield
    finally:
        for doc, (ents, blocked, tensor, user_data) in zip(docs, shown, strict=True):
            doc.set_ents(ents, blocked=blocked)
            doc.tensor = tensor
            doc.user_data.clear()
            doc.user_data.update(user_data)
