"""Completeness: did every row, column and patient of the export arrive somewhere?"""

from __future__ import annotations

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.ports import Facts

from .query import QueryCheck, Settings
from .sqlparts import rows_of

CLINICAL_TYPES = [
    "AllergyIntolerance",
    "CarePlan",
    "Condition",
    "Device",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Immunization",
    "ImagingStudy",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Procedure",
]


def _tables(facts: Facts) -> list[str]:
    found = facts.sql("SELECT tbl FROM run.staged_tables ORDER BY tbl").column("tbl").to_pylist()
    return [name for name in found if facts.has(f"staged.{name}")]


def _rows(facts: Facts, _: Settings) -> str | None:
    return rows_of(_tables(facts))


def _rows_without_fate(facts: Facts, _: Settings) -> str | None:
    # table by table: an export may have hundreds, and a query over all of them holds all their
    # joins in memory at once
    selects = [
        f"SELECT {literal(name)} AS part, {literal(name)} AS tbl, _row AS row "
        f"FROM staged.{quoted(name)} ANTI JOIN (SELECT row AS _row FROM run.fates "
        f"WHERE tbl = {literal(name)}) USING (_row)"
        for name in _tables(facts)
    ]
    if not selects:
        return None
    found = [select for select in selects if facts.sql(f"{select} LIMIT 1").num_rows]
    return " UNION ALL ".join(found) or "SELECT '' AS part, '' AS tbl, 0 AS row WHERE false"


def _declared(_: Facts, __: Settings) -> str:
    return "SELECT tbl AS part, 1 AS examined FROM run.staged_tables WHERE declared IS NOT NULL"


def _declared_wrong(_: Facts, __: Settings) -> str:
    return "SELECT tbl AS part, tbl FROM run.staged_tables WHERE declared <> rows + rejected"


def _required(facts: Facts, settings: Settings) -> list[tuple[str, str]]:
    """(table, column) of the profile's keys and of the suite's ``required``."""
    pairs: set[tuple[str, str]] = set()
    if facts.has("run.keys"):
        keys = facts.sql("SELECT DISTINCT tbl, col FROM run.keys").to_pylist()
        pairs |= {(row["tbl"], row["col"]) for row in keys}
    required = settings["required"]
    assert isinstance(required, dict)
    pairs |= {(str(table), str(col)) for table, cols in required.items() for col in cols}
    known = {
        (row["tbl"], row["col"])
        for row in facts.sql("SELECT tbl, col FROM run.staged_columns").to_pylist()
    }
    return sorted(pair for pair in pairs if pair in known and facts.has(f"staged.{pair[0]}"))


def _came_across(table: str) -> str:
    return (
        f"staged.{quoted(table)} SEMI JOIN (SELECT row AS _row FROM run.fates WHERE tbl = "
        f"{literal(table)} AND fate IN ('mapped', 'merged')) USING (_row)"
    )


def _required_cells(facts: Facts, settings: Settings) -> str | None:
    selects = [
        f"SELECT {literal(f'{table}.{column}')} AS part, count(*) AS examined "
        f"FROM {_came_across(table)}"
        for table, column in _required(facts, settings)
    ]
    return " UNION ALL ".join(selects) or None


def _required_empty(facts: Facts, settings: Settings) -> str | None:
    selects = [
        f"SELECT {literal(f'{table}.{column}')} AS part, {literal(table)} AS tbl, _row AS row, "
        f'{literal(column)} AS "column" FROM {_came_across(table)} '
        f"WHERE coalesce(trim({quoted(column)}, chr(9) || chr(10) || chr(13) || ' '), '') = ''"
        for table, column in _required(facts, settings)
    ]
    return " UNION ALL ".join(selects) or None


def _columns(facts: Facts, _: Settings) -> str | None:
    if not facts.has("run.columns"):
        return None
    return "SELECT tbl AS part, count(*) AS examined FROM run.columns GROUP BY tbl"


def _unclaimed(_: Facts, __: Settings) -> str:
    return (
        'SELECT tbl AS part, tbl, col AS "column" FROM run.columns '
        "WHERE use = 'unclaimed' AND filled > 0"
    )


def _patients(_: Facts, __: Settings) -> str:
    return (
        "SELECT type AS part, count(*) AS examined FROM run.resources "
        "WHERE type = 'Patient' GROUP BY type"
    )


def _without_content(_: Facts, settings: Settings) -> str:
    types = settings["types"]
    assert isinstance(types, list)
    return (
        "SELECT 'Patient' AS part, 'Patient' AS type, id FROM run.resources WHERE type = "
        "'Patient' AND id NOT IN (SELECT patient FROM run.resources WHERE patient IS NOT NULL "
        f"AND type IN ({', '.join(literal(str(name)) for name in types)}))"
    )


def _disagreeing(_: Facts, __: Settings) -> str:
    """Patients with mapped rows of their own and no resource, or the other way round."""
    return (
        "WITH rows AS (SELECT DISTINCT patient AS id FROM run.fates WHERE fate = 'mapped' AND "
        "patient IS NOT NULL), made AS (SELECT DISTINCT patient AS id FROM run.resources WHERE "
        "patient IS NOT NULL) SELECT 'Patient' AS part, 'Patient' AS type, id FROM "
        "((SELECT id FROM rows EXCEPT SELECT id FROM made) UNION ALL "
        "(SELECT id FROM made EXCEPT SELECT id FROM rows))"
    )


CHECKS = (
    QueryCheck(
        "completeness.row-fates",
        "completeness",
        "CHK020",
        "the row was neither mapped, combined, excluded nor rejected",
        _rows,
        _rows_without_fate,
    ),
    QueryCheck(
        "completeness.declared-rows",
        "completeness",
        "CHK021",
        "the table does not have as many rows as the export declares",
        _declared,
        _declared_wrong,
    ),
    QueryCheck(
        "completeness.required-columns",
        "completeness",
        "CHK022",
        "a required column is empty in a row that was mapped",
        _required_cells,
        _required_empty,
        {"required": {}},
    ),
    QueryCheck(
        "completeness.columns",
        "completeness",
        "MAP031",
        "the column carries values and the profile neither uses nor excludes it",
        _columns,
        _unclaimed,
    ),
    QueryCheck(
        "completeness.patients-without-content",
        "completeness",
        "CHK023",
        "the patient has a record and no clinical content",
        _patients,
        _without_content,
        {"types": list(CLINICAL_TYPES)},
    ),
    QueryCheck(
        "completeness.rows-and-resources",
        "completeness",
        "CHK024",
        "the patient has mapped rows and no resource, or resources and no mapped row",
        _patients,
        _disagreeing,
    ),
)
