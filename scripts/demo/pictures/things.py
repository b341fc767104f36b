"""The things scenes are made of: each function draws one and records its label and box."""

from math import cos, pi, sin

from .drawing import BRIGHT, COLOURS, SKIN, Canvas, Colour, shade

LABELS = (
    "person",
    "microphone",
    "guitar",
    "crowd",
    "ball",
    "goal",
    "building",
    "bridge",
    "palm tree",
    "umbrella",
    "boat",
    "car",
    "sign",
    "shirt",
    "phone",
    "screen",
    "popcorn",
    "pizza",
    "cup",
    "cat",
    "dog",
)
"""Every label an object in a scene can have."""


def person(
    c: Canvas, x: float, y: float, h: float, shirt: Colour, arms: str = "down", stride: float = 0.1
) -> tuple[float, float]:
    """Draw someone of height h with feet at (x, y); returns where the raised or right hand is."""
    skin = c.rng.choice(SKIN)
    hair = c.rng.choice([(40, 30, 25), (95, 60, 30), (200, 160, 80), (60, 60, 64)])
    trousers = c.colour(c.rng.choice(["black", "blue", "grey", "brown", "white"]))
    head, neck, hip, shoulder = y - 0.90 * h, y - 0.80 * h, y - 0.45 * h, 0.14 * h
    for side in (-1, 1):
        c.line([(x + side * 0.05 * h, hip), (x + side * stride * h, y)], trousers, 0.09 * h)
    hands = {
        "down": [(-0.19, 0.42), (0.19, 0.42)],
        "up": [(-0.22, 1.0), (0.22, 1.0)],
        "mic": [(-0.20, 0.45), (0.09, 0.79)],
        "wave": [(-0.19, 0.42), (0.26, 0.98)],
    }[arms]
    for side, (dx, up) in zip((-1, 1), hands, strict=True):
        start = (x + side * shoulder * 0.85, neck + 0.05 * h)
        elbow = (x + side * 0.21 * h, neck + 0.14 * h)
        hand = (x + dx * h, y - up * h)
        c.line([start, elbow], shade(shirt, 0.9), 0.08 * h)
        c.line([elbow, hand], skin, 0.055 * h)
    c.rect((x - shoulder, neck - 0.01 * h, x + shoulder, hip + 0.03 * h), shirt, 0.06 * h)
    c.rect((x - 0.03 * h, neck - 0.04 * h, x + 0.03 * h, neck + 0.02 * h), shade(skin, 0.9))
    if c.rng.random() < 0.4:
        c.ellipse((x - 0.1 * h, head - 0.1 * h, x + 0.1 * h, neck + 0.06 * h), hair)
    c.circle(x, head - 0.015 * h, 0.088 * h, hair)
    c.ellipse((x - 0.07 * h, head - 0.065 * h, x + 0.07 * h, head + 0.09 * h), skin)
    if h > 90:
        for side in (-1, 1):
            c.circle(x + side * 0.028 * h, head + 0.005 * h, 0.009 * h, (30, 30, 30))
        c.arc(
            (x - 0.03 * h, head + 0.02 * h, x + 0.03 * h, head + 0.06 * h),
            20,
            160,
            (150, 50, 50),
            0.01 * h,
        )
    reach = max(0.21, *(abs(dx) for dx, _ in hands)) * h + 0.02 * h
    top = min(head - 0.1 * h, y - max(up for _, up in hands) * h)
    c.mark("person", (x - reach, top, x + reach, y + 0.03 * h))
    return x + hands[1][0] * h, y - hands[1][1] * h


def microphone(c: Canvas, x: float, y: float, size: float, stand: float = 0) -> None:
    """Draw a microphone with its head at (x, y), in a hand or on a stand of the given height."""
    dark, metal = (45, 45, 50), (165, 168, 175)
    handle = size * 1.5
    if stand:
        c.line([(x, y), (x, y + stand)], (70, 70, 75), size * 0.16)
        c.line([(x - size * 0.6, y + stand), (x + size * 0.6, y + stand)], (70, 70, 75), 3)
    c.line([(x, y), (x + size * 0.25, y + handle)], dark, size * 0.36)
    c.circle(x, y, size * 0.42, metal)
    c.arc((x - size * 0.4, y - size * 0.4, x + size * 0.4, y + size * 0.4), 0, 180, dark, 1)
    c.mark("microphone", (x - size * 0.45, y - size * 0.45, x + size * 0.5, y + handle + 2))


def guitar(c: Canvas, x: float, y: float, size: float) -> None:
    """Draw a guitar held slanting, its body at (x, y)."""
    wood = c.colour(c.rng.choice(["red", "orange", "brown", "yellow"]))
    c.line([(x, y), (x + size * 1.05, y - size * 0.55)], (70, 45, 30), size * 0.1)
    c.line([(x + size, y - size * 0.52), (x + size * 1.15, y - size * 0.6)], wood, size * 0.15)
    c.circle(x, y, size * 0.33, wood)
    c.circle(x + size * 0.27, y - size * 0.15, size * 0.25, wood)
    c.circle(x + size * 0.13, y - size * 0.07, size * 0.11, (40, 25, 20))
    c.mark("guitar", (x - size * 0.34, y - size * 0.68, x + size * 1.22, y + size * 0.34))


def crowd(c: Canvas, top: float, bottom: float, dark: bool) -> None:
    """Draw rows of heads over the whole width."""
    size = c.rng.uniform(6, 9)
    y = top + size
    while y < bottom + size:
        x = c.rng.uniform(-size, size)
        while x < 330:
            tone = (
                shade((60, 50, 75), c.rng.uniform(0.4, 1))
                if dark
                else c.colour(c.rng.choice(BRIGHT))
            )
            c.rect((x - size, y + size * 0.5, x + size, y + size * 3), tone, size * 0.7)
            c.circle(x, y, size * 0.62, shade(c.rng.choice(SKIN), 0.35 if dark else 1))
            if dark and c.rng.random() < 0.25:
                c.line([(x + size * 0.8, y), (x + size, y - size * 1.9)], tone, size * 0.4)
            x += size * c.rng.uniform(1.9, 2.6)
        y += size * 1.5
    c.mark("crowd", (0, top - size * 0.5, 320, bottom))


def ball(c: Canvas, x: float, y: float, r: float) -> None:
    """Draw a white ball with dark patches."""
    c.circle(x, y, r, (245, 245, 245))
    c.circle(x, y, r * 0.36, (25, 25, 25))
    turn = c.rng.uniform(0, pi)
    for step in range(5):
        angle = turn + step * 2 * pi / 5
        c.circle(x + cos(angle) * r * 0.78, y + sin(angle) * r * 0.78, r * 0.2, (25, 25, 25))
    c.mark("ball", (x - r, y - r, x + r, y + r))


def goal(c: Canvas, x: float, y: float, w: float, h: float) -> None:
    """Draw a goal with its net, bottom left corner at (x, y)."""
    for step in range(1, 10):
        across, up = x + w * step / 10, y - h * step / 10
        c.line([(across, y - h), (across, y)], (205, 220, 210), 0.5)
        c.line([(x, up), (x + w, up)], (205, 220, 210), 0.5)
    c.line([(x, y), (x, y - h), (x + w, y - h), (x + w, y)], (250, 250, 250), 3)
    c.mark("goal", (x - 2, y - h - 2, x + w + 2, y + 1))


def building(c: Canvas, x: float, y: float, w: float, h: float, lit: bool) -> None:
    """Draw a block with windows, bottom left corner at (x, y)."""
    wall = c.rng.choice([(92, 100, 122), (150, 120, 100), (70, 84, 110), (168, 160, 150)])
    wall = shade(wall, 0.55 if lit else c.rng.uniform(0.8, 1.15))
    c.rect((x, y - h, x + w, y), wall)
    roof = c.rng.choice(["flat", "mast", "point"])
    top = y - h
    if roof == "mast":
        c.line([(x + w / 2, top), (x + w / 2, top - 14)], wall, 1.5)
        top -= 14
    elif roof == "point":
        c.polygon([(x, top), (x + w, top), (x + w / 2, top - w * 0.5)], wall)
        top -= w * 0.5
    columns = max(2, int(w / 9))
    for row in range(int(h / 11)):
        for column in range(columns):
            left = x + w * (column + 0.25) / columns
            bright = c.rng.random() < (0.6 if lit else 0.15)
            pane = (250, 220, 120) if bright else shade(wall, 0.65)
            above = y - h + 5 + row * 11
            c.rect((left, above, left + w * 0.5 / columns, above + 6), pane)
    c.mark("building", (x, top, x + w, y))


def bridge(c: Canvas, y: float) -> None:
    """Draw a hanging bridge over the whole width, its deck at y."""
    steel = c.colour(c.rng.choice(["red", "grey", "brown"]))
    height, first = c.rng.uniform(45, 65), c.rng.uniform(60, 100)
    towers = (first, first + c.rng.uniform(120, 150))
    c.arc((towers[0], y - 2 * height, towers[1], y - 3), 0, 180, steel, 2)
    for side, tower in zip((-1, 1), towers, strict=True):
        c.line([(tower, y - height), (160 + side * 200, y)], steel, 2)
        c.rect((tower - 4, y - height, tower + 4, y + 22), steel)
    for step in range(1, 12):
        at = step / 12
        x = towers[0] + (towers[1] - towers[0]) * at
        sag = (1 - (2 * at - 1) ** 2) ** 0.5 * (height - 3)
        c.line([(x, y - height + sag), (x, y)], steel, 0.8)
    c.rect((0, y - 3, 320, y + 3), steel)
    c.mark("bridge", (0, y - height, 320, y + 22))


def palm(c: Canvas, x: float, y: float, h: float) -> None:
    """Draw a palm tree rooted at (x, y)."""
    lean = c.rng.uniform(-0.25, 0.25) * h
    crown = (x + lean, y - h)
    c.line([(x, y), (x + lean * 0.35, y - h * 0.5), crown], (125, 88, 55), h * 0.06)
    leaf = shade((45, 135, 60), c.rng.uniform(0.7, 1.15))
    size = h * 0.42
    for angle in (-2.9, -2.3, -1.6, -0.9, -0.3, 0.25, 2.9):
        tip = (crown[0] + cos(angle) * size, crown[1] + sin(angle) * size * 0.6 + size * 0.2)
        bend = (
            crown[0] + cos(angle) * size * 0.55,
            crown[1] + sin(angle) * size * 0.6 - size * 0.12,
        )
        wide = (bend[0], bend[1] + size * 0.22)
        c.polygon([crown, bend, tip, wide], leaf)
    c.mark(
        "palm tree",
        (min(x - 3, crown[0] - size), y - h - size * 0.55, max(x + 3, crown[0] + size), y),
    )


def umbrella(c: Canvas, x: float, y: float, size: float, colour: Colour) -> None:
    """Draw a beach umbrella standing at (x, y)."""
    top = y - size * 1.2
    c.line([(x, top), (x, y)], (235, 230, 220), 2.5)
    box = (x - size * 0.75, top, x + size * 0.75, top + size)
    c.pie(box, 180, 360, colour)
    for step in (-1, 1):
        inner = (x + (step - 1) * size * 0.25, top, x + (step + 1) * size * 0.25, top + size)
        c.pie(inner, 180, 360, COLOURS["white"])
    c.pie((x - size * 0.2, top, x + size * 0.2, top + size), 180, 360, colour)
    c.mark("umbrella", (x - size * 0.75, top, x + size * 0.75, y))
