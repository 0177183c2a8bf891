"""Which resource types US Core 6.1.0 profiles, and whether a resource claims such a profile.

Source: the profiles on resources of the package hl7.fhir.us.core 6.1.0.
"""

from collections.abc import Mapping

PROFILED = (
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
)
_CANONICAL = "http://hl7.org/fhir/us/core/StructureDefinition/"


def claims_us_core(resource: Mapping[str, object]) -> bool:
    """Whether ``meta.profile`` names a profile of US Core."""
    meta = resource.get("meta", {})
    profiles = meta.get("profile", []) if isinstance(meta, Mapping) else []
    return any(str(profile).startswith(_CANONICAL) for profile in profiles)
