"""Vocabularies of open-vocabulary models, files with one word per line."""

from pathlib import Path

from ...errors import BackendError

OBJECTS = Path(__file__).parent / "objects.txt"
"""Common objects of Visual Genome."""
ATTRIBUTES = Path(__file__).parent / "attributes.txt"
"""Common attributes of Visual Genome: colours, materials, shapes, states and actions."""
COCO = Path(__file__).parent / "coco.txt"
"""The 80 classes of COCO in the order of its detectors."""


def read_words(path: Path) -> list[str]:
    """Read the lines of a file that aren't empty.

    Raises:
        BackendError: If the file can't be read, or has no words.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BackendError(f"can't read the list of words {path}: {error}") from error
    words = [line.strip() for line in lines if line.strip()]
    if not words:
        raise BackendError(f"the list of words {path} is empty")
    return words
