"""The entities of a Doc as IOB tags, and back."""

from collections.abc import Iterable

from spacy.tokens import Doc, Span, Token
from spacy.training import iob_to_biluo
from spacy.training.iob_utils import biluo_tags_to_spans


def entities_of(doc: Doc, tags: Iterable[str]) -> list[Span]:
    """The entities that a Doc has by IOB2 or IOB1 tags, one a token."""
    return biluo_tags_to_spans(doc, iob_to_biluo(repair_iob(tags)))


def iob_tag(token: Token) -> str:
    """The IOB2 tag of a token, by its Doc's entities."""
    return f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O"


def repair_iob(tags: Iterable[str]) -> list[str]:
    """IOB2 tags, where an I- tag that follows no tag of its type has become a B- tag."""
    repaired: list[str] = []
    previous = "O"
    for tag in tags:
        opens = tag[0] == "I" and previous[2:] != tag[2:]
        repaired.append(f"B-{tag[2:]}" if opens else tag)
        previous = tag
    return repaired
