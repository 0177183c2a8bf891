"""The embedded target: a small FHIR store in one SQLite file, with versions and history.

It keeps the bytes it was given and adds nothing. Versions are "1", "2", … per resource, deletes
included, and a number is never given twice. WAL and full synchronisation: a receipt is given
only after the write is on the disk.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from migrate.core.ports import Capabilities, Receipt, Stored, Write
from migrate.errors import AskedWrongly, FailedForNow, NeedsPerson

_SCHEMA = """
CREATE TABLE store (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE resources (
    type TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, content BLOB,
    PRIMARY KEY (type, id)
);
CREATE TABLE history (
    type TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, content BLOB,
    PRIMARY KEY (type, id, version)
);
"""
_FORM = "1"
_WAIT_S = 5.0
MAX_BUNDLE = 1000


def open_target(address: str, options: Mapping[str, object]) -> EmbeddedTarget:  # noqa: ARG001
    """Open the store at the path ``address``; an empty one with a new identity is made if needed.

    Raises AskedWrongly when the file is something else, FailedForNow when it is locked.
    """
    return EmbeddedTarget(Path(address))


class EmbeddedTarget:
    """A FHIR store in a file."""

    name = "embedded"

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
        with _in_words():
            self._db = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._make()

    def _make(self) -> None:
        if self._made():
            return
        with self._transaction():
            if not self._made():
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                rows = [("form", _FORM), ("identity", str(uuid.uuid4()))]
                self._db.executemany("INSERT INTO store VALUES (?, ?)", rows)

    def _made(self) -> bool:
        return bool(self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])

    def identity(self) -> str:
        """``embedded:`` and the UUID given at creation; it goes where the file goes."""
        with _in_words():
            row = self._db.execute("SELECT value FROM store WHERE name = 'identity'").fetchone()
        return f"embedded:{row[0]}"

    def capabilities(self) -> Capabilities:
        """Everything can be proved and undone here."""
        return Capabilities(
            client_ids=True,
            read_back=True,
            delete=True,
            versions=True,
            transactions=True,
            max_bundle=MAX_BUNDLE,
        )

    def read(self, refs: Sequence[tuple[str, str]]) -> Iterator[Stored]:
        """The present state of each (type, id); deleted ones are not there."""
        with _in_words():
            for kind, identity in refs:
                row = self._row(kind, identity)
                if row is None or row[1] is None:
                    yield Stored(kind, identity, None, None)
                else:
                    yield Stored(kind, identity, str(row[0]), row[1])

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """All writes in one SQLite transaction; conflicts are answered, the others go on."""
        with _in_words(), self._transaction():
            return [self._write(write) for write in writes]

    def count(self, resource_type: str) -> int | None:
        """How many of a type are there now."""
        query = "SELECT count(*) FROM resources WHERE type = ? AND content IS NOT NULL"
        with _in_words():
            return int(self._db.execute(query, (resource_type,)).fetchone()[0])

    def versions(self, resource_type: str, resource_id: str) -> list[Stored]:
        """Every state that a resource ever had, oldest first; deletions have no content."""
        query = (
            "SELECT version, content FROM history WHERE type = ?1 AND id = ?2 UNION ALL "
            "SELECT version, content FROM resources WHERE type = ?1 AND id = ?2 ORDER BY version"
        )
        with _in_words():
            rows = self._db.execute(query, (resource_type, resource_id)).fetchall()
        return [Stored(resource_type, resource_id, str(row[0]), row[1]) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _row(self, kind: str, identity: str) -> tuple[int, bytes | None] | None:
        """Version and content; the content of a deleted resource is None."""
        query = "SELECT version, content FROM resources WHERE type = ? AND id = ?"
        row: tuple[int, bytes | None] | None = self._db.execute(query, (kind, identity)).fetchone()
        return row

    def _write(self, write: Write) -> Receipt:
        ref, row = (write.type, write.id), self._row(write.type, write.id)
        present = None if row is None else row[1]
        version = None if row is None or present is None else str(row[0])
        if version != write.if_version:
            return Receipt(*ref, "conflict", version, "412")
        if present == write.content:
            return Receipt(*ref, "unchanged", version, "200")
        new = self._put(write, row)
        if write.op == "delete":
            return Receipt(*ref, "deleted", None, "204")
        if present is None:
            return Receipt(*ref, "created", new, "201")
        return Receipt(*ref, "updated", new, "200")

    def _put(self, write: Write, row: tuple[int, bytes | None] | None) -> str:
        if row is None:
            values = (write.type, write.id, write.content)
            self._db.execute("INSERT INTO resources VALUES (?, ?, 1, ?)", values)
            return "1"
        kept = (write.type, write.id, *row)
        self._db.execute("INSERT INTO history VALUES (?, ?, ?, ?)", kept)
        self._db.execute(
            "UPDATE resources SET version = ?, content = ? WHERE type = ? AND id = ?",
            (row[0] + 1, write.content, write.type, write.id),
        )
        return str(row[0] + 1)


@contextmanager
def _in_words() -> Iterator[None]:
    """SQLite's failures as errors with what to do; no statement and no value is quoted."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error) or "I/O" in str(error):
            raise NeedsPerson(
                "PRJ010",
                "the disk is full, or does not take what is written (the embedded target)",
                kept="everything that was written before",
                try_="free some space, then run the same command again",
            ) from None
        raise FailedForNow(
            "LOD003",
            f"the embedded target does not answer ({type(error).__name__})",
            try_="close other programs that use the file, then run the same command again",
        ) from None
    except sqlite3.DatabaseError as error:
        raise AskedWrongly(
            "LOD003",
            f"the embedded target is no store of this tool ({type(error).__name__})",
            try_="check [target] address in migration.toml",
        ) from None
