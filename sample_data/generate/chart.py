"""The rest of the chart: problems, medications, allergies, shots, history, plans, referrals."""

from __future__ import annotations

from datetime import date, timedelta

from sample_data.generate.conditions import ALLERGENS, CHILD_VACCINES, VACCINES, Condition, Drug
from sample_data.generate.people import age_on, alive_until
from sample_data.generate.visits import Visit
from sample_data.generate.world import FREEZE, Draw, Row, World, parse_us, us


def make_chart(world: World, visits: list[Visit]) -> None:
    """Chart rows that follow from the visits, patient by patient."""
    draw = Draw("chart")
    by_patient: dict[str, list[Visit]] = {}
    for visit in visits:
        by_patient.setdefault(visit.patient["PAT_ID"], []).append(visit)
    for patient in world.rows("patients"):
        own = by_patient.get(patient["PAT_ID"], [])
        _allergies(world, draw, patient)
        _history(world, draw, patient, own)
        _shots(world, draw, patient, own)
        _problems_and_drugs(world, draw, patient, own)


def _onset(draw: Draw, day: date) -> str:
    """Onset as remembered: a day, a month, a year, nothing, or the old system's null date."""
    return draw.pick(
        (us(day), day.strftime("%m/%Y"), str(day.year), str(day.year), "", "0000-00-00")
    )


def _problem(
    world: World, draw: Draw, patient: Row, condition: Condition, day: date, status: str
) -> None:
    old = draw.chance(0.12)
    born = parse_us(patient["DOB"])
    world.add(
        "problems",
        {
            "PROB_ID": world.number("problem", 50001),
            "PAT_ID": patient["PAT_ID"],
            "ICD": condition.icd9 if old else condition.icd10,
            "ICD_VER": "9" if old else "10",
            "DESCR": condition.text,
            "STATUS": status,
            "ONSET_DT": _onset(draw, max(day - timedelta(days=draw.whole(0, 900)), born)),
            "RESOLVED_DT": us(min(day + timedelta(days=30), FREEZE)) if status == "R" else "",
            "NOTED_DT": us(day),
            "NOTED_BY": draw.pick(("11", "12", "13")),
            "COMMENT": "per patient" if draw.chance(0.06) else "",
            "VOIDED": "Y" if draw.chance(0.02) else "N",
            "LAST_SCREEN": "PROBLIST",
        },
    )


def _problems_and_drugs(world: World, draw: Draw, patient: Row, own: list[Visit]) -> None:
    noted: set[str] = set()
    for visit in own:
        for condition in visit.conditions:
            if condition.icd10 not in noted:
                noted.add(condition.icd10)
                status = draw.pick("AAAAAAI")
                _problem(world, draw, patient, condition, visit.day, status)
                for drug in condition.drugs[: draw.whole(1, 2)]:
                    _drug(world, draw, visit, drug, status == "A")
            elif condition.drugs and draw.chance(0.12):
                _drug(world, draw, visit, condition.drugs[0], True)
        passing = visit.reason not in visit.conditions and visit.reason.icd10[0] != "Z"
        if passing:
            if draw.chance(0.25):
                _problem(world, draw, patient, visit.reason, visit.day, draw.pick("RRRN"))
            for drug in visit.reason.drugs[:1]:
                _drug(world, draw, visit, drug, False)


def _drug(world: World, draw: Draw, visit: Visit, drug: Drug, ongoing: bool) -> None:
    stop = "" if ongoing else us(min(visit.day + timedelta(days=10), FREEZE))
    reported = draw.chance(0.06)
    doctor = visit.encounter["PROV_ID"]
    if doctor == "15":  # a counsellor prescribes nothing
        doctor = visit.patient["PCP_ID"]
    world.add(
        "medications",
        {
            "MED_ID": world.number("medication", 60001),
            "PAT_ID": visit.patient["PAT_ID"],
            "ENC_ID": "" if reported else visit.encounter["ENC_ID"],
            "PROV_ID": "" if reported else doctor,
            "DRUG_CD": "" if draw.chance(0.05) else drug.code,
            "DRUG_NAME": f"{drug.name} {drug.strength} {drug.unit} {drug.form}",
            "DOSE": drug.dose,
            "DOSE_UNIT": drug.unit,
            "SIG": drug.sig if draw.chance(0.9) else drug.sig.upper() + "  ",
            "QTY": drug.quantity,
            "REFILLS": str(draw.whole(0, 5)),
            "START_DT": us(visit.day),
            "STOP_DT": stop or draw.pick(("", "", "0000-00-00")),
            "STATUS": draw.pick("AAAAH") if ongoing else draw.pick("CCS"),
            "SOURCE": "R" if reported else "P",
            "PHARMACY": draw.pick(("Larkspur Drug", "Quarry Rx", "")),
            "VOIDED": "Y" if draw.chance(0.015) else "N",
        },
    )


def _allergies(world: World, draw: Draw, patient: Row) -> None:
    roll = draw.chance(0.62)
    listed: list[tuple[str, str, str, tuple[str, ...]]] = []
    if roll:
        listed = [("NKDA", "NKDA", "", ("",))]
    elif draw.chance(0.9):
        listed = sorted({draw.pick(ALLERGENS) for _ in range(draw.whole(1, 3))})
    day = parse_us(patient["REG_DT"])
    for code, text, kind, reactions in listed:
        reaction = draw.pick(reactions)
        onset = draw.pick(("", "", "childhood", str(day.year - 8), "0000-00-00"))
        world.add(
            "allergies",
            {
                "ALG_ID": world.number("allergy", 80001),
                "PAT_ID": patient["PAT_ID"],
                "ALLERGEN_CD": code,
                "ALLERGEN": text,
                "KIND": kind,
                "REACTION": reaction,
                "SEVERITY": draw.pick(("1", "2", "3", "")) if reaction else "",
                "STATUS": "A" if code == "NKDA" else draw.pick("AAAAAIE"),
                "ONSET": "" if code == "NKDA" else onset,
                "ENTERED_DT": us(day),
                "ENTERED_BY": draw.pick(("MA1", "MA2")),
            },
        )


def _history(world: World, draw: Draw, patient: Row, own: list[Visit]) -> None:
    for visit in own[::4]:
        if visit.age < 14:
            continue
        for kind, value in (
            ("SMOKE", draw.pick(("N", "N", "N", "F", "C", "S", "U"))),
            ("ALC", draw.pick(("none", "2-3 drinks a week", "social", "quit 2012"))),
        ):
            if kind == "ALC" and draw.chance(0.5):
                continue
            world.add(
                "social_history",
                {
                    "SH_ID": world.number("history", 85001),
                    "PAT_ID": patient["PAT_ID"],
                    "ENC_ID": visit.encounter["ENC_ID"],
                    "KIND": kind,
                    "VALUE": value,
                    "REC_DT": us(visit.day),
                },
            )


def _shot(world: World, draw: Draw, patient: Row, day: date, vaccine: tuple[str, str, str]) -> None:
    code, name, route = vaccine
    status = draw.pick("GGGGGGGGHR")
    given = status == "G"
    world.add(
        "immunizations",
        {
            "IMM_ID": world.number("shot", 90001),
            "PAT_ID": patient["PAT_ID"],
            "CVX": code,
            "VACCINE": name,
            "STATUS": status,
            "GIVEN_DT": us(day) if status != "H" else draw.pick((str(day.year), us(day))),
            "REFUSAL_RSN": draw.pick(("PAT", "REL", "MED")) if status == "R" else "",
            "LOT_NO": f"L{draw.whole(1000, 9999)}" if given else "",
            "MFR": draw.pick(("Fictivax", "Sampleline")) if given else "",
            "EXP_DT": us(day + timedelta(days=300)) if given else "",
            "SITE": draw.pick(("LA", "RA")) if given else "",
            "ROUTE": route if given else "",
            "DOSE_ML": "0.5" if given else "",
            "PROV_ID": draw.pick(("11", "13", "14")) if given else "",
            "FUNDING": draw.pick(("PVT", "VFC", "")),
        },
    )


def _shots(world: World, draw: Draw, patient: Row, own: list[Visit]) -> None:
    for visit in own:
        if draw.chance(0.35):
            _shot(world, draw, patient, visit.day, draw.pick(_fitting(visit.age)))
    if age_on(patient, FREEZE) < 10:
        day = parse_us(patient["DOB"]) + timedelta(days=65)
        for vaccine in CHILD_VACCINES[:3]:
            if day < alive_until(patient):
                _shot(world, draw, patient, day, vaccine)
            day += timedelta(days=61)


def _fitting(age: int) -> tuple[tuple[str, str, str], ...]:
    if age < 12:
        return CHILD_VACCINES
    return VACCINES if age >= 50 else (VACCINES[0], VACCINES[1], VACCINES[4])
