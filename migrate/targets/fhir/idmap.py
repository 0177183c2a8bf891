"""Which id a server gave to which of our resources. A cache: the server's own copy of our id, in
the resource's identifier or tag, is the truth, and what is lost here is looked up there again.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

from migrate.targets.fhir.bundles import Ref

_SCHEMA = """
CREATE TABLE IF NOT EXISTS ids (
    type TEXT NOT NULL, ours TEXT NOT NULL, theirs TEXT NOT NULL, PRIMARY KEY (type, ours)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_theirs ON ids (type, theirs);
"""


def map_file(folder: Path, base: str) -> Path:
    """The file for the server at ``base``."""
    return folder / f"target-ids-{hashlib.sha256(base.encode()).hexdigest()[:12]}.db"


class IdMap:
    """Our ids and the server's, both ways; safe for several threads. None: kept in memory."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        if path is not None and not path.exists():
            path.touch(mode=0o600)
        self._db = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_SCHEMA)

    def theirs(self, ref: Ref) -> str | None:
        """The server's id of one of ours."""
        return self._one("SELECT theirs FROM ids WHERE type = ? AND ours = ?", ref)

    def ours(self, ref: Ref) -> str | None:
        """Our id of one of theirs."""
        return self._one("SELECT ours FROM ids WHERE type = ? AND theirs = ?", ref)

    def learn(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """(type, ours, theirs); a newer one takes the place of an older."""
        with self._lock:
            self._db.execute("BEGIN")
            self._db.executemany("INSERT OR REPLACE INTO ids VALUES (?, ?, ?)", rows)
            self._db.execute("COMMIT")

    def forget(self, refs: Iterable[Ref]) -> None:
        """These are not there any more."""
        with self._lock:
            self._db.execute("BEGIN")
            self._db.executemany("DELETE FROM ids WHERE type = ? AND ours = ?", refs)
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _one(self, query: str, ref: Ref) -> str | None:
        with self._lock:
            row = self._db.execute(query, ref).fetchone()
        return None if row is None else str(row[0])
