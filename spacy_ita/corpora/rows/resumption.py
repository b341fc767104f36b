"""The continuation of an interrupted run: which rows of its target are current."""

import json
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

from ...context import Views
from ...extensions import Attributes
from ...sources import parse
from ..files.atomic import replacing
from ..notes import Notes
from .doc_rows import entity_keys, post_of
from .fields import PICTURE_FIELDS
from .jsonl import line_of
from .run import Run


def resume(path: Path, docs: Iterable[Doc], run: Run, attrs: Attributes) -> list[bool]:
    """Check the rows of a JSONL file against the documents of a source, from the first on.

    An unfinished last line, as a killed run leaves it, is cut off.

    Args:
        path: The file.
        docs: The documents of the source.
        run: The run that would make the rows.
        attrs: The names of the extensions.

    Returns:
        Whether each row is current. It isn't if the picture has another path, or its file has
        changed, appeared or disappeared.

    Raises:
        ValueError: If a row belongs to another document or another run; the file stays as it is.
    """
    rest = iter(docs)
    current: list[bool] = []
    end = 0
    with path.open("rb+") as file:
        for number, line in enumerate(file, 1):
            try:
                doc = next(rest, None)
                if doc is None:
                    raise ValueError("the source has no such post")
                if line.endswith(b"\n"):
                    current.append(_is_current(doc, line, run, attrs))
                    end += len(line)
                # a power failure may leave NULs at the end
                elif not _may_begin_row_of(doc, line.rstrip(b"\0"), attrs):
                    raise ValueError("not a row of this source")
            except ValueError as error:
                raise ValueError(
                    f"{path}:{number}: {error}, so the run can't continue: give another target, or "
                    f"--overwrite to start again"
                ) from error
        file.truncate(end)
    return current


def renew(
    path: Path, current: Sequence[bool], docs: Iterable[Doc], run: Run, attrs: Attributes
) -> None:
    """Replace the rows of a file that are no longer current, atomically.

    Args:
        path: The file.
        current: Whether each row is current.
        docs: The documents of the other rows, in order.
        run: The run that makes the rows.
        attrs: The names of the extensions.
    """
    fresh = iter(docs)
    both = run.view is Views.BOTH
    with replacing(path) as part, path.open("rb") as old, part.open("wb") as new:
        for line, is_current in zip(old, current, strict=True):
            new.write(line if is_current else line_of(next(fresh), attrs, both, run))


def _is_current(doc: Doc, line: bytes, run: Run, attrs: Attributes) -> bool:
    """Return whether a row is current. Raises ValueError if it is of another document or run."""
    row: Any = None
    try:
        row = json.loads(line)
        made_by = row["run"]
        known = (row["id"], row["text"], made_by["view"], made_by["pipeline"])
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError("not a row of this command") from error
    if known[:2] != (Notes(doc).id, doc.text):
        raise ValueError("not the post that the source has at this place")
    mark = run.mark(doc, attrs)
    if known[2] != mark["view"]:
        raise ValueError(f"made with --view {known[2]}, not {mark['view']}")
    if known[3] != mark["pipeline"]:
        raise ValueError("made by another pipeline")
    if not all(isinstance(row.get(name), list) for name in entity_keys(run.view is Views.BOTH)):
        raise ValueError("a row without entities")
    post = post_of(doc, attrs)
    same = all(row.get(name) == post.get(name) for name in ("image", "images"))
    # a change of a picture on another machine can't be seen: one that failed is tried again
    failed = "warning" in row and parse(post["image"]).is_remote
    return same and not failed and made_by.get("picture") == mark["picture"]


def _may_begin_row_of(doc: Doc, line: bytes, attrs: Attributes) -> bool:
    post = post_of(doc, attrs)
    # the picture may have another path by now
    before = dict(takewhile(lambda item: item[0] not in PICTURE_FIELDS, post.items()))
    start = json.dumps(before or post, ensure_ascii=False).encode().removesuffix(b"}")
    return line.startswith(start) or start.startswith(line)
