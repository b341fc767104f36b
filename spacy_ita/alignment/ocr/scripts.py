"""Which of Tesseract's models reads which script."""

from collections.abc import Collection

AUTO = "auto"
OSD = "osd"
"""The model that tells scripts apart."""
DEFAULT = "eng"
"""What reads where the script can't be told, and along with every other model."""

SCRIPTS = {
    "Arabic": "ara",
    "Armenian": "hye",
    "Bengali": "ben",
    "Cyrillic": "rus",
    "Devanagari": "hin",
    "Georgian": "kat",
    "Greek": "ell",
    "Gujarati": "guj",
    "Han": "chi_sim",
    "Hangul": "kor",
    "Hebrew": "heb",
    "Japanese": "jpn",
    "Kannada": "kan",
    "Korean": "kor",
    "Malayalam": "mal",
    "Tamil": "tam",
    "Telugu": "tel",
    "Thai": "tha",
}
"""From the names that `osd` gives to a model for one language in that script."""


def by_script(scripts: dict[str, str] | None, installed: Collection[str]) -> dict[str, str]:
    """The models for each script, English with them; "" stands for any other script.

    scripts: from scripts to models; None for what is installed: a script's own model, such as
        `script/Cyrillic`, or that of `SCRIPTS`.
    """
    if scripts is None:
        own = {name: f"script/{name}" for name in SCRIPTS}
        wanted = [*SCRIPTS.items(), *own.items()]
        scripts = {name: model for name, model in wanted if model in installed}
    return {"": DEFAULT, **{name: f"{models}+{DEFAULT}" for name, models in scripts.items()}}


def script_of(name: str, confidence: float) -> str:
    """The script that `osd` found; "" where it is sure of none, as it is of photos."""
    return name if confidence > 0 else ""
