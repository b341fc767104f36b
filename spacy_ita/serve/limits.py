"""What one request may ask for."""

from dataclasses import dataclass

CHARACTER_BYTES = 12
"""What a character weighs at most: four bytes of UTF-8, each as `%F0` where the form is a URL's."""
FORM_BYTES = 2**16
"""What a form may weigh beside its picture and its text."""


@dataclass(frozen=True)
class Limits:
    """What a request may ask for.

    Attributes:
        picture_bytes: The size of the picture's file.
        pixels: The size of the picture.
        characters: The length of the text.
        seconds: The time for the body to come, and again from there to the answer, with the time
            in the queue.
        waiting: The number of requests that wait while one is answered.
    """

    picture_bytes: int = 2**23
    pixels: int = 2**24
    characters: int = 2000
    seconds: float = 30.0
    waiting: int = 8

    @property
    def body_bytes(self) -> int:
        """Of a whole request."""
        return self.picture_bytes + CHARACTER_BYTES * self.characters + FORM_BYTES
