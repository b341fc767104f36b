"""Check the files of the shipped vision models against their SHA-256.

    python -m scripts.demo.models.checksums assets/detector assets/captioner

It imports nothing but the standard library, so that the demo's check takes no time.
"""

import hashlib
import sys
from pathlib import Path

SUMS = "SHA256SUMS"
"""The file of a folder that lists the others, in the form that `sha256sum -c` reads."""


class ChecksumError(ValueError):
    """A file that is missing, or that is not the one that was shipped."""


def write_checksums(folder: Path) -> None:
    """List the SHA-256 of every file that loading the model reads."""
    files = sorted(p for p in folder.iterdir() if p.suffix in {".json", ".safetensors"})
    lines = [f"{_sha256(path)}  {path.name}\n" for path in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf8")


def check(folder: Path) -> None:
    """Compare a folder's files with its list. Raises ChecksumError with a hint on how to go on."""
    hint = f"get it again by `git checkout {folder}`, or train it by `spacy project run vision`"
    try:
        listed = (folder / SUMS).read_text(encoding="utf8").splitlines()
    except OSError as error:
        raise ChecksumError(f"{folder}: no list of checksums, {SUMS}: {hint}") from error
    for line in listed:
        expected, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file():
            raise ChecksumError(f"{path} is missing: {hint}")
        if (found := _sha256(path)) != expected:
            raise ChecksumError(
                f"{path} is not the file that was shipped: its SHA-256 is {found}, and "
                f"{folder / SUMS} says {expected}: {hint}"
            )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        try:
            check(Path(argument))
        except ChecksumError as error:
            sys.exit(str(error))
        print(f"{argument}: the checksums match")
