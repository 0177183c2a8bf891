"""Reads one SQL text, statement by statement: what it is about goes to the reader of its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.core.issues import Issue
from migrate.core.ports import RowReject, Rows
from migrate.extractors.sqldump import ddl
from migrate.extractors.sqldump.copy import copy_rows
from migrate.extractors.sqldump.dialect import QUALIFIED, Kind, dialect, names, unquoted
from migrate.extractors.sqldump.feed import Feed
from migrate.extractors.sqldump.inserts import Inserts
from migrate.extractors.sqldump.problems import computed, problem
from migrate.extractors.sqldump.tables import Catalogue, Name, Sink, Table

_WINDOW = 64 << 10
_LONGEST = 1 << 30
_I = re.IGNORECASE | re.DOTALL
_ROWS = re.compile(rb"(?:INSERT|REPLACE)\b", _I)
_COPY = re.compile(
    rb"COPY\s+(?P<table>" + QUALIFIED + rb")\s*(?P<columns>\([^)]*\))?\s*FROM\s+stdin"
    rb"(?P<options>[^;]*);[ \t]*\r?\n",
    _I,
)
_LINE_COMMAND = {
    "mysql": re.compile(rb"(?:DELIMITER|\\|source\b|system\b)[^\n]*(?:\n|\Z)", _I),
    "postgres": re.compile(rb"\\[^\n]*(?:\n|\Z)"),
    "sqlite": re.compile(rb"\.[a-z][^\n]*(?:\n|\Z)"),
    "tsql": re.compile(rb"(?:GO\b[^\n]*|:[a-z][^\n]*)(?:\n|\Z)", _I),
}
_DELIMITER = re.compile(rb"DELIMITER\s+(\S+)", _I)
_CHARSET = re.compile(rb"SET\s+(?:NAMES\s+|CLIENT_ENCODING\s*(?:=|TO)\s*)'?(?P<name>[\w-]+)'?", _I)
_NO_BACKSLASH = re.compile(rb"SET\s+.*sql_mode\s*=.*?(?P<on>NO_BACKSLASH_ESCAPES)?\s*'", _I)
_PATH = re.compile(rb"SET\s+search_path\s*(?:=|TO)\s*(?P<name>[\w\"]+)", _I)
_USE = re.compile(rb"USE\s+(?P<name>" + QUALIFIED + rb")", _I)
_DROP = re.compile(rb"DROP\s+(?:TABLE|VIEW)\s+(?:IF\s+EXISTS\s+)?(?P<name>" + QUALIFIED + rb")", _I)
_BODY = re.compile(rb"(?:CREATE|ALTER)\s+(?:OR\s+ALTER\s+)?(?:PROC|TRIGGER|VIEW|FUNCTION)", _I)
_KNOWN = re.compile(
    rb"(?:SET|LOCK|UNLOCK|CREATE|ALTER|DROP|COMMENT|GRANT|REVOKE|SELECT|BEGIN|START|COMMIT|END|USE"
    rb"|PRAGMA|ANALYZE|PRINT|EXEC(?:UTE)?|FLUSH|TRUNCATE|RESET|REFRESH|SECURITY|IF|DBCC|RAISERROR"
    rb"|CHANGE|DELETE\s+FROM\s+\"?sqlite_\w*|UPDATE\s+pg_catalog\.|VACUUM|REINDEX|DO\b|DEALLOCATE)\b",
    _I,
)
_CHANGES = re.compile(rb"(?:UPDATE|DELETE|MERGE|LOAD|CALL|WITH|IMPORT|BULK)\b", _I)
_CHARSETS = {
    "utf8": "utf-8", "utf8mb3": "utf-8", "utf8mb4": "utf-8", "utf-8": "utf-8",
    "unicode": "utf-8", "binary": "utf-8", "ascii": "utf-8", "sql_ascii": "utf-8",
    "latin1": "cp1252", "latin2": "iso8859-2", "latin5": "iso8859-9", "latin9": "iso8859-15",
    "win1250": "cp1250", "win1251": "cp1251", "win1252": "cp1252", "cp1251": "cp1251",
    "cp1250": "cp1250", "cp850": "cp850", "koi8r": "koi8-r", "greek": "iso8859-7",
    "hebrew": "iso8859-8",
}  # fmt: skip

Event = Rows | RowReject | Issue


class Script:
    """One SQL text of an export."""

    def __init__(self, feed: Feed, kind: Kind, path: str, catalogue: Catalogue) -> None:
        self.feed, self.kind, self.path, self.catalogue = feed, kind, path, catalogue
        self.charset = "utf-8"
        self._backslash = kind == "mysql"
        self._mark = b";"
        self._home: Name = ()
        self._sinks: dict[str, Sink] = {}
        self._settle()

    def _settle(self) -> None:
        self._dialect = dialect(self.kind, self._backslash, self._mark)
        self._inserts = Inserts(self.feed, self._dialect, self.path)

    def events(self) -> Iterator[Event]:
        """Rows, rejects and issues in the order of the text.

        Raises NeedsPerson (EXT031) for a script that computes its values.
        """
        feed = self.feed
        while True:
            feed.widen(_WINDOW)
            self._blank()
            feed.widen(_WINDOW)
            if not feed.left:
                break
            yield from self._statement()
        for sink in self._sinks.values():
            yield from sink.flush()

    def _blank(self) -> None:
        feed = self.feed
        while True:
            match = self._dialect.blank.match(feed.buffer, feed.at)
            assert match is not None
            if match.end() < len(feed.buffer) or feed.at_end:
                feed.advance(match.end())
                return
            feed.advance(max(feed.at, match.end() - 2))
            before = len(feed.buffer)
            feed.widen(feed.left + _WINDOW)
            if len(feed.buffer) == before and feed.at_end:
                continue

    def _statement(self) -> Iterator[Event]:
        feed = self.feed
        command = _LINE_COMMAND[self.kind].match(feed.buffer, feed.at)
        if command is not None:
            changed = _DELIMITER.match(command.group())
            if changed is not None and self.kind == "mysql":
                self._mark = changed[1]
                self._settle()
            feed.advance(command.end())
        elif _ROWS.match(feed.buffer, feed.at):
            yield from self._insert()
        elif (copy := _COPY.match(feed.buffer, feed.at)) is not None and self.kind == "postgres":
            yield from self._copied(copy)
        else:
            yield from self._other()

    def _whole(self) -> tuple[int, bool]:
        """The end of the statement in the window, and whether it has one."""
        feed = self.feed
        size = _WINDOW
        while True:
            feed.widen(size)
            body = self.kind == "tsql" and _BODY.match(feed.buffer, feed.at)
            pattern = self._dialect.body if body else self._dialect.end
            match = pattern.match(feed.buffer, feed.at)
            if match is not None:
                return match.end(), True
            if feed.at_end or size >= _LONGEST:
                return len(feed.buffer), self.kind == "tsql"
            size *= 4

    def _other(self) -> Iterator[Event]:
        feed = self.feed
        end, whole = self._whole()
        text = feed.buffer[feed.at : end]
        line = feed.line
        if not whole:
            yield problem(
                "EXT013",
                f"file '{self.path}', line {line}: the last statement has no end",
                file=self.path,
                at=str(line),
            )
        elif _CHANGES.match(text) and not _KNOWN.match(text):
            word = text.split(None, 1)[0].decode("ascii", "replace").upper()
            raise computed(self.path, line, f"changes rows ({word})")
        elif not self._understood(text):
            yield self._not_understood(line)
        feed.advance(end)

    def _understood(self, text: bytes) -> bool:
        """Take what a statement says about tables and text; False for an unknown one."""
        if (table := ddl.create_table(text)) is not None:
            self.catalogue.define(self._path_of(table.name), table)
        elif (added := ddl.alter_table(text)) is not None:
            known = self.catalogue.find(self._path_of(added.name))
            if known is not None:
                known.key = added.key or known.key
                known.links += added.links
        elif (use := _USE.match(text)) is not None and self.kind in ("mysql", "tsql"):
            self._home = (names(use["name"])[-1],)
        elif (path := _PATH.match(text)) is not None and self.kind == "postgres":
            self._home = (unquoted(path["name"]),)
        elif (drop := _DROP.match(text)) is not None:
            dropped = self.catalogue.find(self._path_of(tuple(names(drop["name"]))))
            if dropped is not None and dropped.rows + dropped.rejected == 0:
                dropped.dropped = True
        elif (charset := _CHARSET.match(text)) is not None:
            self._recode(charset["name"].decode().lower())
        elif self.kind == "mysql" and (mode := _NO_BACKSLASH.match(text)) is not None:
            self._backslash = mode["on"] is None and b"NO_BACKSLASH_ESCAPES" not in text.upper()
            self._settle()
        return _KNOWN.match(text) is not None

    def _recode(self, name: str) -> None:
        found = _CHARSETS.get(name)
        if found is None:
            raise computed(self.path, self.feed.line, f"is written in the character set '{name}'")
        self.charset = found
        for sink in self._sinks.values():
            sink.charset = found

    def _path_of(self, name: tuple[str, ...]) -> Name:
        """Database or schema and name. T-SQL's schema ``dbo`` is the database's own."""
        if self.kind == "tsql":
            name = (name[-1],) if name[-2:-1] in ((), ("dbo",)) else name[-2:]
        return name if len(name) > 1 else (*self._home, *name)

    def _sink(self, table: Table) -> Sink:
        sink = self._sinks.get(table.name)
        if sink is None:
            sink = self._sinks[table.name] = Sink(table, self.path, self.charset)
        return sink

    # --- rows --------------------------------------------------------------------------------

    def _copied(self, copy: re.Match[bytes]) -> Iterator[Event]:
        if copy["options"].strip():
            raise computed(self.path, self.feed.line, "copies rows in a format of its own")
        path = self._path_of(tuple(names(copy["table"])))
        table, places = self._table(path, names(copy["columns"]) if copy["columns"] else None, 0)
        self.feed.advance(copy.end())
        yield from _if_wanted(table, copy_rows(self.feed, self._sink(table), places))

    def _insert(self) -> Iterator[Event]:
        feed = self.feed
        head = self._dialect.insert.match(feed.buffer, feed.at)
        if head is None:
            yield from self._no_tuples()
            return
        path = self._path_of(tuple(names(head["table"])))
        if path[-1].startswith("sqlite_") and self.kind == "sqlite":
            feed.advance(self._whole()[0])
            return
        listed = names(head["columns"]) if head["columns"] else None
        opening = head.group()
        feed.advance(head.end())
        width = 0 if listed or self.catalogue.find(path) else self._inserts.width()
        table, places = self._table(path, listed, width)
        yield from _if_wanted(table, self._inserts.rows(self._sink(table), places, opening))

    def _no_tuples(self) -> Iterator[Event]:
        """An INSERT that lists no values."""
        end, _ = self._whole()
        line = self.feed.line
        if re.search(rb"\b(?:SELECT|SET|EXEC)\b", self.feed.buffer[self.feed.at : end], _I):
            raise computed(self.path, line, "fills a table from a query")
        yield self._not_understood(line)
        self.feed.advance(end)

    def _not_understood(self, line: int) -> Issue:
        message = f"file '{self.path}', line {line}: a statement was not understood"
        return problem("EXT030", message, file=self.path, at=str(line))

    def _table(self, path: Name, listed: list[str] | None, width: int) -> tuple[Table, list[int]]:
        """The table of some rows, and where their values belong.

        A table without DDL has the columns of its first rows; rows with columns that their
        table does not have are a table of their own.
        """
        table = self.catalogue.find(path)
        if table is None or not table.columns:
            made = listed or [f"c{number + 1}" for number in range(width)]
            table = self.catalogue.from_rows(path, made)
        places = table.positions(listed)
        while places is None:
            path = (*path[:-1], f"{path[-1]}_rows")
            known = self.catalogue.find(path)
            table = known or self.catalogue.from_rows(path, listed or ())
            places = table.positions(listed)
        return table, places


def _if_wanted(table: Table, events: Iterator[Event]) -> Iterator[Event]:
    for event in events:
        if table.wanted or isinstance(event, Issue):
            yield event
