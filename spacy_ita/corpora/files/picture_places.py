"""Where the pictures of a corpus are found by their names."""

from pathlib import Path, PurePosixPath

from ...sources import member_of, parse
from ...sources.uri import beside
from .archive import members, scheme_of
from .utf8 import printable


class PicturePlaces:
    """The places where the pictures of a corpus are looked up.

    Args:
        base: The folder of the corpus.
        images: Another folder, or a zip or tar, in which they are looked up; None for none.
    """

    def __init__(self, base: Path, images: Path | None = None) -> None:
        self._base = base if images is None or not images.is_dir() else images
        self._archive = images if images is not None and images.is_file() else None
        self._names: dict[str, str] = {}
        if self._archive:
            for name, _ in members(self._archive, largest=0):
                self._names.setdefault(PurePosixPath(name).name, name)
                self._names[name.removeprefix("./")] = name

    def find(self, image: str) -> str:
        """Return the path or URI of a picture if it is found by its name, else the name as it is.

        Raises:
            ValueError: If the path is not UTF-8, which neither `.spacy` files nor other processes
                take.
        """
        if self._archive and (name := self._names.get(image)):
            return member_of(scheme_of(self._archive), str(self._archive), name)
        if parse(image).scheme:
            return beside(image, str(self._base))
        place = self._base / image
        try:
            if not image or not place.is_file():
                return image
        # a name that is too long, or a locked folder: opening the picture reports the reason
        except OSError:
            return image
        found = str(place)
        if found != printable(found):
            raise ValueError(f"the picture's path {printable(found)} is not UTF-8: rename it")
        return found
