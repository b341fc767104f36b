"""Tesseract's models for each script."""

from collections.abc import Collection

AUTO = "auto"
OSD = "osd"
"""The model that detects the script."""
DEFAULT = "eng"
"""The model for unknown scripts, which is also added to every other model."""

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
"""Model of one language per script, by the script's name in `osd`."""


def by_script(scripts: dict[str, str] | None, installed: Collection[str]) -> dict[str, str]:
    """Choose the models for each script, with English added.

    Args:
        scripts: Models by script; None for those that are installed: a script's own model, such as
            `script/Cyrillic`, or the one in `SCRIPTS`.
        installed: Names of the installed models.

    Returns:
        Models by script; "" stands for any other script.
    """
    if scripts is None:
        own = {name: f"script/{name}" for name in SCRIPTS}
        wanted = [*SCRIPTS.items(), *own.items()]
        scripts = {name: model for name, model in wanted if model in installed}
    return {"": DEFAULT, **{name: f"{models}+{DEFAULT}" for name, models in scripts.items()}}


def script_of(name: str, confidence: float) -> str:
    """Return the script that `osd` detected, or "" if it is not sure, as in photos."""
    return name if confidence > 0 else ""
