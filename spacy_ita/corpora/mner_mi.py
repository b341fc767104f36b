"""Tweets with several pictures in the format of MNER-MI (Huang et al., 2024)."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..extensions import Attributes
from .conll.tag_schemes import TAG, TAG_FORMS, entities_of
from .files.picture_places import PicturePlaces
from .files.utf8 import decode
from .notes import Notes

TWITTER_17 = "twitter2017-"
"""What MNER-MI-Plus puts before the names of Twitter-17's pictures."""


def is_mner_mi(path: Path) -> bool:
    """Return whether a file begins with an object, as no CoNLL columns do."""
    # a pipe can be read only once
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(100).removeprefix(b"\xef\xbb\xbf").lstrip()[:2] in (b'{"', b"{'")


def read_mner_mi(
    path: Path, vocab: Vocab, attrs: Attributes, images: Path | None = None
) -> Iterator[Doc]:
    """Read the documents of a file, with an object in JSON or as Python writes it in each line.

    An object has the words under `text`, their tags under `label`, the names of the pictures under
    `images`, and an `id`.

    Args:
        path: The file, in UTF-8.
        vocab: The vocabulary of the documents.
        attrs: The names of the extensions.
        images: Folder or zip of the pictures; None for the folder of the file.

    Raises:
        ValueError: If a line has another form; names file and line.
    """
    places = PicturePlaces(path.parent, images)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield _document(decode(line, mark=number == 1).strip(), vocab, attrs, places)
            except (ValueError, TypeError, KeyError, SyntaxError, RecursionError) as error:
                cause = f"no {error}" if isinstance(error, KeyError) else error
                raise ValueError(f"{path}:{number}: {cause}") from error


def _document(line: str, vocab: Vocab, attrs: Attributes, places: PicturePlaces) -> Doc:
    tweet: Any = json.loads(line) if line.startswith('{"') else ast.literal_eval(line)
    words, tags = tweet["text"], tweet["label"]
    if len(words) != len(tags):
        raise ValueError(f"{len(words)} words, but {len(tags)} tags")
    if wrong := [tag for tag in tags if not TAG.fullmatch(tag)]:
        raise ValueError(f"{wrong[0]!r} is not a tag: {TAG_FORMS}")
    doc = Doc(vocab, words=words)
    doc.ents = entities_of(doc, tags)
    found = []
    for name in tweet["images"]:
        place = places.find(name)
        bare = name.removeprefix(TWITTER_17)
        found.append(places.find(bare) if place == name else place)
    doc._.set(attrs.image_paths, found)
    Notes(doc).id = str(tweet["id"])
    return doc
