"""The second path: facts recomputed from staged rows by other code, against the FHIR output.

``second.<kind>`` (``mappings/<profile>/second-path.sql``) says what a chart should hold, one line
a fact: ``key`` (of the source record: equal rows with one key are one fact), ``tbl``, ``row``,
``patient`` (the old system's number, after merges) and columns of :mod:`.tier0`,
:mod:`.chartfacts` and :mod:`.moneyfacts`. The FHIR side is read from the resources alone; a
patient is known by the identifier whose system ``second.patient_number`` (system) names. Facts of
rows that the mapping rejected may be missing: those rows are findings of their own. The lineage
only serves to name both ends of a difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.ports import CheckCategory, Facts, Outcome
from migrate.errors import AskedWrongly

from .chartfacts import CHART
from .factkinds import NUMBERS, Kind
from .moneyfacts import MONEY
from .query import Settings, outcome
from .tier0 import TIER_0

KINDS: Mapping[str, Kind] = {**TIER_0, **CHART, **MONEY}

_OWN = ("key", "tbl", "row", "patient")
_OWNERS = ("subject", "patient", "beneficiary")


@dataclass(frozen=True, slots=True)
class SecondPathCheck:
    """The facts of these kinds, patient by patient. A part is a kind."""

    id: str
    category: CheckCategory
    code: str
    kinds: tuple[str, ...]
    says: str = "the source rows and the FHIR output do not say the same"
    defaults: Mapping[str, object] = field(default_factory=dict)

    def run(self, facts: Facts, _: Settings) -> Outcome:
        """Judge the run. Raises AskedWrongly (CHK093) for a column that is none of the kind's."""
        if not facts.has("second.patient_number"):
            return Outcome(0, 0)
        counts: dict[str, int] = {}
        selects = []
        for name in self.kinds:
            if not facts.has(f"second.{name}"):
                continue
            columns = _columns(facts, name)
            counts[name] = _count(facts, _source(name, columns))
            selects.append(differences(facts, name, columns))
        if not selects:
            return Outcome(0, 0)
        return outcome(facts, self.code, self.says, counts, " UNION ALL ".join(selects))


def _count(facts: Facts, query: str) -> int:
    counted = facts.sql(f"SELECT count(*) AS n FROM ({query}) WHERE NOT held")
    return cast("int", counted.column("n")[0].as_py())


def _columns(facts: Facts, name: str) -> list[str]:
    """The columns that the second path gives of a kind."""
    kind = KINDS[name]
    given = facts.sql(f"SELECT * FROM second.{quoted(name)} LIMIT 0").column_names
    known = {*kind.columns, *kind.links}
    lost = [column for column in given if column not in known and column not in _OWN]
    lacking = [column for column in _OWN if column not in given]
    if lost or lacking:
        raise AskedWrongly(
            "CHK093",
            f"the second path's '{name}' has {len(lost)} unknown columns and lacks {len(lacking)}",
            details=(*(f"unknown: {c}" for c in lost), *(f"missing: {c}" for c in lacking)),
            try_=f"write key, tbl, row, patient and any of {', '.join(sorted(known))}",
        )
    return [column for column in given if column in known]


def _source(name: str, columns: Sequence[str]) -> str:
    """SQL of (tbl, row, held, patient, columns): what the staged rows say.

    ``held``: the mapping rejected the row, or the practice's money scope leaves it behind, so its
    facts may be missing (other rules of the row may have made some).
    """
    texts = ", ".join(f"{_text(c, quoted(c) + '::VARCHAR')} AS {quoted(c)}" for c in columns)
    return (
        "SELECT DISTINCT ON (s.key) s.tbl, s.row, f.row IS NOT NULL AS held, "
        f"s.patient::VARCHAR AS patient, {texts} FROM second.{quoted(name)} AS s LEFT JOIN "
        "(SELECT tbl, row FROM run.fates WHERE fate = 'rejected' OR fate = 'excluded' AND "
        "contains(reason, '(scope: ')) AS f ON f.tbl = s.tbl AND "
        "f.row = s.row ORDER BY s.key, held, s.row"
    )


def _text(column: str, cell: str) -> str:
    """SQL of a cell as it is compared: empty is nothing, a number's last zeros are nothing."""
    if column in NUMBERS:
        cell = f"regexp_replace({cell}, '(\\.[0-9]*[1-9])0+\\b', '\\1', 'g')"
        cell = f"regexp_replace({cell}, '\\.0+\\b', '', 'g')"
    return f"nullif({cell}, '')"


def _made(facts: Facts, kind: Kind, columns: Sequence[str]) -> str:
    """SQL of (id, patient, columns): what the resources of a kind say."""
    relation = f"fhir.{quoted(kind.type)}"
    if kind.type not in facts.resource_types():
        nothing = ", ".join(f"NULL::VARCHAR AS {quoted(c)}" for c in columns)
        return f"SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS patient, {nothing} WHERE false"
    plain = [c for c in columns if c in kind.columns]
    linked = [c for c in columns if c in kind.links]
    texts = [f"{kind.columns[c]} AS {quoted(c)}" for c in plain]
    texts += [
        f"json_extract_string(resource, {literal('$.' + kind.links[c])}) AS {quoted(c)}"
        for c in linked
    ]
    owner = "id"
    if kind.type != "Patient":
        paths = [f"json_extract_string(resource, '$.{name}.reference')" for name in _OWNERS]
        paths += [
            "list_filter(json_extract_string(resource, '$.participant[*].actor.reference'), "
            "lambda r: starts_with(r, 'Patient/'))[1]"
        ]
        owner = f"regexp_extract(coalesce({', '.join(paths)}, ''), '^Patient/(.+)$', 1)"
    inner = f"SELECT id, {owner} AS owner, {', '.join(texts)} FROM {relation} WHERE {kind.where}"
    outer = [f"{_text(c, f'm.{quoted(c)}')} AS {quoted(c)}" for c in plain]
    outer += [
        f"CASE WHEN t{n}.ref IS NULL THEN m.{quoted(c)} ELSE l{n}.number END AS {quoted(c)}"
        for n, c in enumerate(linked)
    ]
    joins = "".join(
        f" LEFT JOIN ({_THINGS}) AS t{n} ON t{n}.ref = m.{quoted(c)}"
        f" LEFT JOIN ({_NUMBERS}) AS l{n} ON l{n}.ref = m.{quoted(c)}"
        for n, c in enumerate(linked)
    )
    return (
        f"SELECT m.id, p.number AS patient, {', '.join(outer)} FROM ({inner}) AS m "
        f"LEFT JOIN ({PATIENTS}) AS p ON p.id = m.owner{joins}"
    )


PATIENTS = (
    "SELECT i.id, min(i.value) AS number FROM run.identifiers AS i JOIN second.patient_number AS n "
    "ON n.system = i.system WHERE i.type = 'Patient' GROUP BY i.id"
)
_NUMBERS = (
    "SELECT type || '/' || id AS ref, value AS number FROM run.identifiers WHERE position = 1"
)
_THINGS = "SELECT type || '/' || id AS ref FROM run.resources"


def differences(facts: Facts, name: str, columns: Sequence[str]) -> str:
    """SQL of (part, type, id, tbl, row, element): what only one side says.

    Two ends that the lineage joins are one difference, whose ``element`` names the columns.
    """
    kind = KINDS[name]
    compared = ("patient", *columns)
    same = ", ".join(quoted(column) for column in compared)
    numbered = f"*, row_number() OVER (PARTITION BY {same} ORDER BY {{}}) AS n"
    unlike = "list_filter([{}], lambda x: x IS NOT NULL)".format(
        ", ".join(
            f"CASE WHEN e.{quoted(c)} IS DISTINCT FROM m.{quoted(c)} THEN {literal(c)} END"
            for c in compared
        )
    )
    word, kind_type = literal(name), literal(kind.type)
    surely_row = "(tbl, row) IN (SELECT (tbl, row) FROM sure)"
    surely_id = "id IN (SELECT id FROM sure)"
    lineage = f"run.lineage AS l ON l.type = {kind_type} AND l.id"
    return (
        f"SELECT * FROM (WITH s0 AS MATERIALIZED ({_source(name, columns)}), "
        f"f0 AS MATERIALIZED ({_made(facts, kind, columns)}), "
        # Of equal facts, those that the lineage joins are matched first: only the address differs.
        f"sure AS (SELECT f.id, s.tbl, s.row FROM f0 AS f JOIN {lineage} = f.id JOIN s0 AS s ON "
        f"s.tbl = l.tbl AND s.row = l.row AND {_alike('f', 's', compared)}), "
        f"s AS MATERIALIZED (SELECT {numbered.format(f'{surely_row} DESC, row')} FROM s0), "
        f"f AS MATERIALIZED (SELECT {numbered.format(f'{surely_id} DESC, id')} FROM f0), "
        "m AS (SELECT * FROM s WHERE NOT held AND NOT EXISTS (SELECT 1 FROM f WHERE "
        f"{_alike('s', 'f', (*compared, 'n'))})), e AS (SELECT * FROM f WHERE NOT EXISTS "
        f"(SELECT 1 FROM s WHERE {_alike('f', 's', (*compared, 'n'))})), "
        f"pairs AS (SELECT e.id, m.tbl, m.row, {unlike} AS unlike, row_number() OVER "
        f"(PARTITION BY e.id ORDER BY len({unlike}), m.row) AS best FROM e JOIN {lineage} = e.id "
        "JOIN m ON m.tbl = l.tbl AND m.row = l.row), told AS (SELECT * FROM pairs WHERE best = 1) "
        f"SELECT {word} AS part, {kind_type} AS type, id, tbl, row, "
        "array_to_string(unlike, ' ') AS element FROM told UNION ALL "
        f"SELECT {word}, {kind_type}, id, NULL, NULL, NULL FROM e WHERE id IS NULL OR id NOT IN "
        "(SELECT id FROM told) UNION ALL "
        f"SELECT {word}, NULL, NULL, tbl, row, NULL FROM m WHERE (tbl, row) NOT IN "
        "(SELECT (tbl, row) FROM told))"
    )


def _alike(left: str, right: str, columns: Sequence[str]) -> str:
    return " AND ".join(
        f"{left}.{quoted(column)} IS NOT DISTINCT FROM {right}.{quoted(column)}"
        for column in columns
    )


def _check(name: str, category: CheckCategory, code: str, kinds: Sequence[str]) -> SecondPathCheck:
    return SecondPathCheck(name, category, code, tuple(kinds))


CHECKS = (
    *(_check(f"safety.{kind}", "safety", "CHK044", (kind,)) for kind in TIER_0),
    _check("completeness.chart", "completeness", "CHK026", tuple(CHART)),
    _check("money.facts", "money", "CHK051", tuple(MONEY)),
)
