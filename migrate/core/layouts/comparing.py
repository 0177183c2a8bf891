"""Rows handed over against rows that came back, as SQL: no loop over rows, no value in a result.

Both sides are relations of the file's columns in normal form. Equal rows are taken off first
(as often as they are on both sides); what is left is paired by the file's key, then by all that
is not the key; the rest is missing, doubled or extra.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.layouts.ast import Column, LayoutFile
from migrate.core.profiles.catalogue import EXPORT_FILES

OUTCOMES = ("missing", "changed", "doubled", "extra")
_SEPARATOR = "chr(31)"
_CLOCK = r"(?:[ T](\d{1,2}):?(\d{2})(?::?(\d{2})(?:\.0+)?)?)?"
_US = rf"^(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}){_CLOCK}$"
_ISO = rf"^(\d{{4}})-(\d{{2}})-(\d{{2}}){_CLOCK}(Z|[+-]\d{{2}}:?\d{{2}})?$"
_COMPACT = r"^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?$"


@dataclass(frozen=True, slots=True)
class Returned:
    """How one file comes back: SELECT of its columns, or why a column cannot be compared."""

    select: str | None
    columns: tuple[Column, ...]
    absent: tuple[str, ...]


def returned(file: LayoutFile, tables: dict[str, tuple[str, ...]]) -> Returned:
    """The SELECT over ``back.<table>`` that gives the file's rows as the new EHR has them.

    ``tables`` are the staged tables and their columns. Parts (``results_001``) are one table.
    """
    wanted = file.returns.table if file.returns else file.name.replace("-", "_")
    names = sorted(name for name in tables if _is_part(name, wanted))
    if not names:
        return Returned(None, (), tuple(column.name for column in file.columns))
    there = set(tables[names[0]]).intersection(*(tables[name] for name in names))
    if file.returns and file.returns.beside and file.returns.beside.table in tables:
        there |= set(file.returns.beside.take)
    cells, compared, absent = [], [], []
    for column in file.columns:
        if not column.compared or (file.documents and column.name == file.documents.data):
            continue
        sql = column.name
        used: tuple[str, ...] = (column.name,)
        told = file.returns.columns.get(column.name) if file.returns else None
        if told is not None:
            sql, used = told.sql, told.columns
        elif column.name in there:
            sql = quoted(column.name)
        if not there.issuperset(used):
            absent.append(column.name)
            continue
        compared.append(column)
        cells.append(f"{normal(column, f'({sql})::VARCHAR')} AS {quoted(column.name)}")
    where = ""
    if file.returns and file.returns.where:
        where = f" WHERE {file.returns.where.sql}"
    select = " UNION ALL ".join(
        f"SELECT _file AS their_file, _at AS their_at, _row AS their_row, {', '.join(cells)} "
        f"FROM {_source(name, file)}{where}"
        for name in names
    )
    return Returned(select if cells else None, tuple(compared), tuple(absent))


def _source(name: str, file: LayoutFile) -> str:
    beside = file.returns.beside if file.returns else None
    if beside is None:
        return f"back.{quoted(name)}"
    taken = ", ".join(f"({one.sql}) AS {quoted(key)}" for key, one in beside.take.items())
    other = (
        f"SELECT {quoted(beside.key)} AS _beside, {taken} FROM back.{quoted(beside.table)} "
        f"QUALIFY row_number() OVER (PARTITION BY {quoted(beside.key)} ORDER BY _row) = 1"
    )
    return (
        f"(SELECT t.*, w.* EXCLUDE (_beside) FROM back.{quoted(name)} t "
        f"LEFT JOIN ({other}) w ON w._beside = t.{quoted(beside.on)})"
    )


def _is_part(name: str, wanted: str) -> bool:
    rest = name.removeprefix(wanted)
    return name != EXPORT_FILES and (
        name == wanted or (rest != name and rest[:1] == "_" and rest[1:].isdigit())
    )


def handed_select(columns: Sequence[Column], path: str) -> str:
    """SELECT of what was handed over, in normal form, with its addresses."""
    cells = [f"{normal(one, quoted(one.name))} AS {quoted(one.name)}" for one in columns]
    return (
        f"SELECT _id AS id, _file AS our_file, _row AS our_row, {', '.join(cells)} "
        f"FROM read_parquet({literal(path)})"
    )


def normal(column: Column, text: str) -> str:
    """SQL of a cell in the form in which it is compared; NULL where it is empty.

    Numbers by value, dates and times whatever their form, texts as they are (how many blanks
    and line ends there are and a guard before a formula apart).
    """
    words = f"regexp_replace(regexp_replace({text}, '^''([=+@\\t\\r-])', '\\1'), '\\s+', ' ', 'g')"
    plain = f"nullif(trim({words}), '')"
    if column.form == "number":
        number = f"try_cast({plain} AS DECIMAL(38, 9))"
        return f"coalesce({number}::VARCHAR, {plain})"
    if column.form in ("date", "datetime"):
        return _moment(plain)
    return plain


def _moment(text: str) -> str:
    def part(pattern: str, group: int) -> str:
        return f"regexp_extract({text}, '{pattern}', {group})"

    def joined(pattern: str, year: int, month: int, day: int) -> str:
        date = (
            f"{part(pattern, year)} || '-' || lpad({part(pattern, month)}, 2, '0') || '-' || "
            f"lpad({part(pattern, day)}, 2, '0')"
        )
        seconds = (
            f"CASE WHEN {part(pattern, 6)} IN ('', '00') THEN '' ELSE ':' || {part(pattern, 6)} END"
        )
        clock = (
            f"CASE WHEN {part(pattern, 4)} = '' THEN '' ELSE 'T' || "
            f"lpad({part(pattern, 4)}, 2, '0') || ':' || {part(pattern, 5)} || {seconds} END"
        )
        return f"{date} || {clock}"

    return (
        f"CASE WHEN regexp_matches({text}, '{_US}') THEN {joined(_US, 3, 1, 2)} "
        f"WHEN regexp_matches({text}, '{_ISO}') THEN {joined(_ISO, 1, 2, 3)} "
        f"WHEN regexp_matches({text}, '{_COMPACT}') THEN {joined(_COMPACT, 1, 2, 3)} "
        f"WHEN regexp_matches({text}, '^\\d{{2}}/\\d{{4}}$') "
        f"THEN right({text}, 4) || '-' || left({text}, 2) ELSE {text} END"
    )


def comparison(file: LayoutFile, columns: Sequence[Column]) -> list[str]:
    """Statements that make ``outcome`` of the relations ``ours`` and ``theirs``.

    ``outcome``: outcome, columns (names, with a comma between), id, our_file, our_row,
    their_file, their_at, their_row.
    """
    names = [column.name for column in columns]
    key = [name for name in file.key if name in names] or names
    others = [name for name in names if name not in key]
    differing = _differing(names)
    return [
        _side("a", "ours", names, key, others),
        _side("b", "theirs", names, key, others),
        _leftover("a", "b"),
        _leftover("b", "a"),
        _numbered("a"),
        _numbered("b"),
        "CREATE OR REPLACE TEMP TABLE paired AS "
        "SELECT a.n AS na, b.n AS nb FROM left_a a JOIN left_b b ON a.k = b.k AND a.nk = b.nk",
        *([_second_pairs()] if others else []),
        "CREATE OR REPLACE TEMP TABLE outcome AS "
        f"SELECT 'changed' AS outcome, {differing} AS columns, a.id, a.our_file, a.our_row, "
        "b.their_file, b.their_at, b.their_row FROM paired p "
        "JOIN side_a a ON a.n = p.na JOIN side_b b ON b.n = p.nb UNION ALL "
        "SELECT 'missing', '', a.id, a.our_file, a.our_row, NULL, NULL, NULL FROM side_a a "
        "SEMI JOIN left_a l ON l.n = a.n ANTI JOIN paired p ON p.na = a.n UNION ALL "
        "SELECT CASE WHEN b.k IN (SELECT k FROM side_a) THEN 'doubled' ELSE 'extra' END, '', "
        "NULL, NULL, NULL, b.their_file, b.their_at, b.their_row FROM side_b b "
        "SEMI JOIN left_b l ON l.n = b.n ANTI JOIN paired p ON p.nb = b.n",
    ]


def _side(
    side: str, relation: str, names: Sequence[str], key: Sequence[str], others: Sequence[str]
) -> str:
    """A side with its row number ``n`` and digests of the whole row, its key and the rest."""
    return (
        f"CREATE OR REPLACE TEMP TABLE side_{side} AS SELECT *, row_number() OVER () AS n, "
        f"{_digest(names)} AS w, {_digest(key)} AS k, {_digest(others) if others else 'NULL'} AS o "
        f"FROM {relation}"
    )


def _digest(names: Sequence[str]) -> str:
    cells = ", ".join(f"coalesce({quoted(name)}, chr(30))" for name in names)
    return f"md5(concat_ws({_SEPARATOR}, {cells}))"


def _leftover(side: str, other: str) -> str:
    """Rows that are not, as often, on the other side."""
    return (
        f"CREATE OR REPLACE TEMP TABLE left_{side} AS SELECT n, k, o FROM (SELECT s.n, s.k, s.o, "
        "row_number() OVER (PARTITION BY s.w ORDER BY s.n) AS nth, coalesce(t.many, 0) AS many "
        f"FROM side_{side} s LEFT JOIN (SELECT w, count(*) AS many FROM side_{other} GROUP BY w) t "
        "ON t.w = s.w) WHERE nth > many"
    )


def _numbered(side: str) -> str:
    return (
        f"CREATE OR REPLACE TEMP TABLE left_{side} AS SELECT *, "
        "row_number() OVER (PARTITION BY k ORDER BY n) AS nk FROM left_" + side
    )


def _second_pairs() -> str:
    """What has the same content under another key, one to one."""
    rest = (
        "SELECT l.n, l.o, row_number() OVER (PARTITION BY l.o ORDER BY l.n) AS nth FROM left_{0} l "
        "ANTI JOIN paired p ON p.n{0} = l.n"
    )
    return (
        f"INSERT INTO paired SELECT a.n, b.n FROM ({rest.format('a')}) a "
        f"JOIN ({rest.format('b')}) b ON a.o = b.o AND a.nth = b.nth"
    )


def _differing(names: Sequence[str]) -> str:
    """SQL of the names of the columns in which two rows differ."""
    parts = ", ".join(
        f"CASE WHEN a.{quoted(n)} IS DISTINCT FROM b.{quoted(n)} THEN {literal(n)} END"
        for n in names
    )
    return f"concat_ws(', ', {parts})"
