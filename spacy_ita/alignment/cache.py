"""Alignments on disk, so that a picture is looked at once."""

import json
import os
import sqlite3
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import spacy

from .types import Alignment

BUSY_TIMEOUT = 30.0
"""Seconds to wait for another process that writes."""
MAX_VARIABLES = 500
"""Keys a query: SQLite limits its placeholders, to 999 in old versions."""


@spacy.registry.misc("spacy_ita.AlignmentCache.v1")
class AlignmentCache:
    """Alignments in an SQLite file, which processes may share.

    path: the file; it and its folder are made at first use.

    A batch is committed at once, so a killed run resumes where it was. A cache is a help, never
    a need: where the file is corrupt, locked for more than `BUSY_TIMEOUT` seconds or not
    writable, one warning says so and the process goes on without it.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        # kept for each process: SQLite forbids to use, or even close, one across a fork
        self._connections: dict[int, sqlite3.Connection | None] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_connections": {}}

    def get_many(self, keys: Iterable[str]) -> dict[str, Alignment]:
        """The alignments of those keys that are known."""
        wanted = list(keys)
        found: dict[str, Alignment] = {}
        try:
            if (connection := self._connection()) is not None:
                for start in range(0, len(wanted), MAX_VARIABLES):
                    part = wanted[start : start + MAX_VARIABLES]
                    marks = ",".join("?" * len(part))
                    query = f"SELECT key, value FROM alignments WHERE key IN ({marks})"
                    found.update(
                        (key, json.loads(value)) for key, value in connection.execute(query, part)
                    )
        except (sqlite3.Error, OSError, ValueError) as error:
            self._go_without(error)
        return found

    def put_many(self, alignments: Mapping[str, Alignment]) -> None:
        """Store alignments under their keys, in one transaction."""
        rows = [(key, json.dumps(value)) for key, value in alignments.items()]
        try:
            if rows and (connection := self._connection()) is not None:
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO alignments VALUES (?, ?)", rows)
        except (sqlite3.Error, OSError) as error:
            self._go_without(error)

    def _connection(self) -> sqlite3.Connection | None:
        process = os.getpid()
        if process not in self._connections:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, check_same_thread=False)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            with connection:
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS alignments (key TEXT PRIMARY KEY, value TEXT)"
                )
            self._connections[process] = connection
        return self._connections[process]

    def _go_without(self, error: Exception) -> None:
        self._connections[os.getpid()] = None
        warnings.warn(
            f"The alignment cache {self.path} can't be used ({error}): going on without it, "
            f"so that every picture is looked at again. If it is corrupt, delete it.",
            stacklevel=2,
        )
