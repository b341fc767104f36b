"""Lists of words, one a line, that open-vocabulary models look for."""

from pathlib import Path

from ...errors import BackendError

OBJECTS = Path(__file__).parent / "objects.txt"
"""Common objects of Visual Genome."""
ATTRIBUTES = Path(__file__).parent / "attributes.txt"
"""Common attributes of Visual Genome: colours, materials, shapes, states and actions."""
COCO = Path(__file__).parent / "coco.txt"
"""The 80 classes of COCO in the order of its detectors."""


def read_words(path: Path) -> list[str]:
    """The lines of a file without empty ones.

    Raises BackendError for a file that can't be read or has none.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BackendError(f"can't read the list of words {path}: {error}") from error
    words = [line.strip() for line in lines if line.strip()]
    if not words:
        raise BackendError(f"the list of words {path} is empty")
    return words
