"""Fates and lineage of a compiled rule: what became of every row that it looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from migrate.core.compile.build import Build
from migrate.core.compile.each import Scope
from migrate.core.compile.plan import AS_PARENT, EXCLUDED, NONE, REJECTED
from migrate.core.compile.rows import Rows
from migrate.core.compile.rule import CompiledRule
from migrate.core.compile.sqltext import literal
from migrate.core.compile.staging import bad_name, checked_keys

_ROLES = ("anchor", "member", "child", "join", "merged")


@dataclass(slots=True)
class Accounts:
    """(table, SELECT of _row, _o, _pid) of fates, and lineage SELECTs by table."""

    fates: list[tuple[str, str]] = field(default_factory=list)
    lineage: list[tuple[str, str]] = field(default_factory=list)


def rule_accounts(build: Build, compiled: CompiledRule) -> Accounts:
    """Add the relations of children's final states to the rule's steps; give its accounts."""
    accounts = Accounts()
    kept = _children(build, compiled, accounts)
    rejected = [name for name, scope in kept if scope.role == "member"]
    made = compiled.relation
    if compiled.rule.group is not None:
        made = _group(compiled, accounts, rejected)
    elif compiled.rule.pivot is not None:
        _pivot(build, compiled, accounts)
    else:
        _anchors(compiled, accounts)
    if compiled.rule == build.patient_rule:
        _away(build, compiled, accounts)
    _joined_rows(compiled, accounts, made, compiled.rows)
    return accounts


def lineage_of(compiled: CompiledRule, accounts: Accounts) -> str:
    """One SELECT of (type, id, tbl, row, rule, role); a row and resource once."""
    union = " UNION ALL ".join(select for _, select in accounts.lineage)
    tables = [table for table, _ in accounts.lineage]
    if len(tables) == len(set(tables)) and not compiled.children:
        return union
    ranks = " ".join(f"WHEN {literal(role)} THEN {n}" for n, role in enumerate(_ROLES))
    return (
        f"SELECT type, id, tbl, row, rule, arg_min(role, CASE role {ranks} END) AS role "
        f"FROM ({union}) GROUP BY type, id, tbl, row, rule"
    )


def _line(compiled: CompiledRule, table: str, row: str, role: str, source: str) -> tuple[str, str]:
    rule = compiled.rule
    return table, (
        f"SELECT {literal(rule.type)} AS type, _id AS id, {literal(table)} AS tbl, {row} AS row, "
        f"{literal(rule.name)} AS rule, {literal(role)} AS role FROM {source}"
    )


# --- shapes ----------------------------------------------------------------------------------


def _anchors(compiled: CompiledRule, accounts: Accounts) -> None:
    table, relation = compiled.rule.table, compiled.relation
    accounts.fates.append(
        (table, f"SELECT _row, coalesce(_s, {compiled.mapped}) AS _o, _pid FROM {relation}")
    )
    accounts.lineage.append(
        _line(compiled, table, "_row", "anchor", f"{relation} WHERE _s IS NULL")
    )


def _group(compiled: CompiledRule, accounts: Accounts, members: Sequence[str]) -> str:
    """A group's rows; gives the relation of those that a made resource holds."""
    table, rows, relation = compiled.rule.table, compiled.rows.name, compiled.relation
    own = (
        f"CASE WHEN g._s0 IS NOT NULL THEN g._s0 WHEN m._s IS NULL THEN CASE WHEN g._i = g._rid "
        f"THEN {compiled.mapped} ELSE {compiled.merged} END WHEN g._i = g._rid THEN m._s "
        f"ELSE {compiled.held_back} END"
    )
    joined = f"{rows} g LEFT JOIN {relation} m ON m._i = g._rid"
    accounts.fates.append(
        (
            table,
            f"SELECT * FROM (SELECT g._row, {own} AS _o, m._pid FROM {joined}) WHERE _o <> {NONE}",
        )
    )
    failed = "".join(
        f" AND _row NOT IN (SELECT _row FROM {name} WHERE _s > {NONE} AND _s < {EXCLUDED})"
        for name in members
    )
    joins = "".join(f", g.{j.row} AS j{n}" for n, j in enumerate(compiled.rows.joined))
    made = (
        f"(SELECT g._row, g._i = g._rid AS _first, m._id, m._s{joins} FROM {rows} g "
        f"JOIN {relation} m ON m._i = g._rid WHERE m._s IS NULL AND g._s0 IS NULL)"
    )
    accounts.lineage.append(_line(compiled, table, "_row", "anchor", f"{made} WHERE _first"))
    accounts.lineage.append(
        _line(compiled, table, "_row", "member", f"{made} WHERE NOT _first{failed}")
    )
    return f"(SELECT * FROM {made} WHERE _first OR (true{failed}))"


def _pivot(build: Build, compiled: CompiledRule, accounts: Accounts) -> None:
    pivot, table = compiled.rule.pivot, compiled.rule.table
    assert pivot is not None
    entries = compiled.rows.entries
    value = f'e."{pivot.value}"'
    differs = build.outcome(REJECTED, compiled.rule.name, "MAP013", None, None, pivot.value)
    repeated = f"{value} IS DISTINCT FROM e._first AND {value} IS NOT NULL"
    own = (
        f"CASE WHEN m._s >= {EXCLUDED} THEN m._s WHEN {repeated} THEN {differs} "
        f"WHEN m._s IS NULL THEN CASE WHEN e._row = e._rid THEN {compiled.mapped} "
        f"ELSE {compiled.merged} END WHEN e._row = e._rid THEN m._s "
        f"ELSE {compiled.held_back} END"
    )
    joined = f"{entries} e JOIN {compiled.relation} m ON m._row = e._rid"
    accounts.fates.append((table, f"SELECT e._row, {own} AS _o, m._pid FROM {joined}"))
    made = (
        f"(SELECT e._row, e._row = e._rid AS _first, m._id FROM {joined} "
        f"WHERE m._s IS NULL AND NOT ({repeated}))"
    )
    accounts.lineage.append(_line(compiled, table, "_row", "anchor", f"{made} WHERE _first"))
    accounts.lineage.append(_line(compiled, table, "_row", "member", f"{made} WHERE NOT _first"))


def _away(build: Build, compiled: CompiledRule, accounts: Accounts) -> None:
    """Merged patient rows, and the records that say so, fare as their survivor does."""
    patients = build.profile.patients
    follows = (
        f"CASE WHEN m._s IS NULL THEN {compiled.merged} WHEN m._s >= {EXCLUDED} THEN m._s "
        f"ELSE {compiled.held_back} END"
    )
    relations = [(patients, "away")]
    merges = build.profile.table(patients).merges
    if merges is not None:
        relations.append((merges.table, "merge_rows"))
    for table, relation in relations:
        joined = f"{relation} w JOIN {compiled.relation} m ON m._row = w._into"
        accounts.fates.append((table, f"SELECT w._row, {follows} AS _o, m._pid FROM {joined}"))
        if patients in checked_keys(build):
            shared = f"{relation} w SEMI JOIN {bad_name(patients)} b ON b._row = w._into"
            accounts.fates.append(
                (table, f"SELECT w._row, {compiled.held_back} AS _o, NULL AS _pid FROM {shared}")
            )
        made = f"(SELECT w._row, m._id FROM {joined} WHERE m._s IS NULL)"
        accounts.lineage.append(_line(compiled, table, "_row", "merged", made))


# --- children and joins ------------------------------------------------------------------------


def _children(build: Build, compiled: CompiledRule, accounts: Accounts) -> list[tuple[str, Scope]]:
    """The final state of child rows: their own, unless their parent was left out or held back."""
    kept: list[tuple[str, Scope]] = []
    for scope in compiled.children:
        parent = next((name for name, s in kept if s.rows is scope.outer), compiled.relation)
        name = build.fresh("kept")
        select = _kept(compiled, scope, parent)
        compiled.steps.later(name, partial(str, select))
        kept.append((name, scope))
        table = scope.rows.table
        accounts.fates.append(
            (
                table,
                f"SELECT _row, coalesce(_s, {scope.merged}) AS _o, _pid FROM {name} "
                f"WHERE _s IS DISTINCT FROM {NONE}",
            )
        )
        if scope.role == "child" or (
            scope.role == "merged" and compiled.rule != build.patient_rule
        ):
            accounts.lineage.append(
                _line(compiled, table, "_row", scope.role, f"{name} WHERE _s IS NULL")
            )
        _joined_rows(compiled, accounts, name, scope.rows)
    return kept


def _kept(compiled: CompiledRule, scope: Scope, parent: str) -> str:
    held = compiled.held_back
    if scope.grouped:
        own = (
            "CASE WHEN g._s0 IS NOT NULL THEN g._s0 WHEN c._s IS NULL THEN NULL "
            f"WHEN g._i = g._rid THEN c._s ELSE {held} END"
        )
        source = f"{scope.rows.name} g LEFT JOIN {scope.items} c ON c._i = g._rid"
        joins = "".join(f", g.{j.row} AS j{n}" for n, j in enumerate(scope.rows.joined))
    else:
        own, source = "g._s", f"{scope.items} g"
        joins = "".join(f", g.j{n}" for n, _ in enumerate(scope.rows.joined))
    # A member that failed by itself keeps its code, though its group was not made.
    alone = f"WHEN {own} > {NONE} THEN {own} " if scope.role == "member" else ""
    state = (
        f"CASE WHEN g._p IS NULL THEN {own} WHEN p._i IS NULL OR p._s = {NONE} THEN {NONE} "
        f"WHEN p._s IS NULL THEN CASE WHEN {own} = {AS_PARENT} THEN {NONE} ELSE {own} END "
        f"WHEN p._s >= {EXCLUDED} THEN p._s {alone}ELSE {held} END"
    )
    return (
        f"SELECT g._i, g._row, {state} AS _s, p._id, p._pid{joins} FROM {source} "
        f"LEFT JOIN {parent} p ON p._i = g._p"
    )


def _joined_rows(compiled: CompiledRule, accounts: Accounts, relation: str, rows: Rows) -> None:
    """Rows that a join brought in and a made resource used."""
    for place, joined in enumerate(rows.joined):
        there = f"{relation} WHERE _s IS NULL AND j{place} IS NOT NULL"
        accounts.fates.append(
            (
                joined.table,
                f"SELECT DISTINCT j{place} AS _row, {compiled.merged} AS _o, "
                f"NULL::VARCHAR AS _pid FROM {there}",
            )
        )
        accounts.lineage.append(_line(compiled, joined.table, f"j{place}", "join", there))
