"""Limits of a request."""

from dataclasses import dataclass

CHARACTER_BYTES = 12
"""Maximum size of a character: four bytes of UTF-8, each as `%F0` in a URL-encoded form."""
FORM_BYTES = 2**16
"""Maximum size of a form beside its picture and its text."""


@dataclass(frozen=True)
class Limits:
    """Limits of a request.

    Attributes:
        picture_bytes: The size of the pictures' files, together.
        pixels: The size of the pictures, together.
        characters: The length of the text.
        seconds: The time for the body to come, and again from there to the answer, with the time
            in the queue.
        waiting: The number of requests that wait while one is answered.
        pictures: The number of pictures.
    """

    picture_bytes: int = 2**23
    pixels: int = 2**24
    characters: int = 2000
    seconds: float = 30.0
    waiting: int = 8
    pictures: int = 4

    @property
    def body_bytes(self) -> int:
        """Maximum size of a whole request, in bytes; base64 makes four of three."""
        return self.picture_bytes * 4 // 3 + CHARACTER_BYTES * self.characters + FORM_BYTES
