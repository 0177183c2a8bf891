"""The source side: do the staged tables hold together, before anybody looks at what became of them?

Rows that the mapping held back are findings already; these checks look at what went on. Which
columns point at which (``parents``), hold dates (``dates``) or diagnoses (``diagnoses``) is said
by the suite of the profile; foreign keys that the export itself declares are known.
"""

from __future__ import annotations

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.ports import Facts

from .query import QueryCheck, Settings

_WENT_ON = "('mapped', 'merged')"
_ICD10 = "^[A-TV-Z][0-9][0-9A-Z](\\.?[0-9A-Z]{1,4})?$"
_ICD9 = "^([0-9]{3}(\\.[0-9]{1,2})?|V[0-9]{2}(\\.[0-9]{1,2})?|E[0-9]{3}(\\.[0-9])?)$"


def _rows(table: str, fates: str = _WENT_ON) -> str:
    """SQL of the staged rows of a table that went on."""
    return (
        f"(SELECT s.* FROM staged.{quoted(table)} AS s JOIN run.fates AS f ON f.tbl = "
        f"{literal(table)} AND f.row = s._row WHERE f.fate IN {fates})"
    )


def _known(facts: Facts) -> set[tuple[str, str]]:
    """(table, column) of everything that is staged."""
    return {
        (row["tbl"], row["col"])
        for row in facts.sql("SELECT tbl, col FROM run.staged_columns").to_pylist()
        if facts.has(f"staged.{row['tbl']}")
    }


def _split(name: object) -> tuple[str, str]:
    table, _, column = str(name).partition(".")
    return table, column


# --- keys ------------------------------------------------------------------------------------


def _keys(facts: Facts) -> dict[str, list[str]]:
    if not facts.has("run.keys"):
        return {}
    known, found = _known(facts), dict[str, list[str]]()
    rows = facts.sql("SELECT tbl, col FROM run.keys ORDER BY tbl, position").to_pylist()
    for row in rows:
        found.setdefault(row["tbl"], []).append(row["col"])
    return {t: cols for t, cols in found.items() if all((t, c) in known for c in cols)}


def _keyed(facts: Facts, _: Settings) -> str | None:
    selects = [
        f"SELECT {literal(table)} AS part, count(*) AS examined FROM {_rows(table, _MAPPED)}"
        for table in _keys(facts)
    ]
    return " UNION ALL ".join(selects) or None


_MAPPED = "('mapped')"


def _repeated(facts: Facts, _: Settings) -> str | None:
    selects = [
        f"SELECT {literal(table)} AS part, {literal(table)} AS tbl, _row AS row FROM "
        f"(SELECT _row, row_number() OVER (PARTITION BY {', '.join(map(quoted, columns))} "
        f"ORDER BY _row) AS n FROM {_rows(table, _MAPPED)}) WHERE n > 1"
        for table, columns in _keys(facts).items()
    ]
    return " UNION ALL ".join(selects) or None


# --- parents ---------------------------------------------------------------------------------


def _parents(facts: Facts, settings: Settings) -> list[tuple[str, str, str, str]]:
    """(table, column, parent table, parent column): the suite's, and the export's own."""
    declared = settings["parents"]
    assert isinstance(declared, dict)
    pairs = {(*_split(child), *_split(parent)) for child, parent in declared.items()}
    if facts.has("run.foreign_keys"):
        rows = facts.sql("SELECT tbl, col, target, target_col FROM run.foreign_keys").to_pylist()
        pairs |= {(r["tbl"], r["col"], r["target"], r["target_col"]) for r in rows}
    known = _known(facts)
    return sorted(p for p in pairs if (p[0], p[1]) in known and (p[2], p[3]) in known)


def _children(facts: Facts, settings: Settings) -> str | None:
    selects = [
        f"SELECT {literal(f'{table}.{column}')} AS part, count({quoted(column)}) AS examined "
        f"FROM {_rows(table)}"
        for table, column, _, _ in _parents(facts, settings)
    ]
    return " UNION ALL ".join(selects) or None


def _orphans(facts: Facts, settings: Settings) -> str | None:
    selects = [
        f"SELECT {literal(f'{table}.{column}')} AS part, {literal(table)} AS tbl, c._row AS row, "
        f'{literal(column)} AS "column" FROM {_rows(table)} AS c ANTI JOIN '
        f"staged.{quoted(parent)} AS p ON p.{quoted(key)} = c.{quoted(column)} "
        f"WHERE c.{quoted(column)} IS NOT NULL"
        for table, column, parent, key in _parents(facts, settings)
    ]
    return " UNION ALL ".join(selects) or None


# --- lines of the files ----------------------------------------------------------------------


def _whole_tables(facts: Facts) -> list[tuple[str, int, int]]:
    """(table, lines of its files, files): those of which every record was read."""
    if not facts.has("run.source_files"):
        return []
    rows = facts.sql(
        "SELECT f.tbl, sum(f.lines) AS lines, count(*) AS files FROM run.source_files AS f "
        "JOIN run.staged_tables AS t ON t.tbl = f.tbl WHERE t.rejected = 0 "
        "GROUP BY f.tbl HAVING count(*) = count(f.lines) ORDER BY f.tbl"
    ).to_pylist()
    return [
        (r["tbl"], int(r["lines"]), r["files"]) for r in rows if facts.has(f"staged.{r['tbl']}")
    ]


def _lined(facts: Facts, _: Settings) -> str | None:
    selects = [
        f"SELECT {literal(table)} AS part, 1 AS examined" for table, _, _ in _whole_tables(facts)
    ]
    return " UNION ALL ".join(selects) or None


def _lines_differ(facts: Facts, _: Settings) -> str | None:
    """Lines of the files = records + line ends inside cells + at most one header a file."""
    known = _known(facts)
    selects = []
    for table, lines, files in _whole_tables(facts):
        cells = [quoted(column) for name, column in sorted(known) if name == table]
        ends = " + ".join(f"coalesce(len({c}) - len(replace({c}, chr(10), '')), 0)" for c in cells)
        selects.append(
            f"SELECT {literal(table)} AS part, {literal(table)} AS tbl FROM (SELECT count(*) + "
            f"coalesce(sum({ends or '0'}), 0) AS n FROM staged.{quoted(table)}) "
            f"WHERE {lines} - n NOT BETWEEN 0 AND {files}"
        )
    return " UNION ALL ".join(selects) or None


# --- dates and diagnoses ---------------------------------------------------------------------

_FORMS = (
    "['%Y-%m-%d', '%m/%d/%Y', '%Y-%m-%d %H:%M:%S', '%Y-%m-%dT%H:%M:%SZ', '%Y%m%d', '%Y%m%d%H%M%S']"
)


def _day(cell: str) -> str:
    return f"try_strptime({cell}, {_FORMS})::DATE"


def _dated(facts: Facts, settings: Settings) -> list[tuple[str, str, str, str]]:
    """(table, column, first day, last day) of the suite's date columns."""
    declared, known = settings["dates"], _known(facts)
    assert isinstance(declared, dict)
    found = []
    for name, limits in declared.items():
        table, column = _split(name)
        if (table, column) in known:
            found.append((table, column, str(limits["from"]), str(limits.get("to", "export"))))
    return found


def _dates(facts: Facts, settings: Settings) -> str | None:
    selects = [
        f"SELECT {literal(f'{table}.{column}')} AS part, count({_day(quoted(column))}) AS examined "
        f"FROM {_rows(table)}"
        for table, column, _, _ in _dated(facts, settings)
    ]
    return " UNION ALL ".join(selects) or None


def _outside_dates(facts: Facts, settings: Settings) -> str | None:
    export = "(SELECT max(left(exported_at, 10)::DATE) + 1 FROM run.export)"
    selects = []
    for table, column, first, last in _dated(facts, settings):
        end = export if last == "export" else f"DATE {literal(last)}"
        selects.append(
            f"SELECT {literal(f'{table}.{column}')} AS part, {literal(table)} AS tbl, _row AS row, "
            f'{literal(column)} AS "column" FROM {_rows(table)} WHERE {_day(quoted(column))} '
            f"NOT BETWEEN DATE {literal(first)} AND {end}"
        )
    return " UNION ALL ".join(selects) or None


def _coded(facts: Facts, settings: Settings) -> list[tuple[str, str, str]]:
    """(table, code column, column of the date of service) of the suite's diagnoses."""
    declared, known = settings["diagnoses"], _known(facts)
    assert isinstance(declared, dict)
    found = [(*_split(code), str(date)) for code, date in declared.items()]
    return [f for f in found if (f[0], f[1]) in known and (f[0], f[2]) in known]


def _diagnoses(facts: Facts, settings: Settings) -> str | None:
    selects = [
        f"SELECT {literal(f'{table}.{code}')} AS part, count({quoted(code)}) AS examined "
        f"FROM {_rows(table)}"
        for table, code, _ in _coded(facts, settings)
    ]
    return " UNION ALL ".join(selects) or None


def _wrong_version(facts: Facts, settings: Settings) -> str | None:
    """Services from 1 October 2015 on are billed in ICD-10-CM, those before in ICD-9-CM (CMS)."""
    selects = []
    for table, code, date in _coded(facts, settings):
        old = f"{_day(quoted(date))} < DATE '2015-10-01'"
        shape = f"CASE WHEN {old} THEN '{_ICD9}' ELSE '{_ICD10}' END"
        selects.append(
            f"SELECT {literal(f'{table}.{code}')} AS part, {literal(table)} AS tbl, _row AS row, "
            f'{literal(code)} AS "column" FROM {_rows(table)} WHERE {_day(quoted(date))} IS NOT '
            f"NULL AND {quoted(code)} IS NOT NULL AND NOT regexp_matches({quoted(code)}, {shape})"
        )
    return " UNION ALL ".join(selects) or None


# --- drift against the last extract ----------------------------------------------------------


def _drift(facts: Facts, _: Settings) -> str | None:
    if not facts.has("run.last_columns"):
        return None
    return "SELECT tbl AS part, count(*) AS examined FROM run.last_columns GROUP BY tbl"


def _drifted(_: Facts, settings: Settings) -> str:
    share = float(str(settings["fewer"]))
    return (
        'SELECT l.tbl AS part, l.tbl, l.col AS "column" FROM run.last_columns AS l ANTI JOIN '
        "run.staged_columns AS c ON c.tbl = l.tbl AND c.col = l.col UNION ALL "
        "SELECT c.tbl, c.tbl, c.col FROM run.staged_columns AS c ANTI JOIN run.last_columns AS l "
        "ON c.tbl = l.tbl AND c.col = l.col UNION ALL "
        "SELECT c.tbl, c.tbl, c.col FROM run.staged_columns AS c JOIN run.last_columns AS l "
        f"ON c.tbl = l.tbl AND c.col = l.col WHERE c.filled < l.filled * (1 - {share})"
    )


CHECKS = (
    QueryCheck(
        "source.keys",
        "conformance",
        "CHK060",
        "another row that went on has the same key",
        _keyed,
        _repeated,
    ),
    QueryCheck(
        "source.parents",
        "conformance",
        "CHK061",
        "the row that this one points at is not in the export",
        _children,
        _orphans,
        {"parents": {}},
    ),
    QueryCheck(
        "source.lines",
        "completeness",
        "CHK062",
        "the lines of the table's files are not its records",
        _lined,
        _lines_differ,
    ),
    QueryCheck(
        "source.dates",
        "plausibility",
        "CHK063",
        "this date lies outside what the column can hold",
        _dates,
        _outside_dates,
        {"dates": {}},
    ),
    QueryCheck(
        "source.diagnoses",
        "conformance",
        "CHK064",
        "the diagnosis code is not of the version that held on the date of service",
        _diagnoses,
        _wrong_version,
        {"diagnoses": {}},
    ),
    QueryCheck(
        "source.drift",
        "completeness",
        "CHK065",
        "the column is new, gone, or carries far fewer values than in the last export",
        _drift,
        _drifted,
        {"fewer": 0.2},
    ),
)
