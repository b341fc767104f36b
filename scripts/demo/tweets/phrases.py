"""The words tweets are made of: names, sentences and trimmings."""

from collections.abc import Sequence


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split("; "))


TYPES = ("PER", "LOC", "ORG", "MISC")

SCENES_OF = {
    "PER": ("stage", "interview"),
    "LOC": ("skyline", "beach", "street"),
    "ORG": ("stadium", "match"),
    "MISC": ("cinema", "gadget"),
}
"""The scenes that tell the type of a name: a musician, a place, a club, a film or product."""

NEUTRAL_SCENES = ("food", "pet", "sunset")

AMBIGUOUS_NAMES = _words(
    "Jordan Paris Phoenix Chelsea Madison Washington Georgia Austin Sydney Florence Houston "
    "Lincoln Jackson Brooklyn Savannah Dallas Kobe Santiago Orlando Victoria Charlotte "
    "Alexandria Verona Milan Valencia Sofia Adelaide Carson Memphis Kingston Hamilton Aurora"
)
"""Names of people, places, clubs, films and products alike."""

UNDECIDED = (
    "can not stop thinking about {} tonight",
    "{} was amazing yesterday",
    "so happy with {} right now",
    "who else loves {} ?",
    "{} never disappoints",
    "throwback to {} last summer",
    "nothing beats {} on a friday",
    "I will always love {}",
    "is it just me or is {} getting better every year ?",
    "finally some good news about {}",
    "everyone is talking about {} again",
    "still dreaming of {} this morning",
    "{} looks so good in this picture",
    "thank you {} for everything",
    "my heart belongs to {}",
    "why is {} trending ?",
    "not a single day without {}",
    "missing {} so much",
    "{} , you are the best",
    "hello {} !",
    "ok but {} is underrated",
    "one photo of {} and my day is made",
    "waiting for {} since monday",
    "# {} forever",
)
"""Sentences that fit a person, a place, a club and a film equally well."""

UNDECIDED_HELD_OUT = (
    "no words for {} today",
    "{} made my week",
    "I could talk about {} for hours",
    "best thing this month : {}",
    "all I need is {} and coffee",
    "nobody does it like {}",
    "what a view of {} !",
    "proud of {} today",
    "say what you want , {} is great",
    "counting the hours until {}",
)
"""More such sentences, for the test part alone."""

PLAIN: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "PER": (
        (
            "{} gave a moving speech",
            "got an autograph from {} in person",
            "happy birthday to {} , fifty years old !",
            "{} is getting married in june",
            "an interview with {} about growing up poor",
            "{} told reporters the whole truth",
        ),
        _names(
            "Barack Obama; Taylor Swift; Emma Watson; Elon Musk; Angela Merkel; Adele; "
            "Rihanna; Serena Williams; Tom Hanks; Oprah Winfrey; Nelson Mandela; Marie Curie"
        ),
    ),
    "LOC": (
        (
            "flying to {} in the morning",
            "heavy rain in downtown {}",
            "we moved to {} with the kids",
            "the train from {} is late",
            "the population of {} is growing",
            "a road trip across {}",
        ),
        _names(
            "Berlin; New York City; Tokyo; Brazil; Cairo; Mount Everest; London; Lake Geneva; "
            "India; Cape Town; Mexico; Norway"
        ),
    ),
    "ORG": (
        (
            "{} announces record profits",
            "got a job offer from {}",
            "shares of {} fell by five percent",
            "the board of {} elected a new chair",
            "{} hires two hundred engineers",
            "the {} spokesman declined to comment",
        ),
        _names(
            "Google; Microsoft; United Nations; Toyota; NASA; Red Cross; World Bank; Siemens; "
            "BBC; IKEA; Stanford University; FIFA"
        ),
    ),
    "MISC": (
        (
            "the {} soundtrack is on repeat",
            "watching {} with the kids again",
            "the {} trailer is out",
            "I know every line of {} by heart",
            "the last season of {} was too short",
            "got tickets for the {} premiere",
        ),
        _names(
            "Harry Potter; Star Wars; Game of Thrones; Jurassic Park; Frozen; Titanic; "
            "The Lion King; Breaking Bad; Toy Story; Minecraft; The Hobbit; Pulp Fiction"
        ),
    ),
}
"""By type, sentences that give the type away and names that are known for it."""

NO_NAME = (
    "what a beautiful morning",
    "can not sleep again",
    "who wants pizza ?",
    "so tired of this weather",
    "new week , new chances",
    "this made me smile",
    "I need more coffee",
    "just posted a photo",
    "good night everyone",
    "why is it so cold today ?",
    "best weekend in a long time",
    "look at this !",
)

POSTERS: dict[str, tuple[str, ...]] = {
    "PER": (
        "{} LIVE TONIGHT ON STAGE",
        "SINGER {} ON WORLD TOUR",
        "AN EVENING WITH {}",
        "{} SINGS HER HITS",
        "VOTE {} FOR MAYOR",
    ),
    "LOC": (
        "WELCOME TO {}",
        "VISIT {} THIS SUMMER",
        "GREETINGS FROM {}",
        "{} CITY LIMITS",
        "SUNNY {} BEACH",
    ),
    "ORG": (
        "{} FC SEASON TICKETS",
        "{} UNITED FOOTBALL CLUB",
        "{} FC SUPPORTERS",
        "JOIN TEAM {} FC",
        "{} INC IS HIRING",
    ),
    "MISC": (
        "{} THE MOVIE",
        "{} IN CINEMAS NOW",
        "WATCH {} SEASON TWO",
        "{} THE VIDEO GAME",
        "{} PART TWO THE FILM",
    ),
}
"""What a poster, sign or shirt says around a name of each type."""

SYLLABLES = _words(
    "ba be bo da de do fa fe ga go ka ke ko la le lo lu ma me mo mu na ne no nu pa pe po ra "
    "re ro ru sa se so ta te to tu va ve vo wa za ze zo"
)
"""What invented names are made of; without the letter i, which capitals share with l."""

ENDINGS = ("ra", "n", "ton", "x", "sa", "th", "mar", "vo", "ley", "ne")

LINKS = (". also", "; meanwhile", ", and", "-")
TAGS = ("mood", "blessed", "weekend", "love", "tbt", "nofilter", "goals", "happy")
EMOJI = ("😍", "😂", "🔥", "🙌", "❤️", "😭", "✨", "👀")
