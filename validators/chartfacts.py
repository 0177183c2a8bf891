"""The rest of a chart: visits, vital signs, vaccines, notes, documents, orders."""

from __future__ import annotations

from collections.abc import Mapping

from .factkinds import CATEGORY, CODED, Kind, coded
from .sqlparts import text_at as at

CHART: Mapping[str, Kind] = {
    "diagnoses": Kind(
        "Condition",
        {**CODED, "system": at("code.coding[0].system"), "recorded": at("recordedDate")},
        f"list_contains({CATEGORY}, 'encounter-diagnosis')",
        links={"visit": "encounter.reference"},
    ),
    "vitals": Kind(
        "Observation",
        {
            "standard": coded("code"),
            "status": at("status"),
            "value": at("valueQuantity.value"),
            "ucum": at("valueQuantity.code"),
            "first": at("component[0].valueQuantity.value"),
            "second": at("component[1].valueQuantity.value"),
            "taken": at("effectiveDateTime"),
        },
        f"list_has_any({CATEGORY}, ['vital-signs', 'exam'])",
        links={"visit": "encounter.reference"},
    ),
    "immunizations": Kind(
        "Immunization",
        {
            "label": at("vaccineCode.text"),
            "code": coded("vaccineCode", standard=False),
            "standard": coded("vaccineCode"),
            "status": at("status"),
            "reason": at("statusReason.coding[0].code"),
            "given": at("occurrenceDateTime"),
            "primary": at("primarySource"),
            "lot": at("lotNumber"),
            "maker": at("manufacturer.display"),
            "expires": at("expirationDate"),
            "site": at("site.coding[0].code"),
            "route": at("route.coding[0].code"),
            "dose": at("doseQuantity.value"),
        },
        links={"provider": "performer[0].actor.reference"},
    ),
    "visits": Kind(
        "Encounter",
        {
            "number": at("identifier[0].value"),
            "status": at("status"),
            "class": at("class.code"),
            "code": coded("type[0]", standard=False),
            "reason": at("reasonCode[0].text"),
            "began": at("period.start"),
            "ended": at("period.end"),
        },
        links={"provider": "participant[0].individual.reference"},
    ),
    "appointments": Kind(
        "Appointment",
        {
            "code": coded("appointmentType", standard=False),
            "status": at("status"),
            "began": at("start"),
            "ended": at("end"),
            "minutes": at("minutesDuration"),
            "reason": at("reasonCode[0].text"),
            "made": at("created"),
        },
        links={"provider": "participant[1].actor.reference"},
    ),
    "procedures": Kind(
        "Procedure",
        {
            "label": at("code.text"),
            "standard": coded("code"),
            "status": at("status"),
            "reason": at("statusReason.text"),
            "performed": at("performedDateTime"),
            "comment": at("note[0].text"),
        },
        links={"visit": "encounter.reference", "provider": "performer[0].actor.reference"},
    ),
    "notes": Kind(
        "DocumentReference",
        {
            "number": at("identifier[0].value"),
            "code": coded("type", standard=False),
            "state": at("docStatus"),
            "written": at("date"),
            "text": "decode(from_base64(" + at("content[0].attachment.data") + "))",
            "signed": at("content[0].attachment.creation"),
        },
        "json_exists(resource, '$.docStatus')",
        links={"visit": "context.encounter[0].reference", "author": "author[0].reference"},
    ),
    "documents": Kind(
        "DocumentReference",
        {
            "number": at("identifier[0].value"),
            "code": coded("type", standard=False),
            "status": at("status"),
            "title": at("content[0].attachment.title"),
            "dated": at("content[0].attachment.creation"),
            "bytes": at("content[0].attachment.size"),
        },
        "NOT json_exists(resource, '$.docStatus')",
        links={"visit": "context.encounter[0].reference"},
    ),
    "orders": Kind(
        "ServiceRequest",
        {
            **CODED,
            "number": at("identifier[0].value"),
            "status": at("status"),
            "ordered": at("authoredOn"),
        },
        f"{at('category[0].coding[0].code')} = '108252007'",
        links={"visit": "encounter.reference", "provider": "requester.reference"},
    ),
    "referrals": Kind(
        "ServiceRequest",
        {
            "number": at("identifier[0].value"),
            "authorization": at("identifier[1].value"),
            "status": at("status"),
            "priority": at("priority"),
            "code": coded("code", standard=False),
            "to": at("performer[0].display"),
            "reason": at("reasonCode[0].text"),
            "ordered": at("authoredOn"),
        },
        f"{at('category[0].coding[0].code')} = '3457005'",
        links={"visit": "encounter.reference", "provider": "requester.reference"},
    ),
}
