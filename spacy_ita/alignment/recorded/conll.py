"""CoNLL columns with a context behind the words, the training files of KB-NER, ITA and PGIM."""

import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from spacy.tokens import Doc, Token

from ...context import ContextFormatter
from ...extensions import Attributes
from .rows import Row, identified, lines, located

EOS = "<EOS>"
SEPARATORS = {EOS, "[X]", "[SEP]", "</s>"}
# only an id stands alone on its line
IMAGE_ID = re.compile(r"IMGID:(\S+)$")
COMMENT = re.compile(r"# id ([^\t]+)")
TAG = re.compile(r"O|X|[BILUES]-\S+")
CONTEXT_TAG = re.compile(r"X|[BILUES]-X")
WHITE_SPACE = re.compile(r"\s")


def read(path: Path, part: str) -> Iterator[tuple[str, Row]]:
    """Read the context of each document, the words with the tag X or B-X, as texts of `part`.

    A document has one line per word, with its tag in the last column, and ends at an empty line.
    The id of its picture may precede it, as `# id <id>` or `IMGID:<id>`. If no document has an id,
    the ids are the numbers of the documents in the file, from 1. Otherwise a document without an id
    has no picture, and a warning counts the contexts that are left out. Equal contexts of one
    picture are kept once.

    Args:
        path: The file.
        part: Kind of alignment that the texts become.

    Yields:
        The place of each document in the file, and its row.
    """
    documents = list(_documents(path))
    by_number = not any(name for _, name, _ in documents)
    seen: set[tuple[str, tuple[str, ...]]] = set()
    left_out = []
    for number, (place, name, words) in enumerate(documents, start=1):
        texts = tuple(_segments(words))
        key = (str(number) if by_number else name, texts)
        if not key[0]:
            left_out += [place] if texts else []
        elif key not in seen:
            seen.add(key)
            yield place, {"image_id": key[0], part: list(texts)}
    if left_out:
        warnings.warn(
            f"{path}: {len(left_out)} contexts belong to no picture, because their documents "
            f"have no id and others do; the first is at {left_out[0]}",
            stacklevel=2,
        )


def write(docs: Iterable[Doc], attrs: Attributes, path: Path, mode: str) -> None:
    """Write words and entities of each document, then its context in a mode of ContextFormatter.

    A line `<EOS>` precedes each segment. White space becomes `_` inside a word or a label, and a
    single space in the context.

    Raises:
        ValueError: If two pictures have the same name.
    """
    context = ContextFormatter(mode, captions=None)
    with path.open("w", encoding="utf8", newline="\n") as file:
        for name, doc in identified(docs, attrs):
            if name:
                file.write(f"# id {name}\n")
            file.writelines(f"{WHITE_SPACE.sub('_', word.text)} {_tag(word)}\n" for word in doc)
            for segments in context(doc, attrs).parts:
                for segment in segments:
                    file.writelines(f"{word} B-X\n" for word in (EOS, *segment.split()))
            file.write("\n")


def _tag(word: Token) -> str:
    label = "_".join(word.ent_type_.split())
    return f"{word.ent_iob_}-{label}" if label else "O"


def _documents(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the place, the id ("" for none) and the words of the context of each document."""
    start, name, words = "", "", list[str]()
    begun = False
    for place, line in lines(path):
        if not line.strip():
            if start:
                yield start, name, words
            start, name, words, begun = "", "", [], False
            continue
        start = start or place
        if match := COMMENT.match(line) or IMAGE_ID.match(line):
            name = match[1]
            with located(path, place):
                if begun:
                    raise ValueError(
                        f"an id inside a document: put an empty line before it: {line!r}"
                    )
            continue
        begun = True
        *columns, tag = line.split()
        with located(path, place):
            if not TAG.fullmatch(tag):
                raise ValueError(f"neither a word with its tag nor an id: {line!r}")
        if CONTEXT_TAG.fullmatch(tag):
            words += columns[:1]
    if start:
        yield start, name, words


def _segments(words: Iterable[str]) -> Iterator[str]:
    segment: list[str] = []
    for word in (*words, EOS):
        if word not in SEPARATORS:
            segment.append(word)
        elif segment:
            yield " ".join(segment)
            segment = []
