"""Options for the pictures of a corpus: where they are, and whether they are written again."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ...sources import read_source

PictureColumnOption = Annotated[
    str, typer.Option(help="Column or key of the pictures, if it isn't `images` or `image`")
]
ImagesOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder, zip or tar in which the pictures are looked up by their names", exists=True
    ),
]
AllowHttpOption = Annotated[
    bool,
    typer.Option("--allow-http", help="Fetch pictures from the web, from public addresses only"),
]
WithPicturesOption = Annotated[
    bool,
    typer.Option(
        "--with-pictures", help="Write the pictures' bytes into a .parquet target, not their paths"
    ),
]


def picture_reader(
    target: Path, with_pictures: bool, allow_http: bool
) -> Callable[[str], bytes] | None:
    """Make the function that reads the pictures to write; None if they aren't written.

    Raises:
        ValueError: If the target can't hold them.
    """
    if not with_pictures:
        return None
    if target.suffix.lower() != ".parquet":
        raise ValueError(f"{target}: only a .parquet target holds pictures (--with-pictures)")

    def read(path: str) -> bytes:
        return read_source(path, allow_http)

    return read
