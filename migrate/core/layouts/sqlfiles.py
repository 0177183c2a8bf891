"""One file of a layout as SQL: its cells, and the addresses of what they carry and lose.

Input is a relation ``chunk(n BIGINT, id VARCHAR, line JSON)`` of one resource type; what other
resources give is looked up in relations made by :func:`lookups`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.layouts.ast import Column, DateStyle, Layout, LayoutFile, Source, Step
from migrate.core.layouts.sqlpaths import SqlPaths

#: Why a leaf that a column reads does not arrive (losses.parquet, column ``reason``).
LOSS_WORDS = {
    "code": "the desk's list has no such code",
    "long": "longer than the desk's column, left out",
    "cut": "longer than the desk's column, cut",
    "time": "the column takes a date, not the time of day",
    "zone": "the desk takes the clock on the wall, not its offset from UTC",
}
_DATES = frozenset({"date", "dateTime", "instant"})
_OFFSET = r"^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$"
_REFERENCE = (Step("reference"),)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Values of one path of a resource type by ``Type/id``."""

    relation: str
    type: str
    select: str


def lookups(layout: Layout) -> tuple[Lookup, ...]:
    """What the columns of a layout look up in other resources; ``select`` reads ``chunk``."""
    found: dict[str, Lookup] = {}
    for file in layout.files:
        for column in file.columns:
            for source in column.sources:
                if source.of is not None:
                    name = _relation(source)
                    value = _first_text(SqlPaths(), source.path.steps, "line")
                    ref = f"{literal(source.of + '/')} || id"
                    select = f"SELECT {ref} AS ref, {value} AS value FROM chunk"
                    found[name] = Lookup(name, source.of, select)
    return tuple(found[name] for name in sorted(found))


def _relation(source: Source) -> str:
    text = f"{source.of} {source.path.text}"
    return "look_" + hashlib.sha256(text.encode()).hexdigest()[:16]


def rows_select(file: LayoutFile, layout: Layout) -> str:
    """SELECT of ``_id``, ``_at`` (the element's address) and the cells by name, in file order."""
    made = _File(file, layout.dates)
    cells = [f"{made.cell(column)} AS {quoted(column.name)}" for column in file.columns]
    listed = ", ".join(["x.id AS _id", "x.e.p AS _at", *cells])
    return f"SELECT {listed} FROM {made.rows()} ORDER BY x.n, x.k"


def carried_select(file: LayoutFile, layout: Layout) -> str:
    """SELECT of (id, p, reason): every leaf that the file's columns read. ``reason`` '' is
    carried, else a word of :data:`LOSS_WORDS`."""
    made = _File(file, layout.dates)
    parts = [made.carried(column) for column in file.columns]
    listed = f"list_concat({', '.join(parts)})"
    return (
        f"SELECT id, u.p AS p, u.r AS reason FROM (SELECT x.id AS id, unnest({listed}) AS u "
        f"FROM {made.rows()})"
    )


def taken_select(files: Sequence[LayoutFile]) -> str:
    """SELECT of the ids of the chunk's resources that some file's ``where`` takes."""
    tests = [SqlPaths().holds(file.where, "c.line") for file in files]
    taken = " OR ".join(f"({test})" for test in tests) or "false"
    return f"SELECT c.id FROM chunk c WHERE {taken}"


class _File:
    """The SQL of one file's rows and cells."""

    def __init__(self, file: LayoutFile, dates: DateStyle) -> None:
        self._file = file
        self._dates = dates
        self._sql = SqlPaths()
        self._joins: list[str] = []

    def rows(self) -> str:
        """The FROM clause: one row a resource or element, with what is looked up."""
        where = self._sql.holds(self._file.where, "c.line")
        if self._file.each is None:
            element = "{'v': c.line, 'p': '$'}"
            inner = f"SELECT c.n, c.id, c.line, {element} AS e, 0 AS k FROM chunk c WHERE {where}"
        else:
            every = self._sql.located(self._file.each.steps, "c.line", "'$'")
            inner = (
                "SELECT n, id, line, {'v': e.v, 'p': e.p} AS e, k FROM (SELECT c.n, c.id, c.line, "
                f"unnest({every}) AS e, generate_subscripts({every}, 1) AS k "
                f"FROM chunk c WHERE {where})"
            )
        return f"({inner}) x {' '.join(self._joins)}"

    def cell(self, column: Column) -> str:
        """SQL of a cell's text; NULL where it is empty."""
        text = self._text(column)
        if column.width is None:
            return text
        short = f"left({text}, {column.width})" if column.cut else "NULL"
        return f"CASE WHEN length({text}) > {column.width} THEN {short} ELSE {text} END"

    def carried(self, column: Column) -> str:
        """SQL of a list of {p, r} of the leaves that a column reads."""
        if not column.sources:
            return "[]::STRUCT(p VARCHAR, r VARCHAR)[]"
        branches = []
        for source in column.sources:
            there = self._source_text(column, source)
            branches.append(f"WHEN {there} IS NOT NULL THEN {self._leaves(column, source)}")
        found = f"CASE {' '.join(branches)} ELSE [] END"
        reason = self._reason(column)
        return f"list_transform({found}, lambda q: {{'p': q, 'r': {reason}}})"

    def _leaves(self, column: Column, source: Source) -> str:
        """SQL of a list of addresses that a source reads."""
        path = source.via or source.path
        start, at = ("x.line", "'$'") if path.root else ("x.e.v", "x.e.p")
        steps = (*path.steps, *_REFERENCE) if source.via else path.steps
        found = self._sql.located(steps, start, at)
        if source.via:
            found = (
                f"list_filter({found}, lambda f: (f.v ->> '$') LIKE {literal(f'{source.of}/%')})"
            )
        if column.join is None or source.via:
            found = f"({found})[1:1]"
        return f"flatten(list_transform({found}, lambda g: list_append(g.i, g.p)))"

    def _reason(self, column: Column) -> str:
        """SQL of why the leaf of a cell does not arrive as it is; '' where it does."""
        raw = self._raw(column)
        tests = []
        if column.codes is not None and not column.keep:
            known = ", ".join(literal(code) for code in column.codes) or "NULL"
            tests.append(f"WHEN {raw} NOT IN ({known}) THEN 'code'")
        if column.form == "date":
            tests.append(f"WHEN {raw} LIKE '____-__-__T%' THEN 'time'")
        if column.form == "datetime" and self._dates != "iso":
            tests.append(f"WHEN regexp_matches({raw}, {literal(_OFFSET)}) THEN 'zone'")
        if column.width is not None:
            text = self._text(column)
            word = "cut" if column.cut else "long"
            tests.append(f"WHEN length({text}) > {column.width} THEN '{word}'")
        return f"CASE {' '.join(tests)} ELSE '' END" if tests else "''"

    def _text(self, column: Column) -> str:
        """SQL of a cell's text before the desk's width: coded, or dates in the desk's form."""
        if column.form not in ("date", "datetime"):
            return self._coded(column, self._raw(column))
        return self._raw(column, formed=True)

    def _raw(self, column: Column, *, formed: bool = False) -> str:
        texts = []
        for source in column.sources:
            text = self._source_text(column, source)
            dated = formed and source.path.type in _DATES
            texts.append(self._formed(column, text) if dated else text)
        if column.constant is not None:
            texts.append(literal(column.constant))
        if not texts:
            return "NULL"
        return f"coalesce({', '.join(texts)})" if len(texts) > 1 else texts[0]

    def _source_text(self, column: Column, source: Source) -> str:
        path = source.via or source.path
        start = "x.line" if path.root else "x.e.v"
        if source.via is not None:
            return self._looked_up(source, start)
        if column.join is not None:
            y = f"list_transform({self._sql.values(path.steps, start)}, lambda t: t ->> '$')"
            return f"nullif(array_to_string({y}, {literal(column.join)}), '')"
        return _first_text(self._sql, path.steps, start)

    def _looked_up(self, source: Source, start: str) -> str:
        assert source.via is not None
        refs = self._sql.values((*source.via.steps, *_REFERENCE), start)
        text = f"list_transform({refs}, lambda r: r ->> '$')"
        one = f"list_filter({text}, lambda r: r LIKE {literal(f'{source.of}/%')})[1]"
        key = f"{_relation(source)} {source.via.text}"
        alias = "l_" + hashlib.sha256(key.encode()).hexdigest()[:12]
        join = f"LEFT JOIN {_relation(source)} {alias} ON {alias}.ref = {one}"
        if not any(f" {alias} ON " in known for known in self._joins):
            self._joins.append(join)
        return f"{alias}.value"

    def _coded(self, column: Column, raw: str) -> str:
        if column.codes is None:
            return raw
        cases = " ".join(f"WHEN {literal(a)} THEN {literal(b)}" for a, b in column.codes.items())
        other = raw if column.keep else "NULL"
        return f"CASE {raw} {cases} ELSE {other} END" if cases else other

    def _formed(self, column: Column, text: str) -> str:
        if column.form == "date":
            return date_form(text, self._dates)
        return date_time_form(text, self._dates)


def _first_text(sql: SqlPaths, steps: Sequence[Step], start: str) -> str:
    if all(step.name and not step.repeats for step in steps):
        path = "$" + "".join(f".{step.name}" for step in steps)
        return f"json_extract_string({start}, {literal(path)})"
    return f"(({sql.values(steps, start)})[1] ->> '$')"


def date_form(text: str, style: DateStyle) -> str:
    """SQL of the date part of a FHIR date or dateTime as a desk writes it; partial ones stay so
    (``03/2019``, ``2019``)."""
    if style == "iso":
        return f"left({text}, 10)"
    if style == "compact":
        return f"replace(left({text}, 10), '-', '')"
    year, month, day = (f"substr({text}, {a}, {n})" for a, n in ((1, 4), (6, 2), (9, 2)))
    return (
        f"CASE WHEN length({text}) >= 10 THEN {month} || '/' || {day} || '/' || {year} "
        f"WHEN length({text}) = 7 THEN {month} || '/' || {year} ELSE {text} END"
    )


def date_time_form(text: str, style: DateStyle) -> str:
    """SQL of a FHIR dateTime as a desk writes it: ISO as it is, else the clock on the wall."""
    if style == "iso":
        return text
    seconds = (
        f"CASE WHEN substr({text}, 18, 2) NOT IN ('', '00') THEN substr({text}, 17, 3) ELSE '' END"
    )
    clock = f"substr({text}, 12, 5) || {seconds}"
    if style == "compact":
        clock = f"replace({clock}, ':', '')"
    gap = " " if style == "us" else ""
    date = date_form(text, style)
    return f"CASE WHEN length({text}) > 10 THEN ({date}) || '{gap}' || {clock} ELSE {date} END"


def element_sql(address: str) -> str:
    """SQL of an address without ``$.`` and indexes: ``name.family``."""
    return f"regexp_replace(substr({address}, 3), '\\[\\d+\\]', '', 'g')"
