"""Faults of invariants, US Core profiles, code systems, narrative and contained resources.

Each changes a resource and says whether it could; most fit one type and leave others alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Rule = Callable[[Json], bool]
_HL7 = "http://terminology.hl7.org/CodeSystem/"
_DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"


def _set(**members: Any) -> Rule:
    def change(resource: Json) -> bool:
        resource.update(members)
        return True

    return change


def _of(names: str, rule: Rule) -> Rule:
    def change(resource: Json) -> bool:
        return resource["resourceType"] in names.split() and rule(resource)

    return change


def _without(name: str) -> Rule:
    return lambda resource: resource.pop(name, None) is not None


def _profiled_without(name: str) -> Rule:
    def change(resource: Json) -> bool:
        claims = resource.get("meta", {}).get("profile", [])
        return any(url.startswith(_CORE) for url in claims) and _without(name)(resource)

    return change


def _coding(system: str, code: str, display: str | None = None) -> Json:
    shown = {} if display is None else {"display": display}
    return {"coding": [{"system": system, "code": code, **shown}]}


def _claims(profile: str) -> Rule:
    def change(resource: Json) -> bool:
        resource.setdefault("meta", {})["profile"] = [profile]
        return True

    return change


def _codings(node: Any) -> list[Json]:
    found: list[Json] = []
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "coding" and isinstance(value, list):
                found += [part for part in value if isinstance(part, dict)]
            found += _codings(value)
    elif isinstance(node, list):
        for part in node:
            found += _codings(part)
    return found


def _coded(change: Callable[[Json], Any], system: str) -> Rule:
    def rule(resource: Json) -> bool:
        for coding in _codings(resource):
            if str(coding.get("system", "")).startswith(system):
                change(coding)
                return True
        return False

    return rule


def _quantities(node: Any, change: Callable[[Json], Any]) -> bool:
    if isinstance(node, dict):
        if node.get("system") == "http://unitsofmeasure.org" and "code" in node:
            change(node)
            return True
        return any(_quantities(part, change) for part in node.values())
    return isinstance(node, list) and any(_quantities(part, change) for part in node)


def _quantity(change: Callable[[Json], Any]) -> Rule:
    return lambda resource: _quantities(resource, change)


def _inside(path: str, change: Callable[[Json], Any]) -> Rule:
    """Change the object at a dotted path (first of each list)."""

    def rule(resource: Json) -> bool:
        node: Any = resource
        for step in path.split("."):
            node = node.get(step) if isinstance(node, dict) else None
            node = node[0] if isinstance(node, list) and node else node
        if not isinstance(node, dict):
            return False
        change(node)
        return True

    return rule


_PERIODS = ("period", "effectivePeriod", "performedPeriod", "billablePeriod", "servicedPeriod")


def _turned_period(resource: Json) -> bool:
    for name in _PERIODS:
        if name in resource:
            resource[name] = {"start": "2024-02-02", "end": "2023-01-01"}
            return True
    return False


def _first_coding_twice(resource: Json) -> bool:
    if resource["resourceType"] != "Observation" or "coding" not in resource.get("code", {}):
        return False
    resource["component"] = [{"code": {"coding": resource["code"]["coding"]}, "valueString": "x"}]
    return "valueQuantity" in resource


_STATUS = {
    "AllergyIntolerance": ("allergyintolerance-verification", "verificationStatus"),
    "Condition": ("condition-ver-status", "verificationStatus"),
}


def _in_error(resource: Json) -> bool:
    if resource["resourceType"] not in _STATUS or "clinicalStatus" not in resource:
        return False
    system, element = _STATUS[resource["resourceType"]]
    resource[element] = _coding(_HL7 + system, "entered-in-error")
    return True


def _race(url: str, change: Callable[[Json], Any]) -> Rule:
    def rule(resource: Json) -> bool:
        for extension in resource.get("extension", []):
            if extension.get("url") == _CORE + url:
                change(extension)
                return True
        return False

    return rule


def _duplicate_category(resource: Json) -> bool:
    if "category" not in resource or not isinstance(resource["category"], list):
        return False
    resource["category"] = [_coding("http://example.org/local", "other")]
    return True


_GHOST: Json = {"resourceType": "Patient", "id": "inside"}
RULES: dict[str, Rule] = {
    # --- invariants
    "period turned round": _turned_period,
    "entered in error with clinical status": _in_error,
    "no clinical status": _of("AllergyIntolerance", _without("clinicalStatus")),
    "abated while active": _of(
        "Condition",
        _set(
            abatementDateTime="2024-01-01",
            clinicalStatus=_coding(_HL7 + "condition-clinical", "active"),
        ),
    ),
    "value and reason for none": _of(
        "Observation", _set(valueString="x", dataAbsentReason={"text": "x"})
    ),
    "component of the same code": _first_coding_twice,
    "empty reference range": _of(
        "Observation", _set(referenceRange=[{"appliesTo": [{"text": "x"}]}])
    ),
    "organization without name": _of(
        "Organization", lambda r: [r.pop("identifier", 0), r.pop("name", 0)] != [0, 0]
    ),
    "organization at home": _of("Organization", _set(address=[{"use": "home", "city": "X"}])),
    "organization's phone at home": _of(
        "Organization", _set(telecom=[{"use": "home", "system": "phone", "value": "555"}])
    ),
    "contact without anything": _of("Patient", _set(contact=[{"gender": "female"}])),
    "telecom without system": _of("Patient Practitioner", _set(telecom=[{"value": "555-0100"}])),
    "appointment with a start only": _of("Appointment", _without("end")),
    "appointment reason while booked": _of(
        "Appointment", _set(status="booked", cancelationReason={"text": "x"})
    ),
    "appointment without participants": _of(
        "Appointment", _set(participant=[{"status": "accepted"}])
    ),
    "attachment without type": _of(
        "DocumentReference", _set(content=[{"attachment": {"data": "AAAA"}}])
    ),
    "activity with detail and reference": _of(
        "CarePlan",
        _set(
            activity=[
                {
                    "detail": {"status": "completed"},
                    "reference": {"reference": "ServiceRequest/r1"},
                }
            ]
        ),
    ),
    "goal target without measure": _of("Goal", _set(target=[{"detailString": "x"}])),
    "order detail without code": _of(
        "ServiceRequest", lambda r: _set(orderDetail=[{"text": "x"}])(r) and _without("code")(r)
    ),
    "task older than itself": _of(
        "Task",
        _set(authoredOn="2024-02-01T00:00:00Z", lastModified="2023-02-01T00:00:00Z"),
    ),
    "stage without anything": _of("Condition", _set(stage=[{"type": {"text": "x"}}])),
    "timing of no unit": _of(
        "MedicationRequest", _set(dosageInstruction=[{"timing": {"repeat": {"period": 1}}}])
    ),
    "timing when and at": _of(
        "MedicationRequest",
        _set(
            dosageInstruction=[{"timing": {"repeat": {"timeOfDay": ["08:00:00"], "when": ["AC"]}}}]
        ),
    ),
    "dose ratio by half": _of(
        "MedicationRequest",
        _set(dosageInstruction=[{"doseAndRate": [{"rateRatio": {"numerator": {"value": 1}}}]}]),
    ),
    "range turned round": _of(
        "Observation", _set(referenceRange=[{"low": {"value": 9}, "high": {"value": 1}}])
    ),
    "unit code without system": _quantity(lambda q: q.pop("system")),
    # --- units, codes, displays
    "unit that UCUM has not": _quantity(lambda q: q.__setitem__("code", "furlongs")),
    "unit with a blank": _quantity(lambda q: q.__setitem__("code", "mg / dL")),
    "unit in the wrong case": _quantity(lambda q: q.__setitem__("code", "MG/DL")),
    "code that HL7 has not": _coded(lambda c: c.__setitem__("code", "no-such-code"), _HL7),
    "display of another HL7 code": _coded(lambda c: c.__setitem__("display", "Wrong"), _HL7),
    "HL7 system that is not": _coded(lambda c: c.__setitem__("system", _HL7 + "not-one"), _HL7),
    "coding without system": _coded(lambda c: c.pop("system"), _HL7),
    "coding without code": _coded(lambda c: c.pop("code"), _HL7),
    "coding with a relative system": _coded(lambda c: c.__setitem__("system", "local"), "http"),
    "coding with a value set for system": _coded(
        lambda c: c.__setitem__("system", "http://hl7.org/fhir/ValueSet/observation-status"), "http"
    ),
    "code with blanks at its ends": _coded(lambda c: c.__setitem__("code", " 1 "), "http"),
    # --- US Core
    "claims a profile of another type": _claims(_CORE + "us-core-careteam"),
    "claims a profile that is not": _claims(_CORE + "us-core-nothing"),
    "claims an unreadable profile": _claims("us core"),
    "claims the R4 definition of another type": _claims(
        "http://hl7.org/fhir/StructureDefinition/Slot"
    ),
    "category of its own only": _duplicate_category,
    **{
        f"no {name}": _profiled_without(name)
        for name in [
            "name",
            "gender",
            "identifier",
            "category",
            "code",
            "subject",
            "status",
            "type",
            "intent",
            "verificationStatus",
            "clinicalStatus",
            "effectiveDateTime",
            "performedDateTime",
            "occurrenceDateTime",
            "medicationCodeableConcept",
            "requester",
            "authoredOn",
            "vaccineCode",
            "content",
            "beneficiary",
            "payor",
            "relationship",
            "patient",
            "lifecycleStatus",
            "description",
            "text",
            "class",
            "period",
            "agent",
            "recorded",
            "target",
            "active",
            "telecom",
            "address",
            "participant",
            "valueQuantity",
            "component",
            "primarySource",
            "date",
        ]
    },
    "name without anything": _of("Patient", _set(name=[{"use": "official"}])),
    "identifier without system": _of("Patient Organization", _set(identifier=[{"value": "1"}])),
    "practitioner without family": _of("Practitioner", _set(name=[{"given": ["X"]}])),
    "NPI with a wrong check digit": _of(
        "Practitioner Organization",
        _set(identifier=[{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567890"}]),
    ),
    "NPI too short": _of(
        "Organization",
        _set(identifier=[{"system": "http://hl7.org/fhir/sid/us-npi", "value": "12345"}]),
    ),
    "race without text": _race(
        "us-core-race", lambda e: e["extension"].__delitem__(slice(-1, None))
    ),
    "race of a code that is not": _race(
        "us-core-race",
        lambda e: e["extension"][0]["valueCoding"].__setitem__("code", "0000-0"),
    ),
    "race with a value": _race("us-core-race", lambda e: e.__setitem__("valueString", "x")),
    "race with an unknown part": _race(
        "us-core-race", lambda e: e["extension"].append({"url": "other", "valueString": "x"})
    ),
    "race with six categories": _race(
        "us-core-race",
        lambda e: e["extension"].extend([dict(e["extension"][0]) for _ in range(6)]),
    ),
    "ethnicity in the list of races": _race(
        "us-core-ethnicity",
        lambda e: e["extension"][0]["valueCoding"].__setitem__("code", "2106-3"),
    ),
    "birth sex of a code that is not": _race(
        "us-core-birthsex", lambda e: e.__setitem__("valueCode", "X")
    ),
    "birth sex as text": _race(
        "us-core-birthsex", lambda e: [e.pop("valueCode"), e.__setitem__("valueString", "F")]
    ),
    "vital sign in another unit": _of(
        "Observation",
        _inside("valueQuantity", lambda q: q.update(code="furlong", unit="furlong")),
    ),
    "vital sign in a good unit of another kind": _of(
        "Observation", _inside("valueQuantity", lambda q: q.update(code="mol/L", unit="mol/L"))
    ),
    "quantity without system": _of(
        "Observation", _inside("valueQuantity", lambda q: [q.pop("system", 0), q.pop("code", 0)])
    ),
    "quantity without value": _of(
        "Observation", _inside("valueQuantity", lambda q: q.pop("value"))
    ),
    "blood pressure with half its parts": _of(
        "Observation", lambda r: "component" in r and bool(r["component"].pop())
    ),
    "blood pressure without a part's code": _of(
        "Observation", _inside("component.code", lambda c: c.pop("coding", None))
    ),
    "code of another vital sign": _of(
        "Observation",
        _inside("code", lambda c: c.update(_coding("http://loinc.org", "0000-0"))),
    ),
    "encounter class that is not": _of(
        "Encounter",
        _inside("class", lambda c: c.update(system=_HL7 + "v3-ActCode", code="NOPE")),
    ),
    "gender beside the list": _of("Patient Practitioner", _set(gender="F")),
    "state that is not": _of(
        "Patient Practitioner Organization Location",
        _set(
            address=[{"state": "Massachusetts", "line": ["x"], "city": "x", "postalCode": "00000"}]
        ),
    ),
    "marital status beside the list": _of(
        "Patient", _set(maritalStatus=_coding("http://example.org/x", "1"))
    ),
    "language beside the list": _of(
        "Patient", _set(communication=[{"language": _coding("urn:ietf:bcp:47", "xx-nope-1")}])
    ),
    # --- narrative, contained, extensions
    "narrative without div": _set(text={"status": "generated"}),
    "narrative outside XHTML": _set(text={"status": "generated", "div": "<div>x</div>"}),
    "narrative with a script": _set(
        text={"status": "generated", "div": _DIV.format("<script>x()</script>")}
    ),
    "narrative not well-formed": _set(text={"status": "generated", "div": _DIV.format("<p>x")}),
    "narrative of nothing": _set(text={"status": "generated", "div": _DIV.format("")}),
    "narrative with an event": _set(
        text={"status": "generated", "div": _DIV.format('<p onclick="x()">x</p>')}
    ),
    "contained that nothing names": _set(contained=[_GHOST]),
    "contained in a contained": _set(contained=[{**_GHOST, "contained": [_GHOST]}]),
    "contained of no type": _set(contained=[{"id": "inside"}]),
    "contained with a version": _set(contained=[{**_GHOST, "meta": {"versionId": "1"}}]),
    "contained of an unknown type": _set(contained=[{"resourceType": "Nothing", "id": "inside"}]),
    "modifier that nobody knows": _set(
        modifierExtension=[{"url": "http://example.org/x", "valueBoolean": True}]
    ),
    "extension with value and parts": _set(
        extension=[
            {
                "url": "http://example.org/x",
                "valueString": "x",
                "extension": [{"url": "y", "valueString": "x"}],
            }
        ]
    ),
    "extension with two values": _set(
        extension=[{"url": "http://example.org/x", "valueString": "x", "valueCode": "x"}]
    ),
    "extension with a relative url": _set(extension=[{"url": "x", "valueString": "x"}]),
    "extension where it does not belong": _set(
        extension=[{"url": _CORE + "us-core-birthsex", "valueCode": "F"}]
    ),
    "absent for a reason that is not": _set(
        extension=[
            {
                "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
                "valueCode": "no-such-code",
            }
        ]
    ),
    "text instead of its narrative": _set(text="x"),
    "language that is not": _set(language="no such language"),
    "type that is not": _set(resourceType="Nothing"),
    "no type": _without("resourceType"),
    "no id": _without("id"),
    "implicit rules": _set(implicitRules="http://example.org/rules"),
    "security label that is not": lambda r: _inside(
        "meta",
        lambda m: m.update(security=[{"system": _HL7 + "v3-Confidentiality", "code": "NOPE"}]),
    )(r),
}
