"""What a corpus knows of a document beside its text and its picture."""

from spacy.tokens import Doc

from ..alignment.failures import failures

ID, ERROR = "id", "error"


class Notes:
    """The notes on a Doc, in its `user_data`: they survive DocBin and `nlp.pipe(n_process=2)`."""

    def __init__(self, doc: Doc) -> None:
        self._doc = doc

    @property
    def id(self) -> str:
        """What the source calls the post; "" where nothing does."""
        return str(self._doc.user_data.get(ID, ""))

    @id.setter
    def id(self, name: str) -> None:
        self._doc.user_data[ID] = name

    @property
    def error(self) -> str:
        """Why the post could not be read or annotated; "" if it could."""
        return str(self._doc.user_data.get(ERROR, ""))

    @error.setter
    def error(self, cause: str) -> None:
        self._doc.user_data[ERROR] = cause

    @property
    def warning(self) -> str:
        """Why the picture, or a part of what it says, is missing; "" where nothing is."""
        # a picture that can't be read fails each pipe by the same cause
        return "; ".join(dict.fromkeys(failures(self._doc).values()))
