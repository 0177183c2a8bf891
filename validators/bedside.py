"""What a clinician would stumble over: alerts that vanish, two patients in one, nobody's visit."""

from __future__ import annotations

from migrate.core.compile.sqltext import literal
from migrate.core.ports import Facts

from .query import QueryCheck, Settings
from .secondpath import PATIENTS
from .sqlparts import text_at

# Allergens and the drugs that an allergy alert would speak up for, as words of their names.
ALERTS = {
    "penicillins": ["penicillin|amoxicillin|\\bpcn\\b", "penicillin|amoxicillin|ampicillin"],
    "sulfonamides": ["sulfa|sulfonamide", "sulfameth|sulfadiazine|sulfasalazine"],
    "NSAIDs": ["nsaid|ibuprofen|naproxen|aspirin", "ibuprofen|naproxen|meloxicam|aspirin"],
    "opioids": ["codeine|morphine|opioid", "codeine|morphine|hydrocodone|oxycodone|tramadol"],
    "macrolides": ["macrolide|thromycin", "thromycin"],
    "cephalosporins": ["cephalosporin|cefa|ceph", "cef|ceph"],
    "ACE inhibitors": ["lisinopril|ace inhibitor", "pril\\b"],
    "statins": ["statin", "statin"],
}


def _pairs(settings: Settings, allergies: str, medications: str) -> str:
    """SQL of (patient, allergen, drug): active medications that an active allergy forbids."""
    alerts = settings["alerts"]
    assert isinstance(alerts, dict)
    tests = " OR ".join(
        f"(regexp_matches(lower(a.label), {literal(str(allergen))}) AND "
        f"regexp_matches(lower(m.label), {literal(str(drug))}))"
        for allergen, drug in alerts.values()
    )
    return (
        "SELECT DISTINCT a.patient, a.label AS allergen, m.label AS drug FROM "
        f"({allergies}) AS a JOIN ({medications}) AS m ON m.patient = a.patient "
        f"WHERE a.status = 'active' AND m.status = 'active' AND ({tests or 'false'})"
    )


def _alerts(facts: Facts, settings: Settings) -> str | None:
    """SQL of (patient, allergen, drug, rows, made): the pairs of both sides."""
    names = ("second.allergies", "second.medications", "second.patient_number")
    types = facts.resource_types()
    if not all(facts.has(name) for name in names) or "MedicationRequest" not in types:
        return None
    if "AllergyIntolerance" not in types:
        return None
    rejected = "SELECT tbl, row FROM run.fates WHERE fate = 'rejected'"
    held = f"ANTI JOIN ({rejected}) AS f USING (tbl, row)"
    source = [
        f"SELECT patient::VARCHAR AS patient, label, status FROM second.{name} {held}"
        for name in ("allergies", "medications")
    ]
    made = [
        f"SELECT p.number AS patient, {label} AS label, {status} AS status FROM "
        f'fhir."{name}" AS x JOIN run.resources AS r ON r.type = {literal(name)} AND '
        f"r.id = x.id JOIN ({PATIENTS}) AS p ON p.id = r.patient"
        for name, label, status in (
            (
                "AllergyIntolerance",
                text_at("code.text"),
                text_at("clinicalStatus.coding[0].code"),
            ),
            ("MedicationRequest", text_at("medicationCodeableConcept.text"), text_at("status")),
        )
    ]
    return (
        "SELECT patient, allergen, drug, s.patient IS NOT NULL AS rows, f.patient IS NOT NULL AS "
        f"made FROM ({_pairs(settings, *source)}) AS s FULL JOIN ({_pairs(settings, *made)}) AS f "
        "USING (patient, allergen, drug)"
    )


def _alerted(facts: Facts, settings: Settings) -> str | None:
    alerts = _alerts(facts, settings)
    return alerts and f"SELECT 'Patient' AS part, count(*) AS examined FROM ({alerts})"


def _alerts_differ(facts: Facts, settings: Settings) -> str:
    return (
        "SELECT 'Patient' AS part, 'Patient' AS type, p.id, 'allergy alert' AS element FROM "
        f"({_alerts(facts, settings)}) AS a LEFT JOIN ({PATIENTS}) AS p ON p.number = a.patient "
        "WHERE a.rows <> a.made"
    )


# --- identities ------------------------------------------------------------------------------

_ONE_PERSON = "coalesce(usage, '') <> 'old' AND system IS NOT NULL AND value IS NOT NULL"


def _numbered(_: Facts, __: Settings) -> str:
    return (
        "SELECT 'Patient' AS part, count(*) AS examined FROM run.identifiers "
        f"WHERE type = 'Patient' AND {_ONE_PERSON} HAVING count(*) > 0"
    )


def _shared_numbers(_: Facts, __: Settings) -> str:
    return (
        "SELECT DISTINCT 'Patient' AS part, 'Patient' AS type, id, 'identifier' AS element FROM "
        "(SELECT id, count(DISTINCT id) OVER (PARTITION BY system, value) AS n FROM "
        f"run.identifiers WHERE type = 'Patient' AND {_ONE_PERSON}) WHERE n > 1"
    )


_PERSONS = (
    f"SELECT id, lower({text_at('name[0].family')}) AS family, "
    f"lower({text_at('name[0].given[0]')}) AS given, {text_at('birthDate')} AS born "
    'FROM fhir."Patient"'
)


def _persons(facts: Facts, _: Settings) -> str | None:
    if "Patient" not in facts.resource_types():
        return None
    return (
        f"SELECT 'Patient' AS part, count(*) AS examined FROM ({_PERSONS}) "
        "WHERE born IS NOT NULL AND family IS NOT NULL"
    )


def _same_persons(_: Facts, __: Settings) -> str:
    return (
        "SELECT 'Patient' AS part, 'Patient' AS type, id, 'name' AS element FROM (SELECT id, "
        f"count(*) OVER (PARTITION BY family, given, born) AS n FROM ({_PERSONS}) "
        "WHERE born IS NOT NULL AND family IS NOT NULL) WHERE n > 1"
    )


# --- nobody's visit, nobody's note -----------------------------------------------------------


def _visits(facts: Facts, _: Settings) -> str | None:
    if "Encounter" not in facts.resource_types():
        return None
    return (
        "SELECT 'Encounter' AS part, count(*) AS examined FROM fhir.\"Encounter\" "
        f"WHERE {text_at('status')} IN ('finished', 'in-progress')"
    )


def _nobodys_visits(_: Facts, __: Settings) -> str:
    return (
        "SELECT 'Encounter' AS part, 'Encounter' AS type, id, 'participant' AS element FROM "
        f"fhir.\"Encounter\" WHERE {text_at('status')} IN ('finished', 'in-progress') AND "
        "len(coalesce(json_extract(resource, '$.participant[*].individual'), [])) = 0"
    )


# A document that is worked on and signed is a note; a scanned page need not have an author.
_NOTE = "json_exists(resource, '$.docStatus')"


def _notes(facts: Facts, _: Settings) -> str | None:
    if "DocumentReference" not in facts.resource_types():
        return None
    return (
        "SELECT 'DocumentReference' AS part, count(*) AS examined FROM "
        f'fhir."DocumentReference" WHERE {_NOTE}'
    )


def _nobodys_notes(_: Facts, __: Settings) -> str:
    return (
        "SELECT 'DocumentReference' AS part, 'DocumentReference' AS type, id, 'author' AS element "
        f'FROM fhir."DocumentReference" WHERE {_NOTE} AND '
        "len(coalesce(json_extract(resource, '$.author[*]'), [])) = 0"
    )


# --- long ago --------------------------------------------------------------------------------


def _all_dates(_: Facts, __: Settings) -> str:
    return (
        "SELECT type || '.' || element AS part, count(*) AS examined FROM run.dates GROUP BY part"
    )


def _long_ago(_: Facts, settings: Settings) -> str:
    first = literal(str(settings["before"]))
    oldest = int(str(settings["oldest"]))
    return (
        "SELECT type || '.' || element AS part, type, id, element FROM run.dates "
        f"WHERE left(moment, least(len(moment), len({first}))) < left({first}, least(len(moment), "
        f"len({first}))) UNION SELECT 'Patient.birthDate', 'Patient', b.id, 'birthDate' FROM "
        "run.dates AS b CROSS JOIN run.export AS x ANTI JOIN (SELECT id FROM run.dates WHERE "
        "type = 'Patient' AND element = 'deceasedDateTime') AS d ON d.id = b.id "
        "WHERE b.type = 'Patient' AND b.element = 'birthDate' AND "
        f"left(b.moment, 4)::INTEGER < left(x.exported_at, 4)::INTEGER - {oldest}"
    )


CHECKS = (
    QueryCheck(
        "safety.allergy-alerts",
        "safety",
        "CHK047",
        "an allergy that speaks against an active medication is on one side only",
        _alerted,
        _alerts_differ,
        {"alerts": ALERTS},
    ),
    QueryCheck(
        "safety.shared-numbers",
        "safety",
        "CHK048",
        "another patient has the same number",
        _numbered,
        _shared_numbers,
    ),
    QueryCheck(
        "plausibility.same-person",
        "plausibility",
        "CHK049",
        "another patient has the same name and birth date",
        _persons,
        _same_persons,
    ),
    QueryCheck(
        "completeness.visit-provider",
        "completeness",
        "CHK027",
        "nobody was seen at this visit",
        _visits,
        _nobodys_visits,
    ),
    QueryCheck(
        "completeness.note-author",
        "completeness",
        "CHK028",
        "nobody wrote this note",
        _notes,
        _nobodys_notes,
    ),
    QueryCheck(
        "plausibility.long-ago",
        "plausibility",
        "CHK038",
        "this is dated before anything in the chart can be",
        _all_dates,
        _long_ago,
        {"before": "1900", "oldest": 120},
    ),
)
