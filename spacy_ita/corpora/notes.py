"""Notes on a document: its id, and why it could not be read or annotated."""

from spacy.tokens import Doc

from ..alignment.failures import failures


class Note:
    """A descriptor of a string in a Doc's `user_data`; "" if the key is missing."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __get__(self, notes: "Notes", owner: type["Notes"]) -> str:
        return str(notes.doc.user_data.get(self._key, ""))

    def __set__(self, notes: "Notes", text: str) -> None:
        notes.doc.user_data[self._key] = text


class Notes:
    """The notes in a Doc's `user_data`, which survive DocBin and `nlp.pipe(n_process=2)`."""

    id = Note("spacy_ita.id")
    """Id of the post in its source."""
    post = Note("spacy_ita.post")
    """The post's fields in JSON, as they came; "" if it has no others than id, text and image."""
    unreadable = Note("spacy_ita.unreadable")
    """Why the post could not be read; its Doc is empty then."""
    failure = Note("spacy_ita.failure")
    """Why the last attempt to annotate the post failed."""

    sure = Note("spacy_ita.sure")
    """The lowest confidence in the text view, if it was so high that the picture was not read;
    1.000 if the text view has no entity."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc

    @property
    def error(self) -> str:
        """Why the post could not be read or annotated; "" if it could."""
        return self.unreadable or self.failure

    @property
    def warning(self) -> str:
        """Why the picture or one of its alignments is missing; "" if none is."""
        # a broken picture fails in every pipe for the same reason
        return "; ".join(dict.fromkeys(failures(self.doc).values()))
