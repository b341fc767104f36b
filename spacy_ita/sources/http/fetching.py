"""Fetching of a picture from the web, with limits and retries (the extra `http`)."""

import ssl
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, urljoin, urlsplit

from ...extras import optional
from ..errors import Kind, PictureError
from .host_rates import HostRates
from .recent import RecentPictures
from .retry_after import seconds_to_wait

try:
    import httpcore
    import tenacity

    from .network import CheckedNetwork, Deadline
except ImportError:
    # `fetch` says which extra to install
    pass

AGAIN = {408, 425, 429, 500, 502, 503, 504}
"""Statuses worth a retry."""
SAFE = "/%:=&?~#+!$,;'@()*[]-._|"
"""Characters that stay in the path and the query of a URL."""
MOVED = {301, 302, 303, 307, 308}
NAME = "spacy_ita (+https://pypi.org/project/spacy_ita)"
"""The User-Agent, by which a site can tell who asks."""


@dataclass(frozen=True)
class HTTPLimits:
    """Limits of what is fetched.

    Attributes:
        size: Maximum number of bytes of a picture.
        seconds: Maximum time of a try, redirects included.
        redirects: Maximum number of redirects of a try.
        tries: Maximum number of tries.
        backoff: Seconds before the second try, about; they double with each further one.
        longest_wait: Maximum number of seconds before a retry. If a server asks for more, there is
            none.
        rate: Maximum number of requests to a host in a second.
    """

    size: int = 2**25
    seconds: float = 20.0
    redirects: int = 5
    tries: int = 4
    backoff: float = 0.5
    longest_wait: float = 60.0
    rate: float = 10.0


LIMITS = HTTPLimits()


class _AgainError(PictureError):
    """A failed try worth a retry after `wait` seconds."""

    def __init__(self, message: str, kind: Kind, wait: float = 0.0) -> None:
        super().__init__(message, kind)
        self.wait = wait


def fetch(url: str, limits: HTTPLimits = LIMITS) -> bytes:
    """Fetch a picture from a public address. Robots' rules are the user's affair.

    Raises:
        PictureError: If it can't be fetched, or isn't allowed to be; says how often it was tried.
        BackendError: If the extra is missing.
    """
    optional("httpcore", extra="http")
    optional("tenacity", extra="http")
    tries = tenacity.Retrying(
        retry=tenacity.retry_if_exception(
            lambda error: isinstance(error, _AgainError) and error.wait <= limits.longest_wait
        ),
        stop=tenacity.stop_after_attempt(limits.tries),
        wait=tenacity.wait_random_exponential(limits.backoff, limits.longest_wait)
        + tenacity.wait_exception(lambda error: getattr(error, "wait", 0.0)),
        reraise=True,
    )
    try:
        return tries(_try, url, limits)
    except _AgainError as error:
        count = tries.statistics["attempt_number"]
        times = f"after {count} tries" if count > 1 else "after one try"
        asked = f"; it asks to wait {error.wait:.0f} seconds" if error.wait else ""
        raise PictureError(f"{error} {times}{asked}", error.kind) from error


def _try(url: str, limits: HTTPLimits) -> bytes:
    """Fetch a picture once, through its redirects."""
    deadline = Deadline(limits.seconds)
    with httpcore.ConnectionPool(_tls(), network_backend=CheckedNetwork(deadline)) as pool:
        for _ in range(limits.redirects + 1):
            _check(url)
            _rates(limits.rate).wait(urlsplit(url).hostname or "")
            try:
                data, location = _ask(pool, url, limits)
            except httpcore.TimeoutException as error:
                message = f"not complete within {limits.seconds:g} seconds"
                raise _AgainError(message, "timed out") from error
            except (httpcore.NetworkError, httpcore.ProtocolError) as error:
                cause = f"no answer ({type(error).__name__}: {error})"
                raise _AgainError(cause, "unreachable") from error
            if not location:
                return data
            url = urljoin(url, location)
    raise PictureError(f"more than {limits.redirects} redirects", "refused")


def _check(url: str) -> None:
    """Raise PictureError for a URL that is no plain http or https."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise PictureError(f"not a URL: {error}", "refused") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PictureError(f"only http and https are fetched, not {parts.scheme}://", "refused")
    if "@" in parts.netloc:
        raise PictureError("a URL with user and password is not fetched", "refused")


def _ask(pool: "httpcore.ConnectionPool", url: str, limits: HTTPLimits) -> tuple[bytes, str]:
    """Send a request; returns the body, or the location of a redirect."""
    # a small compressed body may unpack to any size
    headers: dict[bytes | str, bytes | str] = {
        "User-Agent": NAME,
        "Accept": "image/*",
        "Accept-Encoding": "identity",
    }
    with pool.stream("GET", _quoted(url), headers=headers) as response:
        found = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        status = response.status
        if status in MOVED and found.get(b"location"):
            return b"", found[b"location"]
        if status in AGAIN:
            wait = seconds_to_wait(found.get(b"retry-after", ""))
            raise _AgainError(f"the server answers {status}", "HTTP status", wait)
        if status != 200:
            raise PictureError(f"the server answers {status}", "HTTP status")
        if int(found.get(b"content-length", "0")) > limits.size:
            raise PictureError(f"more than {limits.size} bytes", "too large")
        body = bytearray()
        for part in response.iter_stream():
            body += part
            if len(body) > limits.size:
                raise PictureError(f"more than {limits.size} bytes", "too large")
    return bytes(body), ""


def _quoted(url: str) -> str:
    """Encode a host in other letters and percent-encode characters that no request may have."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode() if not parts.netloc.isascii() else ""
    netloc = f"{host}:{parts.port}" if host and parts.port else host or parts.netloc
    query = f"?{quote(parts.query, SAFE)}" if parts.query else ""
    return f"{parts.scheme}://{netloc}{quote(parts.path or '/', SAFE)}{query}"


@cache
def _tls() -> ssl.SSLContext:
    # created once, as it takes longer than a request
    return httpcore.default_ssl_context()


_rates = cache(HostRates)
"""The rates of this process, by requests a second."""


RECENT = RecentPictures(fetch)
"""The pictures that this process fetched last."""
