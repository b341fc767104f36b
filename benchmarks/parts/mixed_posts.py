"""Posts whose pictures are good, broken, dangerous or missing, and their expected outcomes."""

import io
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

TEXT = "i love paris"
CAUSES = {
    "good": "",
    "cut": "truncated",
    "empty": "the file is empty",
    "noise": "not a picture",
    "bomb": "more than the limit",
    "missing": "No such file",
    "flipped": None,
    "line": "Expecting property name",
}
"""By kind: what its warning says, or for a broken line its error; "" for none. A picture with
flipped bytes may be read or not."""


def write_posts(folder: Path, count: int) -> Path:
    """Write JSONL of `count` posts, with their pictures beside it.

    The id of a post is `kind number`; that of a broken line is its number.
    """
    (folder / "pictures").mkdir(parents=True)
    posts = folder / "posts.jsonl"
    with posts.open("w", encoding="utf8") as file:
        file.writelines(_lines(folder, count))
    return posts


def kind_of(number: int) -> str:
    """Choose the kind of a post by its number: half of them are good."""
    return list(CAUSES)[max(number % 14 - 6, 0)]


def _lines(folder: Path, count: int) -> Iterator[str]:
    noise = random.Random(0)
    bomb = _png(Image.new("1", (9_000, 9_000)))
    contents: dict[str, Callable[[bytes], bytes]] = {
        "good": lambda good: good,
        "cut": lambda good: good[: len(good) // 2],
        "empty": lambda good: b"",
        "noise": lambda good: noise.randbytes(5_000),
        "bomb": lambda good: bomb,
        "flipped": lambda good: good[:60] + noise.randbytes(40) + good[100:],
    }
    for number in range(count):
        kind = kind_of(number)
        if kind == "line":
            yield "{broken\n"
            continue
        name = f"pictures/{number}.png"
        if kind in contents:
            (folder / name).write_bytes(contents[kind](_poster(number)))
        yield json.dumps({"id": f"{kind} {number}", "text": TEXT, "image": name}) + "\n"


def _poster(number: int) -> bytes:
    image = Image.new("RGB", (240, 60), "white")
    pen = ImageDraw.Draw(image)
    pen.text((10, 10), f"PARIS {number}", "black", ImageFont.load_default(30))
    return _png(image)


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
