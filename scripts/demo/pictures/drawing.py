"""A canvas in picture coordinates that remembers which objects were drawn on it, and where."""

from collections.abc import Sequence
from functools import lru_cache
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 320, 240
# Drawn at twice the size and scaled down: PIL does not smooth the edges of shapes.
OVERSAMPLING = 2

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]
Point = tuple[float, float]

COLOURS: dict[str, Colour] = {
    "red": (205, 45, 45),
    "orange": (240, 135, 35),
    "yellow": (240, 210, 60),
    "green": (50, 150, 75),
    "blue": (45, 95, 200),
    "purple": (130, 65, 170),
    "pink": (240, 125, 170),
    "white": (240, 240, 238),
    "black": (38, 38, 44),
    "grey": (130, 134, 140),
    "brown": (130, 85, 50),
}
BRIGHT = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white")
SKIN: tuple[Colour, ...] = ((250, 214, 180), (226, 172, 128), (176, 118, 78), (112, 74, 52))


def shade(colour: Colour, factor: float) -> Colour:
    """Make a colour darker (factor below 1) or lighter (above 1)."""
    r, g, b = (max(0, min(255, round(part * factor))) for part in colour)
    return r, g, b


@lru_cache(maxsize=128)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow was built without FreeType: it has no scalable font")
    return font


class Canvas:
    """An unfinished picture. All coordinates are pixels of the finished picture.

    rng: the source of every choice, so that a seed determines the picture.
    objects: label and box of each object drawn so far, boxes cut at the picture's edge.
    """

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.objects: list[tuple[str, Box]] = []
        size = (WIDTH * OVERSAMPLING, HEIGHT * OVERSAMPLING)
        self._image = Image.new("RGB", size)
        self._draw = ImageDraw.Draw(self._image)

    def colour(self, name: str) -> Colour:
        """Return a named colour, varied a little."""
        r, g, b = (max(0, min(255, part + self.rng.randint(-14, 14))) for part in COLOURS[name])
        return r, g, b

    def mark(self, label: str, box: Box) -> None:
        """Record an object, unless only a sliver of it is inside the picture."""
        left, top, right, bottom = box
        cut = (max(left, 0.0), max(top, 0.0), min(right, WIDTH), min(bottom, HEIGHT))
        if cut[2] - cut[0] >= 4 and cut[3] - cut[1] >= 4:
            self.objects.append((label, cut))

    def gradient(self, top: Colour, bottom: Colour, box: Box = (0, 0, WIDTH, HEIGHT)) -> None:
        """Draw a vertical blend of two colours."""
        left, upper, right, lower = (round(value * OVERSAMPLING) for value in box)
        height, width = max(1, lower - upper), max(1, right - left)
        part = np.linspace(0, 1, height)[:, None]
        column = np.array(top) * (1 - part) + np.array(bottom) * part
        pixels = np.broadcast_to(column[:, None, :], (height, width, 3)).astype(np.uint8)
        self._image.paste(Image.fromarray(pixels), (left, upper))

    def rect(self, box: Box, fill: Colour, radius: float = 0) -> None:
        """Draw a rectangle, with rounded corners where a radius is given."""
        self._draw.rounded_rectangle(_scaled(box), radius * OVERSAMPLING, fill=fill)

    def ellipse(self, box: Box, fill: Colour) -> None:
        """Draw an ellipse inside the box."""
        self._draw.ellipse(_scaled(box), fill=fill)

    def circle(self, x: float, y: float, radius: float, fill: Colour) -> None:
        """Draw a disc around a point."""
        self.ellipse((x - radius, y - radius, x + radius, y + radius), fill)

    def pie(self, box: Box, start: float, end: float, fill: Colour) -> None:
        """Draw a slice of an ellipse in the box, angles in degrees clockwise from the right."""
        self._draw.pieslice(_scaled(box), start, end, fill=fill)

    def arc(self, box: Box, start: float, end: float, fill: Colour, width: float) -> None:
        """Draw a part of an ellipse's outline."""
        self._draw.arc(_scaled(box), start, end, fill=fill, width=_thick(width))

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        """Draw a filled polygon."""
        self._draw.polygon([(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points], fill=fill)

    def line(self, points: Sequence[Point], fill: Colour, width: float) -> None:
        """Draw a line through the points, joints and ends rounded."""
        scaled = [(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points]
        self._draw.line(scaled, fill=fill, width=_thick(width), joint="curve")
        for x, y in points:
            self.circle(x, y, width / 2, fill)

    def blend(self, points: Sequence[Point], fill: Colour, alpha: float) -> None:
        """Draw a see-through polygon: light beams, shadows."""
        mask = Image.new("L", self._image.size)
        scaled = [(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points]
        ImageDraw.Draw(mask).polygon(scaled, fill=round(255 * alpha))
        self._image.paste(fill, mask=mask)

    def lettering(self, text: str, box: Box, fill: Colour, largest: int = 46) -> None:
        """Draw text broken into lines, centred, as large as the box allows."""
        left, top, right, bottom = box
        for size in range(largest, 9, -2):
            lines = _wrap(text, (right - left) * OVERSAMPLING, _font(size * OVERSAMPLING))
            if lines and len(lines) * size * 1.15 <= bottom - top:
                break
        y = (top + bottom - len(lines) * size * 1.15) / 2 + size * 0.57
        for line in lines:
            place = ((left + right) / 2 * OVERSAMPLING, y * OVERSAMPLING)
            self._draw.text(place, line, fill=fill, font=_font(size * OVERSAMPLING), anchor="mm")
            y += size * 1.15

    def finish(self, grainy: float = 7.0) -> Image.Image:
        """Return the picture as a camera would take it: scaled, slightly blurred and grainy."""
        image = self._image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
        image = image.filter(ImageFilter.GaussianBlur(self.rng.uniform(0.0, 0.7)))
        grain = np.random.default_rng(self.rng.getrandbits(64))
        strength = self.rng.uniform(1.0, grainy)
        light = self.rng.uniform(0.85, 1.1)
        noise = grain.standard_normal((HEIGHT, WIDTH, 1), np.float32) * strength
        pixels = np.asarray(image, np.float32) * light + noise
        return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _scaled(box: Box) -> Box:
    left, top, right, bottom = (value * OVERSAMPLING for value in box)
    return left, top, max(left, right), max(top, bottom)


def _thick(width: float) -> int:
    return max(1, round(width * OVERSAMPLING))


def _wrap(text: str, width: float, font: ImageFont.FreeTypeFont) -> list[str]:
    """Break text into lines no wider than the width; returns none if one word is too wide."""
    lines: list[str] = []
    for word in text.split():
        if font.getlength(word) > width:
            return []
        longer = f"{lines[-1]} {word}" if lines else ""
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
