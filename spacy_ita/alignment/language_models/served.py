"""Objects, captions, OCR text and knowledge from a served vision-language model."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import spacy

from ...errors import BackendError
from ...extensions.alignments import Alignment
from ...extras import optional
from ..picture import Picture
from .few_shot import FewShotKnowledge
from .schema import PARTS, VERSION, Form, Question, part_of, question

if TYPE_CHECKING:
    from .client import Usage
    from .shared_answers import Answers

PARAMETERS = {"temperature": 0.0, "max_tokens": 1024}


@spacy.registry.misc("spacy_ita.ServedVLM.v1")
class ServedVLM:
    """A vision-language model behind the OpenAI-compatible chat protocol: vLLM, Ollama or hosted.

    A picture without an answer, or with one that doesn't fit the schema, fails alone.

    Args:
        url: Base URL of the protocol, such as http://localhost:8000/v1.
        model: Name of the model on the server.
        part: Kind of alignment that this backend returns. Objects, captions and OCR text of a
            picture share one request between pipes whose other settings are equal. Knowledge reads
            the document's text too, and takes a request of its own.
        api_key_env: Environment variable with the key; "" for a server that needs none. The key
            itself is read for each request and never stored.
        max_side: Maximum side of the picture that is sent, in pixels; larger ones are shrunk.
        parameters: Other fields of the request, such as {"temperature": 0, "max_completion_tokens":
            2000}; None for `PARAMETERS`.
        timeout: Seconds from the start of a request to the end of its answer; connecting may take
            half of them.
        attempts: Maximum number of times that a request is sent if the server is slow, busy (429)
            or fails (5xx).
        backoff: Maximum number of seconds before the second attempt, doubled for each further one.
            The server's `Retry-After` is added.
        concurrency: Maximum number of requests in flight.
        knowledge: How to ask for knowledge: `spacy_ita.FewShotKnowledge.v1`. Only the part
            "knowledge" takes it.

    Raises:
        ValueError: If a setting is wrong.
    """

    def __init__(
        self,
        url: str,
        model: str,
        part: Literal["objects", "captions", "ocr", "knowledge"],
        api_key_env: str = "",
        max_side: int = 1024,
        parameters: dict[str, Any] | None = None,
        timeout: float = 120.0,
        attempts: int = 4,
        backoff: float = 1.0,
        concurrency: int = 4,
        knowledge: FewShotKnowledge | None = None,
    ) -> None:
        if part not in PARTS:
            raise ValueError(f"part must be one of {', '.join(PARTS)}, not {part!r}")
        if knowledge is not None and part != "knowledge":
            raise ValueError(f"only the part 'knowledge' takes a `knowledge`, not {part!r}")
        # a line of a file may end with white space
        url = url.strip()
        try:
            address = urlsplit(url)
            _ = address.port
        except ValueError as error:
            raise ValueError(f"url must look like http://localhost:8000/v1: {error}") from error
        if address.scheme not in ("http", "https") or not address.hostname or "@" in address.netloc:
            raise ValueError(
                "url must look like http://localhost:8000/v1, without a user or password"
            )
        if not url.isprintable() or " " in url:
            raise ValueError(f"url can't have blanks or control characters: {url!r}")
        if api_key_env and not api_key_env.isidentifier():
            raise ValueError("api_key_env is the name of an environment variable, not the key")
        if min(max_side, attempts, concurrency) < 1:
            raise ValueError(
                f"max_side, attempts and concurrency must be at least 1, "
                f"not {max_side}, {attempts} and {concurrency}"
            )
        if not timeout > 0 or not backoff >= 0:
            raise ValueError(
                f"timeout must be above 0 and backoff at least 0, not {timeout} and {backoff}"
            )
        try:
            json.dumps(parameters, allow_nan=False)
        except (ValueError, TypeError) as error:
            raise ValueError(f"parameters can't be written as JSON: {error}") from error
        self.url = url
        self.model = model
        self.part = part
        self.api_key_env = api_key_env
        self.max_side = self.least_side = max_side
        self.parameters = PARAMETERS if parameters is None else parameters
        self.timeout = timeout
        self.attempts = attempts
        self.backoff = backoff
        self.concurrency = concurrency
        self.knowledge = knowledge
        self.reads_text = part == "knowledge"

    @property
    def identity(self) -> Mapping[str, Any]:
        """Model, prompt and parameters, independent of the server."""
        return {
            "backend": "spacy_ita.ServedVLM.v1",
            "model": self.model,
            "part": self.part,
            "prompt": VERSION if self.knowledge is None else self.knowledge.identity,
            "max_side": self.max_side,
            "parameters": self.parameters,
        }

    @property
    def usage(self) -> "Usage":
        """Cost of the answers to all parts in this process."""
        return self._answers().client.usage

    def __call__(self, pictures: Sequence[Picture]) -> list[Alignment]:
        """Ask for the part of each picture.

        Raises:
            BackendError: If the server accepts no request.
        """
        answers = self._answers()
        if self.knowledge is None:
            form, _ = PARTS[self.part]
            questions = [question(form, picture.text) for picture in pictures]
        else:
            questions = self.knowledge.questions(pictures)
        stop = Event()

        def ask(picture: Picture, asked: Question) -> list[Form]:
            if stop.is_set():
                raise CancelledError
            try:
                return answers.get(picture, asked)
            except BackendError:
                # at once: until the results are read, the threads would send more requests
                stop.set()
                raise

        with ThreadPoolExecutor(self.concurrency) as pool:
            asked = list(map(pool.submit, repeat(ask), pictures, questions))
            try:
                # if one picture fails, the others' answers are kept until they are asked for one
                # by one
                failed = [error for future in asked if (error := future.exception())]
            finally:
                stop.set()
        for error in failed:
            if isinstance(error, BackendError):
                raise error
        return [part_of(self.part, future.result()) for future in asked]

    def to_disk(self, path: Path) -> None:
        """Save how knowledge is asked for; the model is the server's."""
        if self.knowledge is not None:
            self.knowledge.to_disk(path)

    def from_disk(self, path: Path) -> None:
        """Use what `to_disk` wrote."""
        if self.knowledge is not None:
            self.knowledge.from_disk(path)

    def load(self) -> None:
        """Read everything not read yet."""
        if self.knowledge is not None:
            self.knowledge.load()

    def _answers(self) -> "Answers":
        module = optional(f"{__package__}.shared_answers", extra="served")
        answers: Answers = module.shared(
            module.Model(self.model, self.max_side, json.dumps(self.parameters, sort_keys=True)),
            module.Connection(
                self.url,
                self.api_key_env,
                self.timeout,
                self.attempts,
                self.backoff,
                self.concurrency,
            ),
        )
        return answers
