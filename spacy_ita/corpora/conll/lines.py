"""The lines of a CoNLL file: words with tags, ids of pictures, comments and empty lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .tag_schemes import TAG, TAG_FORMS, TagScheme

# a line with a tab is one of a token
IMAGE_ID = re.compile(
    r"(?:IMGID:|#[ ]*(?:IMGID[ ]*[:=]?"
    r"|(?:image|img|picture|photo|pic)(?:[ _-]?(?:id|path|file|name|url))?[ ]*[:=]))([^\t]*)$",
    re.IGNORECASE,
)
COMMENT = re.compile(r"# [^\t]*$|#(begin|end) document")
DOCUMENT_START = re.compile(r"-DOCSTART-(\s|$)")
CONTEXT_TAG = re.compile(r"X|[BIELSU]-X")
TWO_TAGS = re.compile(r"[|,;][BIELSU]-")
NUMBER = re.compile(r"\d+([-.]\d+)?")
"""The number of a word in CoNLL-U, of several written as one, or of one that is left out."""
QUOTED = 80
"""Longest quote of a line in an error message, in characters."""


@dataclass(frozen=True)
class Columns:
    """The columns of the words and the tags: 1 is the first, -1 the last.

    Raises:
        ValueError: If a column is 0.
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
    """What a CoNLL file holds beside its documents.

    Attributes:
        scheme: The scheme of the tags.
        context_words: Number of words with the tag X or B-X. These are the contexts in files of
            KB-NER, which don't belong to the text.
        with_blanks: Words with a blank inside.
    """

    scheme: TagScheme = field(default_factory=TagScheme)
    context_words: int = 0
    with_blanks: list[str] = field(default_factory=list)


@dataclass
class Tweet:
    """A document as far as its lines have been read; image_id is None if no line gave one."""

    image_id: str | None = None
    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


class LineParser:
    """Parses line by line. All lines of words must have as many columns as the first."""

    def __init__(self, columns: Columns, findings: Findings) -> None:
        self._columns = columns
        self._findings = findings
        self._width = 0
        self._first = 0
        self._by_tabs = False

    def parse(self, line: str, number: int, tweet: Tweet) -> Tweet:
        """Add a line to the tweet that it belongs to.

        Args:
            line: The line, without white space at its end.
            number: Its number in the file.
            tweet: The tweet that was read last.

        Returns:
            That tweet, or a new one if the line ends it.

        Raises:
            ValueError: If the line has no known form.
        """
        inside = bool(tweet.words)
        if not line.strip() or (not inside and DOCUMENT_START.match(line)):
            self.check(tweet)
            return Tweet() if inside else tweet
        is_word = line.startswith("#") and self._is_word(line, inside)
        if not is_word and (match := IMAGE_ID.match(line)):
            if inside:
                raise ValueError("IMGID inside a tweet: put an empty line before it")
            if tweet.image_id is not None:
                return Tweet(match[1].strip())
            tweet.image_id = match[1].strip()
        elif is_word or not COMMENT.match(line):
            self._add(line, number, tweet)
        return tweet

    def check(self, tweet: Tweet) -> None:
        """Raise ValueError if the words of a tweet are their own numbers, as in CoNLL-U."""
        found = [word for word in tweet.words if word.isdigit()]
        numbers = [str(number) for number in range(1, len(found) + 1)]
        counted = found == numbers and all(map(NUMBER.fullmatch, tweet.words))
        if self._width > 2 and len(numbers) > 1 and counted:
            raise ValueError(
                f"the words would be the numbers 1 to {len(numbers)}: give the column of the "
                "words, as in --token-column 2"
            )

    def _add(self, line: str, number: int, tweet: Tweet) -> None:
        word, tag = self._word_and_tag(line, number)
        if CONTEXT_TAG.fullmatch(tag):
            self._findings.context_words += 1
        else:
            tweet.words.append(word)
            tweet.tags.append(tag)
        if " " in word.strip():
            self._findings.with_blanks.append(word)

    def _word_and_tag(self, line: str, number: int) -> tuple[str, str]:
        if "\r" in line:
            raise ValueError(f"a carriage return (CR) inside the line: {_quoted(line)}")
        cells = self._cells(line)
        if len(cells) == 1:
            raise ValueError(f"one column, where a word and its tag are needed: {_quoted(line)}")
        if self._width and len(cells) != self._width:
            raise ValueError(
                f"{len(cells)} columns, where line {self._first} has {self._width}: {_quoted(line)}"
            )
        word, tag = self._columns.of(cells)
        if not word:
            raise ValueError(f"an empty word: {_quoted(line)}")
        if not _is_tag(tag):
            raise ValueError(
                f"{tag!r} is not a tag: {TAG_FORMS}; the tags are read from the last column, or "
                f"from --tag-column: {_quoted(line)}"
            )
        if TWO_TAGS.search(tag):
            raise ValueError(
                f"two tags in {tag!r}: entities inside others can't be read; keep one tag for each "
                f"word: {_quoted(line)}"
            )
        if not self._width:
            self._width, self._first, self._by_tabs = len(cells), number, "\t" in line
        return word, tag

    def _is_word(self, line: str, inside: bool) -> bool:
        """Tell a line of a word from a comment, both of which may start with `#`.

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
        return (inside and self._width > 0) or _is_tag(self._columns.of(cells)[1])

    def _cells(self, line: str) -> list[str]:
        # a word may have a blank inside, or be one
        cells = [cell.strip(" ") or cell for cell in line.split("\t")]
        try:
            if _is_tag(self._columns.of(cells)[1]):
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
