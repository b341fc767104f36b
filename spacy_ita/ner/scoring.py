"""The scores of both views under one roof."""

from collections.abc import Mapping
from typing import Any


def merge_view_scores(
    shown: Mapping[str, Any], text: Mapping[str, Any], image: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The scores of what was annotated under their own names, those of each view under names
    that end in _text and _image, and the mean of the views' F1, `ents_f_views`.

    image: None where no document has a picture: then its scores are None, the mean is T's.
    """
    merged = dict(shown)
    for name in shown:
        merged[f"{name}_text"] = text[name]
        merged[f"{name}_image"] = image[name] if image else None
    f_scores = [merged.get("ents_f_text"), merged.get("ents_f_image")]
    known = [f for f in f_scores if f is not None]
    merged["ents_f_views"] = sum(known) / len(known) if known else None
    return merged
