"""Small pictures of one colour in Parquet shards, and a backend that names the colour.

`annotate` imports the file with --code, for the backend's name.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import spacy
from PIL import Image

COLOURS = {"red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255), "white": (255,) * 3}


@spacy.registry.misc("benchmarks.ColourNamer.v1")
class ColourNamer:
    """Captions a picture by its colour."""

    identity = {"name": "colour namer"}

    def __call__(self, pictures: Sequence[Any]) -> list[list[dict[str, Any]]]:
        names = {value: name for name, value in COLOURS.items()}
        return [
            [{"text": f"a {names[p.image.getpixel((p.image.width - 1, 0))]} thing", "score": 0.0}]
            for p in pictures
        ]


def write_shards(folder: Path, posts: int, shards: int) -> None:
    """Write posts with the bytes of a picture each, no two of them equal."""
    import pyarrow as arrow
    from pyarrow import parquet

    folder.mkdir(parents=True, exist_ok=True)
    size = -(-posts // shards)
    for shard in range(shards):
        numbers = range(shard * size, min((shard + 1) * size, posts))
        columns = {
            "id": [str(number) for number in numbers],
            "text": [f"i love paris {number % 97}" for number in numbers],
            "image": [{"bytes": _picture(number), "path": f"{number}.png"} for number in numbers],
            "likes": arrow.array([number % 7 for number in numbers], arrow.int16()),
        }
        file = folder / f"shard-{shard:05}.parquet"
        parquet.write_table(arrow.table(columns), file, row_group_size=500)


def _picture(number: int) -> bytes:
    names = list(COLOURS.values())
    image = Image.new("RGB", (32, 24), names[number % len(names)])
    image.putpixel((0, 0), (number & 255, number >> 8 & 255, number >> 16 & 255))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
