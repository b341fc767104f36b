"""Identities of models in folders, by a hash of their files."""

import hashlib
from functools import lru_cache
from pathlib import Path

FINGERPRINT = "fingerprint.json"
"""File of a saved backend with the fingerprint of its model."""
FINGERPRINTED = {".safetensors", ".bin", ".json", ".txt", ".model", ".jinja"}


def folder_fingerprint(folder: Path) -> str:
    """Hash the files of a model's folder that change its answers."""
    files = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix in FINGERPRINTED and path.name != FINGERPRINT
    ]
    states = [path.stat() for path in files]
    return _hash(tuple(files), tuple((one.st_size, one.st_mtime_ns) for one in states))


@lru_cache(maxsize=64)
def _hash(files: tuple[Path, ...], states: tuple[tuple[int, int], ...]) -> str:
    """Hash files once while they stay as they are: four pipes may share a model of 16 GB."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode())
        with path.open("rb") as file:
            for block in iter(lambda: file.read(2**20), b""):
                digest.update(block)
    return digest.hexdigest()
