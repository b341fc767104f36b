"""Registration of the extensions, under the names that a pipeline gives them."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from .accessors import (
    AlignmentGetter,
    AlignmentSetter,
    DerivedSetter,
    PathGetter,
    PathSetter,
    PathsGetter,
    PathsSetter,
)
from .confidences import ConfidenceGetter, ConfidenceSetter
from .names import DEFAULTS, Attributes
from .normalisation import ITEMS, Item

_DERIVED: dict[str, Callable[[Attributes], Callable[[Doc], Any]]] = {}
"""Functions that create the getters of derived extensions, by their field in `Attributes`."""


def attributes(names: Mapping[str, str] | None = None) -> Attributes:
    """Register the extensions under the given names; the others keep their defaults.

    If objects, captions or OCR text have another name, `image_context` needs one too, as it is
    derived from them.

    Args:
        names: Names on `Doc._` and `Span._`, by the field names of `Attributes`.

    Raises:
        ValueError: If a field is unknown, or a name is registered with another definition, which is
            never overwritten.
    """
    names = names or {}
    known = [field.name for field in fields(Attributes)]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(f"unknown attributes {unknown}: the names that can be set are {known}")
    attrs = replace(DEFAULTS, **names)
    if clash := register(attrs):
        raise ValueError(clash)
    return attrs


def attributes_of(nlp: Language) -> Attributes:
    """Collect the names of the extensions in a pipeline, including its disabled pipes."""
    renamed: dict[str, str] = {}
    for _, pipe in nlp.components:
        if isinstance(attrs := getattr(pipe, "attrs", None), Attributes):
            renamed |= dict(vars(attrs).items() - vars(DEFAULTS).items())
    return replace(DEFAULTS, **renamed)


def derive(field: str, getter_of: Callable[[Attributes], Callable[[Doc], Any]]) -> None:
    """Define an extension derived from others, which `register` registers with them.

    Args:
        field: Field of the extension in `Attributes`.
        getter_of: Creates the getter for the names of the others. Two getters for the same names
            must be equal, so that `register` recognises its own.
    """
    _DERIVED[field] = getter_of


def register(attrs: Attributes) -> str:
    """Register the extensions whose names are free.

    Returns:
        An error message with the names that are taken, or "".
    """
    wanted: list[tuple[type[Doc] | type[Span], str, dict[str, Any]]] = [
        (Doc, attrs.image_path, _path_extension(attrs.image_path)),
        (Doc, attrs.image_paths, _paths_extension(attrs.image_paths, attrs.image_path)),
        *(
            (Doc, name, _alignment_extension(name, item))
            for name, item in zip(attrs.alignments, ITEMS.values(), strict=True)
        ),
        *((Doc, getattr(attrs, field), _derived_extension(attrs, field)) for field in _DERIVED),
        (Span, attrs.confidence, _confidence_extension(attrs.confidence)),
    ]
    taken = [
        f"{owner.__name__}._.{name}"
        for owner, name, definition in wanted
        if not _is_ours(owner, name, **definition)
    ]
    if not taken:
        return ""
    return (
        f"already registered with another definition: {', '.join(taken)}; choose other names by "
        f"the setting `attrs`"
    )


def _path_extension(name: str) -> dict[str, Any]:
    """Define the extension that holds a picture's path."""
    _take_over(Doc, name, "")
    return {"getter": PathGetter(name), "setter": PathSetter(name)}


def _paths_extension(name: str, first: str) -> dict[str, Any]:
    """Define the extension that holds the paths of all pictures."""
    return {"getter": PathsGetter(name, first), "setter": PathsSetter(name, first)}


def _alignment_extension(name: str, item: Item) -> dict[str, Any]:
    """Define an extension that holds an alignment."""
    _take_over(Doc, name, None)
    return {"getter": AlignmentGetter(name, item), "setter": AlignmentSetter(name, item)}


def _derived_extension(attrs: Attributes, field: str) -> dict[str, Any]:
    """Define an extension that is derived from others."""
    return {"getter": _DERIVED[field](attrs), "setter": DerivedSetter(getattr(attrs, field))}


def _confidence_extension(name: str) -> dict[str, Any]:
    """Define the extension that holds an entity's confidence."""
    _take_over(Span, name, None)
    return {"getter": ConfidenceGetter(name), "setter": ConfidenceSetter(name)}


def _take_over(owner: type[Doc] | type[Span], name: str, default: str | None) -> None:
    """Remove an extension defined by an earlier version, or by code before the import."""
    if owner.has_extension(name) and owner.get_extension(name) == (default, None, None, None):
        owner.remove_extension(name)


def _is_ours(owner: type[Doc] | type[Span], name: str, **definition: Any) -> bool:
    """Return whether the extension has this definition; a free name gets it."""
    if not owner.has_extension(name):
        owner.set_extension(name, **definition)
    wanted = {"default": None, "method": None, "getter": None, "setter": None, **definition}
    return owner.get_extension(name) == tuple(wanted.values())
