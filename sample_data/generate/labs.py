"""Lab orders and results: numbers, comparators, local codes, text results."""

from __future__ import annotations

from dataclasses import dataclass

from sample_data.generate.visits import Visit
from sample_data.generate.world import FREEZE, Draw, Row, World

COMPARED = {"PSA": "<0.1", "FERR": ">1000", "CRP": "<0.5", "GLU": "> 600"}


@dataclass(frozen=True)
class Test:
    """A test as the old system's lab dictionary has it; ``words`` are text results."""

    code: str
    name: str
    units: str
    middle: float
    spread: float
    places: int
    reference: str
    words: tuple[str, ...] = ()


PANELS: dict[str, tuple[str, tuple[Test, ...]]] = {
    "BMP": (
        "Basic metabolic panel",
        (
            Test("GLU", "Glucose", "mg/dL", 104, 22, 0, "70-99"),
            Test("BUN", "Urea nitrogen", "mg/dL", 15, 4, 0, "7-25"),
            Test("CREA", "Creatinine", "mg/dL", 0.94, 0.2, 2, "0.60-1.30"),
            Test("NA", "Sodium", "mmol/L", 139, 2.4, 0, "135-146"),
            Test("K", "Potassium", "mmol/L", 4.2, 0.4, 1, "3.5-5.3"),
        ),
    ),
    "LIPID": (
        "Lipid panel",
        (
            Test("CHOL", "Cholesterol, total", "mg/dL", 192, 30, 0, "<200"),
            Test("HDL", "HDL cholesterol", "mg/dL", 51, 10, 0, ">39"),
            Test("TRIG", "Triglycerides", "mg/dL", 138, 40, 0, "<150"),
            Test("LDL", "LDL cholesterol, calc", "mg/dL", 112, 26, 0, "<100"),
        ),
    ),
    "CBC": (
        "Blood count",
        (
            Test("WBC", "White cells", "K/uL", 6.8, 1.6, 1, "3.8-10.8"),
            Test("HGB", "Hemoglobin", "g/dL", 13.8, 1.2, 1, "11.7-15.5"),
            Test("HCT", "Hematocrit", "%", 41.2, 3, 1, "35.0-45.0"),
            Test("PLT", "Platelets", "K/uL", 251, 50, 0, "140-400"),
        ),
    ),
    "A1C": ("Hemoglobin A1c", (Test("A1C", "Hemoglobin A1c", "%", 7.0, 1.0, 1, "<5.7"),)),
    "TSH": ("TSH", (Test("TSH", "TSH", "uIU/mL", 2.6, 1.2, 2, "0.40-4.50"),)),
    "FER": ("Ferritin", (Test("FERR", "Ferritin", "ng/mL", 22, 12, 0, "16-154"),)),
    "INR": ("Prothrombin time", (Test("INR", "INR", "", 2.4, 0.4, 1, "2.0-3.0"),)),
    "PSA": ("PSA", (Test("PSA", "PSA, total", "ng/mL", 1.6, 0.8, 1, "<4.0"),)),
    "UA": (
        "Urinalysis",
        (
            Test("UCOL", "Color, urine", "", 0, 0, 0, "Yellow", ("Yellow", "Amber")),
            Test("UNIT", "Nitrite, urine", "", 0, 0, 0, "Negative", ("Negative", "Positive")),
            Test("USG", "Specific gravity, urine", "", 1.016, 0.006, 3, "1.005-1.030"),
            Test("HRWK", "House remark (local)", "", 0, 0, 0, "", ("few bacteria", "see note")),
        ),
    ),
    "STREP": (
        "Rapid strep",
        (Test("RSTR", "Strep A antigen", "", 0, 0, 0, "Negative", ("Positive", "Negative")),),
    ),
}


def make_labs(world: World, visits: list[Visit]) -> None:
    """Orders of the visits' conditions with their results."""
    draw = Draw("labs")
    for visit in visits:
        wanted = list(visit.reason.panels)
        for condition in visit.conditions:
            wanted += [p for p in condition.panels if draw.chance(0.35) and p not in wanted]
        if visit.patient["SEX"] == "M" and visit.age > 55 and draw.chance(0.12):
            wanted.append("PSA")
        for panel in wanted:
            if draw.chance(0.6):
                _order(world, draw, visit, panel)


def _stamp(visit: Visit, hour: int, minute: int) -> str:
    return visit.day.strftime("%Y%m%d") + f"{hour:02d}{minute:02d}00"


def _order(world: World, draw: Draw, visit: Visit, panel: str) -> None:
    name, tests = PANELS[panel]
    recent = (FREEZE - visit.day).days < 6
    status = "O" if recent else ("X" if draw.chance(0.03) else "F")
    order = world.add(
        "lab_orders",
        {
            "ORD_ID": world.number("order", 200001),
            "PAT_ID": visit.patient["PAT_ID"],
            "ENC_ID": visit.encounter["ENC_ID"],
            "PROV_ID": visit.encounter["PROV_ID"],
            "PANEL_CD": panel,
            "PANEL_NAME": name,
            "ORD_DTTM": _stamp(visit, 10, draw.whole(0, 59)),
            "COLL_DTTM": _stamp(visit, 11, draw.whole(0, 59)) if status != "X" else "",
            "REPORTED_DTTM": _stamp(visit, 17, draw.whole(0, 59)) if status == "F" else "",
            "STATUS": status,
            "LAB_NAME": draw.pick(("Quarry Reference Lab", "In house")),
            "FASTING": draw.pick(("Y", "N", "")),
        },
    )
    if status == "F":
        for test in tests:
            _result(world, draw, order, test)


def _value(draw: Draw, test: Test) -> str:
    if test.words:
        return draw.pick(test.words)
    if test.code in COMPARED and draw.chance(0.12 if test.code == "GLU" else 0.4):
        return COMPARED[test.code] if test.code != "GLU" or draw.chance(0.1) else "100"
    return f"{max(draw.near(test.middle, test.spread), 0.01):.{test.places}f}"


def _flag(test: Test, value: str) -> str:
    low, _, high = test.reference.partition("-")
    try:
        number = float(value)
        return "H" if number > float(high) else ("L" if number < float(low) else "")
    except ValueError:
        return ""


def _result(world: World, draw: Draw, order: Row, test: Test) -> None:
    value = _value(draw, test)
    world.add(
        "lab_results",
        {
            "RES_ID": world.number("result", 300001),
            "ORD_ID": order["ORD_ID"],
            "PAT_ID": order["PAT_ID"],
            "TEST_CD": test.code,
            "TEST_NAME": test.name,
            "RES_TYPE": "T" if test.words else "N",
            "RESULT": value,
            "UNITS": test.units,
            "REF_RANGE": test.reference,
            "FLAG": _flag(test, value),
            "RES_DTTM": order["REPORTED_DTTM"],
            "STATUS": draw.pick("FFFFFFFFFFFFFFFC"),
            "COMMENT": "hemolyzed slightly" if draw.chance(0.01) else "",
            "VOIDED": "Y" if draw.chance(0.005) else "N",
        },
    )
