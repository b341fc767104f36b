"""Tweets in CoNLL columns, with or without the ids of their pictures."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..extensions import Attributes
from .tag_schemes import TAG, TAG_FORMS, TagScheme, entities_of
from .utf8 import decode

# no tab: that is the line of a token
IMAGE_ID = re.compile(
    r"(?:IMGID:|#[ ]*(?:IMGID[ ]*[:=]?|(?:image|img|picture)(?:_id)?[ ]*[:=]))([^\t]*)$",
    re.IGNORECASE,
)
COMMENT = re.compile(r"# [^\t]*$|#(begin|end) document")
DOCUMENT_START = re.compile(r"-DOCSTART-(\s|$)")
CONTEXT_TAG = re.compile(r"X|[BIELSU]-X")
SPACES = str.maketrans("\t\r\n", "   ")
QUOTED = 80
"""Characters of a line that an error quotes."""


@dataclass(frozen=True)
class Columns:
    """Which columns hold the words and the tags: 1 is the first, -1 the last.

    Raises ValueError for a column 0.
    """

    token: int = 1
    tag: int = -1

    def __post_init__(self) -> None:
        if 0 in (self.token, self.tag):
            raise ValueError("there is no column 0: 1 is the first, -1 the last")

    def of(self, cells: Sequence[str]) -> tuple[str, str]:
        """Return the word and the tag of a line. Raises ValueError if it lacks one of them."""
        places = []
        for column in (self.token, self.tag):
            place = column - 1 if column > 0 else len(cells) + column
            if not 0 <= place < len(cells):
                raise ValueError(f"{len(cells)} columns, so none has the number {column}")
            places.append(place)
        if places[0] == places[1]:
            raise ValueError(f"both the word and the tag are read from column {places[0] + 1}")
        return cells[places[0]], cells[places[1]]


DEFAULT_COLUMNS = Columns()


@dataclass
class Findings:
    """What a CoNLL file held beside its documents.

    Attributes:
        scheme: The scheme of the tags.
        context_words: Number of words with the tag X or B-X: the contexts in files of KB-NER,
            which are no part of the text.
        with_blanks: Words with a blank inside.
    """

    scheme: TagScheme = field(default_factory=TagScheme)
    context_words: int = 0
    with_blanks: list[str] = field(default_factory=list)


class _TokenLines:
    """Reads the lines of words, which must all have as many columns as the first."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._width = 0
        self._first = 0
        self._by_tabs = False

    def read(self, line: str, number: int) -> tuple[str, str]:
        """Return a line's word and tag. Raises ValueError if it isn't a line of a word."""
        if "\r" in line:
            raise ValueError(f"a line end of another system (CR) inside the line: {_quoted(line)}")
        cells = self._cells(line)
        if len(cells) == 1:
            raise ValueError(f"one column, where a word and its tag are needed: {_quoted(line)}")
        if self._width and len(cells) != self._width:
            raise ValueError(
                f"{len(cells)} columns, where line {self._first} has {self._width}: {_quoted(line)}"
            )
        word, tag = self.columns.of(cells)
        if not word:
            raise ValueError(f"an empty word: {_quoted(line)}")
        if not _is_tag(tag):
            raise ValueError(
                f"{tag!r} is not a tag: {TAG_FORMS}; the tags are read from the last column, or "
                f"from --tag-column: {_quoted(line)}"
            )
        if not self._width:
            self._width, self._first, self._by_tabs = len(cells), number, "\t" in line
        return word, tag

    def refuse_numbers(self, words: list[str]) -> None:
        """Raise ValueError for a document whose words are their own numbers, as in CoNLL-U."""
        numbers = [str(number) for number in range(1, len(words) + 1)]
        if self._width > 2 and len(words) > 1 and words == numbers:
            raise ValueError(
                f"the words would be the numbers 1 to {len(words)}: give the column of the words, "
                f"as --token-column 2"
            )

    def reads_hash(self, line: str, inside: bool) -> bool:
        """Whether a line that starts with `#` is one of a word, not a comment.

        Args:
            line: The line.
            inside: Whether it stands between the words of a document, where a comment that looks
                like a word with a wrong tag must not be skipped.
        """
        if "\t" in line or self._by_tabs:
            return "\t" in line
        cells = line.split()
        if len(cells) != (self._width or 2):
            return False
        return (inside and self._width > 0) or _is_tag(self.columns.of(cells)[1])

    def _cells(self, line: str) -> list[str]:
        # a word may have a blank inside, or be one
        cells = [cell.strip(" ") or cell for cell in line.split("\t")]
        try:
            if _is_tag(self.columns.of(cells)[1]):
                return cells
        except ValueError:
            pass
        # other white space may be a word
        by_blanks = re.split("[ \t]+", line.strip(" \t"))
        return by_blanks if len(by_blanks) > 1 or len(cells) == 1 else cells


def _is_tag(text: str) -> bool:
    return bool(TAG.fullmatch(text) or CONTEXT_TAG.fullmatch(text))


def _quoted(line: str) -> str:
    return repr(line if len(line) <= QUOTED else f"{line[:QUOTED]}…")


def read_conll(
    path: Path,
    vocab: Vocab,
    attrs: Attributes,
    images: Path | None = None,
    columns: Columns = DEFAULT_COLUMNS,
    findings: Findings | None = None,
) -> Iterator[Doc]:
    """Read the documents of a file: a line for each word, an empty line after each document.

    The columns of a line are separated by tabs or blanks. The tags are IOB1, IOB2, BIOES (IOBES) or
    BILOU. The picture's id stands in a line before the document: `IMGID:<id>`, `#IMGID <id>` or
    `# image = <id>`; an empty id means no picture. An id that no words follow is a document
    without words. Other lines that start with `# `, and lines of -DOCSTART-, are skipped.

    Args:
        path: The file, in UTF-8.
        vocab: The vocabulary of the documents.
        attrs: The names of the extensions.
        images: The folder of the pictures. The image path is then the picture's file if there is
            one, with any suffix of pictures, which the id may have too; otherwise it is the bare
            id, by which recorded alignments are found.
        columns: Which columns hold the words and the tags.
        findings: Filled with what else the file holds.

    Raises:
        ValueError: If a line has none of these forms or is not UTF-8; names file and line.
    """
    files = _pictures(images) if images else {}
    findings = findings or Findings()
    reader = _TokenLines(columns)
    image_id: str | None = None
    words: list[str] = []
    tags: list[str] = []

    def document() -> Doc:
        doc = Doc(vocab, words=words)
        doc.ents = entities_of(doc, tags)
        doc._.set(attrs.image_path, files.get(image_id or "", image_id or ""))
        findings.scheme.add(tags)
        return doc

    with path.open("rb") as lines:
        for number, data in enumerate(lines, 1):
            try:
                line = decode(data, mark=number == 1).rstrip(" \t\r\n")
                if not line.strip() or (not words and DOCUMENT_START.match(line)):
                    if words:
                        reader.refuse_numbers(words)
                        yield document()
                        image_id, words, tags = None, [], []
                    continue
                is_word = line.startswith("#") and reader.reads_hash(line, bool(words))
                if not is_word and (match := IMAGE_ID.match(line)):
                    if words:
                        raise ValueError("IMGID inside a tweet: put an empty line before it")
                    if image_id is not None:
                        yield document()
                    image_id = match[1].strip()
                elif is_word or not COMMENT.match(line):
                    word, tag = reader.read(line, number)
                    if CONTEXT_TAG.fullmatch(tag):
                        findings.context_words += 1
                    else:
                        words.append(word)
                        tags.append(tag)
                    if " " in word.strip():
                        findings.with_blanks.append(word)
            except ValueError as error:
                raise ValueError(f"{path}:{number}: {error}") from error
    if words or image_id is not None:
        reader.refuse_numbers(words)
        yield document()


def _pictures(folder: Path) -> dict[str, str]:
    """The pictures of a folder, by name and by name without suffix."""
    # a text or numbers may lie beside a picture, under the same name
    suffixes = {"", *Image.registered_extensions()}
    found = [file for file in sorted(folder.iterdir()) if file.is_file()]
    found = [file for file in found if file.suffix.lower() in suffixes]
    return {file.stem: str(file) for file in found} | {file.name: str(file) for file in found}


def format_conll(
    doc: Doc, attrs: Attributes, comments: Sequence[str] = (), marked: bool = False
) -> str:
    """Format a document as `read_conll` reads it, with IOB2 tags and the comments above it.

    Tokens of white space alone are left out, and so are blanks at the ends of others.

    Args:
        doc: The document.
        attrs: The names of the extensions.
        comments: Lines to write above the document.
        marked: Whether to write a line `IMGID:` even if the document has words and no picture.
    """
    lines = [f"# {comment.translate(SPACES)}" for comment in comments]
    words = [token for token in doc if not token.is_space]
    image = str(doc._.get(attrs.image_path) or "").translate(SPACES).strip()
    if image or marked or not words:
        lines.append(f"IMGID:{image}")
    ents = {i: ent for ent in doc.ents for i in range(ent.start, ent.end)}
    previous = None
    for token in words:
        ent = ents.get(token.i)
        tag = f"{'I' if ent == previous else 'B'}-{'_'.join(ent.label_.split())}" if ent else "O"
        lines.append(f"{token.text.translate(SPACES).strip(' ')}\t{tag}")
        previous = ent
    return "".join(f"{line}\n" for line in [*lines, ""])
