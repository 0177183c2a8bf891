"""Conformance: is what will be loaded FHIR R4, whole, and does every reference arrive?

What one resource alone can show is judged by compiled rules (:mod:`.compiled`); here stands what
needs the whole run.
"""

from __future__ import annotations

from migrate.core.compile.sqltext import literal
from migrate.core.ports import Facts

from .compiled import COMPILED
from .query import QueryCheck, Settings

_LOCAL = r"^([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})$"
US_CORE_TYPES = [
    "AllergyIntolerance",
    "CarePlan",
    "CareTeam",
    "Condition",
    "Coverage",
    "Device",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Goal",
    "Immunization",
    "Location",
    "Medication",
    "MedicationDispense",
    "MedicationRequest",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "QuestionnaireResponse",
    "RelatedPerson",
    "ServiceRequest",
    "Specimen",
]


def _every(_: Facts, __: Settings) -> str:
    return "SELECT type AS part, count(*) AS examined FROM run.resources GROUP BY type"


def _bad_ids(_: Facts, __: Settings) -> str:
    return (
        "SELECT type AS part, type, id, 'id' AS element FROM run.resources "
        r"WHERE id IS NULL OR NOT regexp_full_match(id, '[A-Za-z0-9\-.]{1,64}')"
    )


def _double_ids(_: Facts, __: Settings) -> str:
    return (
        "SELECT type AS part, type, id, 'id' AS element FROM run.resources "
        "GROUP BY type, id HAVING count(*) > 1"
    )


_LOCAL_LINKS = (
    "SELECT type || '.' || element AS part, type, id, element, "
    f"regexp_extract(target, {literal(_LOCAL)}, 1) AS to_type, "
    f"regexp_extract(target, {literal(_LOCAL)}, 2) AS to_id FROM run.links "
    f"WHERE regexp_matches(target, {literal(_LOCAL)})"
)


def _local_links(_: Facts, __: Settings) -> str:
    return f"SELECT part, count(*) AS examined FROM ({_LOCAL_LINKS}) GROUP BY part"


def _lost_links(_: Facts, settings: Settings) -> str:
    elsewhere = settings["elsewhere"]
    outside = ", ".join(literal(str(name)) for name in elsewhere) if elsewhere else "''"  # type: ignore[attr-defined]
    return (
        f"SELECT part, type, id, element FROM ({_LOCAL_LINKS}) AS l WHERE to_type NOT IN "
        f"({outside}) AND NOT EXISTS (SELECT 1 FROM run.resources AS r "
        "WHERE r.type = l.to_type AND r.id = l.to_id)"
    )


def _profiled(_: Facts, settings: Settings) -> str:
    types = ", ".join(literal(name) for name in _profiled_types(settings)) or "''"
    return (
        "SELECT type AS part, count(*) AS examined FROM run.resources "
        f"WHERE type IN ({types}) GROUP BY type"
    )


def _unprofiled(_: Facts, settings: Settings) -> str:
    exceptions = settings["exceptions"]
    rules = ", ".join(literal(str(name)) for name in exceptions) if exceptions else "''"  # type: ignore[attr-defined]
    types = ", ".join(literal(name) for name in _profiled_types(settings)) or "''"
    return (
        "SELECT type AS part, type, id, 'meta.profile' AS element FROM run.resources AS r "
        f"WHERE type IN ({types}) AND NOT us_core AND NOT EXISTS (SELECT 1 FROM run.lineage AS l "
        f"WHERE l.type = r.type AND l.id = r.id AND l.rule IN ({rules}))"
    )


def _profiled_types(settings: Settings) -> list[str]:
    types, exceptions = settings["types"], settings["exceptions"]
    return [name for name in types if name not in exceptions]  # type: ignore[operator,attr-defined]


def _without_row(_: Facts, __: Settings) -> str:
    return (
        "SELECT type AS part, type, id FROM run.resources AS r WHERE NOT EXISTS "
        "(SELECT 1 FROM run.lineage AS l WHERE l.type = r.type AND l.id = r.id)"
    )


CHECKS = (
    *COMPILED,
    QueryCheck(
        "conformance.ids",
        "conformance",
        "CHK004",
        "the id is missing or not of FHIR's form",
        _every,
        _bad_ids,
    ),
    QueryCheck(
        "conformance.duplicate-ids",
        "conformance",
        "CHK005",
        "several resources of the type have this id",
        _every,
        _double_ids,
    ),
    QueryCheck(
        "conformance.reference-exists",
        "conformance",
        "CHK007",
        "the resource that this points at is not in the output",
        _local_links,
        _lost_links,
        {"elsewhere": []},
    ),
    QueryCheck(
        "conformance.profile",
        "conformance",
        "CHK009",
        "no US Core profile is claimed",
        _profiled,
        _unprofiled,
        {"types": list(US_CORE_TYPES), "exceptions": {}},
    ),
    QueryCheck(
        "conformance.lineage",
        "conformance",
        "CHK010",
        "no source row is known for this resource",
        _every,
        _without_row,
    ),
)
