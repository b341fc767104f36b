"""Addresses of pictures: paths, URIs, and members of containers.

A member is written as in fsspec, `zip://a.jpg::pictures.zip`. In a table, it is a column, a row
from 0, and positions in nested lists: `parquet://image/12::posts.parquet`.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from .limits import QUOTED

STORES = {
    "s3": "s3",
    "s3a": "s3",
    "gs": "gs",
    "gcs": "gs",
    "az": "az",
    "abfs": "az",
    "abfss": "az",
    "hf": "",
    "memory": "",
}
"""Schemes of stores that fsspec reads, each with the extra that installs its package."""
ARCHIVES = ("zip", "tar")
TABLES = ("parquet", "arrow", "jsonl")
WEB = ("http", "https")
SCHEMES = {"file", "data", *STORES, *ARCHIVES, *TABLES, *WEB}
_URI = re.compile(r"([a-z][a-z0-9+.-]*)://|(data):", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """The parts of a picture's source.

    Attributes:
        scheme: Its scheme in lower case; "" for a path or the id of a recorded picture.
        place: What stands behind the scheme: the path, or the member of a container.
        container: The address of the container; "" if the picture is no member.
    """

    scheme: str
    place: str
    container: str = ""

    @property
    def is_remote(self) -> bool:
        """Whether the bytes come from another machine."""
        if self.container:
            return parse(self.container).is_remote
        return self.scheme in WEB or self.scheme in STORES

    @property
    def file(self) -> str:
        """The path of the local file that holds the picture; "" if there is none."""
        if self.container:
            return parse(self.container).file
        if self.scheme == "file":
            return _local_path(self.place)
        return "" if self.scheme else self.place

    @property
    def keys(self) -> tuple[str, list[int]]:
        """The column of a table, and the row with the positions in nested lists.

        Raises:
            ValueError: If the place has another form.
        """
        column, *numbers = self.place.split("/")
        if not column or not numbers or not all(map(str.isdecimal, numbers)):
            raise ValueError(f"give the column and the row, as {self.scheme}://image/0::FILE")
        return unquote(column), [int(number) for number in numbers]


def parse(source: str) -> Address:
    """Split a source into its parts; what has no known scheme is a path."""
    match = _URI.match(source)
    scheme = (match[1] or match[2]).lower() if match else ""
    if match is None or scheme not in SCHEMES:
        return Address("", source)
    place = source[match.end() :]
    if scheme in (*ARCHIVES, *TABLES):
        # the container is the last: a member's name may hold anything
        place, _, container = place.rpartition("::") if "::" in place else (place, "", "")
        return Address(scheme, place, container)
    return Address(scheme, place)


def member_of(scheme: str, container: str, *keys: str | int) -> str:
    """Write the address of a member.

    Args:
        scheme: Scheme of the container.
        container: Address of the container.
        keys: The name of a file in an archive; or column, row and positions in a table.
    """
    if scheme in TABLES:
        column, *numbers = keys
        keys = (quote(str(column), safe=""), *numbers)
    return f"{scheme}://{'/'.join(map(str, keys))}::{container}"


def beside(source: str, folder: str) -> str:
    """Make the container of a member absolute if it stands beside its corpus."""
    address = parse(source)
    if not address.container or parse(address.container).scheme or address.container[0] == "/":
        return source
    return source.removesuffix(address.container) + f"{folder}/{address.container}"


def shown(source: str) -> str:
    """Describe a source in a message: without the content of a `data:` URI, and without secrets."""
    address = parse(source)
    if not address.scheme:
        return source
    if address.scheme == "data":
        kind = address.place.partition(",")[0].partition(";")[0][:40]
        return f"data:{kind};… ({len(source)} characters)"
    if address.scheme in WEB:
        source = _without_secrets(source)
    return source if len(source) <= QUOTED else source[:QUOTED] + "…"


def _without_secrets(url: str) -> str:
    """Remove user, password and query, which may hold a signature, from a URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0].partition("#")[0]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "…" if parts.query else "", ""))


def _local_path(place: str) -> str:
    """Return the path of a `file://` URI."""
    host, _, path = place.partition("/")
    return unquote(f"/{path}" if host in ("", "localhost") else place)
