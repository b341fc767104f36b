"""A client for chat completions, with retries, limited concurrency and counts of usage."""

import asyncio
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from threading import Lock, Semaphore
from typing import Any

import httpx
import tenacity
from pydantic import BaseModel, Field, ValidationError

from ...errors import BackendError
from ...sources.http.retry_after import seconds_to_wait
from .schema import QUOTED, NoAnswerError

LONGEST_WAIT = 60.0
"""Maximum number of seconds before a retry, even if the server asks for more."""
LARGEST = 8 * 2**20
"""Maximum number of bytes read from an answer."""
SECRET = 16
"""Minimum length of a key that is removed from good answers. A shorter one, such as the `x` for a
server without keys, is no secret, but may be a part of any word."""
ONE_PICTURE = {400, 413, 415, 422}
"""Statuses by which a server refuses one request, but may accept others."""
AGAIN = {408, 425, 429}
"""Statuses worth a retry, beside those of a server's own errors (5xx)."""


@dataclass(frozen=True)
class Connection:
    """Settings of the connection to a server, as in `ServedVLM`."""

    url: str
    api_key_env: str
    timeout: float
    attempts: int
    backoff: float
    concurrency: int


@dataclass
class Usage:
    """Cost of the answers: requests, including retries, and tokens as the server counts them."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _AgainError(NoAnswerError):
    """A failed request worth retrying after `wait` seconds."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class _UnreachableError(_AgainError):
    """A server that doesn't accept the connection."""


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)


class _Tokens(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Bill(BaseModel):
    usage: _Tokens


class Client:
    """A client of the OpenAI-compatible chat protocol. Threads may share it, processes may not."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._usage = Usage()
        self._counting = Lock()
        self._free = Semaphore(connection.concurrency)
        self._tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_AgainError),
            stop=tenacity.stop_after_attempt(connection.attempts),
            wait=tenacity.wait_random_exponential(connection.backoff, LONGEST_WAIT)
            + tenacity.wait_exception(lambda error: getattr(error, "wait", 0.0)),
            reraise=True,
        )

    @property
    def usage(self) -> Usage:
        """The cost so far."""
        with self._counting:
            return replace(self._usage)

    def complete(self, request: Mapping[str, Any]) -> str:
        """Send a request and return the text of the answer.

        Raises:
            NoAnswerError: If this request failed.
            BackendError: If every request would fail.
        """
        key = self._key()
        try:
            text = self._tries(self._post, request, key)
        except _UnreachableError as error:
            raise BackendError(
                f"{error}: start the server, or set `url` to where it runs"
            ) from error
        self._count(text)
        try:
            [choice, *_] = _Completion.model_validate_json(text).choices
        except ValidationError as error:
            raise NoAnswerError(
                f"the answer is not a chat completion: {_quoted(text, key)}"
            ) from error
        if choice.finish_reason == "length":
            raise NoAnswerError("the answer is cut off: raise the limit of tokens in `parameters`")
        if choice.message.content is None:
            raise NoAnswerError(f"the answer has no text: {_quoted(text, key)}")
        content = choice.message.content
        return _without(key, content) if len(key) >= SECRET else content

    def _count(self, text: str) -> None:
        """Add the cost of an answer, usable or not, if the server reports it."""
        try:
            tokens = _Bill.model_validate_json(text).usage
        except ValidationError:
            return
        with self._counting:
            self._usage.prompt_tokens += tokens.prompt_tokens or 0
            self._usage.completion_tokens += tokens.completion_tokens or 0

    def _post(self, request: Mapping[str, Any], key: str) -> str:
        """Send a request once and return the body of a good answer."""
        url, seconds = self.connection.url, self.connection.timeout
        try:
            with self._free:
                with self._counting:
                    self._usage.requests += 1
                response, body = asyncio.run(
                    asyncio.wait_for(self._exchange(request, key), seconds)
                )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _UnreachableError(f"can't reach {url} ({error})") from error
        except asyncio.TimeoutError as error:
            raise _AgainError(f"no complete answer within {seconds:g} seconds") from error
        except httpx.TransportError as error:
            raise _AgainError(f"no answer ({type(error).__name__}: {error})") from error
        # a bad address, or a bad proxy in the environment
        except (httpx.InvalidURL, ValueError) as error:
            raise BackendError(f"can't send a request to {url}: {error}") from error
        status = response.status_code
        text = body.decode("utf-8-sig", errors="replace")
        if status == 200:
            packing = response.headers.get("Content-Encoding", "identity")
            if packing.lower() != "identity":
                raise NoAnswerError(
                    f"the answer is compressed ({packing}), which the request did not ask for"
                )
            if len(body) > LARGEST:
                raise NoAnswerError(f"the answer has more than {LARGEST / 2**20:g} MiB")
            return text
        message = f"the server answers {status}: {_quoted(text, key)}"
        if status in AGAIN or status >= 500:
            raise _AgainError(message, _wait(response.headers.get("Retry-After", "")))
        if status in ONE_PICTURE:
            raise NoAnswerError(message)
        raise BackendError(f"{url}: {message}: {self._hint(status)}")

    async def _exchange(self, request: Mapping[str, Any], key: str) -> tuple[httpx.Response, bytes]:
        """Send a request and read the answer's body, up to a little more than `LARGEST` bytes.

        httpx's synchronous client has timeouts for single reads and writes only: a server that
        sends a byte now and then would hold it forever.
        """
        # a small compressed body may unpack to any size
        headers = {"Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        address = f"{self.connection.url.rstrip('/')}/chat/completions"
        # the shorter timeout tells an unreachable server from a slow one
        limits = httpx.Timeout(None, connect=self.connection.timeout / 2)
        body = bytearray()
        async with (
            httpx.AsyncClient(verify=_tls(), timeout=limits) as client,
            client.stream("POST", address, json=request, headers=headers) as response,
        ):
            async for part in response.aiter_raw():
                body += part
                if len(body) > LARGEST:
                    break
        return response, bytes(body)

    def _key(self) -> str:
        variable = self.connection.api_key_env
        key = os.environ.get(variable, "").strip() if variable else ""
        # an error of httpx would quote a key that it can't send
        if variable and not (key and key.isascii() and key.isprintable()):
            raise BackendError(
                f"set the environment variable {variable} to the key for {self.connection.url}"
            )
        return key

    def _hint(self, status: int) -> str:
        if status not in (401, 403):
            return "check `url`, which mostly ends in /v1, and `model`"
        if self.connection.api_key_env:
            return f"check the key in the environment variable {self.connection.api_key_env}"
        return "set `api_key_env` to the environment variable with the key"


@cache
def _tls() -> ssl.SSLContext:
    # created once, as it takes longer than a request
    return httpx.create_ssl_context()


def _without(key: str, text: str) -> str:
    r"""Remove the key from a text, however JSON may escape it: `\/` for `/`, `\u0041` for `A`."""
    if not key:
        return text
    # with as many backslashes as JSON in JSON in JSON has
    characters = (
        rf"(?:\\{{0,7}}{re.escape(character)}|\\{{1,7}}u(?i:{ord(character):04x}))"
        for character in key
    )
    return re.sub("".join(characters), "…", text)


def _quoted(text: str, key: str) -> str:
    # the error of some servers quotes the key
    return repr(_without(key, text)[:QUOTED])


def _wait(retry_after: str) -> float:
    """Parse a Retry-After header, a number of seconds or a date, into seconds."""
    return min(seconds_to_wait(retry_after), LONGEST_WAIT)
