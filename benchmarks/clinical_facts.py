"""What a set of FHIR resources says, as multisets of plain facts that two makers can share.

A fact names its patient by the old system's own key, so that resources with other ids can be
compared. Instants are in UTC; where the two sources differ in precision, the day is compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Resource = Mapping[str, Any]
Fact = tuple[object, ...]

SIMULATED = frozenset({"QALY", "DALY", "QOLS"})


def instant(text: str | None) -> str:
    """A date-time in UTC without fractions of a second; '' for none.

    >>> instant("2020-01-01T01:00:00.410+01:00"), instant("2020-01-01T00:00:00Z")
    ('2020-01-01T00:00:00', '2020-01-01T00:00:00')
    """
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def day(text: str | None) -> str:
    """The day (in UTC, where there is a time) of a date or date-time; '' for none."""
    return text if text and len(text) == 10 else instant(text)[:10]


def code_of(concept: Resource | None, last: bool = False) -> str:
    """The first code of a CodeableConcept; '' for none."""
    codings = (concept or {}).get("coding", [])
    return str(codings[-1 if last else 0].get("code", "")) if codings else ""


def value_of(holder: Resource) -> str:
    """The value of an Observation or component: a number to one decimal, or the words.

    One decimal, half up, is what Synthea's CSV export keeps (Java's ``%.1f``).
    """
    if "valueQuantity" in holder:
        number = Decimal(str(holder["valueQuantity"]["value"]))
        return str(number.quantize(Decimal("0.1"), ROUND_HALF_UP))
    if "valueString" in holder:
        return str(holder["valueString"])
    concept = holder.get("valueCodeableConcept", {})
    return str(concept.get("text") or concept.get("coding", [{}])[0].get("display", ""))


class Chart:
    """Resources by type, with what is needed to resolve their references."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        """Index the resources by ``Type/id`` and by the ``urn:uuid:`` of a bundle's entry."""
        self.by_type: dict[str, list[Resource]] = {}
        self.by_reference: dict[str, Resource] = {}
        for resource in resources:
            kind, key = resource["resourceType"], resource["id"]
            self.by_type.setdefault(kind, []).append(resource)
            self.by_reference[f"{kind}/{key}"] = resource
            self.by_reference[f"urn:uuid:{key}"] = resource

    def of(self, kind: str) -> list[Resource]:
        """The resources of a type."""
        return self.by_type.get(kind, [])

    def target(self, reference: Resource | None) -> Resource:
        """The resource that a Reference points at; empty when it is not here."""
        return self.by_reference.get((reference or {}).get("reference", ""), {})

    def patient(self, resource: Resource) -> str:
        """The old system's key of the patient that a resource is about."""
        if resource["resourceType"] != "Patient":
            resource = self.target(resource.get("subject") or resource.get("patient"))
        return str(resource.get("identifier", [{}])[0].get("value", ""))

    def drug(self, request: Resource) -> str:
        """The code of an ordered drug, also where it stands in a Medication of its own."""
        concept = request.get("medicationCodeableConcept")
        return code_of(concept or self.target(request.get("medicationReference")).get("code"))


def names(chart: Chart) -> Iterator[Fact]:
    """Patient, use, family and given names."""
    for patient in chart.of("Patient"):
        for name in patient.get("name", []):
            given = tuple(name.get("given", ()))
            yield (chart.patient(patient), name.get("use"), name.get("family"), given)


def conditions(chart: Chart) -> Iterator[Fact]:
    """Patient, code, day of onset and clinical status."""
    for item in chart.of("Condition"):
        status = code_of(item.get("clinicalStatus"))
        yield (chart.patient(item), code_of(item["code"]), day(item.get("onsetDateTime")), status)


def observations(chart: Chart) -> Iterator[Fact]:
    """Patient, code, instant and value of every observation that has one, and of components."""
    for item in chart.of("Observation"):
        when = instant(item.get("effectiveDateTime"))
        for holder in [item, *item.get("component", [])]:
            value, code = value_of(holder), code_of(holder["code"])
            if value and code not in SIMULATED:
                yield (chart.patient(item), code, when, value)


def _simple(
    kind: str,
    code: Callable[[Chart, Resource], str],
    date: Callable[[Resource], str],
) -> Callable[[Chart], Iterator[Fact]]:
    def facts(chart: Chart) -> Iterator[Fact]:
        for item in chart.of(kind):
            yield (chart.patient(item), code(chart, item), date(item))

    return facts


def _patient(element: Callable[[Resource], str]) -> Callable[[Chart], Iterator[Fact]]:
    def facts(chart: Chart) -> Iterator[Fact]:
        for item in chart.of("Patient"):
            if value := element(item):
                yield (chart.patient(item), value)

    return facts


FACTS: Mapping[str, Callable[[Chart], Iterator[Fact]]] = {
    "patient names": names,
    "birth dates": _patient(lambda p: str(p.get("birthDate", ""))),
    "sex": _patient(lambda p: str(p.get("gender", ""))),
    "deaths": _patient(lambda p: day(p.get("deceasedDateTime"))),
    "encounters": _simple(
        "Encounter", lambda _, e: code_of(e["type"][0]), lambda e: instant(e["period"]["start"])
    ),
    "conditions": conditions,
    "allergies": _simple(
        "AllergyIntolerance", lambda _, a: code_of(a["code"]), lambda a: day(a["recordedDate"])
    ),
    "medications": _simple(
        "MedicationRequest", lambda c, m: c.drug(m), lambda m: instant(m["authoredOn"])
    ),
    "immunizations": _simple(
        "Immunization",
        lambda _, i: code_of(i["vaccineCode"]),
        lambda i: instant(i["occurrenceDateTime"]),
    ),
    "procedures": _simple(
        "Procedure",
        lambda _, p: code_of(p["code"]),
        lambda p: instant(p["performedPeriod"]["start"]),
    ),
    "care plans": _simple(
        "CarePlan", lambda _, c: code_of(c["category"][-1]), lambda c: day(c["period"]["start"])
    ),
    "devices": _simple(
        "Device", lambda _, d: code_of(d["type"]), lambda d: day(d.get("manufactureDate"))
    ),
    "observations": observations,
}


def facts_of(resources: Iterable[Resource]) -> dict[str, Counter[Fact]]:
    """All facts of these resources, a multiset a kind."""
    chart = Chart(resources)
    return {kind: Counter(read(chart)) for kind, read in FACTS.items()}
