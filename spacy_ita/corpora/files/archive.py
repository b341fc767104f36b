"""Archives: their suffixes, and their members in order."""

import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")
"""Suffixes of archives."""


def suffix_of(path: Path) -> str:
    """Return the suffix of a file in lower case, with both parts of `.tar.gz`."""
    name = path.name.lower()
    return ".tar.gz" if name.endswith(".tar.gz") else Path(name).suffix


def scheme_of(path: Path) -> str:
    """Return the scheme of the members of an archive."""
    return "zip" if suffix_of(path) == ".zip" else "tar"


def members(path: Path, largest: int) -> Iterator[tuple[str, bytes | None]]:
    """List the files in an archive, in order.

    Args:
        path: The archive.
        largest: Maximum size of files whose content is read.

    Yields:
        The name of each file, with the content of a `.json` or `.txt`, None for others.

    Raises:
        ValueError: If it is no archive, or a damaged one.
    """
    try:
        if scheme_of(path) == "zip":
            with zipfile.ZipFile(path) as archive:
                for entry in archive.infolist():
                    if not entry.is_dir():
                        text = _is_text(entry.filename) and entry.file_size <= largest
                        yield entry.filename, archive.read(entry) if text else None
            return
        opened: Any = tarfile.open(path)  # noqa: SIM115 - closed below
        with opened:
            for member in opened:
                if member.isfile():
                    file = opened.extractfile(member)
                    text = _is_text(member.name) and member.size <= largest
                    yield member.name, file.read() if text else None
                # which the archive would keep
                opened.members.clear()
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, RuntimeError) as error:
        raise ValueError(f"{path}: a damaged archive, or none: {error}") from error


def _is_text(name: str) -> bool:
    return name.lower().endswith((".json", ".txt"))
