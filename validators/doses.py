"""Doses: more than anybody takes at once, and what no child of that age or weight takes.

The limits lie well above the highest labelled single dose (DailyMed labels; for children the
highest daily dose by weight taken at once), so that what is raised is a slip or a wrong chart,
not a bold prescription. Nothing is rewritten. A dose that jumps out of the patient's own series
is raised there (:mod:`.series`) and not again here.
"""

from __future__ import annotations

from migrate.core.compile.sqltext import literal
from migrate.core.ports import Facts

from .query import QueryCheck, Settings
from .series import DOSE_CHECK, dose_jumps, ingredient, medication_text
from .sqlparts import text_at

HIGHEST: dict[str, dict[str, float]] = {
    "acetaminophen": {"mg": 1500},
    "albuterol": {"mcg": 900, "mg": 10},
    "amlodipine": {"mg": 20},
    "amoxicillin": {"mg": 3000},
    "atorvastatin": {"mg": 80},
    "azithromycin": {"mg": 2000},
    "digoxin": {"mcg": 750, "mg": 0.75},
    "furosemide": {"mg": 600},
    "gabapentin": {"mg": 1800},
    "hydrochlorothiazide": {"mg": 100},
    "ibuprofen": {"mg": 1200},
    "levothyroxine": {"mcg": 400, "mg": 0.4},
    "lisinopril": {"mg": 80},
    "losartan": {"mg": 200},
    "metformin": {"mg": 2550},
    "methotrexate": {"mg": 50},
    "nitrofurantoin": {"mg": 400},
    "omeprazole": {"mg": 120},
    "prednisone": {"mg": 200},
    "sertraline": {"mg": 300},
    "simvastatin": {"mg": 80},
    "warfarin": {"mg": 20},
}
BY_WEIGHT = {"acetaminophen": 40.0, "amoxicillin": 120.0, "azithromycin": 40.0, "ibuprofen": 40.0}
# The most that labels let a child of any weight take at once (mg).
MOST_AT_ONCE = {"acetaminophen": 1000, "amoxicillin": 2000, "azithromycin": 1500, "ibuprofen": 800}
NOT_UNDER = {
    "amlodipine": 6,
    "atorvastatin": 8,
    "codeine": 12,
    "metformin": 8,
    "sertraline": 6,
    "simvastatin": 8,
    "tramadol": 12,
    "warfarin": 1,
}
_UNIT = "CASE d.unit WHEN 'ug' THEN 'mcg' ELSE d.unit END"
_KG = (
    "CASE unit WHEN 'kg' THEN value WHEN '[lb_av]' THEN value * 0.45359237 "
    "WHEN 'g' THEN value / 1000 END"
)


def _doses() -> str:
    """SQL of (id, patient, drug: the ingredient's first word, value, unit, moment)."""
    dose = "$.dosageInstruction[*].doseAndRate[*].doseQuantity"
    return (
        f"SELECT d.id, r.patient, regexp_extract({ingredient('d.drug')}, '^[a-z]+') AS drug, "
        "TRY_CAST(json_extract_string(dose, '$.value') AS DOUBLE) AS value, "
        "json_extract_string(dose, '$.unit') AS unit, d.moment FROM (SELECT id, "
        f"{medication_text()} AS drug, {text_at('authoredOn')} AS moment, "
        f"unnest(coalesce(json_extract(resource, {literal(dose)}), [NULL])) AS dose "
        'FROM fhir."MedicationRequest") AS d JOIN run.resources AS r ON r.type = '
        "'MedicationRequest' AND r.id = d.id WHERE coalesce(r.status, '') <> 'entered-in-error'"
    )


def _limits(settings: Settings) -> str:
    highest = settings["highest"]
    assert isinstance(highest, dict)
    rows = [
        f"({literal(str(drug))}, {literal(str(unit))}, {float(most)})"
        for drug, units in highest.items()
        for unit, most in units.items()
    ]
    return f"(VALUES {', '.join(rows) or '(NULL, NULL, 0.0)'}) AS h(drug, unit, most)"


def _limited(settings: Settings) -> str:
    return (
        f"SELECT d.id, d.value, h.most FROM ({_doses()}) AS d JOIN {_limits(settings)} "
        f"ON h.drug = d.drug AND h.unit = {_UNIT} "
        "WHERE d.value IS NOT NULL"
    )


def _ordered(facts: Facts, settings: Settings) -> str | None:
    if "MedicationRequest" not in facts.resource_types():
        return None
    return f"SELECT 'MedicationRequest' AS part, count(*) AS examined FROM ({_limited(settings)})"


def _too_high(facts: Facts, settings: Settings) -> str:
    jumps = dose_jumps(facts, DOSE_CHECK.defaults)
    return (
        "SELECT DISTINCT 'MedicationRequest' AS part, 'MedicationRequest' AS type, id, "
        f"'dosageInstruction' AS element FROM ({_limited(settings)}) WHERE value > most "
        f"AND id NOT IN (SELECT id FROM ({jumps}))"
    )


def _children() -> str:
    """SQL of (id, age, kg, drug, value in mg): what was ordered for whom when under 18."""
    days = "TRY_CAST(b.moment AS DATE), TRY_CAST(left(d.moment, 10) AS DATE)"
    age = f"date_diff('day', {days}) / 365.25"
    return (
        "SELECT d.id, d.drug, CASE d.unit WHEN 'mg' THEN d.value WHEN 'mcg' THEN d.value / 1000 "
        f"WHEN 'g' THEN d.value * 1000 END AS mg, {age} AS age, (SELECT arg_max({_KG}, w.moment) "
        "FROM run.measures AS w JOIN run.resources AS wr ON wr.type = 'Observation' AND "
        "wr.id = w.id WHERE wr.patient = d.patient AND w.code = '29463-7' AND "
        "left(w.moment, 10) <= left(d.moment, 10)) AS kg "
        f"FROM ({_doses()}) AS d JOIN run.dates AS b ON b.type = 'Patient' AND "
        f"b.element = 'birthDate' AND b.id = d.patient WHERE {age} < 18"
    )


def _for_children(facts: Facts, _: Settings) -> str | None:
    if "MedicationRequest" not in facts.resource_types():
        return None
    return (
        f"SELECT 'MedicationRequest' AS part, count(DISTINCT id) AS examined FROM ({_children()})"
    )


def _not_for_children(_: Facts, settings: Settings) -> str:
    weight, most = settings["mg_per_kg"], settings["most_mg"]
    under = settings["not_under"]
    assert isinstance(weight, dict)
    assert isinstance(most, dict)
    assert isinstance(under, dict)
    tests = [
        f"(drug = {literal(str(d))} AND mg > {float(each)} * kg)" for d, each in weight.items()
    ]
    tests += [f"(drug = {literal(str(d))} AND mg > {float(top)})" for d, top in most.items()]
    tests += [f"(drug = {literal(str(d))} AND age < {float(years)})" for d, years in under.items()]
    return (
        "SELECT DISTINCT 'MedicationRequest' AS part, 'MedicationRequest' AS type, id, "
        f"'dosageInstruction' AS element FROM ({_children()}) "
        f"WHERE {' OR '.join(tests) or 'false'}"
    )


CHECKS = (
    QueryCheck(
        "safety.dose-range",
        "safety",
        "CHK045",
        "this is more than anybody takes of the medication at once",
        _ordered,
        _too_high,
        {"highest": HIGHEST},
    ),
    QueryCheck(
        "safety.pediatric-dose",
        "safety",
        "CHK046",
        "no child of this age or weight takes this dose of the medication",
        _for_children,
        _not_for_children,
        {"mg_per_kg": BY_WEIGHT, "most_mg": MOST_AT_ONCE, "not_under": NOT_UNDER},
    ),
)
