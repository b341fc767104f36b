"""The list of models that the program Tesseract finds."""

import re
import subprocess
from pathlib import Path


def list_models(program: str = "tesseract") -> tuple[list[str], Path | None]:
    """List the models that the program finds, with their folder.

    Returns:
        The names, such as `eng`, `Fraktur` and `script/Cyrillic`, and the folder, which version 5
        names above them; None if it doesn't.

    Raises:
        OSError: If there is no such program.
    """
    listed = subprocess.run(
        [program, "--list-langs"], capture_output=True, text=True, errors="replace", check=False
    )
    # older versions print to the other stream
    heading, *names = (listed.stdout or listed.stderr).splitlines() or [""]
    folder = re.search('"(.+)"', heading)
    # a name has no blanks; a warning may stand among them
    found = [name.strip() for name in names if name.strip() and " " not in name.strip()]
    return found, Path(folder[1]) if folder else None
