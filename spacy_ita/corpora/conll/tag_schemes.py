"""Tag schemes: entities from IOB1, IOB2, BIOES or BILOU tags, and IOB2 tags from entities."""

import re
from collections import Counter
from collections.abc import Iterable

from spacy.tokens import Doc, Span, Token
from spacy.training import iob_to_biluo
from spacy.training.iob_utils import biluo_tags_to_spans

TAG = re.compile(r"O|[BIELSU]-\S+")
"""A tag of IOB1, IOB2, BIOES (or IOBES) or BILOU."""
TAG_FORMS = "it must be O, or one of B, I, E, S, L and U with a hyphen and a type, such as B-LOC"


def entities_of(doc: Doc, tags: Iterable[str]) -> list[Span]:
    """Return the entities that tags of any scheme give, with one tag for each token."""
    return biluo_tags_to_spans(doc, iob_to_biluo(to_iob2(tags)))


def iob_tag(token: Token) -> str:
    """Return the IOB2 tag of a token, from the entities of its Doc."""
    return f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O"


def to_iob2(tags: Iterable[str]) -> list[str]:
    """Convert tags of IOB1, IOB2, BIOES or BILOU to IOB2.

    A tag that continues no entity of its type opens one, as in conlleval.
    """
    converted: list[str] = []
    open_type = ""
    for tag in tags:
        prefix, label = tag[0], tag[2:]
        if label:
            opens = prefix in "BSU" or label != open_type
            converted.append(f"{'B' if opens else 'I'}-{label}")
        else:
            converted.append("O")
        open_type = "" if prefix in "ELSU" else label
    return converted


class TagScheme:
    """A recognizer of the scheme that tags are in, which reads them sequence by sequence."""

    def __init__(self) -> None:
        self._prefixes: Counter[str] = Counter()
        self._stray = 0
        self._unclosed = 0
        self._fresh = 0

    def add(self, tags: Iterable[str]) -> None:
        """Read the tags of a sequence."""
        open_type = ""
        for tag in (*tags, "O"):
            prefix, label = tag[0], tag[2:]
            continues = label != "" and label == open_type and prefix in "IEL"
            self._stray += label != "" and prefix in "IEL" and not continues
            self._unclosed += open_type != "" and not continues
            self._fresh += prefix == "B" and label != open_type
            self._prefixes[prefix] += 1
            open_type = "" if prefix in "ELSU" else label

    @property
    def name(self) -> str:
        """Name of the scheme; "" if there was no entity."""
        bioes, bilou = (sum(self._prefixes[prefix] for prefix in found) for found in ("ES", "LU"))
        if bioes and bilou:
            return "a mix of BIOES and BILOU"
        if bioes or bilou:
            return "BIOES" if bioes else "BILOU"
        if self._stray and not self._fresh:
            return "IOB1"
        return "IOB2" if self._fresh else ""

    @property
    def out_of_sequence(self) -> int:
        """Number of tags that the scheme doesn't allow in their place."""
        if self.name in ("", "IOB1"):
            return 0
        return self._stray + (self._unclosed if self.name != "IOB2" else 0)
