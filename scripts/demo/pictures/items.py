"""More things scenes are made of: vehicles, goods, food and pets."""

from math import cos, pi, sin

from .drawing import BRIGHT, Canvas, Colour, shade


def boat(c: Canvas, x: float, y: float, size: float) -> None:
    """Draw a sailing boat with its hull's middle at (x, y)."""
    hull = c.colour(c.rng.choice(["white", "red", "brown", "blue"]))
    c.line([(x, y), (x, y - size)], (90, 70, 50), 1.5)
    c.polygon([(x + 2, y - size), (x + 2, y - 3), (x + size * 0.5, y - 3)], (245, 240, 230))
    c.polygon([(x - 2, y - size * 0.8), (x - 2, y - 3), (x - size * 0.4, y - 3)], (225, 220, 210))
    wide = size * 0.55
    deep = y + size * 0.22
    c.polygon([(x - wide, y), (x + wide, y), (x + wide * 0.7, deep), (x - wide * 0.7, deep)], hull)
    c.mark("boat", (x - wide, y - size, x + wide, deep))


def car(c: Canvas, x: float, y: float, w: float, colour: Colour) -> None:
    """Draw a car seen from the side, its wheels' bottom left at (x, y)."""
    h = w * 0.36
    c.polygon(
        [
            (x + w * 0.2, y - h * 0.55),
            (x + w * 0.32, y - h),
            (x + w * 0.68, y - h),
            (x + w * 0.84, y - h * 0.55),
        ],
        shade(colour, 0.9),
    )
    for left, right in ((0.31, 0.48), (0.52, 0.72)):
        c.rect((x + w * left, y - h * 0.9, x + w * right, y - h * 0.58), (185, 215, 230), 2)
    c.rect((x, y - h * 0.62, x + w, y - h * 0.15), colour, h * 0.18)
    for wheel in (0.22, 0.78):
        c.circle(x + w * wheel, y - h * 0.2, h * 0.22, (30, 30, 32))
        c.circle(x + w * wheel, y - h * 0.2, h * 0.1, (180, 180, 185))
    c.rect((x + w * 0.94, y - h * 0.52, x + w, y - h * 0.4), (255, 240, 170), 1)
    c.mark("car", (x, y - h, x + w, y))


def sign(
    c: Canvas, box: tuple[float, float, float, float], board: Colour, ink: Colour, text: str
) -> None:
    """Draw a board with lettering."""
    left, top, right, bottom = box
    c.rect((left - 4, top - 4, right + 4, bottom + 4), shade(board, 0.8), 6)
    c.rect(box, board, 4)
    c.lettering(text, (left + 10, top + 8, right - 10, bottom - 8), ink)
    c.mark("sign", (left - 4, top - 4, right + 4, bottom + 4))


def shirt(c: Canvas, x: float, y: float, w: float, colour: Colour, ink: Colour, text: str) -> None:
    """Draw a T-shirt lying flat, with lettering on its chest; (x, y) is the collar's middle."""
    h, half = w * 0.95, w / 2
    c.polygon(
        [
            (x - half * 0.6, y),
            (x - half * 1.35, y + h * 0.24),
            (x - half * 1.1, y + h * 0.46),
            (x - half * 0.9, y + h * 0.36),
            (x - half * 0.9, y + h),
            (x + half * 0.9, y + h),
            (x + half * 0.9, y + h * 0.36),
            (x + half * 1.1, y + h * 0.46),
            (x + half * 1.35, y + h * 0.24),
            (x + half * 0.6, y),
        ],
        colour,
    )
    c.pie((x - w * 0.17, y - w * 0.13, x + w * 0.17, y + w * 0.13), 0, 180, shade(colour, 0.6))
    c.lettering(text, (x - half * 0.86, y + h * 0.2, x + half * 0.86, y + h * 0.96), ink, 40)
    c.mark("shirt", (x - half * 1.35, y, x + half * 1.35, y + h))


def phone(c: Canvas, x: float, y: float, h: float, colour: Colour) -> None:
    """Draw a telephone upright, its top left corner at (x, y)."""
    w = h * 0.5
    c.rect((x, y, x + w, y + h), colour, h * 0.08)
    c.rect((x + w * 0.07, y + h * 0.04, x + w * 0.93, y + h * 0.96), (24, 28, 48), h * 0.06)
    c.rect((x + w * 0.35, y + h * 0.06, x + w * 0.65, y + h * 0.09), (0, 0, 0), 2)
    for row in range(4):
        for column in range(3):
            left, top = x + w * (0.17 + column * 0.25), y + h * (0.2 + row * 0.15)
            tint = c.colour(c.rng.choice(BRIGHT))
            c.rect((left, top, left + w * 0.17, top + w * 0.17), tint, w * 0.04)
    c.mark("phone", (x, y, x + w, y + h))


def screen(c: Canvas, box: tuple[float, float, float, float]) -> None:
    """Draw a cinema screen showing a film still."""
    left, top, right, bottom = box
    w, h = right - left, bottom - top
    c.rect((left - 4, top - 4, right + 4, bottom + 4), (18, 18, 22))
    sky = c.colour(c.rng.choice(["orange", "purple", "blue", "pink", "green"]))
    c.gradient(sky, shade(sky, 1.5), box)
    x = left + w * c.rng.uniform(0.25, 0.75)
    c.circle(x, top + h * c.rng.uniform(0.3, 0.5), h * 0.18, (255, 245, 205))
    peak = left + w * c.rng.uniform(0.2, 0.45)
    c.polygon([(left, bottom), (peak, top + h * 0.45), (left + w * 0.65, bottom)], shade(sky, 0.4))
    c.polygon([(peak, bottom), (left + w * 0.72, top + h * 0.58), (right, bottom)], shade(sky, 0.3))
    for edge in (top, bottom - h * 0.11):
        c.rect((left, edge, right, edge + h * 0.11), (0, 0, 0))
    c.mark("screen", (left - 4, top - 4, right + 4, bottom + 4))


def popcorn(c: Canvas, x: float, y: float, h: float) -> None:
    """Draw a striped bucket of popcorn standing at (x, y)."""
    w = h * 0.72
    for _ in range(16):
        dx, dy = c.rng.uniform(-0.42, 0.42) * w, c.rng.uniform(-0.06, 0.16) * h
        c.circle(
            x + dx, y - h * 0.78 - dy, h * 0.085, shade((252, 236, 180), c.rng.uniform(0.85, 1))
        )
    for stripe in range(6):
        a, b = stripe / 6 - 0.5, (stripe + 1) / 6 - 0.5
        upper, lower = y - h * 0.75, y
        points = [(x + a * w, upper), (x + b * w, upper), (x + b * w * 0.75, lower)]
        c.polygon(
            [*points, (x + a * w * 0.75, lower)], (215, 45, 45) if stripe % 2 else (245, 240, 235)
        )
    c.mark("popcorn", (x - w * 0.52, y - h, x + w * 0.52, y))


def pizza(c: Canvas, x: float, y: float, r: float) -> None:
    """Draw a pizza on a plate, seen from above."""
    flat = 0.8
    for size, tone in ((1.0, (235, 235, 238)), (0.88, (196, 132, 62)), (0.77, (244, 200, 92))):
        c.ellipse((x - r * size, y - r * size * flat, x + r * size, y + r * size * flat), tone)
    for _ in range(c.rng.randint(8, 12)):
        angle, far = c.rng.uniform(0, 2 * pi), r * c.rng.uniform(0.1, 0.62)
        tone = c.rng.choice([(190, 45, 38), (190, 45, 38), (70, 130, 50)])
        c.circle(x + cos(angle) * far, y + sin(angle) * far * flat, r * 0.09, tone)
    c.mark("pizza", (x - r, y - r * flat, x + r, y + r * flat))


def cup(c: Canvas, x: float, y: float, h: float, colour: Colour) -> None:
    """Draw a cup with a handle, standing at (x, y)."""
    w = h * 0.85
    c.arc((x + w * 0.25, y - h * 0.8, x + w * 0.8, y - h * 0.25), 270, 90, colour, h * 0.09)
    c.rect((x - w / 2, y - h, x + w / 2, y), colour, h * 0.16)
    c.ellipse((x - w / 2, y - h * 1.08, x + w / 2, y - h * 0.86), shade(colour, 1.2))
    c.ellipse((x - w * 0.42, y - h * 1.05, x + w * 0.42, y - h * 0.89), (82, 52, 34))
    c.mark("cup", (x - w / 2, y - h * 1.08, x + w * 0.82, y))


def cat(c: Canvas, x: float, y: float, h: float, fur: Colour) -> None:
    """Draw a sitting cat seen from the front, paws at (x, y)."""
    head, r = y - h * 0.68, h * 0.24
    c.arc((x + h * 0.1, y - h * 0.5, x + h * 0.5, y), 300, 90, fur, h * 0.08)
    c.ellipse((x - h * 0.27, y - h * 0.58, x + h * 0.27, y), fur)
    for side in (-1, 1):
        tip = (x + side * r * 0.95, head - r * 1.35)
        c.polygon([(x + side * r * 0.15, head - r * 0.7), tip, (x + side * r, head)], fur)
        c.ellipse(
            (x + side * h * 0.1 - h * 0.07, y - h * 0.1, x + side * h * 0.1 + h * 0.07, y),
            shade(fur, 1.2),
        )
    c.circle(x, head, r, fur)
    for side in (-1, 1):
        c.circle(x + side * r * 0.4, head - r * 0.1, r * 0.2, (190, 215, 80))
        c.circle(x + side * r * 0.4, head - r * 0.1, r * 0.08, (10, 10, 10))
        for slope in (0.1, 0.35):
            whisker = (x + side * r * 1.35, head + r * slope)
            c.line([(x + side * r * 0.3, head + r * 0.35), whisker], (235, 235, 235), 0.7)
    c.polygon(
        [(x - r * 0.12, head + r * 0.2), (x + r * 0.12, head + r * 0.2), (x, head + r * 0.38)],
        (225, 120, 130),
    )
    c.mark("cat", (x - h * 0.32, head - r * 1.35, x + h * 0.5, y))


def dog(c: Canvas, x: float, y: float, w: float, fur: Colour) -> None:
    """Draw a standing dog seen from the side, facing right; (x, y) is below its middle."""
    h = w * 0.72
    dark = shade(fur, 0.75)
    for leg in (-0.34, -0.22, 0.14, 0.26):
        c.rect((x + w * leg - w * 0.045, y - h * 0.45, x + w * leg + w * 0.045, y), dark, 3)
    c.line([(x - w * 0.38, y - h * 0.6), (x - w * 0.5, y - h * 0.95)], fur, w * 0.06)
    c.rect((x - w * 0.42, y - h * 0.72, x + w * 0.32, y - h * 0.34), fur, h * 0.18)
    c.circle(x + w * 0.33, y - h * 0.76, w * 0.16, fur)
    c.rect((x + w * 0.36, y - h * 0.8, x + w * 0.58, y - h * 0.62), fur, h * 0.08)
    c.circle(x + w * 0.57, y - h * 0.76, w * 0.035, (20, 20, 20))
    c.circle(x + w * 0.37, y - h * 0.83, w * 0.022, (20, 20, 20))
    c.ellipse((x + w * 0.17, y - h * 0.96, x + w * 0.3, y - h * 0.52), dark)
    c.mark("dog", (x - w * 0.52, y - h, x + w * 0.6, y))
