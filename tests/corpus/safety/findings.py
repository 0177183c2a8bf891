"""Results, vital signs, history and functional status: values as said, absent, denied, planned."""

from __future__ import annotations

from tests.corpus.safety import entries as e
from tests.corpus.safety.case import Case, Expected

DATATYPES = "datatypes CDA-To-FHIR.csv"
SECTIONS = {
    "2": "30954-2",
    "27": "8716-3",
    "38": "29762-2",
    "67": "47420-5",
    "69": "51848-0",
    "48": "42348-3",
}


def seen(
    name: str,
    value: str,
    source: str,
    expect: dict[str, Expected] | None = None,
    fate: str = "mapped",
    template: str = "2",
    **given: str,
) -> Case:
    """An observation's case; ``given`` goes to :func:`entries.result`."""
    entry = e.result(f"seen-{name}", value, template=template, **given)
    section = SECTIONS.get(template, "29762-2")
    return Case(f"seen-{name}", section, entry, source, "Observation", expect or {}, fate)


def _values() -> list[Case]:
    def typed(kind: str, rest: str) -> str:
        return f'<value xsi:type="{kind}"{rest}'

    ends = '<low value="3" unit="mg/dL"/><high value="5" unit="mg/dL"/></value>'
    number = "valueQuantity.value"
    return [
        seen(
            "quantity",
            e.pq("7.0"),
            f"{DATATYPES}: PQ",
            {
                number: 7.0,
                "valueQuantity.code": "mg/dL",
                "valueQuantity.system": "http://unitsofmeasure.org",
                "dataAbsentReason": None,
            },
        ),
        seen(
            "odd-unit",
            e.pq("7.0", "mg per deciliter"),
            "a unit that is not UCUM keeps its words",
            {
                "valueQuantity.unit": "mg per deciliter",
                "valueQuantity.code": None,
                "valueQuantity.system": None,
            },
        ),
        seen(
            "kelvin",
            e.pq("7.0", "K/uL"),
            "thousands are no kelvins",
            {"valueQuantity.unit": "K/uL", "valueQuantity.code": None},
        ),
        seen(
            "no-unit",
            e.pq("1.015", ""),
            f"{DATATYPES}: PQ",
            {number: 1.015, "valueQuantity.unit": None},
        ),
        seen(
            "below",
            typed("IVL_PQ", '><high value="5" unit="mg/dL" inclusive="false"/></value>'),
            f"{DATATYPES}: IVL_PQ",
            {number: 5, "valueQuantity.comparator": "<"},
        ),
        seen(
            "at-most",
            typed("IVL_PQ", '><high value="5" unit="mg/dL"/></value>'),
            f"{DATATYPES}: IVL_PQ",
            {number: 5, "valueQuantity.comparator": "<="},
        ),
        seen(
            "above",
            typed("IVL_PQ", '><low value="5" unit="mg/dL" inclusive="false"/></value>'),
            f"{DATATYPES}: IVL_PQ",
            {number: 5, "valueQuantity.comparator": ">"},
        ),
        seen(
            "at-least",
            typed("IVL_PQ", '><low value="5" unit="mg/dL"/></value>'),
            f"{DATATYPES}: IVL_PQ",
            {number: 5, "valueQuantity.comparator": ">="},
        ),
        seen(
            "range",
            typed("IVL_PQ", f">{ends}"),
            f"{DATATYPES}: IVL_PQ",
            {"valueRange.low.value": 3, "valueRange.high.value": 5, "valueQuantity": None},
        ),
        seen(
            "text",
            typed("ST", ">trace &lt; 5</value>"),
            f"{DATATYPES}: ST",
            {"valueString": "trace < 5", number: None},
        ),
        seen(
            "number-in-words",
            e.pq("many"),
            "a number that is none keeps its words",
            {"valueString": "many mg/dL"},
        ),
        seen("integer", typed("INT", ' value="3"/>'), f"{DATATYPES}: INT", {"valueInteger": 3}),
        seen("real", typed("REAL", ' value="3.50"/>'), f"{DATATYPES}: REAL", {number: 3.5}),
        seen("yes", typed("BL", ' value="true"/>'), f"{DATATYPES}: BL", {"valueBoolean": True}),
        seen("no", typed("BL", ' value="false"/>'), f"{DATATYPES}: BL", {"valueBoolean": False}),
        seen(
            "time",
            typed("TS", ' value="20200506"/>'),
            f"{DATATYPES}: TS",
            {"valueDateTime": "2020-05-06"},
        ),
        seen(
            "coded",
            e.cd("value", "10828004", "Positive"),
            f"{DATATYPES}: CD",
            {"valueCodeableConcept.coding.code": "10828004"},
        ),
        seen(
            "coded-negative",
            e.cd("value", "260385009", "Negative"),
            f"{DATATYPES}: CD",
            {"valueCodeableConcept.coding.code": "260385009"},
        ),
        seen(
            "coded-text",
            e.cd("value", None, null="OTH", inside="<originalText>see note</originalText>"),
            f"{DATATYPES}: CD nullFlavor with originalText",
            {"valueCodeableConcept.text": "see note", "dataAbsentReason": None},
        ),
        seen(
            "zoned",
            e.pq("1"),
            f"{DATATYPES}: TS with a zone",
            {"effectiveDateTime": "2020-02-03T14:05:00-06:00"},
        ),
        seen(
            "interval",
            e.pq("1"),
            f"{DATATYPES}: IVL_TS",
            {
                "effectivePeriod.start": "2020-01-01",
                "effectivePeriod.end": "2020-01-02",
                "effectiveDateTime": None,
            },
            time=e.span("20200101", "20200102"),
        ),
        seen(
            "time-unknown",
            e.pq("1"),
            "ConceptMap CF-NullFlavorDataAbsentReason",
            {"effectiveDateTime": None, "_effectiveDateTime.extension.valueCode": "unknown"},
            time='<effectiveTime nullFlavor="UNK"/>',
        ),
    ]


def _absent() -> list[Case]:
    found = []
    for flavor, reason in (
        ("NI", "unknown"),
        ("UNK", "unknown"),
        ("ASKU", "asked-unknown"),
        ("NASK", "not-asked"),
        ("NA", "not-applicable"),
        ("MSK", "masked"),
        ("NAV", "temp-unknown"),
        ("OTH", "unsupported"),
        ("NINF", "negative-infinity"),
        ("PINF", "positive-infinity"),
    ):
        for kind in ("PQ", "CD"):
            name = f"absent-{flavor}-{kind}"
            found.append(
                seen(
                    name,
                    f'<value xsi:type="{kind}" nullFlavor="{flavor}"/>',
                    "ConceptMap CF-NullFlavorDataAbsentReason",
                    {
                        "dataAbsentReason.coding.code": reason,
                        "valueQuantity": None,
                        "valueCodeableConcept": None,
                    },
                )
            )
    found.append(
        seen(
            "absent-nothing",
            "",
            "an observation without a value",
            {"dataAbsentReason.coding.code": "unknown"},
        )
    )
    return found


def _status() -> list[Case]:
    found = []
    for state, meaning in (
        ("completed", "final"),
        ("active", "registered"),
        ("aborted", "cancelled"),
        ("cancelled", "cancelled"),
        ("held", "registered"),
        ("suspended", "registered"),
        ("nullified", "entered-in-error"),
        ("", "unknown"),
    ):
        found.append(
            seen(
                f"status-{state or 'missing'}",
                e.pq("5"),
                "ConceptMap CF-ResultStatus",
                {"status": meaning},
                state=state,
            )
        )
        if state:
            entry = e.panel(f"panel-{state}", e.result(f"seen-in-{state}", e.pq("6")), state=state)
            meant = {"completed": "final", "aborted": "cancelled"}.get(state, meaning)
            found.append(
                Case(
                    f"panel-{state}",
                    "30954-2",
                    entry,
                    "ConceptMap CF-ResultReportStatus",
                    "DiagnosticReport",
                    {"status": meant},
                )
            )
    found += [
        seen("status-other", e.pq("5"), "no default to final", fate="rejected", state="normal"),
        seen(
            "denied",
            e.pq("5"),
            "R4's Observation cannot deny: held back, never flipped",
            fate="rejected",
            negated="true",
        ),
        seen(
            "not-denied",
            e.pq("5"),
            "negationInd false",
            {"valueQuantity.value": 5},
            negated="false",
        ),
        Case(
            "seen-planned",
            "30954-2",
            e.result("seen-planned", "", mood="RQO", state="active"),
            "moodCode RQO is a request",
            "ServiceRequest",
            {"intent": "order", "status": "active"},
        ),
    ]
    return found


def _kinds() -> list[Case]:
    smoker = e.cd("value", "449868002", "Smokes tobacco daily")
    never = e.cd("value", "266919005", "Never smoked")
    ranges = (
        '<interpretationCode code="H" codeSystem="2.16.840.1.113883.5.83"/>'
        "<referenceRange><observationRange>"
        '<text>normal</text><value xsi:type="IVL_PQ"><low value="70" unit="mg/dL"/>'
        '<high value="99" unit="mg/dL"/>'
        "</value></observationRange></referenceRange>"
    )
    pressure = e.panel(
        "panel-pressure",
        e.result(
            "seen-systolic",
            e.pq("128", "mm[Hg]"),
            code="8480-6",
            template="27",
            time=e.point("20200203"),
        ),
        e.result(
            "seen-diastolic",
            e.pq("82", "mm[Hg]"),
            code="8462-4",
            template="27",
            time=e.point("20200203"),
        ),
        template="26",
        code="46680005",
    )
    lone = e.panel(
        "panel-lone",
        e.result(
            "seen-lone",
            e.pq("83", "mm[Hg]"),
            code="8462-4",
            template="27",
            time=e.point("20200205"),
        ),
        template="26",
        code="46680005",
    )
    return [
        seen(
            "range-and-flag",
            e.pq("110"),
            "Result Observation referenceRange, interpretationCode",
            {
                "referenceRange.low.value": 70,
                "referenceRange.high.value": 99,
                "referenceRange.text": "normal",
                "interpretation.coding.code": "H",
            },
            inside=ranges,
        ),
        seen(
            "smoker",
            smoker,
            "Rec social history; US Core smoking status",
            {
                "valueCodeableConcept.coding.code": "449868002",
                "category.coding.code": "social-history",
            },
            template="38",
            code="72166-2",
        ),
        seen(
            "never-smoker",
            never,
            "US Core smoking status",
            {"valueCodeableConcept.coding.code": "266919005"},
            template="38",
            code="72166-2",
        ),
        seen(
            "pregnant",
            e.cd("value", "77386006", "Pregnant"),
            "US Core pregnancy status",
            {"valueCodeableConcept.coding.code": "77386006"},
            template="38",
            code="82810-3",
        ),
        seen(
            "not-pregnant",
            e.cd("value", "60001007", "Not pregnant"),
            "US Core pregnancy status",
            {"valueCodeableConcept.coding.code": "60001007"},
            template="38",
            code="82810-3",
        ),
        seen(
            "denied-habit",
            e.cd("value", "228273003", "Finding relating to alcohol drinking behavior"),
            "R4's Observation cannot deny",
            fate="rejected",
            template="38",
            negated="true",
            code="11331-6",
        ),
        seen(
            "function",
            e.cd("value", "165245003", "Independent with dressing"),
            "Functional Status Observation",
            {"category.coding.code": "functional-status"},
            template="67",
            code="54522-8",
        ),
        seen(
            "scale",
            '<value xsi:type="INT" value="11"/>',
            "Assessment Scale Observation",
            {"valueInteger": 11},
            template="69",
        ),
        seen(
            "directive",
            e.cd("value", "304253006", "Not for resuscitation"),
            "Advance Directive Observation",
            {"valueCodeableConcept.coding.code": "304253006"},
            template="48",
            code="75278-2",
            time=e.span("20190101", high_null="NA"),
        ),
        seen(
            "directive-denied",
            e.cd("value", "304253006", "Not for resuscitation"),
            "meaning never flips",
            fate="rejected",
            template="48",
            negated="true",
            code="75278-2",
        ),
        seen(
            "weight",
            e.pq("80", "kg"),
            "US Core vital signs: the base code beside the exact one",
            {"code.coding.code": ["3141-9", "29463-7"], "valueQuantity.code": "kg"},
            template="27",
            code="3141-9",
        ),
        seen(
            "saturation",
            e.pq("97", "%"),
            "US Core vital signs: the base code beside the exact one",
            {"code.coding.code": ["59408-5", "2708-6"], "category.coding.code": "vital-signs"},
            template="27",
            code="59408-5",
        ),
        Case(
            "seen-systolic",
            "8716-3",
            pressure,
            "US Core blood pressure: both of one panel",
            "Observation",
            {
                "code.coding.code": "85354-9",
                "component.valueQuantity.value": [128, 82],
                "component.code.coding.code": ["8480-6", "8462-4"],
            },
        ),
        Case(
            "seen-lone",
            "8716-3",
            lone,
            "a diastolic pressure alone: the panel that R4 asks for, the other one unknown",
            "Observation",
            {
                "code.coding.code": "85354-9",
                "component.code.coding.code": ["8462-4", "8480-6"],
                "component.valueQuantity.value": [83],
                "component.dataAbsentReason.coding.code": ["unknown"],
            },
        ),
    ]


CASES = [*_values(), *_absent(), *_status(), *_kinds()]
