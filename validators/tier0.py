"""Tier-0 facts of a chart: identity, allergies, medications, problems, results."""

from __future__ import annotations

from collections.abc import Mapping

from .factkinds import CATEGORY, CODED, Kind, coded, identified, listed
from .sqlparts import text_at as at

_MR = "'%\"MR\"%'"
_VALUE = (
    f"coalesce({at('valueQuantity.comparator')}, '') || coalesce({at('valueQuantity.value')}, "
    f"{at('valueString')}, {at('valueCodeableConcept.text')}, {at('valueInteger')})"
)
_IDENTITY = {
    "mrn": identified(
        f"i::VARCHAR LIKE {_MR} AND coalesce(json_extract_string(i, '$.use'), '') <> 'old'"
    ),
    "ssn": identified("json_extract_string(i, '$.system') LIKE '%us-ssn'"),
    "family": at("name[0].family"),
    "given": listed("name[0].given[*]"),
    "suffix": listed("name[0].suffix[*]"),
    "born": at("birthDate"),
    "sex": at("gender"),
    "died": at("deceasedDateTime"),
    "active": at("active"),
    "line": listed("address[0].line[*]"),
    "city": at("address[0].city"),
    "state": at("address[0].state"),
    "zip": at("address[0].postalCode"),
    "email": "json_extract_string(list_filter(json_extract(resource, '$.telecom[*]'), lambda t: "
    "json_extract_string(t, '$.system') = 'email')[1], '$.value')",
    "phones": "array_to_string(list_sort(list_transform(list_filter(json_extract(resource, "
    "'$.telecom[*]'), lambda t: json_extract_string(t, '$.system') = 'phone'), lambda t: "
    "right(regexp_replace(json_extract_string(t, '$.value'), '[^0-9]', '', 'g'), 10))), ' ')",
}
_DOSE = "dosageInstruction[0].doseAndRate[0].doseQuantity"

TIER_0: Mapping[str, Kind] = {
    "identity": Kind("Patient", _IDENTITY, links={"pcp": "generalPractitioner[0].reference"}),
    "allergies": Kind(
        "AllergyIntolerance",
        {
            **CODED,
            "status": at("clinicalStatus.coding[0].code"),
            "verification": at("verificationStatus.coding[0].code"),
            "category": listed("category[*]"),
            "reaction": at("reaction[0].manifestation[0].text"),
            "reaction_code": at("reaction[0].manifestation[0].coding[0].code"),
            "severity": at("reaction[0].severity"),
            "criticality": at("criticality"),
            "onset": f"coalesce({at('onsetDateTime')}, {at('onsetString')})",
            "recorded": at("recordedDate"),
        },
    ),
    "medications": Kind(
        "MedicationRequest",
        {
            "number": at("identifier[0].value"),
            "label": at("medicationCodeableConcept.text"),
            "code": coded("medicationCodeableConcept", standard=False),
            "standard": coded("medicationCodeableConcept"),
            "status": at("status"),
            "intent": at("intent"),
            "reported": at("reportedBoolean"),
            "prohibited": at("doNotPerform"),
            "dose": at(f"{_DOSE}.value"),
            "dose_unit": at(f"{_DOSE}.unit"),
            "dose_ucum": at(f"{_DOSE}.code"),
            "sig": at("dosageInstruction[0].text"),
            "started": at("authoredOn"),
            "stopped": at("dosageInstruction[0].timing.repeat.boundsPeriod.end"),
            "refills": at("dispenseRequest.numberOfRepeatsAllowed"),
            "quantity": at("dispenseRequest.quantity.value"),
        },
        links={"visit": "encounter.reference", "provider": "requester.reference"},
    ),
    "problems": Kind(
        "Condition",
        {
            **CODED,
            "system": at("code.coding[0].system"),
            "status": at("clinicalStatus.coding[0].code"),
            "verification": at("verificationStatus.coding[0].code"),
            "onset": at("onsetDateTime"),
            "abated": at("abatementDateTime"),
            "recorded": at("recordedDate"),
            "comment": at("note[0].text"),
        },
        f"list_contains({CATEGORY}, 'problem-list-item')",
        links={"provider": "recorder.reference"},
    ),
    "results": Kind(
        "Observation",
        {
            **CODED,
            "number": at("identifier[0].value"),
            "status": at("status"),
            "value": _VALUE,
            "unit": at("valueQuantity.unit"),
            "ucum": at("valueQuantity.code"),
            "flag": at("interpretation[0].coding[0].code"),
            "range": at("referenceRange[0].text"),
            "comment": at("note[0].text"),
            "taken": at("effectiveDateTime"),
            "issued": at("issued"),
        },
        f"list_contains({CATEGORY}, 'laboratory')",
        links={"order": "basedOn[0].reference"},
    ),
}
