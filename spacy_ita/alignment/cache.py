"""Alignments on disk, so that a picture is looked at once."""

import json
import os
import sqlite3
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import spacy

from ..extensions.alignments import Alignment

BUSY_TIMEOUT = 30.0
"""Seconds to wait for another process that writes."""
MAX_VARIABLES = 500
"""Keys a query: SQLite limits its placeholders, to 999 in old versions."""


@dataclass
class _Use:
    """What a process has of the file."""

    lock: Lock = field(default_factory=Lock)
    connection: sqlite3.Connection | None = None
    given_up: bool = False


@spacy.registry.misc("spacy_ita.AlignmentCache.v1")
class AlignmentCache:
    """Alignments in an SQLite file, which processes and threads may share.

    path: the file, where `~` is the home folder; it and its folder are made at first use.

    A batch is committed at once, so a killed run resumes where it was. A cache is a help, never
    a need: where the file is corrupt, locked for more than `BUSY_TIMEOUT` seconds or not
    writable, one warning says so and the process goes on without it.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(os.path.expanduser(path))
        # kept for each process: SQLite forbids to use, or even close, one across a fork
        self._uses: dict[int, _Use] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_uses": {}}

    def get_many(self, keys: Iterable[str]) -> dict[str, Alignment]:
        """The alignments of those keys that are known."""
        wanted = list(keys)
        found: dict[str, Alignment] = {}
        with self._using() as use:
            if (connection := self._connection(use)) is not None:
                for start in range(0, len(wanted), MAX_VARIABLES):
                    part = wanted[start : start + MAX_VARIABLES]
                    marks = ",".join("?" * len(part))
                    query = f"SELECT key, value FROM alignments WHERE key IN ({marks})"
                    for key, value in connection.execute(query, part):
                        # what is damaged is asked for again, and replaced
                        with suppress(ValueError, TypeError, RecursionError):
                            found[key] = json.loads(value)
        return found

    def put_many(self, alignments: Mapping[str, Alignment]) -> None:
        """Store alignments under their keys, in one transaction."""
        rows = [(key, json.dumps(value)) for key, value in alignments.items()]
        if not rows:
            return
        with self._using() as use:
            if (connection := self._connection(use)) is not None:
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO alignments VALUES (?, ?)", rows)

    @contextmanager
    def _using(self) -> Iterator[_Use]:
        """One thread at a time; what keeps the file from being used ends its use, and is said."""
        # `setdefault` is atomic, and a lock of this process alone is never copied while it is held
        use = self._uses.setdefault(os.getpid(), _Use())
        with use.lock:
            try:
                yield use
            except (sqlite3.Error, OSError, ValueError) as error:
                use.connection, use.given_up = None, True
                warnings.warn(
                    f"The alignment cache {self.path} can't be used ({error}): continuing without "
                    f"it, so that every picture is read again. If the file is corrupt, delete it.",
                    stacklevel=4,
                )

    def _connection(self, use: _Use) -> sqlite3.Connection | None:
        if use.connection is not None or use.given_up:
            return use.connection
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        with connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS alignments (key TEXT PRIMARY KEY, value TEXT)"
            )
        use.connection = connection
        return connection
