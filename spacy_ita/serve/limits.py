"""What one request may ask for."""

from dataclasses import dataclass

CHARACTER_BYTES = 12
"""What a character weighs at most: four bytes of UTF-8, each as `%F0` where the form is a URL's."""
FORM_BYTES = 2**16
"""What a form may weigh beside its picture and its text."""


@dataclass(frozen=True)
class Limits:
    """picture_bytes, pixels: of the picture. characters: of the text. seconds: for the body to
    come, and again from there to the answer, the time in the queue included. waiting: how many
    requests wait while one is at work."""

    picture_bytes: int = 2**23
    pixels: int = 2**24
    characters: int = 2000
    seconds: float = 30.0
    waiting: int = 8

    @property
    def body_bytes(self) -> int:
        """Of a whole request."""
        return self.picture_bytes + CHARACTER_BYTES * self.characters + FORM_BYTES
