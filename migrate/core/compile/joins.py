"""Joins and lookups: one row of another table beside this one."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.core.compile.build import Build
from migrate.core.compile.dates import with_zone
from migrate.core.compile.plan import REJECTED
from migrate.core.compile.rows import Joined, Rows, labels, of_table
from migrate.core.compile.sqltext import literal, quoted
from migrate.core.profiles.ast import Join


def add_joins(rows: Rows, joins: Sequence[Join]) -> None:
    """Put the joined rows beside the scope's own, in order; later ones may read earlier ones.

    The state of a row that lacks a required match is added by :func:`required_states`.
    """
    for join in joins:
        alias = f"j{len(rows.joined)}"
        inner = Rows(rows.build, join.table, rows.rule)
        inner.resolve = {"": of_table("t"), join.alias: of_table("t")}
        source, many = _one_row(rows, join, inner, alias)
        rows.sources.append(source)
        rows.resolve[join.alias] = of_table(alias)
        row = rows.row_of[join.alias] = rows.record(f"{alias}._row")
        rows.joined.append(Joined(join.alias, join.table, row, rows.record(many) if many else None))


def required_states(rows: Rows, joins: Sequence[Join]) -> None:
    """MAP010 for rows without the match that a join requires."""
    for place, join in enumerate(joins):
        if join.required:
            number = rows.build.outcome(
                REJECTED, rows.rule, "MAP010", None, join.alias, labels([on for _, on in join.on])
            )
            rows.states.append((f"j{place}._row IS NULL", str(number)))


def _one_row(rows: Rows, join: Join, inner: Rows, alias: str) -> tuple[str, str | None]:
    """(the FROM item, SQL of "several matched") of a join."""
    build = rows.build
    there = [quoted(name) for name, _ in join.on]
    here = [rows.leaf(leaf) for _, leaf in join.on]
    where = f" WHERE {inner.condition(join.where)}" if join.where else ""
    if join.between is not None:
        return _lookup(rows, join, alias, where, list(zip(there, here, strict=True)))
    on = " AND ".join(f"{alias}.{t} = {h}" for t, h in zip(there, here, strict=True))
    unique = build.profile.table(join.table).key
    if unique and set(unique) == {name for name, _ in join.on}:
        relation = (
            f"st.{quoted(join.table)}"
            if not where
            else (f"(SELECT t.* FROM st.{quoted(join.table)} t{where})")
        )
        return f"LEFT JOIN {relation} {alias} ON {on}", None
    window = f"PARTITION BY {', '.join(f't.{name}' for name in there)}"
    order = ", ".join(build.order_by(join.table, join.order, "t"))
    filled = " AND ".join(f"t.{name} IS NOT NULL" for name in there)
    condition = f"{where} AND {filled}" if where else f" WHERE {filled}"
    return (
        f"LEFT JOIN (SELECT t.*, count(*) OVER ({window}) AS _many FROM "
        f"st.{quoted(join.table)} t{condition} "
        f"QUALIFY row_number() OVER ({window} ORDER BY {order}) = 1) {alias} ON {on}",
        f"{alias}._many > 1",
    )


def _lookup(
    rows: Rows, join: Join, alias: str, where: str, on: list[tuple[str, str]]
) -> tuple[str, str | None]:
    """The FROM item of a lookup: the matches of every row are ranked, the first is joined."""
    assert join.between is not None
    build = rows.build
    leaf, start, end = join.between
    ident = rows.identity
    names = [f"_k{n}" for n in range(len(ident))]
    here = [f"{expr} AS {name}" for expr, name in zip(ident, names, strict=True)]
    here += [f"{h} AS _h{n}" for n, (_, h) in enumerate(on)]
    outer = (
        f"(SELECT {', '.join(here)}, trimmed({rows.leaf(leaf)}) AS _d "
        f"FROM {' '.join(rows.sources)})"
    )
    outer = f"(SELECT *, {_text(build, join, '_d')} AS _at FROM {outer} WHERE {_real(join, '_d')})"
    outer = f"(SELECT *, {_zoned(build, join, '_at')} AS _z FROM {outer} WHERE _at IS NOT NULL)"
    inner = (
        f"(SELECT t.*, trimmed(t.{quoted(start)}) AS _fc, trimmed(t.{quoted(end)}) AS _tc "
        f"FROM st.{quoted(join.table)} t{where})"
    )
    inner = (
        f"(SELECT *, {_text(build, join, '_fc')} AS _f, {_text(build, join, '_tc')} AS _t "
        f"FROM {inner})"
    )
    inner = (
        f"(SELECT *, {_zoned(build, join, '_f')} AS _fz, {_zoned(build, join, '_t')} AS _tz "
        f"FROM {inner})"
    )
    equal = " AND ".join(f"i.{t} = o._h{n}" for n, (t, _) in enumerate(on)) or "true"
    begun = f"(NOT {_real(join, 'i._fc')} OR {_le('i._fz', 'o._z')})"
    running = f"(NOT {_real(join, 'i._tc')} OR NOT {_le('i._tz', 'o._z')})"
    order = ", ".join(build.order_by(join.table, join.order, "i"))
    keys = ", ".join(f"o.{name}" for name in names)
    ranked = (
        f"(SELECT {keys}, i._row AS _jrow, count(*) OVER (PARTITION BY {keys}) AS _many FROM "
        f"{outer} o JOIN {inner} i ON {equal} AND {begun} AND {running} "
        f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {order}) = 1)"
    )
    match = " AND ".join(f"{alias}x.{n} = {e}" for n, e in zip(names, ident, strict=True))
    return (
        f"LEFT JOIN {ranked} {alias}x ON {match} "
        f"LEFT JOIN st.{quoted(join.table)} {alias} ON {alias}._row = {alias}x._jrow",
        f"{alias}x._many > 1",
    )


def _text(build: Build, join: Join, cell: str) -> str:
    return build.date_text(cell, join.formats, whole=True)


def _zoned(build: Build, join: Join, cell: str) -> str:
    lacking, zone = build.zone(join.formats, build.profile.timezone)
    return with_zone(cell, zone) if lacking else cell


def _real(join: Join, cell: str) -> str:
    """SQL: this cell holds a date (it is neither empty nor a placeholder)."""
    if not join.placeholders:
        return f"({cell} IS NOT NULL)"
    listed = ", ".join(literal(text) for text in join.placeholders)
    return f"({cell} IS NOT NULL AND {cell} NOT IN ({listed}))"


def _le(left: str, right: str) -> str:
    """SQL: not later than; by instant when both have a time, else by day. Unreadable: false
    for a beginning; for an end the caller negates it, so NULL keeps it from matching."""
    return (
        f"(CASE WHEN length({left}) > 10 AND length({right}) > 10 "
        f"THEN instant_us({left}) <= instant_us({right}) ELSE {left}[:10] <= {right}[:10] END)"
    )
