"""Folders of pictures and texts with the same names."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from ..alignment.picture import FORMATS
from .files.archive import suffix_of
from .files.utf8 import decode, printable
from .rows.fields import Record
from .rows.saved_dataset import is_saved
from .rows.table_fields import PICTURES

UNREAD = {".heic", ".heif", ".ico", ".svg"}
"""Unsupported picture formats; the failure is reported with the post."""
SHARDS = (".parquet", ".tar", ".tar.gz", ".tgz", ".jsonl", ".csv")
"""Suffixes of the files that make a folder a corpus in several parts."""


def picture_suffixes() -> set[str]:
    """Return the suffixes of pictures."""
    return {end for end, name in Image.registered_extensions().items() if name in FORMATS} | UNREAD


def shards_of(folder: Path) -> list[Path]:
    """List the parts of a corpus in a folder, by name.

    Returns:
        The parts; none if the folder holds other files too, which `read_folder` reads.
    """
    if is_saved(folder):
        return []
    files = [file for file in sorted(folder.iterdir()) if not file.name.startswith((".", "_"))]
    return files if files and all(suffix_of(file) in SHARDS for file in files) else []


def read_folder(path: Path) -> Iterator[tuple[str, Record]]:
    """Read the posts of a folder and its subfolders.

    Yields:
        The name of a file, with its text and its image, or the error of reading them.

    Raises:
        ValueError: If the folder holds files, but neither pictures nor texts.
    """
    pictures = picture_suffixes()
    files = sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not any(p.startswith(".") for p in file.relative_to(path).parts)
    )
    texts = {file.with_suffix(""): file for file in files if file.suffix.lower() == ".txt"}
    stems = {file.with_suffix("") for file in files if file.suffix.lower() in pictures}
    if files and not texts and not stems:
        raise ValueError(
            f"{path}: a folder without pictures, texts (.txt) and files of posts "
            f"({', '.join(SHARDS)}): to read posts of another format, give their file"
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
            yield name, {"text": content, PICTURES: [name] if is_picture else []}
        except (OSError, ValueError) as error:
            yield name, error
