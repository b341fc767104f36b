"""Reading of tweets in CoNLL columns, with or without the ids of their pictures."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ...extensions import Attributes
from ..files.utf8 import decode
from .lines import DEFAULT_COLUMNS, Columns, Findings, LineParser, Tweet
from .tag_schemes import entities_of


def read_conll(
    path: Path,
    vocab: Vocab,
    attrs: Attributes,
    images: Path | None = None,
    *,
    columns: Columns = DEFAULT_COLUMNS,
    findings: Findings | None = None,
) -> Iterator[Doc]:
    """Read the documents of a file: a line for each word, an empty line after each document.

    The columns of a line are separated by tabs or blanks. The tags are IOB1, IOB2, BIOES (IOBES) or
    BILOU. The picture's id stands in a line before the document: `IMGID:<id>`, `#IMGID <id>` or
    `# image = <id>`; an empty id means no picture. An id without words after it is a document
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
    for tweet in _tweets(path, columns, findings):
        doc = Doc(vocab, words=tweet.words)
        doc.ents = entities_of(doc, tweet.tags)
        image_id = tweet.image_id or ""
        doc._.set(attrs.image_path, files.get(image_id, image_id))
        findings.scheme.add(tweet.tags)
        yield doc


def _tweets(path: Path, columns: Columns, findings: Findings) -> Iterator[Tweet]:
    parser = LineParser(columns, findings)
    tweet, number = Tweet(), 0
    with path.open("rb") as file:
        try:
            for number, data in enumerate(file, 1):
                line = decode(data, mark=number == 1).rstrip(" \t\r\n")
                following = parser.parse(line, number, tweet)
                if following is not tweet:
                    yield tweet
                tweet = following
            parser.check(tweet)
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}") from error
    if tweet.words or tweet.image_id is not None:
        yield tweet


def _pictures(folder: Path) -> dict[str, str]:
    """List the pictures of a folder by name, with and without suffix."""
    # other files may have the name of a picture, but for the suffix
    suffixes = {"", *Image.registered_extensions()}
    found = [file for file in sorted(folder.iterdir()) if file.is_file()]
    found = [file for file in found if file.suffix.lower() in suffixes]
    return {file.stem: str(file) for file in found} | {file.name: str(file) for file in found}
