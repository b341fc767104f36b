"""Folders of pictures and texts with the same names."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from ..alignment.picture import FORMATS
from .files.utf8 import decode, printable
from .rows.fields import Record

UNREAD = {".heic", ".heif", ".ico", ".svg"}
"""Unsupported picture formats; the failure is reported with the post."""


def read_folder(path: Path) -> Iterator[tuple[str, Record]]:
    """Read the posts of a folder and its subfolders.

    Yields:
        The name of a file, with its text and its image, or the error of reading them.

    Raises:
        ValueError: If the folder holds files, but neither pictures nor texts.
    """
    pictures = {end for end, name in Image.registered_extensions().items() if name in FORMATS}
    pictures |= UNREAD
    files = sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not any(p.startswith(".") for p in file.relative_to(path).parts)
    )
    texts = {file.with_suffix(""): file for file in files if file.suffix.lower() == ".txt"}
    stems = {file.with_suffix("") for file in files if file.suffix.lower() in pictures}
    if files and not texts and not stems:
        raise ValueError(
            f"{path}: a folder without pictures and texts (.txt): to read posts of another format, "
            f"give their file"
        )
    for file in files:
        stem, suffix = file.with_suffix(""), file.suffix.lower()
        name = file.relative_to(path).as_posix()
        is_picture = suffix in pictures
        if not is_picture and (suffix != ".txt" or stem in stems):
            continue
        text = texts.get(stem) if is_picture else file
        try:
            if is_picture and name != printable(name):
                raise ValueError("the picture's name is not UTF-8: rename it")
            content = decode(text.read_bytes()).strip() if text else ""
            yield name, {"text": content, "image": name if is_picture else ""}
        except (OSError, ValueError) as error:
            yield name, error
