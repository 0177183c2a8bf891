"""Tables, keys and types out of CREATE TABLE and ALTER TABLE; nothing is run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from migrate.extractors.sqldump.dialect import QUALIFIED, names, unquoted

_TOKEN = re.compile(
    rb"\s+|--[^\n]*|/\*M?!\d*|\*/|/\*.*?\*/|(?P<text>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"]|\"\")*\""
    rb"|`(?:[^`]|``)*`|\[(?:[^\]])*\]|[\w$#@\x80-\xff]+|.)",
    re.DOTALL,
)
_CREATE = re.compile(
    rb"CREATE\s+(?:GLOBAL\s+|LOCAL\s+)?(?:UNLOGGED\s+|TEMPORARY\s+|TEMP\s+|FOREIGN\s+)?TABLE\s+"
    rb"(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>" + QUALIFIED + rb")\s*\(",
    re.IGNORECASE,
)
_ALTER = re.compile(
    rb"ALTER\s+TABLE\s+(?:ONLY\s+|IF\s+EXISTS\s+)*(?P<name>" + QUALIFIED + rb")\s+"
    rb"(?:WITH\s+(?:NO)?CHECK\s+)?ADD\s+(?P<rest>(?:CONSTRAINT|PRIMARY|FOREIGN)\b.*)",
    re.IGNORECASE | re.DOTALL,
)
_NO_TYPE = frozenset(
    b"NOT NULL DEFAULT PRIMARY UNIQUE REFERENCES CHECK CONSTRAINT COLLATE GENERATED "
    b"AUTO_INCREMENT IDENTITY COMMENT ON AS CHARACTER_SET INVISIBLE VISIBLE STORED VIRTUAL".split()
)
_CONSTRAINTS = frozenset(
    b"CONSTRAINT PRIMARY KEY UNIQUE INDEX FOREIGN CHECK FULLTEXT SPATIAL EXCLUDE LIKE "
    b"PERIOD".split()
)


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key, in the dump's own names; ``target`` is dotted where the dump says so."""

    columns: tuple[str, ...]
    target: tuple[str, ...]
    target_columns: tuple[str, ...]


@dataclass(slots=True)
class TableText:
    """A table as its DDL tells it: columns with types (in order), key and foreign keys."""

    name: tuple[str, ...]
    columns: dict[str, str | None] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    links: list[Link] = field(default_factory=list)
    computed: list[str] = field(default_factory=list)


def create_table(statement: bytes) -> TableText | None:
    """The table of a CREATE TABLE with a list of columns; None for any other."""
    match = _CREATE.match(statement)
    if match is None:
        return None
    table = TableText(tuple(names(match["name"])))
    for item in _items(statement[match.end() :]):
        if item[0].upper() in _CONSTRAINTS and not _is_column(item):
            _constraint(table, item)
        else:
            _column(table, item)
    return table if table.columns else None


def alter_table(statement: bytes) -> TableText | None:
    """The key or foreign key that an ALTER TABLE adds, as a table without columns."""
    match = _ALTER.match(statement)
    if match is None:
        return None
    table = TableText(tuple(names(match["name"])))
    _constraint(table, _tokens(match["rest"]))
    return table if table.key or table.links else None


def _tokens(text: bytes) -> list[bytes]:
    return [found["text"] for found in _TOKEN.finditer(text) if found["text"] is not None]


def _items(text: bytes) -> list[list[bytes]]:
    """The items of the list that was opened, split at its commas."""
    items: list[list[bytes]] = [[]]
    depth = 0
    for token in _tokens(text):
        if token == b")" and depth == 0:
            break
        depth += (token == b"(") - (token == b")")
        if token == b"," and depth == 0:
            items.append([])
        else:
            items[-1].append(token)
    return [item for item in items if item]


def _is_column(item: list[bytes]) -> bool:
    """A column may be called ``key`` or ``index`` (unquoted, followed by a type)."""
    if item[0].upper() in (b"CONSTRAINT", b"PRIMARY", b"FOREIGN", b"CHECK", b"LIKE", b"EXCLUDE"):
        return False
    following = item[1] if len(item) > 1 else b""
    typed = re.match(
        rb"(?i)(?:INT|VARCHAR|TEXT|CHAR|BOOL|DATE|NUM|DEC|BIGINT|SMALL|UUID)", following
    )
    return typed is not None and b"(" not in item[2:3]


def _column(table: TableText, item: list[bytes]) -> None:
    name = unquoted(item[0])
    kind: list[bytes] = []
    depth = 0
    for token in item[1:]:
        if depth == 0 and token.upper() in _NO_TYPE:
            break
        depth += (token == b"(") - (token == b")")
        kind.append(token)
    table.columns[name] = _type_words(kind) or None
    words = [token.upper() for token in item]
    if b"PRIMARY" in words:
        table.key = (name,)
    if b"AS" in words and b"IDENTITY" not in words:
        table.computed.append(name)
    if b"REFERENCES" in words:
        _reference(table, (name,), item[words.index(b"REFERENCES") + 1 :])


def _type_words(tokens: list[bytes]) -> str:
    text = " ".join(token.strip(b'[]"').decode("utf-8", "replace") for token in tokens)
    return re.sub(r"\s*([(),.])\s*", r"\1", text).strip()


def _constraint(table: TableText, item: list[bytes]) -> None:
    words = [token.upper() for token in item]
    if b"FOREIGN" in words:
        columns, after = _list(item, words.index(b"FOREIGN"))
        if b"REFERENCES" in words[after:]:
            _reference(table, columns, item[words.index(b"REFERENCES", after) + 1 :])
    elif b"PRIMARY" in words:
        table.key = _list(item, words.index(b"PRIMARY"))[0]


def _list(item: list[bytes], start: int) -> tuple[tuple[str, ...], int]:
    """The names of the next bracketed list; lengths and directions are dropped."""
    if b"(" not in item[start:]:
        return (), start
    found: list[str] = []
    at = item.index(b"(", start) + 1
    depth, fresh = 1, True
    while at < len(item) and depth:
        token = item[at]
        depth += (token == b"(") - (token == b")")
        if fresh and depth == 1 and token not in (b",", b")"):
            found.append(unquoted(token))
        fresh = token == b","
        at += 1
    return tuple(found), at


def _reference(table: TableText, columns: tuple[str, ...], rest: list[bytes]) -> None:
    target: list[str] = []
    at = 0
    while at < len(rest) and rest[at] not in (b"(", b","):
        if rest[at] != b".":
            if target and rest[at - 1] != b".":
                break
            target.append(unquoted(rest[at]))
        at += 1
    listed = _list(rest, at)[0] if rest[at : at + 1] == [b"("] else ()
    if target and columns:
        table.links.append(Link(columns, tuple(target), listed))
