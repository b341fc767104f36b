"""Scenes that show the type of a name: musicians, clubs, places, films and products."""

from .captions import Facts
from .drawing import BRIGHT, HEIGHT, WIDTH, Canvas, shade
from .items import boat, car, phone, popcorn, screen
from .things import ball, bridge, building, crowd, goal, guitar, microphone, palm, person
from .things import umbrella as parasol

NUMBERS = {1: "a", 2: "two", 3: "three", 4: "four"}


def stage(c: Canvas) -> Facts:
    """Draw singers with microphones under spotlights, a crowd in front."""
    r = c.rng
    glow = r.choice([(60, 25, 80), (25, 35, 95), (90, 25, 45), (20, 60, 75)])
    c.gradient(shade(glow, 0.4), glow)
    floor = r.uniform(175, 195)
    c.rect((0, floor, WIDTH, HEIGHT), shade(glow, 0.6))
    for _ in range(r.randint(2, 4)):
        top, foot = r.uniform(20, 300), r.uniform(40, 280)
        beam = [(top - 3, 0), (top + 3, 0), (foot + 34, floor + 8), (foot - 34, floor + 8)]
        c.blend(beam, c.colour(r.choice(BRIGHT)), r.uniform(0.2, 0.4))
    count = r.choice([1, 1, 2, 3])
    names = [r.choice(BRIGHT) for _ in range(count)]
    plays = r.random() < 0.45
    for index, name in enumerate(names):
        x = WIDTH * (index + 1) / (count + 1) + r.uniform(-22, 22)
        h = r.uniform(112, 145)
        hand, height = person(c, x, floor + 8, h, c.colour(name), "mic")
        if plays and index == 0:
            guitar(c, x, floor - 0.42 * h, 0.42 * h)
        if r.random() < 0.5:
            microphone(c, hand, height - 3, 0.12 * h)
        else:
            microphone(c, hand, height, 0.12 * h, stand=floor + 6 - height)
    crowded = r.random() < 0.75
    if crowded:
        crowd(c, r.uniform(200, 215), HEIGHT, dark=True)
    return {
        "number": NUMBERS[count],
        "singers": "singer" if count == 1 else "singers",
        "colour": names[0] if count == 1 else "",
        "guitar": "guitar" if plays else "",
        "crowd": "crowd" if crowded else "",
    }


def interview(c: Canvas) -> Facts:
    """Draw someone close to the camera, speaking into a microphone."""
    r = c.rng
    wall = c.colour(r.choice(["grey", "blue", "brown", "green", "white", "purple"]))
    c.gradient(shade(wall, 1.15), shade(wall, 0.75))
    for _ in range(r.randint(0, 3)):
        left, top = r.uniform(0, 290), r.uniform(0, 70)
        c.rect((left, top, left + 34, top + 22), shade(wall, r.choice([0.8, 1.3])), 3)
    name, x, h = r.choice(BRIGHT), r.uniform(115, 205), r.uniform(265, 330)
    person(c, x, HEIGHT + h * r.uniform(0.3, 0.42), h, c.colour(name))
    count = r.choice([1, 1, 2])
    for index in range(count):
        microphone(c, x + r.uniform(-30, 6) + index * 42, r.uniform(168, 195), r.uniform(22, 30))
    return {"colour": name, "number": NUMBERS[count], "mics": "microphones"[: 11 - (count == 1)]}


def stadium(c: Canvas) -> Facts:
    """Draw a football ground: stands full of people, players, a ball, a goal."""
    r = c.rng
    c.gradient((120, 175, 235), (215, 232, 245))
    stand = r.uniform(38, 60)
    turf = stand + r.uniform(42, 58)
    c.rect((0, stand - 10, WIDTH, turf), (95, 98, 110))
    crowd(c, stand, turf - 14, dark=False)
    c.rect((0, turf - 9, WIDTH, turf), c.colour(r.choice(["blue", "red", "white", "black"])))
    _pitch(c, turf)
    has_goal = r.random() < 0.8
    if has_goal:
        wide = r.uniform(80, 110)
        goal(c, r.uniform(20, 200), turf + r.uniform(14, 24), wide, wide * 0.42)
    name, count = r.choice(BRIGHT), r.choice([2, 3, 4])
    for index in range(count):
        x = 30 + 260 * (index + r.uniform(0.2, 0.8)) / count
        arms = r.choice(["down", "down", "wave"])
        person(c, x, r.uniform(175, 232), r.uniform(66, 92), c.colour(name), arms, 0.16)
    ball(c, r.uniform(40, 280), r.uniform(200, 228), r.uniform(8, 12))
    return {"number": NUMBERS[count], "colour": name, "goal": "goal" if has_goal else ""}


def match(c: Canvas) -> Facts:
    """Draw one player close by, at the ball."""
    r = c.rng
    c.gradient((80, 120, 90), (120, 160, 110))
    turf = r.uniform(85, 110)
    _pitch(c, turf)
    if has_goal := r.random() < 0.5:
        goal(
            c, r.uniform(10, 150), turf + r.uniform(12, 30), r.uniform(130, 160), r.uniform(58, 72)
        )
    name, x = r.choice(BRIGHT), r.uniform(95, 225)
    side = r.choice([-1, 1])
    arms = r.choice(["up", "down", "wave"])
    person(c, x, r.uniform(212, 230), r.uniform(150, 185), c.colour(name), arms, 0.17)
    ball(c, x + side * r.uniform(45, 75), r.uniform(200, 222), r.uniform(14, 19))
    return {"colour": name, "goal": "goal" if has_goal else ""}


def _pitch(c: Canvas, top: float) -> None:
    bands, light = 6, c.rng.uniform(0.85, 1.15)
    for band in range(bands):
        upper = top + (HEIGHT - top) * band / bands
        green = (62, 150, 66) if band % 2 else (74, 166, 76)
        c.rect((0, upper, WIDTH, HEIGHT), shade(green, light))
    c.line([(0, top + 10), (WIDTH, top + 10)], (235, 245, 235), 2)


def skyline(c: Canvas) -> Facts:
    """Draw the buildings of a city, by day or night, often behind a bridge."""
    r = c.rng
    night = r.random() < 0.4
    horizon = r.uniform(165, 190)
    if night:
        c.gradient((14, 18, 48), (60, 50, 95))
        c.circle(r.uniform(30, 290), r.uniform(20, 50), 11, (245, 240, 210))
    else:
        c.gradient((115, 170, 230), (228, 232, 235))
    x, tall = r.uniform(-12, 6), r.uniform(70, 120)
    while x < WIDTH - 8:
        wide = r.uniform(24, 46)
        building(c, x, horizon, wide, tall * r.uniform(0.5, 1.15), night)
        x += wide + r.uniform(-2, 9)
    water = (25, 35, 75) if night else (85, 135, 185)
    c.gradient(water, shade(water, 0.75), (0, horizon, WIDTH, HEIGHT))
    for _ in range(14):
        left, y = r.uniform(0, 300), r.uniform(horizon + 6, 236)
        c.line([(left, y), (left + r.uniform(8, 26), y)], shade(water, 1.3), 1)
    spanned = r.random() < 0.5
    if spanned:
        bridge(c, horizon + r.uniform(8, 22))
    if sails := r.random() < 0.3:
        boat(c, r.uniform(40, 280), r.uniform(215, 228), r.uniform(26, 40))
    return {
        "time": "at night" if night else "by day",
        "bridge": "bridge" if spanned else "",
        "boat": "boat" if sails else "",
    }


def beach(c: Canvas) -> Facts:
    """Draw sand and sea, palm trees, umbrellas, a boat."""
    r = c.rng
    c.gradient((70, 160, 235), (190, 225, 245))
    c.circle(r.uniform(30, 290), r.uniform(22, 48), r.uniform(12, 18), (255, 240, 160))
    sea, sand = r.uniform(92, 112), r.uniform(142, 165)
    c.gradient((30, 120, 190), (70, 190, 205), (0, sea, WIDTH, sand))
    c.gradient((240, 220, 165), (222, 190, 130), (0, sand, WIDTH, HEIGHT))
    c.ellipse((-20, sand - 4, WIDTH + 20, sand + 6), (235, 240, 235))
    if sails := r.random() < 0.4:
        boat(c, r.uniform(50, 270), sea + r.uniform(8, 22), r.uniform(26, 40))
    palms = r.choice([0, 1, 1, 2])
    for index in range(palms):
        x = (r.uniform(25, 80), r.uniform(245, 295))[index]
        palm(c, x, sand + r.uniform(15, 50), r.uniform(105, 140))
    name = r.choice([name for name in BRIGHT if name != "white"])
    shades = r.choice([0, 1, 1, 2]) if palms else r.choice([1, 2])
    for index in range(shades):
        x = (90, 215)[index] + r.uniform(-25, 35)
        parasol(c, x, r.uniform(205, 228), r.uniform(48, 64), c.colour(name))
    return {
        "colour": name if shades else "",
        "umbrellas": {0: "", 1: "umbrella", 2: "umbrellas"}[shades],
        "a": NUMBERS[max(1, shades)],
        "palms": {0: "", 1: "a palm tree", 2: "two palm trees"}[palms],
        "boat": "boat" if sails else "",
    }


def street(c: Canvas) -> Facts:
    """Draw houses along a road with cars."""
    r = c.rng
    c.gradient((150, 190, 225), (235, 235, 228))
    kerb = r.uniform(158, 172)
    x = r.uniform(-20, 0)
    while x < WIDTH - 10:
        wide = r.uniform(52, 78)
        building(c, x, kerb, wide, r.uniform(85, 130), lit=False)
        x += wide + r.uniform(0, 6)
    c.rect((0, kerb, WIDTH, kerb + 10), (175, 172, 168))
    c.rect((0, kerb + 10, WIDTH, HEIGHT), (78, 80, 86))
    for step in range(6):
        c.rect((step * 60 + 8, kerb + 40, step * 60 + 38, kerb + 43), (235, 225, 160))
    name, count = r.choice([*BRIGHT, "black"]), r.choice([1, 2, 2])
    walks = r.random() < 0.4
    if walks:
        tone = c.colour(r.choice(BRIGHT))
        person(c, r.uniform(20, 300), kerb + 12, r.uniform(54, 66), tone, "down", 0.14)
    for index in range(count):
        left = (15, 175)[index] + r.uniform(-10, 25)
        car(c, left, kerb + r.uniform(34, 62), r.uniform(92, 120), c.colour(name))
    return {
        "number": NUMBERS[count],
        "colour": name,
        "cars": "car" if count == 1 else "cars",
        "walks": "person" if walks else "",
    }


def cinema(c: Canvas) -> Facts:
    """Draw a screen in the dark, seats and popcorn in front."""
    r = c.rng
    hall = c.colour(r.choice(["black", "black", "purple", "brown"]))
    c.gradient(shade(hall, 0.35), shade(hall, 0.6))
    for side in (0, WIDTH - 26):
        c.rect((side, 0, side + 26, 170), (110, 25, 32))
    left, top = r.uniform(40, 62), r.uniform(14, 30)
    screen(c, (left, top, left + r.uniform(200, 222), top + r.uniform(105, 122)))
    seat = r.choice([(140, 30, 38), (60, 55, 110), (90, 90, 96)])
    for row, y in enumerate((172, 200)):
        for column in range(9):
            x = column * 40 - 20 * row
            c.rect((x, y, x + 34, HEIGHT), shade(seat, 0.6 + 0.25 * row), 9)
    eats = r.random() < 0.7
    if eats:
        popcorn(c, r.uniform(50, 270), r.uniform(228, 244), r.uniform(62, 84))
    return {"popcorn": "popcorn" if eats else ""}


def gadget(c: Canvas) -> Facts:
    """Draw new telephones on show."""
    r = c.rng
    back = c.colour(r.choice(["white", "grey", "blue", "pink", "yellow"]))
    c.gradient(shade(back, 1.1), shade(back, 0.8))
    c.ellipse((20, 190, 300, 236), shade(back, 0.7))
    name, count = r.choice([*BRIGHT, "black"]), r.choice([1, 2, 3])
    for index in range(count):
        h = r.uniform(125, 170)
        x = WIDTH * (index + 1) / (count + 1) - h * 0.25 + r.uniform(-14, 14)
        phone(c, x, r.uniform(205, 218) - h, h, c.colour(name))
    return {
        "number": NUMBERS[count],
        "colour": name,
        "phones": "phone" if count == 1 else "phones",
    }
