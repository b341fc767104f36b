"""Writing of documents in CoNLL columns."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from spacy.tokens import Doc

from ...extensions import Attributes
from ..files.atomic import replacing
from ..notes import Notes

SPACES = str.maketrans("\t\r\n", "   ")


@contextmanager
def conll_writer(path: Path, attrs: Attributes) -> Iterator[Callable[[Sequence[Doc]], None]]:
    """Write CoNLL columns, as `read_conll` reads them; problems become comments."""
    # without a mark, a document without words would swallow the words of the next one
    marked = False
    with replacing(path) as part, part.open("w", encoding="utf8", newline="\n") as file:

        def write(docs: Sequence[Doc]) -> None:
            nonlocal marked
            for doc in docs:
                notes = Notes(doc)
                problems = {"error": notes.error, "warning": notes.warning}
                comments = [f"{kind}: {cause}" for kind, cause in problems.items() if cause]
                file.write(format_conll(doc, attrs, comments, marked))
                marked = all(token.is_space for token in doc)

        yield write


def format_conll(
    doc: Doc, attrs: Attributes, comments: Sequence[str] = (), marked: bool = False
) -> str:
    """Format a document as `read_conll` reads it, with IOB2 tags and the comments above it.

    Tokens of white space are left out, and blanks at both ends of other tokens are stripped.

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
