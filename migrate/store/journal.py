"""The journal of a run: each intended write before it is sent, each answer after it came.

SQLite with WAL and full synchronisation, so what is committed here survives a kill and a power
cut. An intent without an answer is *open*: what became of it is found by reading the target.

``sessions``  one load or rollback: number (rising over all runs of the project), stage, plan
``writes``    one intended write each, in order: digest (SHA-256 of what is put, NULL for a
              delete), if_version, before (what it replaces), then the answer: outcome, version,
              status (NULL while open)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from migrate.core.plan import Known
from migrate.core.ports import Receipt, Write
from migrate.errors import FailedForNow, NeedsPerson

# An answer that means: the target is now as the write wanted it.
DONE = ("created", "updated", "unchanged", "deleted")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    number INTEGER PRIMARY KEY, stage TEXT NOT NULL, target TEXT NOT NULL, plan TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS writes (
    n INTEGER PRIMARY KEY, session INTEGER NOT NULL REFERENCES sessions,
    type TEXT NOT NULL, id TEXT NOT NULL, op TEXT NOT NULL, digest TEXT, if_version TEXT,
    before BLOB, outcome TEXT, version TEXT, status TEXT
);
CREATE INDEX IF NOT EXISTS by_resource ON writes (type, id, n);
CREATE INDEX IF NOT EXISTS still_open ON writes (n) WHERE outcome IS NULL;
"""
_MINE = "session IN (SELECT number FROM sessions WHERE target = ?)"
_ROW = "n, session, type, id, op, digest, if_version, before, outcome, version, status"


@dataclass(frozen=True, slots=True)
class Entry:
    """One journalled write, with its answer (``outcome`` None while it is open)."""

    n: int
    session: int
    type: str
    id: str
    op: str
    digest: str | None
    if_version: str | None
    before: bytes | None
    outcome: str | None
    version: str | None
    status: str | None

    @property
    def done(self) -> bool:
        """Whether the target is known to be as this write wanted it."""
        return self.outcome in DONE


class Journal:
    """An opened journal, seen for one target: what was done to others is not shown.

    The caller holds the project's lock for everything that writes.
    """

    def __init__(self, path: Path, target: str) -> None:
        self._target = target
        self._db = sqlite3.connect(path, isolation_level=None)
        with _full_disk():
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin(self, number: int, stage: str, plan: str) -> None:
        """Open a session of this target; ``plan`` is the plan's digest."""
        row = (number, stage, self._target, plan)
        with self._transaction():
            self._db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", row)

    def last_session(self) -> int:
        """The highest session number of all targets, 0 without one."""
        return int(self._db.execute("SELECT coalesce(max(number), 0) FROM sessions").fetchone()[0])

    def intend(
        self, session: int, writes: Sequence[tuple[Write, str | None, bytes | None]]
    ) -> list[int]:
        """Record writes before they are sent; each with its digest and what it replaces.

        Returns their numbers. On return the disk has them.
        """
        rows = [
            (session, write.type, write.id, write.op, digest, write.if_version, before)
            for write, digest, before in writes
        ]
        with self._transaction():
            first = self._db.execute("SELECT coalesce(max(n), 0) + 1 FROM writes").fetchone()[0]
            self._db.executemany(
                "INSERT INTO writes (session, type, id, op, digest, if_version, before) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
        return list(range(first, first + len(rows)))

    def answer(self, answers: Iterable[tuple[int, Receipt]]) -> None:
        """Record the target's answers, by the numbers of their intents."""
        rows = [(one.outcome, one.version, one.status, n) for n, one in answers]
        with self._transaction():
            self._db.executemany(
                "UPDATE writes SET outcome = ?, version = ?, status = ? WHERE n = ?", rows
            )

    def drop(self, numbers: Iterable[int]) -> None:
        """Close intents that are known not to have happened."""
        with self._transaction():
            self._db.executemany(
                "UPDATE writes SET outcome = 'not done', status = 'by reading' WHERE n = ?",
                [(n,) for n in numbers],
            )

    def open_entries(self) -> list[Entry]:
        """Intents whose answer never came, in their order."""
        return self._entries("outcome IS NULL ORDER BY n")

    def last(self, resource_type: str, resource_id: str) -> Entry | None:
        """The last write of a resource that took effect."""
        found = self._entries(
            f"type = ? AND id = ? AND outcome IN {DONE} ORDER BY n DESC LIMIT 1",
            (resource_type, resource_id),
        )
        return found[0] if found else None

    def effects(self) -> Iterator[Entry]:
        """The last write of every resource that took effect, the newest first.

        Nothing may be written to the journal while this is read.
        """
        cursor = self._db.execute(
            f"SELECT {_ROW} FROM writes w WHERE {_MINE} AND outcome IN {DONE} AND NOT EXISTS ("
            "SELECT 1 FROM writes v WHERE v.type = w.type AND v.id = w.id AND v.n > w.n "
            f"AND v.outcome IN {DONE} AND v.{_MINE}) ORDER BY n DESC",
            (self._target, self._target),
        )
        for row in cursor:
            yield Entry(*row)

    def to_undo(self) -> list[tuple[int, int]]:
        """(first, last) number of the loads' effects on each resource since it was last rolled
        back, the latest first: what was written last can go first."""
        stage = "(SELECT stage FROM sessions WHERE number = session)"
        query = (
            f"WITH mine AS (SELECT n, type, id, {stage} AS stage FROM writes "
            f"WHERE {_MINE} AND outcome IN {DONE}), back AS (SELECT type, id, max(n) AS n "
            "FROM mine WHERE stage = 'rollback' GROUP BY 1, 2) "
            "SELECT min(mine.n), max(mine.n) FROM mine LEFT JOIN back USING (type, id) "
            "WHERE mine.stage <> 'rollback' AND mine.n > coalesce(back.n, 0) "
            "GROUP BY mine.type, mine.id ORDER BY 1 DESC"
        )
        return [(row[0], row[1]) for row in self._db.execute(query, (self._target,))]

    def entry(self, number: int) -> Entry:
        """One write by its number."""
        return self._entries("n = ?", (number,))[0]

    def _entries(self, rest: str, values: tuple[object, ...] = ()) -> list[Entry]:
        query = f"SELECT {_ROW} FROM writes WHERE {_MINE} AND {rest}"
        return [Entry(*row) for row in self._db.execute(query, (self._target, *values))]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _full_disk():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


class Memory:
    """What all runs of a project did to one target: the last effect on each resource."""

    def __init__(self, paths: Iterable[Path], target: str) -> None:
        self._journals = [Journal(path, target) for path in paths if path.exists()]

    def known(self, resource_type: str, resource_id: str) -> Known | None:
        """The last thing that we did to this resource, over all runs; None for nothing."""
        found = [
            entry
            for journal in self._journals
            if (entry := journal.last(resource_type, resource_id)) is not None
        ]
        if not found:
            return None
        newest = max(found, key=lambda entry: (entry.session, entry.n))
        return Known(newest.digest, newest.version)

    def loaded(self) -> Iterator[tuple[str, str]]:
        """(type, id) of everything that our writes left in the target; some may come twice."""
        for journal in self._journals:
            for entry in journal.effects():
                known = self.known(entry.type, entry.id)
                if known is not None and known.digest is not None:
                    yield entry.type, entry.id

    def last_session(self) -> int:
        """The highest session number of all runs."""
        return max((journal.last_session() for journal in self._journals), default=0)

    def close(self) -> None:
        """Close the journals."""
        for journal in self._journals:
            journal.close()


@contextmanager
def _full_disk() -> Iterator[None]:
    """SQLite's failures in words; no statement and no value is quoted."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise FailedForNow(
                "PRJ008",
                "another program holds the journal",
                kept="every write that was answered",
                try_="close it, then run the same command again",
            ) from None
        raise NeedsPerson(
            "PRJ010",
            "the disk is full, or does not take what is written (while writing the journal)",
            kept="every write that was answered",
            try_="free some space, then run the same command again",
        ) from None
