"""Plausibility: can it be so? Nothing is rewritten; what cannot be is raised with its address."""

from __future__ import annotations

from migrate.core.ports import Facts

from .query import QueryCheck, Settings
from .ranges import MEASURE, RANGES, limits
from .series import DOSE_CHECK, SERIES_CHECK, THOUSANDFOLD_CHECK
from .sqlparts import NOT_MEANT, before, chosen, day

HAPPENED = {
    "AllergyIntolerance": ("onsetDateTime", "recordedDate"),
    "ChargeItem": ("occurrenceDateTime", "enteredDate"),
    "Claim": ("created",),
    "Condition": ("onsetDateTime", "abatementDateTime", "recordedDate"),
    "DiagnosticReport": ("effectiveDateTime", "issued"),
    "DocumentReference": ("date",),
    "Encounter": ("period.start",),
    "ExplanationOfBenefit": ("created",),
    "ImagingStudy": ("started",),
    "Immunization": ("occurrenceDateTime",),
    "MedicationRequest": ("authoredOn",),
    "Observation": ("effectiveDateTime", "effectivePeriod.start"),
    "Patient": ("deceasedDateTime",),
    "PaymentReconciliation": ("paymentDate",),
    "Procedure": ("performedDateTime", "performedPeriod.start"),
    "ServiceRequest": ("authoredOn",),
}
# What is written down after a death (entry dates, reports, letters) is not a mistake.
LIVED = {
    "AllergyIntolerance": ("onsetDateTime",),
    "ChargeItem": ("occurrenceDateTime",),
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
_BIRTHS = (
    "(SELECT id AS patient, max(moment) FILTER (element = 'birthDate') AS born, "
    "max(moment) FILTER (element = 'deceasedDateTime') AS died "
    "FROM run.dates WHERE type = 'Patient' GROUP BY id)"
)


def _dated(elements: dict[str, tuple[str, ...]], known: str) -> str:
    """SQL of the events whose patient has a ``born`` or ``died``, with that."""
    return (
        "SELECT d.type || '.' || d.element AS part, d.*, p.born, p.died FROM run.dates AS d "
        f"JOIN {chosen(elements)} ON w.type = d.type AND w.element = d.element "
        "JOIN run.resources AS r ON r.type = d.type AND r.id = d.id "
        f"JOIN {_BIRTHS} AS p ON p.patient = r.patient WHERE p.{known} IS NOT NULL "
        f"AND coalesce(r.status, '') NOT IN {NOT_MEANT}"
    )


def _count(query: str) -> str:
    return f"SELECT part, count(*) AS examined FROM ({query}) GROUP BY part"


def _with_birth(_: Facts, __: Settings) -> str:
    return _count(_dated(PLANNED, "born"))


def _before_birth(_: Facts, settings: Settings) -> str:
    days = f"{day('born')} - {day('moment')}"
    return (
        f"SELECT part, type, id, element FROM ({_dated(PLANNED, 'born')}) "
        f"WHERE CASE WHEN {days} IS NULL THEN {before('moment', 'born')} "
        f"ELSE {days} > {int(str(settings['tolerance_days']))} END"
    )


def _with_death(_: Facts, __: Settings) -> str:
    return _count(_dated(LIVED, "died"))


def _after_death(_: Facts, settings: Settings) -> str:
    days = f"{day('moment')} - {day('died')}"
    return (
        f"SELECT part, type, id, element FROM ({_dated(LIVED, 'died')}) "
        f"WHERE CASE WHEN {days} IS NULL THEN {before('died', 'moment')} "
        f"ELSE {days} > {int(str(settings['tolerance_days']))} END"
    )


_HAPPENED = (
    "SELECT d.type || '.' || d.element AS part, d.*, x.exported_at FROM run.dates AS d "
    f"JOIN {chosen(DATED)} ON w.type = d.type AND w.element = d.element "
    "JOIN run.resources AS r ON r.type = d.type AND r.id = d.id CROSS JOIN run.export AS x "
    "WHERE coalesce(r.status, '') NOT IN ('planned', 'entered-in-error')"
)


def _with_export(_: Facts, __: Settings) -> str:
    return _count(_HAPPENED)


def _future(_: Facts, settings: Settings) -> str:
    days = f"{day('moment')} - {day('exported_at')}"
    return (
        f"SELECT part, type, id, element FROM ({_HAPPENED}) "
        f"WHERE CASE WHEN {days} IS NULL THEN {before('exported_at', 'moment')} "
        f"ELSE {days} > {int(str(settings['tolerance_days']))} END"
    )


_PERIODS = (
    "SELECT s.type || '.' || s.element AS part, s.type, s.id, e.element, s.moment AS began, "
    "e.moment AS ended FROM run.dates AS s JOIN run.dates AS e ON e.type = s.type AND "
    "e.id = s.id AND (e.element = regexp_replace(s.element, 'start$', 'end') AND "
    "e.element <> s.element OR s.element = 'onsetDateTime' AND e.element = 'abatementDateTime')"
)


def _whole_periods(_: Facts, __: Settings) -> str:
    return _count(_PERIODS)


def _backward_periods(_: Facts, __: Settings) -> str:
    return f"SELECT part, type, id, element FROM ({_PERIODS}) WHERE {before('ended', 'began')}"


def _measured(settings: Settings) -> str:
    return (
        f"SELECT {MEASURE} AS part, m.id, m.value, l.low, l.high "
        f"FROM run.measures AS m JOIN {limits(settings['ranges'])} "
        "ON l.code = m.code AND l.unit = m.unit"
    )


def _in_range(_: Facts, settings: Settings) -> str:
    return _count(_measured(settings))


def _out_of_range(_: Facts, settings: Settings) -> str:
    return (
        "SELECT part, 'Observation' AS type, id, 'valueQuantity' AS element FROM "
        f"({_measured(settings)}) WHERE value < low OR value > high"
    )


def _results(facts: Facts, _: Settings) -> str | None:
    if "Observation" not in facts.resource_types():
        return None
    return "SELECT 'Observation' AS part, count(*) AS examined FROM run.results"


_SAME = "hash(patient, label, moment, value)"


def _twice(_: Facts, __: Settings) -> str:
    # a number stands for the four at first: what has it alone cannot be there twice
    return (
        "SELECT 'Observation' AS part, 'Observation' AS type, id FROM (SELECT id, row_number() "
        "OVER (PARTITION BY patient, label, moment, value ORDER BY id) AS n FROM run.results "
        f"SEMI JOIN (SELECT {_SAME} AS same FROM run.results GROUP BY 1 HAVING count(*) > 1) AS s "
        f"ON s.same = {_SAME} WHERE moment IS NOT NULL AND label IS NOT NULL) WHERE n > 1"
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
    THOUSANDFOLD_CHECK,
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
