"""Staged tables as rules see them: cells cleaned, normal forms applied, keys made sure of.

``raw.<t>``    the Parquet file as it is (the engine makes it)
``stall.<t>``  all rows, empty cells as NULL, normal forms applied
``bad:<t>``    rows that take no part: their key is shared (_row, _first, _o: an outcome)
``st.<t>``     the rows that take part
"""

from __future__ import annotations

from migrate.core.compile.build import Build
from migrate.core.compile.cells import message, normal_form
from migrate.core.compile.plan import MERGED, REJECTED, Step
from migrate.core.compile.sqltext import quoted
from migrate.core.profiles.ast import Merges
from migrate.core.profiles.usage import column_usage, excluded_table

NO_ROWS = "SELECT NULL::BIGINT AS _row, NULL::BIGINT AS _into WHERE false"


def bad_name(table: str) -> str:
    """The relation of a table's rows that share a key."""
    return quoted(f"bad:{table}")


def table_names(build: Build) -> tuple[str, ...]:
    """The tables of the export, and those that may be missing, in alphabetical order."""
    optional = {table.name for table in build.profile.tables if table.optional}
    return tuple(sorted(set(build.tables) | optional))


def missing_tables(build: Build) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Optional tables that the export does not have, with the columns that the profile reads."""
    gone = [name for name in table_names(build) if name not in build.tables]
    return tuple((name, tuple(sorted(_mentioned(build, name)))) for name in gone)


def _mentioned(build: Build, table: str) -> set[str]:
    normal = {name for name, _ in build.profile.table(table).normal}
    return normal | set(column_usage(build.profile).get(table, {}))


def checked_keys(build: Build) -> tuple[str, ...]:
    """Tables whose declared key is made sure of."""
    return tuple(
        name
        for name in table_names(build)
        if excluded_table(build.profile, name) is None and not build.keyless(name)
    )


def staging_steps(build: Build) -> tuple[list[Step], dict[str, tuple[int, int]]]:
    """The statements up to ``bad:<t>``, and per table its outcomes (MAP013, combined)."""
    steps = [_cleaned(build, name) for name in table_names(build)]
    outcomes = {}
    for name in checked_keys(build):
        outcomes[name] = (build.outcome(REJECTED, None, "MAP013"), build.outcome(MERGED, None))
        steps.append(_duplicates(build, name, *outcomes[name]))
    return steps, outcomes


def _cleaned(build: Build, table: str) -> Step:
    found = build.tables.get(table)
    names = [c.name for c in found.columns] if found else sorted(_mentioned(build, table))
    lacking = set(build.profile.table(table).may_lack).difference(names)
    normal = dict(build.profile.table(table).normal)
    cells = []
    for name in names:
        cell = f"clean({quoted(name)})"
        if name in normal:
            cell = normal_form(normal[name], cell)
        cells.append(f"{cell} AS {quoted(name)}")
    cells += [f"NULL::VARCHAR AS {quoted(name)}" for name in sorted(lacking)]
    select = f"SELECT {', '.join([*cells, '_row'])} FROM raw.{quoted(table)}"
    if build.keyless(table):
        same = ", ".join(quoted(name) for name in build.columns(table)) or "1"
        window = f"OVER (PARTITION BY {same} ORDER BY _row)"
        select = f"SELECT *, row_number() {window} - 1 AS _ordinal FROM ({select})"
    view = f"stall.{quoted(table)}"
    return Step(view, "", f"CREATE VIEW {view} AS {select}")


def _duplicates(build: Build, table: str, differ: int, combined: int) -> Step:
    key = ", ".join(quoted(name) for name in build.key(table))
    same = " AND ".join(
        f"t.{quoted(name)} IS NOT DISTINCT FROM d.{quoted(name)}" for name in build.key(table)
    )
    whole = message([], [f"t.{quoted(name)}" for name in build.columns(table)])
    repeated = f"SELECT {key} FROM stall.{quoted(table)} GROUP BY {key} HAVING count(*) > 1"
    rows = (
        f"SELECT t.*, {whole} AS _text FROM stall.{quoted(table)} t SEMI JOIN ({repeated}) d "
        f"ON {same}"
    )
    window = f"OVER (PARTITION BY {key})"
    judged = (
        f"SELECT _row, min(_row) {window} AS _first, CASE WHEN min(_text) {window} <> max(_text) "
        f"{window} THEN {differ} WHEN _row <> min(_row) {window} THEN {combined} END AS _o "
        f"FROM ({rows})"
    )
    name = bad_name(table)
    return Step(name, "", f"CREATE TABLE {name} AS SELECT * FROM ({judged}) WHERE _o IS NOT NULL")


# --- merged patients --------------------------------------------------------------------------


def merges_of(build: Build) -> Merges | None:
    """Where the profile says that patient records were merged."""
    merges = build.profile.table(build.profile.patients).merges
    return merges if merges is not None and build.has_patients else None


def merge_reading(build: Build) -> tuple[str, str] | None:
    """SELECTs of the merge records (_row, old, into) and of the patients' keys (key)."""
    merges = merges_of(build)
    if merges is None:
        return None
    key = quoted(build.key(build.profile.patients)[0])
    source = f"stall.{quoted(merges.table)}"
    if merges.table in checked_keys(build):
        source += f" ANTI JOIN {bad_name(merges.table)} USING (_row)"
    return (
        f"SELECT _row, {quoted(merges.old)} AS old, {quoted(merges.into)} AS into_key "
        f"FROM {source} ORDER BY _row",
        f"SELECT {key} AS key FROM stall.{quoted(build.profile.patients)} WHERE {key} IS NOT NULL",
    )


def patient_steps(build: Build) -> list[Step]:
    """``away``, ``merged_keys``, ``circled`` and ``patient_ids``, then ``st.<t>`` views."""
    patients = build.profile.patients
    steps = []
    if build.has_patients and patients in table_names(build):
        table, key = f"stall.{quoted(patients)}", quoted(build.key(patients)[0])
        firsts = f"(SELECT {key} AS k, min(_row) AS _row FROM {table} GROUP BY ALL)"
        away = (
            f"SELECT p._row, s._row AS _into FROM {table} p JOIN merge_map m ON m.old = p.{key} "
            f"JOIN {firsts} s ON s.k = m.survivor"
        )
        if patients in checked_keys(build):
            away += f" ANTI JOIN {bad_name(patients)} b ON b._row = p._row"
        keys = f"SELECT m.old, s._row FROM merge_map m JOIN {firsts} s ON s.k = m.survivor"
        circled = f"SELECT p._row FROM {table} p SEMI JOIN merge_circle c ON c.key = p.{key}"
        records = (
            f"SELECT r._row, s._row AS _into FROM merge_records r JOIN {firsts} s "
            "ON s.k = r.survivor WHERE r.status = 'ok'"
        )
        steps.append(_table("patient_ids", _patient_ids(build, table, key)))
    else:
        records = NO_ROWS
        away, keys = NO_ROWS, "SELECT NULL::VARCHAR AS old, NULL::BIGINT AS _row WHERE false"
        circled = "SELECT NULL::BIGINT AS _row WHERE false"
    steps += [_table("away", away), _table("merge_rows", records)]
    steps += [_table("merged_keys", keys), _table("circled", circled)]
    checked = set(checked_keys(build))
    for name in table_names(build):
        source = f"SELECT * FROM stall.{quoted(name)}"
        if name in checked:
            source += f" ANTI JOIN {bad_name(name)} USING (_row)"
        if name == patients:
            source += " ANTI JOIN circled USING (_row)"
        view = f"st.{quoted(name)}"
        steps.append(Step(view, "", f"CREATE VIEW {view} AS {source}"))
    return steps


def _patient_ids(build: Build, table: str, key: str) -> str:
    rule = build.patient_rule
    assert rule is not None
    text = message([build.profile.system, rule.table, rule.slot], ["final"])
    keys = f"SELECT {key} AS k FROM {table} WHERE {key} IS NOT NULL UNION SELECT old FROM merge_map"
    final = (
        f"SELECT k, coalesce(m.survivor, k) AS final FROM ({keys}) "
        "LEFT JOIN merge_map m ON m.old = k"
    )
    digests = f"SELECT k, keyed_digest({text}) AS h FROM ({final})"
    return f"SELECT k, id_of(h) AS _pid, partition_of(h) AS _part FROM ({digests})"


def _table(name: str, select: str) -> Step:
    return Step(name, "", f"CREATE TABLE {name} AS {select}")
