"""Answers of a served model, shared by the pipes of a pipeline."""

import json
import os
from dataclasses import dataclass
from typing import Any

from ..picture import Picture
from .answer_store import AnswerStore, Failure, Kept, given
from .client import Client, Connection
from .schema import Form, NoAnswerError, Question, read_answer

JPEG_QUALITY = 90


@dataclass(frozen=True)
class Model:
    """Settings that decide an answer, beside question and picture; `parameters` is JSON."""

    name: str
    max_side: int
    parameters: str


_SHARED: dict[tuple[Model, Connection, int], "Answers"] = {}


def shared(model: Model, connection: Connection) -> "Answers":
    """Return the process's only object for these settings."""
    # connections don't survive a fork
    key = (model, connection, os.getpid())
    # functools.cache may create two objects for two threads, each with its own limit; `setdefault`
    # is atomic, and needs no lock, which a fork might copy while it is held
    return _SHARED.get(key) or _SHARED.setdefault(key, Answers(model, Client(connection)))


class Answers:
    """Answers of one model, which are requested once per picture and question."""

    def __init__(self, model: Model, client: Client) -> None:
        self.model = model
        self.client = client
        self._store = AnswerStore()

    def get(self, picture: Picture, question: Question) -> list[Form]:
        """Ask a model a question about a picture.

        Returns:
            The answer, or several if the question says so.

        Raises:
            NoAnswerError: If the picture got no usable answer.
            BackendError: If every request would fail.
            PictureError: If the picture can't be read.
        """
        key = (picture.sha256, question)
        answer = self._store.look_up(key) or self._store.keep(key, self._ask(picture, question))
        return given(answer)

    def _ask(self, picture: Picture, question: Question) -> Kept:
        try:
            return [
                read_answer(self.client.complete(request), question.form)
                for request in self._requests(picture, question)
            ]
        except NoAnswerError as error:
            return Failure.of(error)

    def _requests(self, picture: Picture, question: Question) -> list[dict[str, Any]]:
        url = picture.jpeg_uri(self.model.max_side, JPEG_QUALITY)
        form = question.form
        schema = {"name": form.__name__, "strict": True, "schema": form.model_json_schema()}
        request = {
            **json.loads(self.model.parameters),
            "model": self.model.name,
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": question.prompt},
                        {"type": "image_url", "image_url": {"url": url}},
                    ],
                }
            ],
            "response_format": {"type": "json_schema", "json_schema": schema},
        }
        if (sampling := question.sampling) is None:
            return [request]
        # not every server takes `n`
        drawn = {"temperature": sampling.temperature, "top_p": sampling.top_p}
        seeds = range(sampling.seed, sampling.seed + sampling.answers)
        return [{**request, **drawn, "seed": seed} for seed in seeds]
