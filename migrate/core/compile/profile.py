"""A whole profile → statements in order, and what is read from their relations afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass

from migrate.core import transforms
from migrate.core.compile import cells
from migrate.core.compile.accounts import Accounts, lineage_of, rule_accounts
from migrate.core.compile.build import Build
from migrate.core.compile.order import Pass, passes
from migrate.core.compile.plan import (
    EXCLUDED,
    MAPPED,
    MERGED,
    NONE,
    REJECTED,
    CompiledProfile,
    Lines,
    MergeReading,
    Step,
    TableFate,
)
from migrate.core.compile.references import made_name
from migrate.core.compile.rule import CompiledRule, compile_rule
from migrate.core.compile.sqltext import literal, quoted
from migrate.core.compile.staging import (
    bad_name,
    merge_reading,
    merges_of,
    missing_tables,
    patient_steps,
    staging_steps,
    table_names,
)
from migrate.core.model import SourceTable
from migrate.core.profiles.ast import Profile, ResourceRule, Sql
from migrate.core.profiles.usage import excluded_table

#: What is wrong with a merge record, by the engine's word for it.
MERGE_PROBLEMS = {
    "circle": "MAP014",
    "missing": "MAP010",
    "conflict": "MAP013",
    "empty": "MAP001",
}


@dataclass(slots=True)
class _Made:
    """What has been compiled so far."""

    steps: list[Step] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)
    available: dict[str, CompiledRule] = field(default_factory=dict)
    rules: dict[str, CompiledRule] = field(default_factory=dict)
    accounts: dict[str, Accounts] = field(default_factory=dict)


def compile_profile(profile: Profile, catalogue: Sequence[SourceTable]) -> CompiledProfile:
    """Compile a checked profile for an export with these tables.

    Raises AskedWrongly (PRO024) for required references in a circle.
    """
    build = Build(profile, catalogue)
    staging, keys = staging_steps(build)
    problems = {word: build.outcome(REJECTED, None, code) for word, code in MERGE_PROBLEMS.items()}
    made = _Made(steps=patient_steps(build))
    for entry in passes(profile):
        if entry.rule.table in table_names(build):
            _run(build, entry, made)
    fates = _fates(build, made, keys, problems)
    compiled = [made.rules[r.name] for r in profile.rules if r.name in made.rules]
    resources: dict[str, list[Lines]] = {}
    for rule in compiled:
        lines = Lines(rule.relation, rule.lines)
        resources.setdefault(rule.rule.type, []).append(lines)
    reading = merge_reading(build)
    is_date = _is_date(build)
    return CompiledProfile(
        macros=(*cells.macros(), *transforms.macros(), *build.macros, is_date),
        zones=tuple((macro, zone) for zone, macro in build.zones.items()),
        crosswalks=build.crosswalk_tables(),
        tables=table_names(build),
        missing=missing_tables(build),
        staging=tuple(staging),
        merges=None if reading is None else MergeReading(*reading),
        steps=tuple(made.steps),
        resources=tuple((name, tuple(resources[name])) for name in sorted(resources)),
        lineage=tuple(lineage_of(rule, made.accounts[rule.rule.name]) for rule in compiled),
        fates=fates,
        outcomes=tuple(build.outcomes),
        notes=tuple(note for rule in compiled for note in rule.steps.notes),
        misses=tuple(miss for rule in compiled for miss in rule.steps.misses),
    )


def _run(build: Build, entry: Pass, made: _Made) -> None:
    rule = entry.rule
    build.used.clear()
    twins = _twins(rule, made)
    compiled = compile_rule(build, rule, twins, early=entry.early)
    if not entry.early:
        made.accounts[rule.name] = rule_accounts(build, compiled)
        made.rules[rule.name] = compiled
    for name in build.used:
        if name not in made.shared:
            made.shared.add(name)
            made.steps.append(build.shared_step(name))
    made.steps += compiled.steps.written()
    if rule.name not in made.available:
        made.available[rule.name] = compiled
        name = made_name(build, rule.name)
        made.steps.append(
            Step(name, rule.name, f"CREATE VIEW {name} AS {_made_rows(build, compiled)}")
        )


def _twins(rule: ResourceRule, made: _Made) -> tuple[str, ...]:
    """Relations of rules that ran before and could give a row the same type and id."""
    same = [
        other.relation
        for name, other in made.available.items()
        if name != rule.name
        and (other.rule.type, other.rule.table, other.rule.slot)
        == (rule.type, rule.table, rule.slot)
        and (other.rule.unpivot is None) == (rule.unpivot is None)
    ]
    return tuple(same)


def _made_rows(build: Build, compiled: CompiledRule) -> str:
    """SELECT of (_row, _id): the rows that resources of the rule were made of."""
    rule, relation = compiled.rule, compiled.relation
    if rule.group is not None:
        select = (
            f"SELECT g._row, m._id FROM {compiled.rows.name} g JOIN {relation} m "
            "ON m._i = g._rid WHERE m._s IS NULL AND g._s0 IS NULL"
        )
    elif rule.pivot is not None:
        select = (
            f"SELECT e._row, m._id FROM {compiled.rows.entries} e JOIN {relation} m "
            "ON m._row = e._rid WHERE m._s IS NULL"
        )
    else:
        select = f"SELECT _row, _id FROM {relation} WHERE _s IS NULL"
    if rule.table == build.profile.patients:
        select += (
            f" UNION ALL SELECT w._row, m._id FROM away w JOIN ({select}) m ON m._row = w._into"
        )
    return select


# --- fates -----------------------------------------------------------------------------------


def _fates(
    build: Build, made: _Made, keys: dict[str, tuple[int, int]], problems: dict[str, int]
) -> tuple[TableFate, ...]:
    by_table: dict[str, list[str]] = {}
    for accounts in made.accounts.values():
        for table, select in accounts.fates:
            by_table.setdefault(table, []).append(select)
    _merge_problems(build, by_table, problems)
    fates = []
    for table in table_names(build):
        if table not in build.tables:
            continue
        whole = unused = None
        why = excluded_table(build.profile, table)
        if why is not None:
            whole = build.outcome(EXCLUDED, None, None, why)
        rule = build.profile.table(table)
        if rule.unused is not None:
            unused = build.outcome(EXCLUDED, None, None, rule.unused)
        if table in keys:
            by_table.setdefault(table, []).append(
                f"SELECT _row, _o, NULL::VARCHAR AS _pid FROM {bad_name(table)} WHERE _o < {MERGED}"
            )
        select = _table_fate(build, table, by_table.get(table, []), whole, unused)
        if table in keys:
            select = _with_equals(select, table)
        fates.append(TableFate(table, select))
    return tuple(fates)


def _table_fate(
    build: Build, table: str, given: Sequence[str], whole: int | None, unused: int | None
) -> str:
    """SELECT of (_row, _o, _pid) of a table's rows that have a fate."""
    source = f"SELECT _row, {NONE} AS _o FROM raw.{quoted(table)}"
    if whole is not None:
        number = f"{whole}"
    elif not given and unused is None:
        return f"{source} WHERE false".replace(" AS _o", " AS _o, NULL::VARCHAR AS _pid")
    else:
        number = "NULL"
    union = " UNION ALL ".join(given)
    if not given:
        union = (
            "SELECT NULL::BIGINT AS _row, NULL::INTEGER AS _o, NULL::VARCHAR AS _pid WHERE false"
        )
    least = f"SELECT _row, min(_o) AS _o, min(_pid) AS _pid FROM ({union}) GROUP BY _row"
    fallback = number if whole is not None else str(unused) if unused is not None else "NULL"
    chosen = (
        f"coalesce(least(c._o, {number}), {fallback})"
        if whole is not None
        else (f"coalesce(c._o, {fallback})")
    )
    owner, owners = _owner(build, table)
    return (
        f"SELECT t._row, ({chosen})::INTEGER AS _o, {owner} AS _pid FROM stall.{quoted(table)} t "
        f"LEFT JOIN ({least}) c ON c._row = t._row {owners} WHERE ({chosen}) IS NOT NULL"
    )


def _owner(build: Build, table: str) -> tuple[str, str]:
    """SQL of the patient's id of a row, and the join that it needs."""
    column = build.profile.table(table).patient
    if column is None or not build.has_patients:
        return "c._pid", ""
    return "o._pid", f"LEFT JOIN patient_ids o ON o.k = t.{quoted(column)}"


def _with_equals(select: str, table: str) -> str:
    """Rows that equal an earlier row of the same key fare as it does (combined, if it was used)."""
    combined = (
        f"SELECT b._row, CASE WHEN f._o < {MAPPED} THEN f._o ELSE b._o END AS _o, f._pid "
        f"FROM {bad_name(table)} b JOIN f ON f._row = b._first WHERE b._o > {MERGED}"
    )
    left = f"SELECT * FROM f ANTI JOIN (FROM {bad_name(table)} WHERE _o > {MERGED}) USING (_row)"
    return f"WITH f AS ({select}) {left} UNION ALL {combined}"


def _merge_problems(build: Build, by_table: dict[str, list[str]], problems: dict[str, int]) -> None:
    merges = merges_of(build)
    if merges is None:
        return
    owner = "NULL::VARCHAR AS _pid"
    for word, number in problems.items():
        by_table.setdefault(merges.table, []).append(
            f"SELECT _row, {number} AS _o, {owner} FROM merge_records "
            f"WHERE status = {literal(word)}"
        )
    by_table.setdefault(build.profile.patients, []).append(
        f"SELECT _row, {problems['circle']} AS _o, {owner} FROM circled"
    )


# --- is_date -----------------------------------------------------------------------------------


def _is_date(build: Build) -> str:
    """The macro ``is_date(x, format)`` for the formats that the profile's SQL names."""
    formats = sorted({text for sql in _expressions(build.profile) for text in _named(sql)})
    branches = " ".join(
        f"WHEN {literal(text)} THEN {build.date_text('trimmed(x)', [text], whole=False)} "
        "IS NOT NULL"
        for text in formats
    )
    body = f"CASE f {branches} END" if branches else "NULL"
    return f"CREATE MACRO is_date(x, f) AS (coalesce({body}, false))"


def _named(sql: Sql) -> list[str]:
    found = re.findall(r"'([^']*%[^']*)'", sql.text) if "is_date" in sql.text.lower() else []
    return [text for text in found if re.fullmatch(r"(?:[^%]|%[YmdHIMSfpz])+", text)]


def _expressions(part: object) -> Iterator[Sql]:
    if isinstance(part, Sql):
        yield part
    elif isinstance(part, tuple):
        for entry in part:
            yield from _expressions(entry)
    elif is_dataclass(part) and not isinstance(part, type):
        for entry in fields(part):
            yield from _expressions(getattr(part, entry.name))
