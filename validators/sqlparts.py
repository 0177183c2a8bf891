"""Pieces of SQL that several checks are made of: all types, events in time, measurements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.ports import Facts

# What never was. What was ruled out still has a date on which it was thought of.
NOT_MEANT = "('entered-in-error')"


def over_types(facts: Facts, template: str, only: Collection[str] | None = None) -> str | None:
    """``template`` for each resource type of the run, one under the other; None without any.

    In it ``{type}`` is the type as an SQL text and ``{lines}`` its relation (id, resource).
    """
    selects = [
        template.replace("{type}", literal(name)).replace("{lines}", f"fhir.{quoted(name)}")
        for name in facts.resource_types()
        if only is None or name in only
    ]
    return " UNION ALL ".join(f"({select})" for select in selects) if selects else None


def rows_of(tables: Collection[str]) -> str | None:
    """SQL of (part, examined): how many rows each staged table has; None without any."""
    selects = [
        f"SELECT {literal(name)} AS part, count(*) AS examined FROM staged.{quoted(name)}"
        for name in tables
    ]
    return " UNION ALL ".join(selects) or None


def cells_that_went_on(
    facts: Facts, table: str, column: str, *, cell: str | None = None, where: str = "true"
) -> str | None:
    """SQL of (_row, cell) of a staged column's filled cells in rows that were mapped or merged.

    ``cell`` is SQL of what is taken for the cell (by default the column). None where the export
    has no such column.
    """
    known = facts.sql(
        "SELECT count(*) AS n FROM run.staged_columns WHERE tbl = ? AND col = ?", [table, column]
    )
    if not known.column("n")[0].as_py() or not facts.has(f"staged.{table}"):
        return None
    taken = cell or quoted(column)
    return (
        f"SELECT _row, {taken} AS cell FROM staged.{quoted(table)} SEMI JOIN "
        f"(SELECT row AS _row FROM run.fates WHERE tbl = {literal(table)} AND fate IN "
        f"('mapped', 'merged')) USING (_row) WHERE {taken} <> '' AND ({where})"
    )


def holding(part: str, table: str, column: str, rows: str) -> str:
    """SQL of the places in ``rows`` (of :func:`cells_that_went_on`) that hold one of the values
    of a parameter, a list of texts."""
    return (
        f"SELECT {literal(part)} AS part, {literal(table)} AS tbl, _row AS row, "
        f'{literal(column)} AS "column" FROM ({rows}) SEMI JOIN '
        "(SELECT unnest(?::VARCHAR[]) AS cell) USING (cell)"
    )


def text_at(path: str) -> str:
    """SQL of the text at a JSON path of ``resource``; a list of texts where it has ``[*]``."""
    return f"json_extract_string(resource, {literal('$.' + path)})"


def chosen(elements: Mapping[str, Sequence[str]]) -> str:
    """SQL of (type, element): these date elements."""
    pairs = [
        f"({literal(name)}, {literal(path)})" for name, paths in elements.items() for path in paths
    ]
    return f"(VALUES {', '.join(pairs)}) AS w(type, element)"


def day(expression: str) -> str:
    """SQL of the date that a FHIR date or date-time text of full precision begins with."""
    return f"CASE WHEN length({expression}) >= 10 THEN TRY_CAST(left({expression}, 10) AS DATE) END"


def before(left: str, right: str) -> str:
    """SQL: ``left`` is surely earlier than ``right``, whatever their precisions.

    Two date-times are compared as instants, anything else by the digits that both have.
    """
    both = f"least(length({left}), length({right}), 10)"
    return (
        f"CASE WHEN contains({left}, 'T') AND contains({right}, 'T') THEN "
        f"TRY_CAST({left} AS TIMESTAMPTZ) < TRY_CAST({right} AS TIMESTAMPTZ) "
        f"ELSE left({left}, {both}) < left({right}, {both}) END"
    )
