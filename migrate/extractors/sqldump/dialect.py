"""How the four kinds of dump write names, strings, comments and statements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["mysql", "postgres", "sqlite", "tsql"]

_ESCAPED = rb"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
_PLAIN = rb"'[^']*+(?:''[^']*+)*+'"
_DOUBLE = rb'"[^"]*+(?:""[^"]*+)*+"'
_DOUBLE_ESCAPED = rb'"[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+"'
_BACKTICK = rb"`[^`]*+(?:``[^`]*+)*+`"
_BRACKET = rb"\[[^\]]*+(?:\]\][^\]]*+)*+\]"
_NAME = rb"(?:" + _BACKTICK + rb"|" + _DOUBLE + rb"|" + _BRACKET + rb"|[\w$#@\x80-\xff]++)"
QUALIFIED = _NAME + rb"(?:\s*\.\s*" + _NAME + rb"){0,2}"
COLUMNS = rb"\(\s*" + _NAME + rb"(?:\s*,\s*" + _NAME + rb")*+\s*\)"
NAME = re.compile(_NAME)


@dataclass(frozen=True, slots=True)
class Dialect:
    """Compiled patterns over bytes.

    ``blank``    white space and comments; conditional comments of MySQL are opened, not skipped
    ``end``      from anywhere outside a string to the end of the statement, its mark included
    ``body``     the same for a statement with a body of statements (T-SQL: up to ``GO``)
    ``insert``   the head of an INSERT up to before its first tuple: ``table``, ``columns``
    ``value``    one simple value: ``string``, ``hex``, ``bits``, ``number``, ``word``
    """

    kind: Kind
    backslash: bool
    blank: re.Pattern[bytes]
    end: re.Pattern[bytes]
    body: re.Pattern[bytes]
    insert: re.Pattern[bytes]
    value: re.Pattern[bytes]


@cache
def dialect(kind: Kind, backslash: bool = True, mark: bytes = b";") -> Dialect:
    """The patterns of a kind of dump. ``backslash``: MySQL's strings know escapes;
    ``mark``: what ends a statement (MySQL's DELIMITER)."""
    backslash = backslash and kind == "mysql"
    string = _ESCAPED if backslash else _PLAIN
    if kind == "postgres":
        string = rb"(?:(?<=[eE])" + _ESCAPED + rb"|" + _PLAIN + rb")"
    double = _DOUBLE_ESCAPED if backslash else _DOUBLE
    opaque = [string, double, rb"/\*(?!M?!).*?\*/", rb"--[^\n]*+"]
    single = [rb"/(?!\*(?!M?!))", rb"-(?!-)"]
    stops = rb"'\"/\-"
    if kind in ("mysql", "sqlite"):
        opaque.append(_BACKTICK)
        stops += rb"`"
    if kind == "mysql":
        opaque[3] = rb"--(?=[\s\x00-\x1f])[^\n]*+"
        single[1] = rb"-(?!-[\s\x00-\x1f])"
        opaque.append(rb"\#[^\n]*+")
        stops += rb"\#"
    if kind == "postgres":
        opaque.append(rb"\$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$")
        single.append(rb"\$(?![A-Za-z_]*\$)")
        stops += rb"$"
    if kind == "tsql":
        opaque.append(_BRACKET)
        stops += rb"\["
    return Dialect(
        kind,
        backslash,
        _blank(kind),
        _statement(opaque, single, stops, kind, mark, body=False),
        _statement(opaque, single, stops, kind, mark, body=True),
        _insert(),
        _value(string),
    )


def _blank(kind: Kind) -> re.Pattern[bytes]:
    parts = [rb"\s++", rb"--[^\n]*+", rb"/\*(?!M?!).*?\*/"]
    if kind == "mysql":
        parts += [rb"\#[^\n]*+", rb"/\*M?!999999.*?\*/", rb"/\*M?!\d*+", rb"\*/", rb";"]
    return re.compile(rb"(?:" + rb"|".join(parts) + rb")*+", re.DOTALL)


def _statement(
    opaque: list[bytes], single: list[bytes], stops: bytes, kind: Kind, mark: bytes, *, body: bool
) -> re.Pattern[bytes]:
    if kind == "tsql":
        words = rb"GO" if body else rb"(?:GO|INSERT|SET|CREATE|ALTER|EXEC|USE|PRINT)"
        end = rb"\n(?=[ \t]*" + words + rb"\b)" + (rb"" if body else rb"|;")
        first = rb"\n;" if not body else rb"\n"
        single = [*single, rb"\n(?![ \t]*" + words + rb"\b)"]
    else:
        end, first = re.escape(mark), re.escape(mark[:1])
        if len(mark) > 1:
            single = [*single, first + rb"(?!" + re.escape(mark[1:]) + rb")"]
    plain = rb"[^" + stops + first + rb"]++"
    inner = rb"|".join([plain, *opaque, *single])
    return re.compile(rb"(?:" + inner + rb")*+(?:" + end + rb")", re.DOTALL | re.IGNORECASE)


def _insert() -> re.Pattern[bytes]:
    return re.compile(
        rb"(?:INSERT|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|OR\s+\w+)\s+)*"
        rb"(?:INTO\s+)?(?P<table>" + QUALIFIED + rb")\s*(?P<columns>" + COLUMNS + rb")?\s*"
        rb"(?:OVERRIDING\s+\w+\s+VALUE\s+)?VALUES?\s*(?=\()",
        re.IGNORECASE,
    )


def _value(string: bytes) -> re.Pattern[bytes]:
    return re.compile(
        rb"\s*(?:(?P<hex>0[xX][0-9a-fA-F]*+|[xX]'[0-9a-fA-F]*+')|(?P<bits>[bB]'[01]*+')"
        rb"|(?P<string>(?:_\w+\s*|[NnEe])?" + string + rb")"
        rb"|(?P<number>[-+]?[0-9.][0-9.eE+-]*+)"
        rb"|(?P<word>NULL|DEFAULT|TRUE|FALSE)\b)(?:::[\w .\[\]\"]++(?:\([\d,]*\))?[\[\]]*+)?"
        rb"\s*[,)]",
        re.DOTALL | re.IGNORECASE,
    )


def names(text: bytes) -> list[str]:
    """The names of a list or of a dotted name, without their quotes."""
    return [unquoted(match.group()) for match in NAME.finditer(text)]


def unquoted(name: bytes) -> str:
    """A name without its quotes."""
    ends = {b"`": b"`", b'"': b'"', b"[": b"]"}
    close = ends.get(name[:1])
    if close is not None:
        name = name[1:-1].replace(close * 2, close)
    return name.decode("utf-8", "replace")


_SIGNS: tuple[tuple[Kind, bytes], ...] = (
    ("mysql", rb"(?:MySQL|MariaDB) dump|^\) ENGINE ?=|^/\*!\d{5} |^INSERT INTO `"),
    (
        "postgres",
        rb"PostgreSQL database dump|^COPY .+ FROM stdin;|^SET standard_conforming_strings",
    ),
    ("tsql", rb"^GO\r?$|\[dbo\]\.\[|^SET IDENTITY_INSERT"),
    ("sqlite", rb"\APRAGMA foreign_keys|^BEGIN TRANSACTION;\r?$"),
)
_ANY_SQL = re.compile(
    rb"^\s*(?:(?:INSERT|REPLACE)\s+(?:INTO\s+)?[\w.`\"\[\]]+[\s(]|CREATE\s+TABLE\s)",
    re.IGNORECASE | re.MULTILINE,
)


def guess(head: bytes) -> Kind | None:
    """What kind of dump a text begins like; None where it is no SQL that holds rows.

    The first sign counts: a later one may stand in somebody's note.
    """
    found = [
        (match.start(), kind)
        for kind, sign in _SIGNS
        if (match := re.search(sign, head, re.MULTILINE)) is not None
    ]
    if found:
        return min(found)[1]
    if _ANY_SQL.search(head):
        return "mysql" if b"`" in head else "sqlite"
    return None
