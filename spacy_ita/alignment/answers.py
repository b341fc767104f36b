"""Alignments of a batch of pictures, from the cache or from the backend."""

import hashlib
import json
import reprlib
import warnings
from collections.abc import Mapping, Sequence
from traceback import clear_frames
from typing import Any, cast

from spacy.util import logger

from ..errors import BackendError
from ..extensions.alignments import Alignment
from ..extensions.normalisation import Item, is_finite, is_plain, plain
from .cache import AlignmentCache
from .out_of_memory import CallLimit, out_of_memory
from .picture import Picture, PictureError
from .protocol import Backend

PART_PIXELS = 2**26
"""Pixels after which a part of a batch ends. They take a quarter of a gigabyte, and the last
picture of the part may take as much."""

Answer = Alignment | Exception
"""An alignment, or the error that the picture caused."""


def answer(
    pictures: Sequence[Picture],
    backend: Backend,
    item: Item,
    cache: AlignmentCache | None,
    limit: CallLimit | None = None,
) -> list[Answer]:
    """Align pictures, each distinct one once.

    A backend with an identity gets large pictures in parts of about `PART_PIXELS`. The pictures'
    bytes and images are freed after each part.

    Args:
        pictures: The pictures.
        backend: Aligns the pictures that the cache lacks.
        item: Type of the alignments' entries.
        cache: Alignments of earlier runs, to which the new ones are added.
        limit: Limit of a call, which is lowered where memory runs out; None to begin with none.

    Returns:
        One answer per picture, in order.

    Raises:
        ValueError: If the backend's alignments have another number or shape.
        BackendError: If the backend can't run at all.
    """
    limit = limit or CallLimit()
    # the identity may start the engine, which no picture needs here
    identity = identity_of(backend) if pictures else None
    if identity is None:
        return _ask(pictures, backend, item, limit)
    keys: list[str | PictureError] = []
    answers: dict[str | PictureError, Answer] = {}
    part: dict[str | PictureError, Picture] = {}
    pixels = 0
    for picture in pictures:
        key = _key(picture, identity)
        keys.append(key)
        if key not in answers and key not in part:
            known = _known(picture, key, item, cache)
            if known is None:
                part[key] = picture
                pixels += picture.image.width * picture.image.height
                if pixels >= PART_PIXELS:
                    answers.update(_ask_part(part, backend, item, cache, limit))
                    part, pixels = {}, 0
                continue
            answers[key] = known
        picture.forget()
    answers.update(_ask_part(part, backend, item, cache, limit))
    return [answers[key] for key in keys]


def identity_of(backend: Backend) -> Mapping[str, Any] | None:
    """Return the identity of a backend.

    Raises:
        BackendError: If JSON can't hold it.
    """
    identity = backend.identity
    try:
        json.dumps(identity)
    except (ValueError, TypeError) as error:
        raise BackendError(
            f"the identity of {type(backend).__name__} can't be written as JSON: {error}"
        ) from error
    return identity


def cache_key(picture: Picture, identity: Mapping[str, Any]) -> str:
    """Compute the key of a picture's answer in the cache.

    Raises:
        PictureError: If the file can't be read.
    """
    whole = dict(identity)
    # only a backend that reads the text has it in the key
    if picture.text:
        whole["text"] = picture.text
    # only a picture that is decoded at a smaller size has it
    if picture.scale > 1:
        whole["scale"] = picture.scale
    canonical = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{picture.sha256} {canonical}".encode()).hexdigest()


def _known(
    picture: Picture, key: str | PictureError, item: Item, cache: AlignmentCache | None
) -> Answer | None:
    """Return the cached answer, the error of an unreadable picture, or None."""
    if isinstance(key, PictureError):
        return key
    known = cache.get_many([key]).get(key) if cache is not None else None
    # a damaged entry is replaced by a new answer
    if is_plain(known, item):
        return known
    try:
        # decoded here, so that one broken file doesn't fail the backend's whole batch
        _ = picture.image
    except PictureError as error:
        # a new exception: this one's traceback keeps the decoded picture in memory
        return PictureError(str(error), error.kind)
    return None


def _ask_part(
    part: Mapping[str | PictureError, Picture],
    backend: Backend,
    item: Item,
    cache: AlignmentCache | None,
    limit: CallLimit,
) -> dict[str | PictureError, Answer]:
    """Ask the backend, store the answers in the cache and free the pictures' memory."""
    if part:
        logger.debug("%s: pictures to read: %d", type(backend).__name__, len(part))
    found = dict(zip(part, _ask(list(part.values()), backend, item, limit), strict=True))
    if cache is not None:
        cache.put_many(
            {
                key: value
                for key, value in found.items()
                if isinstance(key, str) and not isinstance(value, Exception)
            }
        )
    for picture in part.values():
        picture.forget()
    return found


def _key(picture: Picture, identity: Mapping[str, Any]) -> str | PictureError:
    try:
        return cache_key(picture, identity)
    except PictureError as error:
        return error


def _ask(
    pictures: Sequence[Picture], backend: Backend, item: Item, limit: CallLimit
) -> list[Answer]:
    """Ask the backend, in calls that fit into memory."""
    before = limit.pictures
    answers: list[Answer] = []
    while len(answers) < len(pictures):
        start = len(answers)
        answers += _call(pictures[start : start + limit.pictures], backend, item, limit)
    if any(isinstance(found, Exception) and out_of_memory(found) for found in answers):
        # a picture that doesn't fit alone says nothing of the others
        limit.pictures = before
    return answers


def _call(
    pictures: Sequence[Picture], backend: Backend, item: Item, limit: CallLimit
) -> list[Answer]:
    """Ask the backend at once; no answers if the memory ran out, for which the limit is lowered."""
    name = type(backend).__name__
    try:
        alignments = backend(pictures)
    except BackendError:
        raise
    except Exception as error:
        # the failed call's tensors, for which smaller calls need the memory
        clear_frames(error.__traceback__)
        if len(pictures) == 1:
            return [error]
        if not out_of_memory(error):
            return [found for one in pictures for found in _call([one], backend, item, limit)]
        limit.pictures = len(pictures) // 2
        warnings.warn(
            f"{name}: {len(pictures)} pictures at once don't fit into memory: from now on it reads "
            f"{limit.pictures}, as with `batch_size = {limit.pictures}` of the pipe",
            stacklevel=2,
        )
        return []
    if not _is_list(alignments) or len(alignments) != len(pictures):
        raise ValueError(
            f"{name} must return a list of {len(pictures)} alignments for as many pictures, "
            f"not {reprlib.repr(alignments)}"
        )
    try:
        return [_checked(alignment, item) for alignment in alignments]
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} returned a wrong alignment: {error}") from error


def _checked(alignment: Any, item: Item) -> Answer:
    """Convert an alignment to plain values, or return an error if a number isn't finite."""
    if not _is_list(alignment):
        raise ValueError(
            f"an alignment must be a list of {item.__name__}, not {reprlib.repr(alignment)}"
        )
    entries = [plain(entry, item) for entry in alignment]
    if strange := [entry for entry in entries if not is_finite(entry)]:
        return ValueError(f"a score or a box is not finite: {reprlib.repr(strange[0])}")
    return cast("Alignment", entries)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
