"""What a corpus knows of a document beside its text and its picture."""

from spacy.tokens import Doc

from ..alignment.failures import failures


class Note:
    """A string in a Doc's `user_data`, under a key; "" where there is none."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __get__(self, notes: "Notes", owner: type["Notes"]) -> str:
        return str(notes.doc.user_data.get(self._key, ""))

    def __set__(self, notes: "Notes", text: str) -> None:
        notes.doc.user_data[self._key] = text


class Notes:
    """The notes on a Doc, in its `user_data`: they survive DocBin and `nlp.pipe(n_process=2)`."""

    id = Note("spacy_ita.id")
    """What the source calls the post."""
    unreadable = Note("spacy_ita.unreadable")
    """Why the source's post could not be read, which leaves the Doc empty."""
    failure = Note("spacy_ita.failure")
    """Why the post could not be annotated, as tried last."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc

    @property
    def error(self) -> str:
        """Why the post could not be read or annotated; "" if it could."""
        return self.unreadable or self.failure

    @property
    def warning(self) -> str:
        """Why the picture, or a part of what it says, is missing; "" where nothing is."""
        # a picture that can't be read fails each pipe by the same cause
        return "; ".join(dict.fromkeys(failures(self.doc).values()))
