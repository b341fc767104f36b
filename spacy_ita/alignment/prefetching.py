"""Pictures of a batch from the web, fetched at once and not one after another."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from ..sources import WEB, PictureError, parse, read_source
from .picture import Picture

AT_ONCE = 8
"""Maximum number of pictures that are fetched at the same time."""


def prefetch(pictures: Iterable[Picture]) -> None:
    """Fetch those of some pictures that are on the web; errors come when they are read."""
    urls = {picture.path for picture in pictures if parse(picture.path).scheme in WEB}
    if len(urls) > 1:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(_fetch, urls))


def _fetch(url: str) -> None:
    # not by `Picture.data`: before Python 3.12, one picture's cached property locks all others'
    with suppress(PictureError):
        read_source(url, allow_http=True)
