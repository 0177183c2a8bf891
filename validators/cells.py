"""Single cells of the staged tables: codes of the right shape, text that was read rightly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.ports import CheckCategory, Facts, Outcome
from migrate.errors import AskedWrongly

from .query import QueryCheck, Settings, outcome
from .sqlparts import cells_that_went_on, holding, rows_of
from .terminology import SHAPES

# How a suite names a code system, and the system.
SYSTEMS: Mapping[str, str] = {
    "loinc": "http://loinc.org",
    "snomed": "http://snomed.info/sct",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "cvx": "http://hl7.org/fhir/sid/cvx",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd-9-cm": "http://hl7.org/fhir/sid/icd-9-cm",
    "ndc": "http://hl7.org/fhir/sid/ndc",
    "cpt": "http://www.ama-assn.org/go/cpt",
    "npi": "http://hl7.org/fhir/sid/us-npi",
}


@dataclass(frozen=True, slots=True)
class StagedCodesCheck:
    """Columns of the setting ``columns`` (table.column → code system, or system and ``where``).

    Distinct codes are judged once each, in rows that went on.
    """

    id: str = "source.codes"
    category: CheckCategory = "conformance"
    code: str = "CHK067"
    says: str = "the code does not have the form of its column's code system"
    defaults: Mapping[str, object] = field(default_factory=lambda: {"columns": {}})

    def run(self, facts: Facts, settings: Settings) -> Outcome:
        """Judge the run. Raises AskedWrongly (CHK090) for a code system without a known shape."""
        declared = settings.get("columns") or {}
        assert isinstance(declared, dict)
        counts: dict[str, int] = {}
        selects: list[str] = []
        bad: list[list[str]] = []
        for name, given in declared.items():
            system, where = _asked(given)
            table, _, column = str(name).partition(".")
            trimmed = f"trim({quoted(column)})"
            rows = cells_that_went_on(facts, table, column, cell=trimmed, where=where)
            if rows is None:
                continue
            codes = facts.sql(f"SELECT cell, count(*) AS n FROM ({rows}) GROUP BY cell").to_pylist()
            counts[str(name)] = sum(int(found["n"]) for found in codes)
            wrong = sorted(f["cell"] for f in codes if not SHAPES[SYSTEMS[system]](f["cell"]))
            if wrong:
                selects.append(holding(str(name), table, column, rows))
                bad.append(wrong)
        failing = " UNION ALL ".join(selects) or None
        return outcome(facts, self.code, self.says, counts, failing, bad)


def _asked(given: object) -> tuple[str, str]:
    system, where = given, "true"
    if isinstance(given, dict):
        system, where = given.get("system"), str(given.get("where", "true"))
    if system not in SYSTEMS:
        raise AskedWrongly(
            "CHK090",
            "source.codes names a code system whose form is not known",
            try_=f"write one of {', '.join(SYSTEMS)}",
        )
    return str(system), where


# Replacement characters; controls of ASCII and Latin-1 but tab and line ends; UTF-8 that was read
# as Windows-1252 or Latin-1 (Ã©, â€™, Â°).
_MISREAD = (
    "\\x{FFFD}|[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x{9F}]|[ÂÃ][\\x{80}-\\x{BF}]|â€|ï»¿|ï¿½"
)


def _texts(facts: Facts) -> dict[str, list[str]]:
    """The columns of each staged table."""
    found: dict[str, list[str]] = {}
    query = "SELECT tbl, col FROM run.staged_columns WHERE filled > 0 ORDER BY tbl, col"
    for line in facts.sql(query).to_pylist():
        if facts.has(f"staged.{line['tbl']}"):
            found.setdefault(line["tbl"], []).append(line["col"])
    return found


def _read(facts: Facts, _: Settings) -> str | None:
    return rows_of(_texts(facts))


def _misread(facts: Facts, _: Settings) -> str | None:
    """A row with such a text, named with the first column that holds one."""
    selects = []
    for table, columns in _texts(facts).items():
        cells = ", ".join(quoted(column) for column in columns)
        first = " ".join(
            f"WHEN regexp_matches({quoted(column)}, {literal(_MISREAD)}) THEN {literal(column)}"
            for column in columns
        )
        selects.append(
            f"SELECT {literal(table)} AS part, {literal(table)} AS tbl, _row AS row, CASE {first} "
            f'END AS "column" FROM staged.{quoted(table)} WHERE '
            f"regexp_matches(concat_ws(' ', {cells}), {literal(_MISREAD)})"
        )
    return " UNION ALL ".join(f"({select})" for select in selects) or None


CHECKS = (
    StagedCodesCheck(),
    QueryCheck(
        "source.encoding",
        "conformance",
        "CHK068",
        "the text was not written in the encoding that it was read in",
        _read,
        _misread,
    ),
)
