"""Tweets in CoNLL columns with an `IMGID:` line, as the Twitter-15 and -17 corpora have them."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..extensions import Attributes
from ..iob import entities_of
from .utf8 import decode

# no tab: that is the line of a token
IMAGE_ID = re.compile(r"IMGID: *([^\t]*\S) *$")
SPACES = str.maketrans("\t\r\n", "   ")
COMMENT = re.compile(r"# [^\t]*$")


def read_conll(
    path: Path, vocab: Vocab, attrs: Attributes, images: Path | None = None
) -> Iterator[Doc]:
    """The documents of a file: a `TOKEN<TAB>TAG` line a token (IOB2 or IOB1), an empty line after
    each document, `IMGID:<id>` before it. Lines that start with `# ` are comments.

    images: the folder of the pictures. The image path is then the picture's file where there is
    one, with any suffix of pictures, which the id may have too; else it is the bare id, which
    recorded alignments are looked up by.
    An I- tag that follows no tag of its type opens an entity, as conlleval has it.
    Raises ValueError, which names file and line, for a line that is neither of these or not UTF-8,
    and for an `IMGID:` between the tokens of a document.
    """
    # a text or numbers may lie beside a picture, under the same name
    suffixes = {"", *Image.registered_extensions()}
    found = [file for file in sorted(images.iterdir()) if file.is_file()] if images else []
    found = [file for file in found if file.suffix.lower() in suffixes]
    files = {file.stem: str(file) for file in found} | {file.name: str(file) for file in found}
    image_id = ""
    words: list[str] = []
    tags: list[str] = []

    def document() -> Doc:
        doc = Doc(vocab, words=words)
        doc.ents = entities_of(doc, tags)
        doc._.set(attrs.image_path, files.get(image_id, image_id))
        return doc

    with path.open("rb") as lines:
        for number, data in enumerate(lines, 1):
            try:
                line = decode(data, mark=number == 1).rstrip("\r\n")
            except ValueError as error:
                raise ValueError(f"{path}:{number}: {error}") from error
            word, _, tag = line.rpartition("\t")
            if match := IMAGE_ID.match(line):
                if words:
                    raise ValueError(
                        f"{path}:{number}: IMGID inside a tweet: put an empty line before it"
                    )
                image_id = match[1]
            elif word and re.fullmatch(r"O|[BI]-\S+", tag):
                words.append(word)
                tags.append(tag)
            elif line.strip() and not COMMENT.match(line):
                raise ValueError(f"{path}:{number}: neither TOKEN<TAB>TAG nor IMGID: {line!r}")
            elif words and not line.strip():
                yield document()
                image_id, words, tags = "", [], []
    if words:
        yield document()


def format_conll(doc: Doc, attrs: Attributes, comments: Sequence[str] = ()) -> str:
    """The document as `read_conll` takes it, with IOB2 tags and the comments above it.

    Tokens of white space alone are left out, and so is the picture of a document without tokens.
    """
    lines = [f"# {comment.translate(SPACES)}" for comment in comments]
    words = [token for token in doc if not token.is_space]
    if words and (image := str(doc._.get(attrs.image_path) or "").translate(SPACES).strip()):
        lines.append(f"IMGID:{image}")
    ents = {i: ent for ent in doc.ents for i in range(ent.start, ent.end)}
    previous = None
    for token in words:
        ent = ents.get(token.i)
        tag = f"{'I' if ent == previous else 'B'}-{'_'.join(ent.label_.split())}" if ent else "O"
        lines.append(f"{token.text.translate(SPACES)}\t{tag}")
        previous = ent
    return "".join(f"{line}\n" for line in [*lines, ""])
