"""What becomes of a loaded resource that the old system no longer has: its other status.

A retired resource keeps every byte of what was loaded but for the elements that say its state.
Only states that R4 has for the type are ever set: an observation cannot be *inactive*, and a
practitioner cannot be *entered in error* (value sets of HL7 FHIR 4.0.1, status element of each
resource).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

GoneRule = Literal["ask", "keep", "inactive", "entered-in-error", "delete"]
GONE_RULES: tuple[GoneRule, ...] = ("ask", "keep", "inactive", "entered-in-error", "delete")

_SYSTEMS = "http://terminology.hl7.org/CodeSystem/"


def _code(text: str) -> bytes:
    return json.dumps(text).encode()


def _coded(system: str, code: str) -> bytes:
    coding = {"coding": [{"system": _SYSTEMS + system, "code": code}]}
    return json.dumps(coding, separators=(",", ":")).encode()


_ERROR = _code("entered-in-error")
_INACTIVE = _code("inactive")
# Type → element → its new JSON text (None: taken out).
Change = Mapping[str, bytes | None]
_NOT_ACTIVE = [
    "Group",
    "HealthcareService",
    "Organization",
    "Patient",
    "Person",
    "Practitioner",
    "PractitionerRole",
    "RelatedPerson",
]
_STATUS_INACTIVE = [
    "Account",
    "CareTeam",
    "Consent",
    "Device",
    "Flag",
    "Location",
    "Medication",
    "Substance",
]
_STATUS_ERROR = [
    "Account",
    "Appointment",
    "CarePlan",
    "CareTeam",
    "ChargeItem",
    "Claim",
    "ClaimResponse",
    "ClinicalImpression",
    "Communication",
    "CommunicationRequest",
    "Composition",
    "Consent",
    "Contract",
    "Coverage",
    "Device",
    "DeviceRequest",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "ExplanationOfBenefit",
    "FamilyMemberHistory",
    "Flag",
    "ImagingStudy",
    "Immunization",
    "Invoice",
    "List",
    "Media",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "NutritionOrder",
    "Observation",
    "PaymentNotice",
    "PaymentReconciliation",
    "Procedure",
    "QuestionnaireResponse",
    "RiskAssessment",
    "ServiceRequest",
    "Specimen",
    "Substance",
    "Task",
]
_MADE_INACTIVE: Mapping[str, Change] = {
    **{kind: {"active": b"false"} for kind in _NOT_ACTIVE},
    **{kind: {"status": _INACTIVE} for kind in _STATUS_INACTIVE},
    "AllergyIntolerance": {"clinicalStatus": _coded("allergyintolerance-clinical", "inactive")},
    "Condition": {"clinicalStatus": _coded("condition-clinical", "inactive")},
}
_MADE_ERROR: Mapping[str, Change] = {
    **{kind: {"status": _ERROR} for kind in _STATUS_ERROR},
    "Goal": {"lifecycleStatus": _ERROR},
    # Invariants con-5 and ait-2: an entry made in error has no clinical status.
    "AllergyIntolerance": {
        "clinicalStatus": None,
        "verificationStatus": _coded("allergyintolerance-verification", "entered-in-error"),
    },
    "Condition": {
        "clinicalStatus": None,
        "verificationStatus": _coded("condition-ver-status", "entered-in-error"),
    },
}


def can_be(rule: GoneRule, resource_type: str) -> bool:
    """Whether a rule makes sense for a type; ``ask``, ``keep`` and ``delete`` always do."""
    if rule == "inactive":
        return resource_type in _MADE_INACTIVE
    return rule != "entered-in-error" or resource_type in _MADE_ERROR


def retired(content: bytes, rule: GoneRule, resource_type: str) -> bytes:
    """The JSON line with the rule's status; every other member keeps its bytes and its place.

    ``rule`` is inactive or entered-in-error, and ``can_be`` holds. Raises ValueError for a text
    that is no JSON object.
    """
    change = (_MADE_INACTIVE if rule == "inactive" else _MADE_ERROR)[resource_type]
    members = _members(content)
    if rule == "inactive" and b'"entered-in-error"' in members.get("verificationStatus", b""):
        return content  # it never held, and such an entry has no clinical status
    for name, value in change.items():
        if value is None:
            members.pop(name, None)
        else:
            members[name] = value
        members.pop(f"_{name}", None)
    return b"{" + b",".join(_code(name) + b":" + text for name, text in members.items()) + b"}"


def _members(content: bytes) -> dict[str, bytes]:
    """The members of a JSON object by name, each value as the text that it has there."""
    text = content.decode()
    decoder = json.JSONDecoder()
    members: dict[str, bytes] = {}
    place = _skip(text, 0)
    if text[place : place + 1] != "{":
        raise ValueError("no JSON object")
    place = _skip(text, place + 1)
    while text[place : place + 1] != "}":
        name, place = decoder.raw_decode(text, place)
        start = _skip(text, _skip(text, place) + 1)
        _, place = decoder.raw_decode(text, start)
        members[name] = text[start:place].encode()
        place = _skip(text, place)
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
    return members


def _skip(text: str, place: int) -> int:
    while text[place : place + 1] in (" ", "\t", "\n", "\r"):
        place += 1
    return place
