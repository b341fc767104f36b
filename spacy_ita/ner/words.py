"""The words of a document: its tokens without white space, which no encoder reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spacy.tokens import Doc
from thinc.api import get_array_module

PREFIXES = {(True, True): "U", (True, False): "B", (False, True): "L", (False, False): "I"}
"""BILUO prefix of a word by whether it is the first of its entity, and whether it is the last."""


@dataclass(frozen=True)
class Words:
    """The words of a document.

    A line break in a post is a token, and no word: the text reads as it does without it, and no
    entity starts or ends with it.

    Attributes:
        texts: The words.
        tokens: Index of each word's token.
        token_count: Number of the document's tokens, white space included.
    """

    texts: list[str]
    tokens: Sequence[int]
    token_count: int

    @classmethod
    def of(cls, doc: Doc) -> "Words":
        """Return the words of a document."""
        texts = [token.text for token in doc]
        if not any(map(str.isspace, texts)):
            return cls(texts, range(len(texts)), len(texts))
        tokens = [i for i, text in enumerate(texts) if not text.isspace()]
        return cls([texts[i] for i in tokens], tokens, len(texts))

    def __bool__(self) -> bool:
        return bool(self.texts)

    @property
    def are_tokens(self) -> bool:
        """Whether every token is a word."""
        return len(self.texts) == self.token_count

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Convert a range of words to one of tokens, with the white space inside."""
        return self.tokens[first], self.tokens[last - 1] + 1

    def tags(self, biluo: list[str | None]) -> list[str | None]:
        """Pick the words' BILUO tags from those of the tokens.

        Entities lose the white space around them.
        """
        if self.are_tokens:
            return biluo
        parts = [(tag or "").partition("-") for tag in biluo]
        number, entities = 0, []
        for prefix, _, label in parts:
            number += prefix in ("B", "U")
            entities.append(number if label else 0)
        own = [0, *(entities[i] for i in self.tokens), 0]
        found = [biluo[i] for i in self.tokens]
        for place, i in enumerate(self.tokens):
            before, entity, after = own[place : place + 3]
            if entity:
                found[place] = f"{PREFIXES[entity != before, entity != after]}-{parts[i][2]}"
        return found

    def from_tokens(self, vectors: Any) -> Any:
        """Pick the words' vectors, (W, H), from those of the tokens, (T, H)."""
        return vectors if self.are_tokens else vectors[list(self.tokens)]

    def to_tokens(self, vectors: Any) -> Any:
        """Give the words' vectors, (W, H), to the tokens, (T, H), and zeros to white space."""
        if self.are_tokens:
            return vectors
        found = get_array_module(vectors).zeros((self.token_count, vectors.shape[1]), vectors.dtype)
        found[list(self.tokens)] = vectors
        return found
