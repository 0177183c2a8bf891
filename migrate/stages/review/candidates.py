"""Which charts a run has, how large they are, and which strata of risk they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate.core.compile.sqltext import literal
from migrate.core.references import owner, references
from migrate.core.review.elements import name_of, parsed
from migrate.core.review.sampling import Candidate

if TYPE_CHECKING:
    from migrate.core.ports import Facts
    from migrate.core.profiles.ast import Profile

#: Types that the billing side judges in the report, and those that are about records.
NOT_CLINICAL = frozenset(
    {
        "Account",
        "Binary",
        "ChargeItem",
        "Claim",
        "ClaimResponse",
        "ExplanationOfBenefit",
        "Invoice",
        "PaymentNotice",
        "PaymentReconciliation",
        "Provenance",
    }
)
#: Types whose records are all shown, however many; of the others a chart shows up to MOST_ITEMS.
ALWAYS = (
    "Patient",
    "AllergyIntolerance",
    "MedicationRequest",
    "MedicationStatement",
    "Condition",
    "Immunization",
    "Flag",
)
MOST_ITEMS = 60
MANY_ALLERGIES, MANY_MEDICATIONS, GROWN_UP = 3, 8, 18
LARGEST_SHARE, FEWEST_LARGEST = 100, 5


@dataclass(slots=True)
class _Chart:
    allergies: int = 0
    medications: int = 0
    rows: int = 0
    strata: list[str] = field(default_factory=list)


def clinical_tables(profile: Profile) -> frozenset[str]:
    """The tables that a rule makes clinical resources of."""
    return frozenset(rule.table for rule in profile.rules if rule.type not in NOT_CLINICAL)


def candidates(facts: Facts, profile: Profile, exported_at: str) -> list[Candidate]:
    """Every patient of the run as a chart that may be drawn, in the order of their ids."""
    charts: dict[str, _Chart] = {}
    for line in facts.lines("Patient"):
        resource = parsed(line)
        charts[str(resource["id"])] = _Chart(strata=_of_patient(resource, exported_at))
    _count(facts, profile, charts)
    for patient in _merged(facts):
        if patient in charts:
            charts[patient].strata.append("merged records")
    largest = sorted(charts, key=lambda one: (-charts[one].rows, one))
    for patient in largest[: max(FEWEST_LARGEST, len(charts) // LARGEST_SHARE)]:
        charts[patient].strata.append("largest charts")
    _seen_by(facts, charts)
    return [
        Candidate(patient, tuple(sorted(set(chart.strata))), min(chart.rows, MOST_ITEMS))
        for patient, chart in sorted(charts.items())
    ]


def _of_patient(resource: Mapping[str, object], exported_at: str) -> list[str]:
    strata = []
    born = str(resource.get("birthDate", ""))
    if born[:4].isdigit() and _years(born, exported_at[:10]) < GROWN_UP:
        strata.append("child")
    if resource.get("deceasedBoolean") is True or "deceasedDateTime" in resource:
        strata.append("deceased")
    names = resource.get("name")
    if isinstance(names, list) and not all(name_of(name).isascii() for name in names):
        strata.append("name beyond ASCII")
    doctors = resource.get("generalPractitioner")
    for doctor in doctors if isinstance(doctors, list) else ():
        if isinstance(doctor, dict) and "reference" in doctor:
            strata.append(f"provider:{doctor['reference']}")
    meta = resource.get("meta")
    source = meta.get("source") if isinstance(meta, dict) else None
    return [*strata, f"source:{source}"] if source else strata


def _years(born: str, day: str) -> int:
    return int(day[:4]) - int(born[:4]) - (day[5:10] < born[5:10])


def _count(facts: Facts, profile: Profile, charts: dict[str, _Chart]) -> None:
    """Rows that became resources, by patient; and the strata that counts decide."""
    allergies = _tables(profile, ("AllergyIntolerance",))
    medications = _tables(profile, ("MedicationRequest", "MedicationStatement"))
    every = _listed(clinical_tables(profile))
    found = facts.sql(
        f"SELECT patient, count(*) FILTER (tbl IN ({allergies})), "
        f"count(*) FILTER (tbl IN ({medications})), count(*) FROM run.fates "
        f"WHERE patient IS NOT NULL AND fate <> 'excluded' AND tbl IN ({every}) GROUP BY patient"
    )
    for patient, many_a, many_m, rows in zip(*(c.to_pylist() for c in found.columns), strict=True):
        chart = charts.get(patient)
        if chart is None:
            continue
        chart.rows = rows
        if many_a >= MANY_ALLERGIES:
            chart.strata.append("three or more allergies")
        if many_m >= MANY_MEDICATIONS:
            chart.strata.append("eight or more medications")


def _tables(profile: Profile, kinds: Iterable[str]) -> str:
    return _listed({rule.table for rule in profile.rules if rule.type in kinds})


def _listed(names: Iterable[str]) -> str:
    return ", ".join(literal(name) for name in sorted(names)) or "''"


def _merged(facts: Facts) -> list[str]:
    found = facts.sql(
        "SELECT DISTINCT id FROM run.lineage WHERE type = 'Patient' AND role = 'merged'"
    )
    return sorted(found.column(0).to_pylist())


def _seen_by(facts: Facts, charts: dict[str, _Chart]) -> None:
    """The provider and the site that each chart's visits name most often."""
    seen: dict[str, Counter[str]] = {}
    for line in facts.lines("Encounter"):
        points_at = references(line)
        patient = owner("Encounter", "", line, points_at)
        if patient in charts:
            named = [f"{kind}/{one}" for kind, one in points_at if kind in _SEEN]
            seen.setdefault(str(patient), Counter()).update(dict.fromkeys(named, 1))
    for patient, counts in seen.items():
        for kind, word in _SEEN.items():
            own = [(-n, name) for name, n in counts.items() if name.startswith(f"{kind}/")]
            if own:
                charts[patient].strata.append(f"{word}:{min(own)[1]}")


_SEEN = {"Practitioner": "provider", "Location": "site"}
