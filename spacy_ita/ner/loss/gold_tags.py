"""The gold tags of an example's tokens, and of its words."""

from typing import cast

from spacy.attrs import ENT_IOB, ORTH
from spacy.training import Example

from ..words import Words

OUTSIDE = 2
"""Value of `token.ent_iob` for a token that is known to be outside of all entities."""


def word_tags(example: Example) -> list[str | None]:
    """Return the BILUO tags of the predicted Doc's words, as `gold_tags` does for its tokens."""
    return Words.of(example.predicted).tags(gold_tags(example))


def gold_tags(example: Example) -> list[str | None]:
    """Return the BILUO tags of the predicted Doc's tokens, None where they are unknown.

    They are those of `Example.get_aligned_ner`, which takes half a millisecond a tweet to align
    even the same tokens.
    """
    predicted, reference = example.predicted, example.reference
    if predicted.to_array(ORTH).tolist() != reference.to_array(ORTH).tolist():
        return cast("list[str | None]", example.get_aligned_ner())
    if not reference.has_annotation("ENT_IOB"):
        return [None] * len(predicted)
    outside = reference.to_array(ENT_IOB) == OUTSIDE
    tags: list[str | None] = [
        "O" if known or token.is_space else None
        for known, token in zip(outside.tolist(), predicted, strict=True)
    ]
    for ent in reference.ents:
        inside = [f"I-{ent.label_}"] * len(ent)
        inside[0], inside[-1] = f"B-{ent.label_}", f"L-{ent.label_}"
        tags[ent.start : ent.end] = inside if len(ent) > 1 else [f"U-{ent.label_}"]
    return tags
