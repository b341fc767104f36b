"""Annotated posts with knowledge, which a few-shot prompt shows."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import srsly
from spacy.tokens import DocBin
from spacy.vocab import Vocab

from ...errors import BackendError
from ...extensions import DEFAULTS, register


@dataclass(frozen=True)
class Example:
    """A post with the knowledge about it.

    Attributes:
        text: Text of the post.
        knowledge: A paragraph about text and picture.
        image: Path of the picture, "" for none.
        entities: The entities as dicts of `text` and `label`, for templates that show them.
    """

    text: str
    knowledge: str
    image: str = ""
    entities: list[dict[str, str]] = field(default_factory=list)

    @property
    def row(self) -> dict[str, Any]:
        """The example as a row of JSONL."""
        return asdict(self)


def letters_of(text: str) -> str:
    """Return a text in lower case without white space, the same for each way to tokenize it."""
    return "".join(text.split()).casefold()


def read_examples(path: Path) -> list[Example]:
    """Read examples from a DocBin (.spacy), or from JSONL with `text`, `knowledge` and `image`.

    Posts without knowledge are left out. Paths of pictures in JSONL are relative to the file.

    Raises:
        BackendError: If the file can't be read, or has no example.
    """
    try:
        found = list(_from_docs(path) if path.suffix == ".spacy" else _from_rows(path))
    # a damaged DocBin raises different exceptions
    except Exception as error:
        raise BackendError(f"can't read the examples of knowledge in {path}: {error}") from error
    if not found:
        raise BackendError(
            f"{path} has no example: a row needs `text` and `knowledge`, and a document "
            f"`image_knowledge`"
        )
    return found


def _from_docs(path: Path) -> Iterator[Example]:
    register(DEFAULTS)
    for doc in DocBin(store_user_data=True).from_disk(path).get_docs(Vocab()):
        if knowledge := doc._.get(DEFAULTS.image_knowledge):
            image = str(doc._.get(DEFAULTS.image_path) or "")
            entities = [{"text": ent.text, "label": ent.label_} for ent in doc.ents]
            yield Example(doc.text, knowledge[0]["text"], image, entities)


def _from_rows(path: Path) -> Iterator[Example]:
    for number, row in enumerate(srsly.read_jsonl(path), 1):
        text, knowledge = row.get("text"), row.get("knowledge")
        if not knowledge:
            continue
        if not isinstance(text, str) or not isinstance(knowledge, str):
            raise ValueError(f"row {number}: `text` and `knowledge` must be strings")
        image = str(path.parent / row["image"]) if row.get("image") else ""
        yield Example(text, knowledge, image, row.get("entities", []))
