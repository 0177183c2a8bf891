"""Vaccines: given, refused and why, planned, in error."""

from __future__ import annotations

from tests.corpus.safety import entries as e
from tests.corpus.safety.case import Case, Expected

VACCINE = "CF Immunization.csv"


def vaccine(
    name: str,
    source: str,
    fate: str = "mapped",
    expect: dict[str, Expected] | None = None,
    kind: str = "Immunization",
    **given: str,
) -> Case:
    """A vaccine's case; ``given`` goes to :func:`entries.vaccine`."""
    entry = e.vaccine(f"vaccine-{name}", **given)
    return Case(f"vaccine-{name}", "11369-6", entry, source, kind, expect or {}, fate)


def _cases() -> list[Case]:
    found = []
    for state, meaning in (
        ("completed", "completed"),
        ("nullified", "entered-in-error"),
        ("aborted", "not-done"),
        ("cancelled", "not-done"),
        ("held", "not-done"),
        ("new", "not-done"),
        ("obsolete", "not-done"),
        ("suspended", "not-done"),
    ):
        found.append(
            vaccine(
                f"status-{state}",
                "ConceptMap CF-ImmunizationStatus",
                state=state,
                expect={"status": meaning},
            )
        )
    for state in ("completed", "active", "aborted"):
        found.append(
            vaccine(
                f"refused-{state}",
                f"{VACCINE}: negationInd true",
                state=state,
                negated="true",
                inside=e.refusal("PATOBJ", "patient objection"),
                expect={
                    "status": "not-done",
                    "statusReason.coding.code": "PATOBJ",
                    "vaccineCode.coding.code": "88",
                },
            )
        )
    for code in ("IMMUNE", "MEDPREC", "OSTOCK", "RELIG"):
        found.append(
            vaccine(
                f"refused-{code}",
                f"{VACCINE}: refusal reason",
                negated="true",
                inside=e.refusal(code, code),
                expect={"status": "not-done", "statusReason.coding.code": code},
            )
        )
    both = e.product(
        "88",
        "influenza",
        e.CVX,
        e.cd("translation", "00000000001", "flu", "2.16.840.1.113883.6.69"),
    )
    lot = e.product("88", "influenza", e.CVX, more="<lotNumberText>LOT-7</lotNumberText>")
    found += [
        vaccine(
            "refused-one",
            f"{VACCINE}: negationInd true",
            negated="1",
            expect={"status": "not-done"},
        ),
        vaccine(
            "refused-without-reason",
            f"{VACCINE}: negationInd true",
            negated="true",
            expect={"status": "not-done", "statusReason": None},
        ),
        vaccine(
            "refused-in-error",
            "statusCode nullified goes first",
            negated="true",
            state="nullified",
            expect={"status": "entered-in-error"},
        ),
        vaccine("status-active", f"{VACCINE}: active is not supported", "rejected", state="active"),
        vaccine("status-missing", "no default to completed", "rejected", state=""),
        vaccine(
            "planned",
            f"{VACCINE}: mood INT is a MedicationRequest",
            kind="MedicationRequest",
            mood="INT",
            state="active",
            expect={
                "status": "active",
                "intent": "order",
                "medicationCodeableConcept.coding.code": "88",
            },
        ),
        vaccine(
            "planned-not",
            f"{VACCINE}: mood INT; negationInd",
            kind="MedicationRequest",
            mood="INT",
            state="active",
            negated="true",
            expect={"doNotPerform": True},
        ),
        vaccine("unnamed", "names no vaccine", "excluded", what=e.product(None, null="NI")),
        vaccine(
            "time-unknown",
            "ConceptMap CF-NullFlavorDataAbsentReason: required",
            time='<effectiveTime nullFlavor="UNK"/>',
            expect={
                "occurrenceDateTime": None,
                "status": "completed",
                "_occurrenceDateTime.extension.valueCode": "unknown",
            },
        ),
        vaccine(
            "translation",
            "datatypes: CD translation",
            what=both,
            expect={
                "vaccineCode.coding.code": ["88", "00000000001"],
                "vaccineCode.coding.system": [
                    "http://hl7.org/fhir/sid/cvx",
                    "http://hl7.org/fhir/sid/ndc",
                ],
            },
        ),
        vaccine("lot", f"{VACCINE}: lotNumberText", what=lot, expect={"lotNumber": "LOT-7"}),
        vaccine(
            "source-unknown",
            f"{VACCINE}: primarySource",
            expect={"_primarySource.extension.valueCode": "unknown", "primarySource": None},
        ),
        vaccine(
            "number",
            f"{VACCINE}: repeatNumber",
            dose='<repeatNumber value="2"/>',
            expect={"protocolApplied.doseNumberPositiveInt": 2},
        ),
        vaccine(
            "recorded",
            f"{VACCINE}: author",
            inside=e.author("Alma", "Invented", "20191004"),
            expect={"recorded": "2019-10-04", "occurrenceDateTime": "2019-10-03"},
        ),
    ]
    return found


CASES = _cases()
