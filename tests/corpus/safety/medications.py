"""Medications: taken, planned, denied; status, dates, dose, timing and supply."""

from __future__ import annotations

from tests.corpus.safety import entries as e
from tests.corpus.safety.case import Case, Expected

MEDICATION = "CF MedicationRequest.csv"
TEXT = '<list><item ID="sig">Take 1 at bedtime, not with grapefruit</item></list>'


def drug(
    name: str,
    source: str,
    fate: str = "mapped",
    entry: str = "",
    expect: dict[str, Expected] | None = None,
    section: str = "10160-0",
    **given: str,
) -> Case:
    """A medication's case; ``given`` goes to :func:`entries.drug`."""
    entry = entry or e.drug(f"drug-{name}", **given)
    return Case(
        f"drug-{name}", section, entry, source, "MedicationRequest", expect or {}, fate, TEXT
    )


def _status() -> list[Case]:
    found = []
    for state, meaning in (
        ("active", "active"),
        ("completed", "completed"),
        ("aborted", "stopped"),
        ("suspended", "on-hold"),
        ("nullified", "entered-in-error"),
        ("held", "on-hold"),
        ("cancelled", "cancelled"),
        ("new", "draft"),
    ):
        found.append(
            drug(
                f"status-{state}",
                "ConceptMap CF-MedicationStatus",
                expect={"status": meaning},
                state=state,
            )
        )
    found += [
        drug("status-missing", "no default to active", expect={"status": "unknown"}, state=""),
        drug("status-other", "no default to active", "rejected", state="normal"),
        drug(
            "active-and-ended",
            f"{MEDICATION}: statusCode, effectiveTime.high",
            state="active",
            time=e.span("20150101", "20150201"),
            expect={
                "status": "active",
                "dosageInstruction.timing.repeat.boundsPeriod.end": "2015-02-01",
            },
        ),
        drug(
            "completed-without-end",
            f"{MEDICATION}: statusCode",
            state="completed",
            time=e.span("20150101"),
            expect={
                "status": "completed",
                "dosageInstruction.timing.repeat.boundsPeriod.end": None,
            },
        ),
        drug(
            "end-unknown",
            f"{MEDICATION}: effectiveTime",
            time=e.span("20120806", high_null="UNK"),
            expect={
                "status": "active",
                "dosageInstruction.timing.repeat.boundsPeriod.start": "2012-08-06",
                "dosageInstruction.timing.repeat.boundsPeriod.end": None,
            },
        ),
        drug(
            "once",
            f"{MEDICATION}: effectiveTime@value",
            time=e.point("20200110"),
            expect={"dosageInstruction.timing.event": "2020-01-10"},
        ),
    ]
    for mood, intent in (("EVN", "plan"), ("INT", "order"), ("RQO", "order"), ("PRP", "proposal")):
        found.append(
            drug(
                f"mood-{mood}",
                "ConceptMap CF-MedActivityMood",
                mood=mood,
                expect={"intent": intent},
            )
        )
    return found


def _denied() -> list[Case]:
    none = e.product(
        None, null="OTH", inside=e.cd("translation", "410942007", "Drug or medicament")
    )
    return [
        drug(
            "denied",
            f"{MEDICATION}; R4 doNotPerform",
            negated="true",
            expect={"doNotPerform": True, "medicationCodeableConcept.coding.code": "314076"},
        ),
        drug(
            "denied-one",
            f"{MEDICATION}; R4 doNotPerform",
            negated="1",
            expect={"doNotPerform": True},
        ),
        drug("not-denied", f"{MEDICATION}", negated="false", expect={"doNotPerform": None}),
        drug(
            "none-known",
            "C-CDA example 'No Medications'",
            negated="true",
            what=none,
            expect={"medicationCodeableConcept.coding.code": "787481004", "doNotPerform": None},
        ),
        drug(
            "none-known-coded",
            "C-CDA example 'No Medications'",
            negated="true",
            what=e.product("410942007", "Drug or medicament", e.SNOMED),
            expect={"medicationCodeableConcept.coding.code": "787481004", "doNotPerform": None},
        ),
        drug(
            "none-known-null",
            "C-CDA example 'No Medications'",
            negated="true",
            what=e.product(None, null="NA"),
            expect={"medicationCodeableConcept.coding.code": "787481004", "doNotPerform": None},
        ),
        drug(
            "no-information",
            "nullFlavor NI asserts and denies nothing",
            "excluded",
            null="NI",
            what=e.product(None, null="NI"),
        ),
        drug(
            "denied-by-translation",
            "CD nullFlavor with a translation",
            negated="true",
            what=e.product(None, null="OTH", inside=e.cd("translation", "11289", system=e.RXNORM)),
            expect={"doNotPerform": True, "medicationCodeableConcept.coding.code": "11289"},
        ),
        drug(
            "denied-by-text",
            "CD nullFlavor with originalText",
            negated="true",
            what=e.product(None, null="UNK", inside="<originalText>warfarin</originalText>"),
            expect={
                "doNotPerform": True,
                "medicationCodeableConcept.text": "warfarin",
                "medicationCodeableConcept.coding": None,
            },
        ),
    ]


def _dose() -> list[Case]:
    bounds = e.span("20200110")

    def period(inside: str) -> str:
        kind = 'xsi:type="PIVL_TS" institutionSpecified="true" operator="A"'
        return f"{bounds}<effectiveTime {kind}>{inside}</effectiveTime>"

    def event(code: str) -> str:
        said = f'<event code="{code}"/>'
        return f'{bounds}<effectiveTime xsi:type="EIVL_TS" operator="A">{said}</effectiveTime>'

    repeat = "dosageInstruction.timing.repeat"
    rate = "dosageInstruction.doseAndRate"
    found = []
    for value, unit, expected in (
        ("8", "h", "h"),
        ("1", "d", "d"),
        ("12", "hr", "h"),
        ("2", "wk", "wk"),
    ):
        found.append(
            drug(
                f"every-{value}-{unit}",
                "datatypes: PIVL_TS period",
                time=period(f'<period value="{value}" unit="{unit}"/>'),
                expect={
                    f"{repeat}.period": int(value),
                    f"{repeat}.periodUnit": expected,
                    f"{repeat}.boundsPeriod.start": "2020-01-10",
                },
            )
        )
    for code in ("HS", "AC", "PCM", "C"):
        found.append(
            drug(
                f"event-{code}",
                "datatypes: EIVL_TS event",
                time=event(code),
                expect={f"{repeat}.when": code},
            )
        )
    wide = '<period xsi:type="IVL_PQ"><low value="4" unit="h"/><high value="6" unit="h"/></period>'
    sig = '<text><reference value="#sig"/></text>'
    need = (
        '<precondition typeCode="PRCN"><criterion>'
        + e.ASSERTION
        + e.cd("value", "56018004", "Wheezing")
        + "</criterion></precondition>"
    )
    most = '<maxDoseQuantity><numerator value="4" unit="g"/>'
    most += '<denominator value="1" unit="d"/></maxDoseQuantity>'
    found += [
        drug(
            "every-4-to-6-h",
            "datatypes: PIVL_TS period as IVL_PQ",
            time=period(wide),
            expect={f"{repeat}.period": 4, f"{repeat}.periodMax": 6, f"{repeat}.periodUnit": "h"},
        ),
        drug(
            "period-unknown",
            "CF-medication.json: period UNK",
            time=period('<period nullFlavor="UNK"/>'),
            expect={f"{repeat}.period": None, "status": "active"},
        ),
        drug(
            "period-odd-unit",
            "a unit that is no unit of time is not guessed",
            time=period('<period value="3" unit="foo"/>'),
            expect={f"{repeat}.period": None, f"{repeat}.periodUnit": None},
        ),
        drug(
            "excluded-span",
            "datatypes: SXCM operator E is no second span",
            time=e.span("20200110", "20200210")
            + '<effectiveTime xsi:type="IVL_TS" operator="E"><low value="20200120"/>'
            "</effectiveTime>",
            expect={
                f"{repeat}.boundsPeriod.start": "2020-01-10",
                f"{repeat}.boundsPeriod.end": "2020-02-10",
            },
        ),
        drug(
            "sig",
            f"{MEDICATION}: Free Text Sig",
            dose=sig,
            expect={"dosageInstruction.text": "Take 1 at bedtime, not with grapefruit"},
        ),
        drug(
            "dose",
            f"{MEDICATION}: doseQuantity",
            dose='<doseQuantity value="1.50" unit="mL"/>',
            expect={f"{rate}.doseQuantity.value": 1.5, f"{rate}.doseQuantity.unit": "mL"},
        ),
        drug(
            "dose-range",
            f"{MEDICATION}: doseQuantity IVL",
            dose='<doseQuantity><low value="1" unit="{tbl}"/>'
            '<high value="2" unit="{tbl}"/></doseQuantity>',
            expect={
                f"{rate}.doseRange.low.value": 1,
                f"{rate}.doseRange.high.value": 2,
                f"{rate}.doseQuantity": None,
            },
        ),
        drug(
            "dose-unknown",
            "ConceptMap CF-NullFlavorDataAbsentReason: optional",
            dose='<doseQuantity nullFlavor="UNK"/>',
            expect={rate: None},
        ),
        drug(
            "rate",
            f"{MEDICATION}: rateQuantity",
            dose='<rateQuantity value="90" unit="mL/h"/>',
            expect={f"{rate}.rateQuantity.value": 90},
        ),
        drug(
            "max",
            f"{MEDICATION}: maxDoseQuantity",
            dose=most,
            expect={
                "dosageInstruction.maxDosePerPeriod.numerator.value": 4,
                "dosageInstruction.maxDosePerPeriod.denominator.value": 1,
            },
        ),
        drug(
            "route",
            f"{MEDICATION}: routeCode",
            dose=e.cd("routeCode", "C38288", "ORAL", "2.16.840.1.113883.3.26.1.1"),
            expect={"dosageInstruction.route.coding.code": "C38288"},
        ),
        drug(
            "as-needed",
            f"{MEDICATION}: precondition",
            inside=need,
            expect={"dosageInstruction.asNeededCodeableConcept.coding.code": "56018004"},
        ),
        drug(
            "not-as-needed",
            f"{MEDICATION}: precondition",
            expect={
                "dosageInstruction.asNeededCodeableConcept": None,
                "dosageInstruction.asNeededBoolean": None,
            },
        ),
        drug(
            "reason",
            f"{MEDICATION}: indication",
            expect={"reasonCode.coding.code": "38341003"},
            inside=e.inner(
                "RSON",
                e.observation(
                    "19", e.cd("code", "404684003"), e.cd("value", "38341003", "Hypertension")
                ),
            ),
        ),
    ]
    return found


def _supply() -> list[Case]:
    def supply(template: str, mood: str, state: str, negated: str = "") -> str:
        said = e.attribute("negationInd", negated)
        return e.inner(
            "REFR",
            f'<supply classCode="SPLY" moodCode="{mood}"{said}>'
            f"{e.tid(template)}{e.ident('supply-' + mood + state + negated)}"
            f'{e.status(state)}{e.point("20200111")}<repeatNumber value="3"/>'
            '<quantity value="30" unit="1"/></supply>',
        )

    return [
        drug(
            "ordered",
            f"{MEDICATION}: Supply Order",
            inside=supply("17", "INT", "active"),
            expect={
                "dispenseRequest.quantity.value": 30,
                "dispenseRequest.numberOfRepeatsAllowed": 3,
            },
        ),
        Case(
            "supply-EVNcompleted",
            "10160-0",
            e.drug("drug-handed-out", inside=supply("18", "EVN", "completed")),
            "CF MedicationRequest.csv: Medication Dispense",
            "MedicationDispense",
            {
                "status": "completed",
                "quantity.value": 30,
                "medicationCodeableConcept.coding.code": "314076",
            },
        ),
        Case(
            "supply-EVNaborted",
            "10160-0",
            e.drug("drug-not-handed-out", inside=supply("18", "EVN", "aborted")),
            "CF MedicationRequest.csv: Medication Dispense",
            "MedicationDispense",
            {"status": "stopped"},
        ),
        Case(
            "supply-EVNcompletedtrue",
            "10160-0",
            e.drug("drug-denied-supply", inside=supply("18", "EVN", "completed", "true")),
            "meaning never flips: a denied supply",
            "MedicationDispense",
            {},
            "rejected",
        ),
    ]


CASES = [*_status(), *_denied(), *_dose(), *_supply()]
