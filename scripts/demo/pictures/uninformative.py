"""Scenes that say nothing about a name: everyday ones, and backgrounds for OCR text."""

from .captions import Facts
from .drawing import BRIGHT, HEIGHT, WIDTH, Canvas, Colour, shade
from .items import cat, cup, dog, pizza, shirt, sign


def food(c: Canvas) -> Facts:
    """Draw a pizza, a cup, or both, on a table."""
    r = c.rng
    wood = c.colour(r.choice(["brown", "grey", "white", "brown"]))
    c.gradient(wood, shade(wood, 0.85))
    for step in range(6):
        c.line([(0, step * 44), (WIDTH, step * 44 + r.uniform(-3, 3))], shade(wood, 0.75), 1.5)
    what = r.choice(["pizza", "cup", "both"])
    name = r.choice(BRIGHT)
    if what != "cup":
        pizza(c, r.uniform(100, 140), r.uniform(105, 135), r.uniform(68, 88))
    if what != "pizza":
        cup(c, r.uniform(240, 268), r.uniform(140, 210), r.uniform(50, 68), c.colour(name))
    return {
        "pizza": "pizza" if what != "cup" else "",
        "cup": "cup" if what != "pizza" else "",
        "colour": name if what != "pizza" else "",
    }


def pet(c: Canvas) -> Facts:
    """Draw a cat or a dog at home."""
    r = c.rng
    wall = c.colour(r.choice(["yellow", "green", "pink", "white", "blue"]))
    c.gradient(shade(wall, 1.1), wall)
    floor = r.uniform(165, 185)
    c.gradient((165, 120, 80), (140, 98, 62), (0, floor, WIDTH, HEIGHT))
    c.ellipse((30, floor + 8, 290, HEIGHT - 4), c.colour(r.choice(BRIGHT)))
    fur = r.choice(["black", "grey", "brown", "orange", "white"])
    animal = r.choice(["cat", "dog"])
    if animal == "cat":
        cat(c, r.uniform(90, 220), r.uniform(205, 222), r.uniform(110, 145), c.colour(fur))
    else:
        dog(c, r.uniform(110, 200), r.uniform(205, 222), r.uniform(125, 165), c.colour(fur))
    return {"colour": fur, "animal": animal}


def sunset(c: Canvas) -> Facts:
    """Draw the sun going down behind hills."""
    r = c.rng
    low = r.choice([(250, 160, 70), (240, 120, 90), (250, 190, 110)])
    c.gradient(r.choice([(90, 60, 130), (60, 70, 140), (150, 70, 100)]), low)
    c.circle(r.uniform(70, 250), r.uniform(115, 150), r.uniform(20, 32), (255, 235, 170))
    for layer in range(3):
        y = 160 + layer * 26
        points = [(x, y + r.uniform(-18, 14)) for x in range(0, 361, 40)]
        c.polygon([(0, HEIGHT), *points, (WIDTH, HEIGHT)], shade((95, 60, 75), 1 - 0.28 * layer))
    return {}


def poster(c: Canvas, text: str) -> Facts:
    """Draw a poster on a wall."""
    r = c.rng
    wall = c.colour(r.choice(["brown", "grey", "white", "blue"]))
    c.gradient(wall, shade(wall, 0.85))
    for row in range(9):
        for column in range(-1, 6):
            x = column * 60 + (row % 2) * 30
            c.rect((x, row * 28, x + 57, row * 28 + 25), shade(wall, r.uniform(0.92, 1.04)))
    board, ink, name = _print(c)
    left, top = r.uniform(38, 66), r.uniform(14, 26)
    sign(c, (left, top, left + 212, top + 190), board, ink, text)
    return {"colour": name}


def signboard(c: Canvas, text: str) -> Facts:
    """Draw a sign on posts in the open."""
    r = c.rng
    c.gradient((185, 215, 240), (228, 238, 242))
    c.gradient((150, 200, 125), (125, 180, 105), (0, r.uniform(180, 195), WIDTH, HEIGHT))
    board, ink, name = _print(c)
    left, top = r.uniform(24, 46), r.uniform(22, 42)
    for x in (left + 40, left + 210):
        c.rect((x - 5, top + 30, x + 5, 228), (165, 160, 152))
    sign(c, (left, top, left + 250, top + 128), board, ink, text)
    return {"colour": name}


def tshirt(c: Canvas, text: str) -> Facts:
    """Draw a printed shirt spread on a table."""
    r = c.rng
    table = c.colour(r.choice(["brown", "grey", "white"]))
    c.gradient(shade(table, 1.05), shade(table, 0.85))
    cloth, ink, name = _print(c)
    shirt(c, r.uniform(152, 168), r.uniform(10, 20), r.uniform(208, 222), cloth, ink, text)
    return {"colour": name}


def _print(c: Canvas) -> tuple[Colour, Colour, str]:
    """A pale ground, dark ink and the name of the ground's colour.

    Light lettering on a dark board in a bright picture is beyond Tesseract.
    """
    name = c.rng.choice(["white", "yellow", "pink", "orange", "blue", "green"])
    r, g, b = ((part + 240) // 2 for part in c.colour(name))
    return (r, g, b), c.rng.choice([(20, 20, 28), (60, 10, 20), (10, 20, 70)]), name
