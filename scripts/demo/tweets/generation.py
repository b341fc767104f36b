"""Tweets with their entities, each with a scene that does or doesn't settle a name's type."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeVar

from ..pictures.scenes import DRAWN, WRITTEN
from .phrases import (
    AMBIGUOUS_NAMES,
    EMOJI,
    ENDINGS,
    LINKS,
    NEUTRAL_SCENES,
    NO_NAME,
    PLAIN,
    POSTERS,
    SCENES_OF,
    SYLLABLES,
    TAGS,
    TYPES,
    UNDECIDED,
    UNDECIDED_HELD_OUT,
)

NameKind = Literal["ambiguous", "lettering", "plain"]
NAME_KINDS: tuple[NameKind, ...] = ("ambiguous", "lettering", "plain")
"""What settles a name's type: the scene; lettering in the picture; the text itself."""

SHARES: dict[NameKind | Literal["none"], float] = {
    "ambiguous": 0.45,
    "lettering": 0.2,
    "plain": 0.25,
    "none": 0.1,
}
"""The parts of a corpus; "none" has no entity."""

WITHOUT_PICTURE = 0.23
"""Of the tweets that can do without: about 8 % of all."""

T = TypeVar("T")


@dataclass(frozen=True)
class Name:
    """An entity: words `start` to `end` (exclusive), its type and what settles it."""

    start: int
    end: int
    type: str
    kind: NameKind


@dataclass
class Tweet:
    """A tweet: its words, its names, the scene of its picture ("" for none) and its lettering."""

    words: list[str] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    scene: str = ""
    lettering: str = ""


def generate(split: str, size: int, seed: int, taken: set[str] | None = None) -> Iterator[Tweet]:
    """Make the tweets of a split, in random order.

    taken: invented names of other splits, which are not used again; the new ones are added.
    Ambiguous and invented names have each type equally often, whatever the sentence.
    """
    rng = Random(f"tweets/{split}/{seed}")
    taken = set() if taken is None else taken
    kinds = _spread(rng, list(SHARES), size, list(SHARES.values()))
    types = {kind: _spread(rng, TYPES, kinds.count(kind)) for kind in NAME_KINDS}
    sentences = [*UNDECIDED, *UNDECIDED_HELD_OUT * 2] if split == "test" else list(UNDECIDED)
    for kind in kinds:
        tweet = Tweet()
        _open(rng, tweet)
        if kind == "none":
            tweet.words += rng.choice(NO_NAME).split()
            tweet.scene = _any_scene(rng)
        elif kind == "plain":
            _plain(rng, tweet, types[kind].pop())
            tweet.scene = _any_scene(rng)
        elif kind == "ambiguous":
            type_ = types[kind].pop()
            _clause(tweet, rng.choice(sentences), rng.choice(AMBIGUOUS_NAMES), type_, kind)
            tweet.scene = rng.choice(SCENES_OF[type_])
        else:
            type_, name = types[kind].pop(), _invent(rng, taken)
            _clause(tweet, rng.choice(sentences), name, type_, kind)
            tweet.scene = rng.choice(list(WRITTEN))
            tweet.lettering = rng.choice(POSTERS[type_]).format(name.upper())
        if kind in NAME_KINDS and rng.random() < 0.25:
            tweet.words += rng.choice(LINKS).split()
            _plain(rng, tweet, rng.choice(TYPES))
        _close(rng, tweet)
        yield tweet


def _spread(
    rng: Random, values: Sequence[T], size: int, shares: Sequence[float] | None = None
) -> list[T]:
    """Return the values in random order, each as often as its share says, to within one."""
    shares = shares or [1 / len(values)] * len(values)
    spread: list[T] = []
    reached = 0.0
    for value, share in zip(values, shares, strict=True):
        reached += share * size
        spread += [value] * (round(reached) - len(spread))
    rng.shuffle(spread)
    return spread


def _any_scene(rng: Random) -> str:
    """Choose a scene for a text that needs none: no picture, a neutral or a misleading one."""
    if rng.random() < WITHOUT_PICTURE:
        return ""
    return rng.choice(NEUTRAL_SCENES if rng.random() < 0.4 else [*DRAWN, *WRITTEN])


def _plain(rng: Random, tweet: Tweet, type_: str) -> None:
    sentences, names = PLAIN[type_]
    _clause(tweet, rng.choice(sentences), rng.choice(names), type_, "plain")


def _clause(tweet: Tweet, sentence: str, name: str, type_: str, kind: NameKind) -> None:
    """Add a sentence with the name in place of its {}."""
    before, _, after = sentence.partition("{}")
    tweet.words += before.split()
    start = len(tweet.words)
    tweet.words += name.split()
    tweet.names.append(Name(start, len(tweet.words), type_, kind))
    tweet.words += after.split()


def _invent(rng: Random, taken: set[str]) -> str:
    """Invent a name that no split has seen."""
    while True:
        parts = [*rng.choices(SYLLABLES, k=rng.choice([1, 2, 2])), rng.choice(ENDINGS)]
        name = "".join(parts).capitalize()
        if len(name) >= 5 and name not in taken:
            taken.add(name)
            return name


def _open(rng: Random, tweet: Tweet) -> None:
    """Perhaps add the start of a retweet."""
    if rng.random() < 0.12:
        tweet.words += ["RT", f"@user{rng.randint(1, 999)}", ":"]


def _close(rng: Random, tweet: Tweet) -> None:
    """Perhaps add an emoji, hashtags or a link; perhaps change the case."""
    if rng.random() < 0.35:
        tweet.words += rng.choices(EMOJI, k=rng.choice([1, 1, 2]))
    if rng.random() < 0.3:
        for tag in rng.sample(TAGS, rng.choice([1, 1, 2])):
            tweet.words += ["#", tag]
    if rng.random() < 0.3:
        letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
        tweet.words.append("https://t.co/" + "".join(rng.choices(letters, k=10)))
    case = rng.random()
    if case < 0.2:
        tweet.words = [word if "/" in word else word.lower() for word in tweet.words]
    elif case < 0.5:
        tweet.words[0] = tweet.words[0][:1].upper() + tweet.words[0][1:]
