"""Photos with rendered text, and what it says.

The photos come in scikit-image's wheel, the fonts are DejaVu's, as Debian's fonts-dejavu has them.
"""

import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from skimage import data

FONTS = sorted(Path("/usr/share/fonts/truetype/dejavu").glob("DejaVu*.ttf"))
# DejaVuMathTeXGyre is for formulas
FACES = [font for font in FONTS if "Math" not in font.name]
INKS = {"white": "black", "black": "white", "gold": "black", "crimson": "white", "navy": "white"}
"""Colours of letters, and of an outline that sets them off."""
SIZES = (16, 24, 36, 52)
"""Heights of letters in pixels."""
WORDS = (
    "ADELE ARSENAL BERLIN BOSTON Brooklyn Chelsea CHICAGO Coldplay Dallas DUBLIN FESTIVAL Google "
    "Hillary JORDAN LAKERS London MADRID Michigan NEWCASTLE Obama Olympics PARIS Phoenix Rihanna "
    "SEATTLE Spurs Sydney TONIGHT Toronto Twitter VIENNA Wembley"
).split()


def photos() -> list[Image.Image]:
    """Load colour photos of 451 x 300 to 741 x 500 pixels."""
    found = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]
    return [Image.fromarray(photo) for photo in (*found, data.stereo_motorcycle()[0])]


def lettered_photos(seed: int, count: int) -> Iterator[tuple[Image.Image, list[str]]]:
    """Draw two lines of one to three words on photos, half of them outlined as on memes."""
    dice = random.Random(seed)
    grounds = photos()
    for number in range(count):
        image = grounds[number % len(grounds)].copy()
        said: list[str] = []
        for part in range(2):
            said += _letter(image, dice, part * image.height // 2)
        yield image, said


def _letter(image: Image.Image, dice: random.Random, top: int) -> list[str]:
    words = dice.sample(WORDS, dice.randint(1, 3))
    size = dice.choice(SIZES)
    pen = ImageDraw.Draw(image)
    face = str(dice.choice(FACES))
    while pen.textlength(" ".join(words), ImageFont.truetype(face, size)) > image.width - 20:
        size -= 2
    font = ImageFont.truetype(face, size)
    width = pen.textlength(" ".join(words), font)
    ink = dice.choice(list(INKS))
    pen.text(
        (dice.randint(10, int(image.width - width - 10)), top + dice.randint(0, 60)),
        " ".join(words),
        ink,
        font,
        stroke_width=dice.choice((0, size // 12)),
        stroke_fill=INKS[ink],
    )
    return words
