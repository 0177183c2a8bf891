"""What becomes of a row, the parts of a chart, what a code is good for."""

from __future__ import annotations

from collections.abc import Mapping

FATE_WORDS: Mapping[str, str] = {
    "mapped": "Came across",
    "merged": "Combined",
    "excluded": "Left out on purpose",
    "rejected": "Held back, needs fixing",
    "unaccounted": "Unaccounted for",
    "combined": "Combined",
}
FATE_MEANS: Mapping[str, str] = {
    "mapped": "has a record of its own in the new system",
    "merged": "went into a record together with other rows",
    "excluded": "is not moved, for a reason that stands below",
    "rejected": "could not be moved safely as it is; it is kept, with the reason",
    "unaccounted": "nobody can say yet what became of it",
}
DOMAINS: Mapping[str, tuple[str, ...]] = {
    "Patients": ("Patient",),
    "Guarantors and contacts": ("RelatedPerson",),
    "Visits": ("Encounter", "EpisodeOfCare"),
    "Appointments": ("Appointment", "AppointmentResponse", "Schedule", "Slot"),
    "Problems and diagnoses": ("Condition",),
    "Allergies": ("AllergyIntolerance",),
    "Medications": (
        "MedicationRequest",
        "MedicationStatement",
        "MedicationAdministration",
        "MedicationDispense",
        "Medication",
    ),
    "Immunizations": ("Immunization",),
    "Results, vital signs, observations": ("Observation", "Specimen"),
    "Orders and reports": ("DiagnosticReport", "ServiceRequest", "ImagingStudy"),
    "Procedures": ("Procedure",),
    "Notes and documents": ("DocumentReference", "Composition", "Binary"),
    "Care plans and goals": ("CarePlan", "CareTeam", "Goal", "QuestionnaireResponse"),
    "Flags, tasks and recalls": ("Flag", "Task", "CommunicationRequest", "Communication"),
    "Devices and supplies": ("Device", "DeviceUseStatement", "SupplyDelivery", "SupplyRequest"),
    "Insurance": ("Coverage", "InsurancePlan"),
    "Charges, claims and payments": (
        "Account",
        "ChargeItem",
        "ChargeItemDefinition",
        "Claim",
        "ClaimResponse",
        "ExplanationOfBenefit",
        "Invoice",
        "PaymentReconciliation",
        "PaymentNotice",
    ),
    "Providers and places": ("Practitioner", "PractitionerRole", "Organization", "Location"),
    "Where each record came from": ("Provenance",),
}
OTHER_DOMAIN = "Other records"
# What a practice expects in a chart; a domain without a record is named as a gap.
EXPECTED = (
    "Patients",
    "Visits",
    "Appointments",
    "Problems and diagnoses",
    "Allergies",
    "Medications",
    "Immunizations",
    "Results, vital signs, observations",
    "Procedures",
    "Notes and documents",
    "Insurance",
    "Charges, claims and payments",
)
ALERT_WORDS: Mapping[str, tuple[str, str]] = {
    "allergies": ("Allergies", "have a standard code, in force or not"),
    "medications": ("Medications", "have a standard code, in force or not"),
    "immunizations": ("Immunizations", "count in the immunization forecast"),
    "problems": ("Problems and diagnoses", "drive reminders and quality measures"),
    "results": ("Results and vital signs", "appear in trends and flowsheets"),
    "procedures": ("Procedures", "are recognised by quality measures"),
}
SCOPE_WORDS: Mapping[str, str] = {
    "none": "The practice chose to move no money: open balances stay with the old system.",
    "balance-forward": "The practice chose to move balances forward: one opening balance each.",
    "open-items": "The practice chose to move open items only; settled accounts stay behind.",
    "full": "The practice chose to move the whole financial history.",
}
