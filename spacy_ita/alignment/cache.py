"""A cache of alignments on disk."""

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
"""Maximum number of seconds to wait for another process that writes."""
MAX_VARIABLES = 500
"""Maximum number of keys per query: SQLite limits placeholders, to 999 in old versions."""


@dataclass
class _Use:
    """The state of the file in one process."""

    lock: Lock = field(default_factory=Lock)
    connection: sqlite3.Connection | None = None
    given_up: bool = False


@spacy.registry.misc("spacy_ita.AlignmentCache.v1")
class AlignmentCache:
    """A cache of alignments in an SQLite file, which processes and threads may share.

    Each batch is one transaction, so a killed run resumes after its last batch. If the file is
    corrupt, not writable, or locked for more than `BUSY_TIMEOUT` seconds, the process continues
    without it after one warning.

    Args:
        path: Path of the file, which may start with `~`. The file and its folder are created at
            first use.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path).expanduser()
        # one per process: SQLite forbids using or closing a connection across a fork
        self._uses: dict[int, _Use] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_uses": {}}

    def get_many(self, keys: Iterable[str]) -> dict[str, Alignment]:
        """Look up alignments; keys that are unknown are left out."""
        wanted = list(keys)
        found: dict[str, Alignment] = {}
        with self._using() as use:
            if (connection := self._connection(use)) is not None:
                for start in range(0, len(wanted), MAX_VARIABLES):
                    part = wanted[start : start + MAX_VARIABLES]
                    marks = ",".join("?" * len(part))
                    query = f"SELECT key, value FROM alignments WHERE key IN ({marks})"
                    for key, value in connection.execute(query, part):
                        # a damaged entry counts as unknown, and is replaced later
                        with suppress(ValueError, TypeError, RecursionError):
                            found[key] = json.loads(value)
        return found

    def put_many(self, alignments: Mapping[str, Alignment]) -> None:
        """Store alignments by key, in one transaction."""
        rows = [(key, json.dumps(value)) for key, value in alignments.items()]
        if not rows:
            return
        with self._using() as use:
            if (connection := self._connection(use)) is not None:
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO alignments VALUES (?, ?)", rows)

    @contextmanager
    def _using(self) -> Iterator[_Use]:
        """Hold the process's lock; after an error of the file, warn and give the file up."""
        # `setdefault` is atomic, and a fork never copies a lock of this process while it is held
        use = self._uses.setdefault(os.getpid(), _Use())
        with use.lock:
            try:
                yield use
            except (sqlite3.Error, OSError, ValueError) as error:
                use.connection, use.given_up = None, True
                warnings.warn(
                    f"The alignment cache {self.path} can't be used ({error}): continuing "
                    "without it, and reading every picture again. If the file is corrupt, "
                    "delete it.",
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
