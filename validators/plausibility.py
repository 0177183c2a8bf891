"""Plausibility: can it be so? Nothing is rewritten; what cannot be is raised with its address."""

from __future__ import annotations

from migrate.core.compile.sqltext import literal
from migrate.core.ports import Facts

from .query import QueryCheck, Settings
from .ranges import RANGES, limits
from .series import DOSE_CHECK, SERIES_CHECK
from .sqlparts import NOT_MEANT, before, day, events, measurements, text_at

HAPPENED = {
    "AllergyIntolerance": ("onsetDateTime", "recordedDate"),
    "Condition": ("onsetDateTime", "abatementDateTime", "recordedDate"),
    "DiagnosticReport": ("effectiveDateTime", "issued"),
    "DocumentReference": ("date",),
    "Encounter": ("period.start",),
    "ImagingStudy": ("started",),
    "Immunization": ("occurrenceDateTime",),
    "MedicationRequest": ("authoredOn",),
    "Observation": ("effectiveDateTime", "effectivePeriod.start"),
    "Patient": ("deceasedDateTime",),
    "Procedure": ("performedDateTime", "performedPeriod.start"),
    "ServiceRequest": ("authoredOn",),
}
# What is written down after a death (entry dates, reports, letters) is not a mistake.
LIVED = {
    "AllergyIntolerance": ("onsetDateTime",),
    "Condition": ("onsetDateTime",),
    "Encounter": ("period.start",),
    "ImagingStudy": ("started",),
    "Immunization": ("occurrenceDateTime",),
    "MedicationRequest": ("authoredOn",),
    "Observation": ("effectiveDateTime", "effectivePeriod.start"),
    "Procedure": ("performedDateTime", "performedPeriod.start"),
}
PLANNED = {**HAPPENED, "Appointment": ("start",), "CarePlan": ("period.start",)}
DATED = {**HAPPENED, "Patient": ("birthDate", "deceasedDateTime")}
PERIODS = {
    "Appointment": (("start", "end"),),
    "CarePlan": (("period.start", "period.end"),),
    "Claim": (("billablePeriod.start", "billablePeriod.end"),),
    "Condition": (("onsetDateTime", "abatementDateTime"),),
    "Coverage": (("period.start", "period.end"),),
    "Encounter": (("period.start", "period.end"),),
    "Procedure": (("performedPeriod.start", "performedPeriod.end"),),
}
_BIRTHS = (
    f"(SELECT id AS patient, {text_at('birthDate')} AS born, {text_at('deceasedDateTime')} AS "
    'died FROM fhir."Patient")'
)


def _dated(facts: Facts, elements: dict[str, tuple[str, ...]], known: str) -> str | None:
    """SQL of the events whose patient has a ``born`` or ``died``, with that and the patient."""
    happened = events(facts, elements)
    if happened is None or "Patient" not in facts.resource_types():
        return None
    return (
        "SELECT e.type || '.' || e.element AS part, e.*, p.born, p.died FROM "
        f"({happened}) AS e JOIN run.resources AS r ON r.type = e.type AND r.id = e.id "
        f"JOIN {_BIRTHS} AS p ON p.patient = r.patient WHERE p.{known} IS NOT NULL "
        f"AND coalesce(e.status, '') NOT IN {NOT_MEANT}"
    )


def _count(query: str | None) -> str | None:
    return query and f"SELECT part, count(*) AS examined FROM ({query}) GROUP BY part"


def _with_birth(facts: Facts, _: Settings) -> str | None:
    return _count(_dated(facts, PLANNED, "born"))


def _before_birth(facts: Facts, settings: Settings) -> str:
    days = f"{day('born')} - {day('moment')}"
    return (
        f"SELECT part, type, id, element FROM ({_dated(facts, PLANNED, 'born')}) "
        f"WHERE CASE WHEN {days} IS NULL THEN {before('moment', 'born')} "
        f"ELSE {days} > {int(str(settings['tolerance_days']))} END"
    )


def _with_death(facts: Facts, _: Settings) -> str | None:
    return _count(_dated(facts, LIVED, "died"))


def _after_death(facts: Facts, settings: Settings) -> str:
    days = f"{day('moment')} - {day('died')}"
    return (
        f"SELECT part, type, id, element FROM ({_dated(facts, LIVED, 'died')}) "
        f"WHERE CASE WHEN {days} IS NULL THEN {before('died', 'moment')} "
        f"ELSE {days} > {int(str(settings['tolerance_days']))} END"
    )


def _happened(facts: Facts) -> str | None:
    happened = events(facts, DATED)
    if happened is None or not facts.has("run.export"):
        return None
    return (
        "SELECT e.type || '.' || e.element AS part, e.*, x.exported_at FROM "
        f"({happened}) AS e CROSS JOIN run.export AS x "
        f"WHERE coalesce(e.status, '') NOT IN ('planned', 'entered-in-error')"
    )


def _with_export(facts: Facts, _: Settings) -> str | None:
    return _count(_happened(facts))


def _future(facts: Facts, settings: Settings) -> str:
    days = f"{day('moment')} - {day('exported_at')}"
    return (
        f"SELECT part, type, id, element FROM ({_happened(facts)}) "
        f"WHERE CASE WHEN {days} IS NULL THEN {before('exported_at', 'moment')} "
        f"ELSE {days} > {int(str(settings['tolerance_days']))} END"
    )


def _periods(facts: Facts, where: str) -> str | None:
    selects = [
        f"SELECT {literal(f'{name}.{start}')} AS part, {literal(name)} AS type, id, "
        f'{literal(end)} AS element FROM fhir."{name}" WHERE {text_at(start)} IS NOT NULL AND '
        f"{text_at(end)} IS NOT NULL AND "
        + (before(text_at(end), text_at(start)) if where == "wrong" else "true")
        for name in facts.resource_types()
        for start, end in PERIODS.get(name, ())
    ]
    return " UNION ALL ".join(selects) or None


def _whole_periods(facts: Facts, _: Settings) -> str | None:
    return _count(_periods(facts, "all"))


def _backward_periods(facts: Facts, _: Settings) -> str | None:
    return _periods(facts, "wrong")


def _measured(facts: Facts, settings: Settings) -> str | None:
    found = measurements(facts)
    if found is None or not settings["ranges"]:
        return None
    return (
        "SELECT 'Observation.' || m.code AS part, m.id, m.value, l.low, l.high "
        f"FROM ({found}) AS m JOIN {limits(settings['ranges'])} "
        "ON l.code = m.code AND l.unit = m.unit"
    )


def _in_range(facts: Facts, settings: Settings) -> str | None:
    return _count(_measured(facts, settings))


def _out_of_range(facts: Facts, settings: Settings) -> str:
    return (
        "SELECT part, 'Observation' AS type, id, 'valueQuantity' AS element FROM "
        f"({_measured(facts, settings)}) WHERE value < low OR value > high"
    )


_RESULT = (
    "SELECT o.id, r.patient, coalesce("
    + text_at("code.coding[0].code")
    + ", "
    + text_at("code.text")
    + ") AS label, "
    + text_at("effectiveDateTime")
    + " AS moment, md5(coalesce("
    + ", ".join(
        f"json_extract(resource, '$.{name}')::VARCHAR"
        for name in ("valueQuantity", "valueCodeableConcept", "valueString", "component")
    )
    + ')) AS value FROM fhir."Observation" AS o JOIN run.resources AS r ON r.type = '
    "'Observation' AND r.id = o.id"
)


def _results(facts: Facts, _: Settings) -> str | None:
    if "Observation" not in facts.resource_types():
        return None
    return (
        "SELECT 'Observation' AS part, count(*) AS examined FROM "
        f"({_RESULT}) WHERE value IS NOT NULL"
    )


def _twice(_: Facts, __: Settings) -> str:
    return (
        "SELECT 'Observation' AS part, 'Observation' AS type, id FROM (SELECT id, row_number() "
        f"OVER (PARTITION BY patient, label, moment, value ORDER BY id) AS n FROM ({_RESULT}) "
        "WHERE value IS NOT NULL AND moment IS NOT NULL AND label IS NOT NULL) WHERE n > 1"
    )


CHECKS = (
    QueryCheck(
        "plausibility.before-birth",
        "plausibility",
        "CHK030",
        "this is dated before the patient's birth",
        _with_birth,
        _before_birth,
        {"tolerance_days": 1},
    ),
    QueryCheck(
        "plausibility.after-death",
        "plausibility",
        "CHK031",
        "this is dated after the patient's death",
        _with_death,
        _after_death,
        {"tolerance_days": 30},
    ),
    QueryCheck(
        "plausibility.future",
        "plausibility",
        "CHK032",
        "this has happened and is dated after the export",
        _with_export,
        _future,
        {"tolerance_days": 1},
    ),
    QueryCheck(
        "plausibility.period",
        "plausibility",
        "CHK037",
        "this ends before it begins",
        _whole_periods,
        _backward_periods,
    ),
    QueryCheck(
        "plausibility.range",
        "plausibility",
        "CHK033",
        "no living person has such a value in this unit",
        _in_range,
        _out_of_range,
        {"ranges": RANGES},
    ),
    SERIES_CHECK,
    DOSE_CHECK,
    QueryCheck(
        "plausibility.duplicate-results",
        "plausibility",
        "CHK036",
        "the patient has the same result (code, time and value) more than once",
        _results,
        _twice,
    ),
)
