"""Middleware that refuses requests before they reach a route."""

import asyncio
import time

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .limits import Limits

DIGITS = 20
"""Maximum number of digits read from a declared length, more than any limit has."""


class Guard:
    """Middleware that refuses bodies that are too large or too slow, and closed paths.

    Gradio serves the page, which calls only this project's API. Gradio's own API, which accepts
    uploads, paths and URLs, is closed.

    Args:
        app: The application behind the guard.
        limits: Limits of a request.
        posts: Paths that accept POST.
        closed: Prefixes of the paths that are not served.
    """

    def __init__(
        self, app: ASGIApp, limits: Limits, posts: frozenset[str], closed: tuple[str, ...]
    ) -> None:
        self.app = app
        self.limits = limits
        self.posts = posts
        self.closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if refusal := self._refuse(scope):
            await refusal(scope, receive, send)
            return
        await self.app(scope, self._limited(receive), send)

    def _refuse(self, scope: Scope) -> JSONResponse | None:
        path = scope["path"]
        if scope["method"] not in ("GET", "HEAD") and path not in self.posts:
            return JSONResponse({"detail": "Method Not Allowed"}, 405, {"Allow": "GET"})
        if path.startswith(self.closed):
            return JSONResponse({"detail": "Not Found"}, 404)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        # Python reads no number of thousands of digits
        if length.isdigit() and int(length[:DIGITS]) > self.limits.body_bytes:
            return JSONResponse({"detail": self._too_large}, 413)
        return None

    @property
    def _too_large(self) -> str:
        return f"the request has more than {self.limits.body_bytes} bytes"

    def _limited(self, receive: Receive) -> Receive:
        """Limit the size and the time of a body, whatever length was declared."""
        received = 0
        end = time.monotonic() + self.limits.seconds
        complete = False

        async def limited() -> Message:
            nonlocal received, complete
            if complete:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(end - time.monotonic(), 0))
            except asyncio.TimeoutError as error:
                raise HTTPException(408, "the request's body did not arrive in time") from error
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received > self.limits.body_bytes:
                raise HTTPException(413, self._too_large)
            return message

        return limited
