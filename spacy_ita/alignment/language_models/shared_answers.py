"""The answers of a model, which the parts of a pipeline share."""

import json
import os
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

from pydantic import ValidationError

from ..picture import Picture
from .client import Client, Connection, NoAnswerError
from .schema import PROMPTS, Background, Form

KEPT = 1024
"""Answers that are kept: more than a pipe has pictures in hand."""
FAILURE_KEPT = 60.0
"""Seconds for which a failure is: the picture's other parts don't pay for it again."""

JPEG_QUALITY = 90

FENCED = re.compile(r"\s*```(?:json)?\s(.*)```\s*", re.DOTALL | re.IGNORECASE)
"""JSON in a fence of Markdown, as models give it where the server lets them."""


@dataclass(frozen=True)
class Model:
    """What decides an answer beside prompt and picture; `parameters` is JSON."""

    name: str
    max_side: int
    parameters: str


@dataclass
class _Failure:
    message: str
    until: float


_SHARED: dict[tuple[Model, Connection, int], "Answers"] = {}


def shared(model: Model, connection: Connection) -> "Answers":
    """The one object for equal settings in a process."""
    # connections don't survive a fork
    key = (model, connection, os.getpid())
    # not functools.cache, by which threads that come at once get two, each with its own limit;
    # `setdefault` is atomic, and no lock that a fork may copy while it is held
    return _SHARED.get(key) or _SHARED.setdefault(key, Answers(model, Client(connection)))


class Answers:
    """Asks once for what several parts want to know of a picture, and keeps `KEPT` answers."""

    def __init__(self, model: Model, client: Client) -> None:
        self.model = model
        self.client = client
        self._known: OrderedDict[tuple[type[Form], str, str], Form | _Failure] = OrderedDict()
        self._lock = Lock()

    def get(self, picture: Picture, form: type[Form]) -> Form:
        """The filled form. Raises NoAnswerError, BackendError and PictureError."""
        # only one form reads the text, whatever else reads the picture
        key = (form, picture.sha256, picture.text if form is Background else "")
        with self._lock:
            answer = self._known.get(key)
        if answer is None or (isinstance(answer, _Failure) and answer.until < time.monotonic()):
            answer = self._ask(picture, form)
            with self._lock:
                self._known[key] = answer
                if len(self._known) > KEPT:
                    self._known.popitem(last=False)
        if isinstance(answer, _Failure):
            raise NoAnswerError(answer.message)
        return answer

    def _ask(self, picture: Picture, form: type[Form]) -> Form | _Failure:
        try:
            answer = self.client.complete(self._request(picture, form))
            fenced = FENCED.fullmatch(answer)
            return form.model_validate_json(fenced[1] if fenced else answer)
        except NoAnswerError as error:
            message = str(error)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            message = f"the answer isn't as asked for: {place or 'all of it'}: {first['msg']}"
        # the message alone, as an exception keeps the frames with the pictures
        return _Failure(message, time.monotonic() + FAILURE_KEPT)

    def _request(self, picture: Picture, form: type[Form]) -> dict[str, Any]:
        prompt = PROMPTS[form]
        if form is Background:
            prompt += json.dumps(picture.text, ensure_ascii=False)
        url = picture.jpeg_uri(self.model.max_side, JPEG_QUALITY)
        schema = {"name": form.__name__, "strict": True, "schema": form.model_json_schema()}
        return {
            **json.loads(self.model.parameters),
            "model": self.model.name,
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": prompt},
                        {"type": "image_url", "image_url": {"url": url}},
                    ],
                }
            ],
            "response_format": {"type": "json_schema", "json_schema": schema},
        }
