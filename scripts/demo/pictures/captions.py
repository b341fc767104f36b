"""A small grammar that writes all right captions of a scene, from what was drawn."""

from string import Formatter

Facts = dict[str, str]
"""What a scene shows, by the slots of its templates; "" for what is not there."""

TEMPLATES: dict[str, tuple[str, ...]] = {
    "stage": (
        "{number} {singers} on stage with a microphone",
        "{number} {singers} performing on stage under spotlights",
        "a concert with {number} {singers} and a {crowd}",
        "a singer in {colour} on stage with a microphone",
        "{number} {singers} with a {guitar} on stage",
    ),
    "interview": (
        "a person in a {colour} shirt talking into {number} {mics} at an interview",
        "an interview with a person in {colour}",
        "portrait of a person in {colour} giving an interview",
    ),
    "stadium": (
        "{number} football players in {colour} in a stadium",
        "a football game in a full stadium with {number} players",
        "players in {colour} near the {goal} in a stadium",
    ),
    "match": (
        "a football player in a {colour} jersey kicking the ball",
        "a footballer in {colour} with the ball on the pitch",
        "a football player in {colour} in front of the {goal}",
    ),
    "skyline": (
        "the skyline of a city {time}",
        "a city skyline with tall buildings {time}",
        "a {bridge} in front of a city skyline {time}",
        "a {boat} on the water below a city skyline",
    ),
    "beach": (
        "a beach with {palms} by the sea",
        "{a} {colour} {umbrellas} on a sandy beach",
        "a {boat} on the sea seen from a beach",
        "a beach with {palms} and {a} {colour} {umbrellas}",
    ),
    "street": (
        "{number} {colour} {cars} on a street",
        "a street with buildings and {number} {colour} {cars}",
        "a {walks} walking on a street with {number} {cars}",
    ),
    "cinema": (
        "a movie on the screen of a cinema",
        "a cinema with rows of seats and a big screen",
        "a bucket of {popcorn} in a cinema",
    ),
    "gadget": (
        "{number} new {colour} {phones} on display",
        "{number} {colour} {phones} shown as a product",
    ),
    "food": (
        "a {pizza} on a table",
        "a {colour} {cup} of coffee on a table",
        "a {pizza} and a {colour} {cup} on a table",
    ),
    "pet": (
        "a {colour} {animal} on a carpet",
        "a {colour} {animal} at home",
    ),
    "sunset": (
        "a sunset over the hills",
        "the sun going down behind hills",
    ),
    "poster": (
        "a {colour} poster with text on a wall",
        "a wall with a {colour} poster",
    ),
    "signboard": (
        "a {colour} sign with text on a meadow",
        "a large {colour} sign on two posts",
    ),
    "tshirt": (
        "a {colour} t-shirt with printed text",
        "a {colour} t-shirt on a table with words on it",
    ),
}

KEYWORDS: dict[str, tuple[str, ...]] = {
    "stage": ("stage", "concert"),
    "interview": ("interview",),
    "stadium": ("stadium",),
    "match": ("player", "footballer"),
    "skyline": ("skyline",),
    "beach": ("beach",),
    "street": ("street",),
    "cinema": ("cinema",),
    "gadget": ("phone", "phones"),
    "food": ("pizza", "cup"),
    "pet": ("cat", "dog"),
    "sunset": ("hills",),
    "poster": ("poster",),
    "signboard": ("sign",),
    "tshirt": ("t-shirt",),
}
"""Words that name a scene: the first kind, in this order, whose word a caption has is its scene."""


def references(kind: str, facts: Facts) -> list[str]:
    """List every caption of the grammar that is true of a scene."""
    usable = [
        template
        for template in TEMPLATES[kind]
        if all(facts.get(slot) for _, slot, _, _ in Formatter().parse(template) if slot)
    ]
    return sorted({_article(template.format(**facts)) for template in usable})


def scene_of(caption: str) -> str:
    """Return the kind of scene that a caption describes; "" for none."""
    words = set(caption.split())
    return next((kind for kind, names in KEYWORDS.items() if words & set(names)), "")


def _article(caption: str) -> str:
    """Put "an" before a vowel."""
    words = caption.split()
    for index, (word, following) in enumerate(zip(words, words[1:], strict=False)):
        if word == "a" and following[0] in "aeiou":
            words[index] = "an"
    return " ".join(words)
