"""Jumps inside a patient's own series: a slipped decimal point, a wrong unit.

A value is raised when it is ``factor`` times larger, or that much smaller, than both its
neighbours in time (at an end of the series: than the next two). What rose and stayed is not a
slip. Of two values alone the larger is raised: which is wrong cannot be known, and the larger is
the one that does harm. Values that cannot be at all (:mod:`.ranges`) are raised once, there.
"""

from __future__ import annotations

from migrate.core.compile.sqltext import literal
from migrate.core.ports import Facts

from .query import QueryCheck, Settings
from .ranges import MEASURE, RANGES, limits
from .sqlparts import text_at

# Steady measurements: body size, vital signs, electrolytes, blood count, kidney, thyroid hormone.
STEADY = [
    "8302-2",
    "29463-7",
    "39156-5",
    "8310-5",
    "8867-4",
    "9279-1",
    "8480-6",
    "8462-4",
    "2708-6",
    "59408-5",
    "2951-2",
    "2823-3",
    "2075-0",
    "2028-9",
    "17861-6",
    "718-7",
    "4544-3",
    "4548-4",
    "1751-7",
    "2885-2",
    "3024-7",
    "2160-0",
    "777-3",
]

_DRUG = (
    f"coalesce({text_at('medicationCodeableConcept.text')}, "
    f"{text_at('medicationReference.display')}, "
    f"{text_at('medicationCodeableConcept.coding[0].display')})"
)
# The name up to the first digit is the ingredient; the first number with a mass unit its strength.
_STRENGTH = r"([0-9]+(?:\.[0-9]+)?)\s*(mg|mcg|g|units?)\b"


def _jumps(series: str, settings: Settings) -> str:
    """The members of ``series`` (part, type, id, element, owner, label, unit, moment, value)
    that jump out of it."""
    factor = float(str(settings["factor"]))
    return (
        "SELECT part, type, id, min(element) AS element FROM (SELECT *, "
        "coalesce(lag(value) OVER w, lead(value, 2) OVER w) AS one, "
        "coalesce(lead(value) OVER w, lag(value, 2) OVER w) AS other "
        f"FROM ({series}) WHERE value > 0 WINDOW w AS (PARTITION BY owner, label, unit "
        "ORDER BY moment, id)) WHERE coalesce(one, other) IS NOT NULL AND "
        f"(coalesce(value >= {factor} * one, true) AND coalesce(value >= {factor} * other, true)"
        f" OR value * {factor} <= one AND value * {factor} <= other) GROUP BY part, type, id"
    )


def _count(series: str) -> str:
    return f"SELECT part, count(DISTINCT id) AS examined FROM ({series}) GROUP BY part"


def _measured(_: Facts, settings: Settings) -> str | None:
    codes, but = settings["codes"], settings.get("but", [])
    assert isinstance(codes, list)
    assert isinstance(but, list)
    if not codes and not but:
        return None
    chosen = f"m.code IN ({', '.join(literal(str(c)) for c in codes)})"
    if but:
        chosen = f"m.code NOT IN ({', '.join(literal(str(c)) for c in but)})"
    return (
        f"SELECT {MEASURE} AS part, 'Observation' AS type, m.id, 'valueQuantity' AS "
        "element, r.patient AS owner, m.code AS label, m.unit, m.moment, m.value FROM "
        "run.measures AS m JOIN run.resources AS r ON r.type = 'Observation' AND r.id = m.id "
        f"LEFT JOIN {limits(RANGES)} ON l.code = m.code AND l.unit = m.unit "
        "WHERE coalesce(m.value BETWEEN l.low AND l.high, true) AND "
        f"r.patient IS NOT NULL AND {chosen}"
    )


def _series(facts: Facts, settings: Settings) -> str | None:
    series = _measured(facts, settings)
    return series and _count(series)


def _series_jumps(facts: Facts, settings: Settings) -> str:
    return _jumps(_measured(facts, settings) or "", settings)


def _doses(facts: Facts) -> str | None:
    """Doses as ordered (doseQuantity), and strengths as named in the medication's text."""
    if "MedicationRequest" not in facts.resource_types():
        return None
    moment = f"coalesce({text_at('authoredOn')}, '')"
    dose = "$.dosageInstruction[*].doseAndRate[*].doseQuantity"
    return (
        "SELECT 'MedicationRequest' AS part, 'MedicationRequest' AS type, d.id, "
        "element, r.patient AS owner, element || ' ' || drug AS label, unit, moment, value FROM ("
        f"SELECT id, moment, 'dosageInstruction' AS element, {ingredient('drug')} AS drug, "
        "json_extract_string(dose, '$.unit') AS unit, "
        "TRY_CAST(json_extract_string(dose, '$.value') AS DOUBLE) AS value FROM ("
        f"SELECT id, {moment} AS moment, {_DRUG} AS drug, unnest(json_extract(resource, "
        f'{literal(dose)})) AS dose FROM fhir."MedicationRequest") UNION ALL '
        f"SELECT id, moment, 'medication', {ingredient('drug')}, {_strength(2)}, "
        f"TRY_CAST({_strength(1)} AS DOUBLE) FROM (SELECT id, {moment} AS moment, {_DRUG} AS drug "
        'FROM fhir."MedicationRequest")) AS d JOIN run.resources AS r ON r.type = '
        "'MedicationRequest' AND r.id = d.id WHERE value IS NOT NULL AND drug <> '' AND "
        "r.patient IS NOT NULL"
    )


def medication_text() -> str:
    """SQL of what a medication is called."""
    return _DRUG


def ingredient(text: str) -> str:
    """SQL of a medication's name up to its first digit, in small letters."""
    return f"trim(regexp_extract(lower({text}), '^[^0-9]*'))"


def _strength(group: int) -> str:
    return f"regexp_extract(lower(drug), {literal(_STRENGTH)}, {group})"


def _ordered(facts: Facts, _: Settings) -> str | None:
    doses = _doses(facts)
    return doses and _count(doses)


def dose_jumps(facts: Facts, settings: Settings) -> str:
    """SQL of (part, type, id, element): doses that jump out of their series."""
    return _jumps(_doses(facts) or "", settings)


SERIES_CHECK = QueryCheck(
    "plausibility.series-jump",
    "plausibility",
    "CHK034",
    "this is ten times larger or smaller than the patient's values before and after it",
    _series,
    _series_jumps,
    {"factor": 10, "codes": list(STEADY)},
)
THOUSANDFOLD_CHECK = QueryCheck(
    "plausibility.thousandfold",
    "plausibility",
    "CHK039",
    "this is a thousand times larger or smaller than the patient's values before and after it",
    _series,
    _series_jumps,
    {"factor": 900, "codes": [], "but": list(STEADY)},
)
DOSE_CHECK = QueryCheck(
    "plausibility.dose-jump",
    "plausibility",
    "CHK035",
    "this dose is ten times larger or smaller than the patient's others of the same medication",
    _ordered,
    dose_jumps,
    {"factor": 10},
)
