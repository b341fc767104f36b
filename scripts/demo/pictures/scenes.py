"""Scenes: pictures drawn from a seed, with the objects in them and the captions they deserve."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image

from .captions import Facts, references
from .drawing import Box, Canvas
from .informative import (
    beach,
    cinema,
    gadget,
    interview,
    match,
    skyline,
    stadium,
    stage,
    street,
)
from .uninformative import food, pet, poster, signboard, sunset, tshirt

SMALL_TALK = ("OPEN DAILY", "BIG SALE TODAY", "HAPPY NEW YEAR", "FREE COFFEE", "KEEP CALM")

DRAWN: dict[str, Callable[[Canvas], Facts]] = {
    "stage": stage,
    "interview": interview,
    "stadium": stadium,
    "match": match,
    "skyline": skyline,
    "beach": beach,
    "street": street,
    "cinema": cinema,
    "gadget": gadget,
    "food": food,
    "pet": pet,
    "sunset": sunset,
}
WRITTEN: dict[str, Callable[[Canvas, str], Facts]] = {
    "poster": poster,
    "signboard": signboard,
    "tshirt": tshirt,
}
KINDS = (*DRAWN, *WRITTEN)


@dataclass(frozen=True)
class Scene:
    """A rendered scene: what it shows, where, and every caption that is right for it."""

    kind: str
    image: Image.Image
    objects: list[tuple[str, Box]]
    captions: list[str]


def render(kind: str, seed: str, lettering: str = "") -> Scene:
    """Draw the scene of a kind that a seed determines.

    lettering: what the poster, sign or shirt reads; small talk by default.
    """
    canvas = Canvas(Random(f"{kind}/{seed}"))
    if kind in WRITTEN:
        facts = WRITTEN[kind](canvas, lettering or canvas.rng.choice(SMALL_TALK))
    else:
        facts = DRAWN[kind](canvas)
    # Tesseract gives up on lettering in coarse grain.
    image = canvas.finish(grainy=2.5 if kind in WRITTEN else 7.0)
    return Scene(kind, image, canvas.objects, references(kind, facts))
