"""Safety: what could hurt a patient. These findings need a clinician."""

from __future__ import annotations

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.ports import Facts

from .query import QueryCheck, Settings
from .sqlparts import text_at

SAFETY_LISTS = ("AllergyIntolerance", "MedicationRequest", "Condition")
# SNOMED CT "no known allergy" concepts and the category that each speaks about ('' is any).
NO_KNOWN = {
    "716186003": "",
    "160244002": "",
    "409137002": "medication",
    "428607008": "environment",
    "429625007": "food",
}
_NO_KNOWN_TEXT = r"(?i)^\s*(nkda?|no known (drug |food |environmental )?allerg(y|ies))\b"
_TWO_CHARTS = (
    "SELECT l.type || '.' || l.element AS part, l.type, l.id, l.element, a.patient AS mine, "
    "b.patient AS theirs, b.type AS to_type, b.id AS to_id FROM run.links AS l "
    "JOIN run.resources AS a ON a.type = l.type AND "
    "a.id = l.id JOIN run.resources AS b ON l.target = b.type || '/' || b.id "
    "WHERE a.patient IS NOT NULL AND b.patient IS NOT NULL "
    "AND NOT (l.type = 'Patient' AND l.element = 'link.other')"
)
# Where a resource of many rows (a report) points at what one of them became, that row is named.
_SHARED_ROW = (
    "SELECT t.*, s.tbl, s.row FROM t LEFT JOIN (SELECT a.type, a.id, b.type AS to_type, b.id AS "
    "to_id, arg_min(b.tbl, b.row) AS tbl, min(b.row) AS row FROM t JOIN run.lineage AS a ON "
    "a.type = t.type AND a.id = t.id JOIN run.lineage AS b ON b.type = t.to_type AND "
    "b.id = t.to_id AND b.tbl = a.tbl AND b.row = a.row WHERE b.role = 'anchor' "
    "AND a.role IN ('member', 'child') GROUP BY ALL) AS s ON s.type = t.type "
    "AND s.id = t.id AND s.to_type = t.to_type AND s.to_id = t.to_id"
)
_ROW_OWNER = (
    "SELECT r.type || '.source' AS part, r.type, r.id, l.tbl, l.row, r.patient AS mine, "
    "f.patient AS theirs FROM run.lineage AS l JOIN run.resources AS r ON r.type = l.type AND "
    "r.id = l.id JOIN run.fates AS f ON f.tbl = l.tbl AND f.row = l.row WHERE l.role = 'anchor' "
    "AND r.patient IS NOT NULL AND f.patient IS NOT NULL"
)


def _owners(_: Facts, __: Settings) -> str:
    return (
        f"SELECT part, count(*) AS examined FROM (SELECT part FROM ({_TWO_CHARTS}) UNION ALL "
        f"SELECT part FROM ({_ROW_OWNER})) GROUP BY part"
    )


def _mismatches(_: Facts, __: Settings) -> str:
    return (
        f"WITH t AS (SELECT * FROM ({_TWO_CHARTS}) WHERE mine <> theirs) "
        f"SELECT part, type, id, tbl, row, element FROM ({_SHARED_ROW}) "
        "UNION ALL SELECT part, type, id, tbl, row, NULL AS element "
        f"FROM ({_ROW_OWNER}) WHERE mine <> theirs"
    )


def _allergies(facts: Facts) -> str | None:
    """SQL of the allergy records in force: id, patient, none (speaks of no allergy), category."""
    if "AllergyIntolerance" not in facts.resource_types():
        return None
    codes = ", ".join(literal(code) for code in NO_KNOWN)
    scope = " ".join(
        f"WHEN list_contains(codes, {literal(code)}) THEN {literal(category)}"
        for code, category in NO_KNOWN.items()
    )
    return (
        "SELECT a.id, r.patient, len(list_filter(codes, lambda c: c IN "
        f"({codes}))) > 0 OR regexp_matches(label, '{_NO_KNOWN_TEXT}') AS none, "
        f"CASE {scope} ELSE '' END AS scope, categories FROM (SELECT id, "
        f"coalesce({text_at('code.coding[*].code')}, []) AS codes, "
        f"coalesce({text_at('code.text')}, {text_at('code.coding[0].display')}, '') AS label, "
        f'coalesce({text_at("category[*]")}, []) AS categories FROM fhir."AllergyIntolerance" '
        f"WHERE coalesce({text_at('clinicalStatus.coding[0].code')}, 'active') = 'active' AND "
        f"coalesce({text_at('verificationStatus.coding[0].code')}, '') NOT IN "
        "('refuted', 'entered-in-error')) AS a JOIN run.resources AS r "
        "ON r.type = 'AllergyIntolerance' AND r.id = a.id WHERE r.patient IS NOT NULL"
    )


def _charts_with_allergies(facts: Facts, _: Settings) -> str | None:
    found = _allergies(facts)
    return found and (
        "SELECT 'Patient' AS part, count(DISTINCT patient) AS examined FROM (" + found + ")"
    )


def _contradictions(facts: Facts, _: Settings) -> str:
    return (
        f"WITH a AS ({_allergies(facts)}) SELECT DISTINCT 'Patient' AS part, "
        "'AllergyIntolerance' AS type, n.id, 'code' AS element FROM a AS n JOIN a AS y "
        "ON y.patient = n.patient AND n.none AND NOT y.none "
        "WHERE n.scope = '' OR len(y.categories) = 0 OR list_contains(y.categories, n.scope)"
    )


def _lists(facts: Facts) -> str | None:
    """SQL of (type, patient, rows: resources by the source's owner, made: by FHIR's own)."""
    kinds = [name for name in SAFETY_LISTS if name in facts.resource_types()]
    if not kinds:
        return None
    names = ", ".join(literal(name) for name in kinds)
    return (
        "SELECT coalesce(s.type, m.type) AS type, coalesce(s.patient, m.patient) AS patient, "
        "coalesce(s.n, 0) AS rows, coalesce(m.n, 0) AS made FROM (SELECT l.type, f.patient, "
        "count(DISTINCT l.id) AS n FROM run.lineage AS l JOIN run.fates AS f ON f.tbl = l.tbl AND "
        f"f.row = l.row WHERE l.role = 'anchor' AND l.type IN ({names}) AND f.patient IS NOT NULL "
        "GROUP BY l.type, f.patient) AS s FULL JOIN (SELECT type, patient, count(DISTINCT id) AS "
        f"n FROM run.resources WHERE type IN ({names}) AND patient IS NOT NULL "
        "GROUP BY type, patient) AS m ON m.type = s.type AND m.patient = s.patient"
    )


def _patient_lists(facts: Facts, _: Settings) -> str | None:
    lists = _lists(facts)
    return lists and f"SELECT type AS part, count(*) AS examined FROM ({lists}) GROUP BY type"


def _unequal_lists(facts: Facts, _: Settings) -> str:
    return (
        "SELECT type AS part, 'Patient' AS type, patient AS id, type AS element FROM "
        f"({_lists(facts)}) WHERE rows <> made"
    )


# ICD-10-CM categories that one sex alone has (chapters XV, XIV, II); SNOMED CT counterparts.
ONE_SEX = {
    "female": {
        "icd10": "^(O[0-9]|C5[1-8]|D06|D2[5-8]|N7[0-7]|N8[0-9]|N9[0-8]|Z33|Z34|Z39|Z3A)",
        "snomed": ["72892002", "77386006", "363354003", "363443007"],
    },
    "male": {
        "icd10": "^(C6[0-3]|D07[.]?[45]|D29|N4[0-9]|N5[0-3])",
        "snomed": ["399068003", "266569009", "126906006", "92691004"],
    },
}


def _sexed(facts: Facts, settings: Settings) -> str | None:
    rules = settings["one_sex"]
    assert isinstance(rules, dict)
    kinds = [name for name in ("Condition", "Procedure") if name in facts.resource_types()]
    if not kinds or "Patient" not in facts.resource_types():
        return None
    coded = " UNION ALL ".join(
        f"SELECT {literal(name)} AS type, id, unnest(json_extract(resource, "
        f"'$.code.coding[*]')) AS coding FROM fhir.{quoted(name)}"
        for name in kinds
    )
    tests = " OR ".join(
        f"(gender = {literal(other)} AND ((system LIKE '%icd-10%' AND regexp_matches(code, "
        f"{literal(str(rules[sex]['icd10']))})) OR (system = 'http://snomed.info/sct' AND code IN "
        f"({', '.join(literal(str(code)) for code in rules[sex]['snomed'])}))))"
        for sex, other in (("female", "male"), ("male", "female"))
    )
    return (
        "SELECT type || '.code' AS part, type, id, 'code' AS element, bool_or(" + tests + ") "
        "AS conflict FROM (SELECT c.type, c.id, json_extract_string(coding, '$.system') AS "
        "system, json_extract_string(coding, '$.code') AS code, g.gender FROM (" + coded + ") AS "
        "c JOIN run.resources AS r ON r.type = c.type AND r.id = c.id JOIN (SELECT id, "
        + text_at("gender")
        + ' AS gender FROM fhir."Patient") AS g ON g.id = r.patient '
        "WHERE g.gender IN ('male', 'female')) GROUP BY type, id"
    )


def _coded_content(facts: Facts, settings: Settings) -> str | None:
    sexed = _sexed(facts, settings)
    return sexed and f"SELECT part, count(*) AS examined FROM ({sexed}) GROUP BY part"


def _conflicts(facts: Facts, settings: Settings) -> str:
    return f"SELECT part, type, id, element FROM ({_sexed(facts, settings)}) WHERE conflict"


# What says something of one patient and of nobody else.
OF_A_PATIENT = (
    *("AllergyIntolerance", "Appointment", "CarePlan", "ChargeItem", "Claim", "Condition"),
    *("Coverage", "DiagnosticReport", "DocumentReference", "Encounter", "ExplanationOfBenefit"),
    *("FamilyMemberHistory", "Flag", "Goal", "ImagingStudy", "Immunization", "MedicationRequest"),
    *("MedicationStatement", "Observation", "Procedure", "QuestionnaireResponse", "ServiceRequest"),
)
_OWNED = f"type IN ({', '.join(map(literal, OF_A_PATIENT))})"


def _owned(_: Facts, __: Settings) -> str:
    return (
        f"SELECT type AS part, count(*) AS examined FROM run.resources WHERE {_OWNED} GROUP BY type"
    )


def _ownerless(_: Facts, __: Settings) -> str:
    return f"SELECT type AS part, type, id FROM run.resources WHERE {_OWNED} AND patient IS NULL"


CHECKS = (
    QueryCheck(
        "safety.no-patient",
        "safety",
        "CHK069",
        "this names no patient, so it would be in nobody's chart",
        _owned,
        _ownerless,
    ),
    QueryCheck(
        "safety.subject-mismatch",
        "safety",
        "CHK041",
        "this belongs to one patient, and its row or what it points at to another",
        _owners,
        _mismatches,
    ),
    QueryCheck(
        "safety.no-known-allergies",
        "safety",
        "CHK040",
        "the chart says 'no known allergies' and has an allergy",
        _charts_with_allergies,
        _contradictions,
    ),
    QueryCheck(
        "safety.lists",
        "safety",
        "CHK042",
        "the patient's list is not as long in FHIR as in the source",
        _patient_lists,
        _unequal_lists,
    ),
    QueryCheck(
        "safety.sex-conflict",
        "safety",
        "CHK043",
        "this does not fit the patient's recorded sex",
        _coded_content,
        _conflicts,
        {"one_sex": ONE_SEX},
    ),
)
