"""Answers of a served model, shared by the pipes of a pipeline."""

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
"""Maximum number of answers in memory, more than a pipe's batch has pictures."""
FAILURE_KEPT = 60.0
"""Seconds for which a failure is kept, so that the picture's other parts don't ask again."""

JPEG_QUALITY = 90

FENCED = re.compile(r"\s*```(?:json)?\s(.*)```\s*", re.DOTALL | re.IGNORECASE)
"""JSON in a Markdown fence, as some models write it despite the schema."""


@dataclass(frozen=True)
class Model:
    """Settings that decide an answer, beside prompt and picture; `parameters` is JSON."""

    name: str
    max_side: int
    parameters: str


@dataclass
class _Failure:
    message: str
    until: float


_SHARED: dict[tuple[Model, Connection, int], "Answers"] = {}


def shared(model: Model, connection: Connection) -> "Answers":
    """Return the process's only object for these settings."""
    # connections don't survive a fork
    key = (model, connection, os.getpid())
    # functools.cache may create two objects for two threads, each with its own limit; `setdefault`
    # is atomic, and needs no lock, which a fork might copy while it is held
    return _SHARED.get(key) or _SHARED.setdefault(key, Answers(model, Client(connection)))


class Answers:
    """Answers of one model, which are requested once per picture and form, and kept in memory."""

    def __init__(self, model: Model, client: Client) -> None:
        self.model = model
        self.client = client
        self._known: OrderedDict[tuple[type[Form], str, str], Form | _Failure] = OrderedDict()
        self._lock = Lock()

    def get(self, picture: Picture, form: type[Form]) -> Form:
        """Ask a model to fill in a form about a picture.

        Raises:
            NoAnswerError: If the picture got no usable answer.
            BackendError: If every request would fail.
            PictureError: If the picture can't be read.
        """
        # only one form reads the text
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
        # only the message: an exception's traceback keeps the picture in memory
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
