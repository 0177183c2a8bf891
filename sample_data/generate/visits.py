"""Ten years of visits: the appointment book, encounters, diagnoses, vitals, procedures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sample_data.generate.conditions import CHRONIC, PASSING, WELL_ADULT, WELL_CHILD, Condition
from sample_data.generate.people import age_on, alive_until
from sample_data.generate.world import FIRST_DAY, FREEZE, Draw, Row, World, clock, parse_us, us

VISIT_KINDS = {"OV": "FU", "NP": "NEW", "PE": "PHYS", "NV": "SHOT", "TH": "FU", "BH": "BH"}


@dataclass(frozen=True)
class Visit:
    """One completed visit, for the modules that hang clinical rows and money on it."""

    patient: Row
    encounter: Row
    day: date
    age: int
    reason: Condition
    conditions: tuple[Condition, ...]


def make_visits(world: World) -> list[Visit]:
    """Encounters of all patients in the order of their days, numbered in that order."""
    draw = Draw("visits")
    planned: list[tuple[date, int, Row, tuple[Condition, ...]]] = []
    for place, patient in enumerate(world.rows("patients")):
        chronic = _chronic(draw, patient)
        for day in _days(draw, patient):
            planned.append((day, place, patient, chronic))
    planned.sort(key=lambda item: (item[0], item[1]))
    seen: set[str] = set()
    visits = []
    for day, _, patient, chronic in planned:
        visits.append(_visit(world, draw, patient, day, chronic, patient["PAT_ID"] not in seen))
        seen.add(patient["PAT_ID"])
    _book(world, Draw("book"))
    return visits


def _chronic(draw: Draw, patient: Row) -> tuple[Condition, ...]:
    age = age_on(patient, FREEZE)
    fitting = [c for c in CHRONIC if c.ages[0] <= age <= c.ages[1]]
    return tuple(c for c in fitting if draw.chance(0.12 + age / 400))


def _days(draw: Draw, patient: Row) -> list[date]:
    first = max(parse_us(patient["REG_DT"]), FIRST_DAY)
    last = alive_until(patient)
    if patient["STATUS"] == "M":
        last = min(last, date(2019, 3, 1))
    rate = 0.5 if patient["STATUS"] in "IM" else draw.pick((0.7, 1.1, 1.6, 2.4))
    count = int(max(1, (last - first).days / 365 * rate))
    days = {draw.day(first, last) for _ in range(count)} if first < last else set()
    return sorted(day for day in days if day.weekday() < 6)


def _visit(
    world: World, draw: Draw, patient: Row, day: date, chronic: tuple[Condition, ...], new: bool
) -> Visit:
    age = age_on(patient, day)
    known = tuple(c for c in chronic if c.ages[0] <= age)
    kind, reason = _kind(draw, age, known, new)
    minutes = 8 * 60 + 15 * draw.whole(0, 32)
    number = world.number("encounter", 20001)
    provider = "15" if kind == "BH" else draw.pick(("14", "13") if age < 18 else ("11", "12", "13"))
    if day < date(2018, 7, 1) and provider == "11":
        provider = "16"
    encounter = world.add(
        "encounters",
        {
            "ENC_ID": number,
            "PAT_ID": patient["PAT_ID"],
            "PROV_ID": provider,
            "LOC_ID": "2" if provider == "14" else "1",
            "START_DTTM": f"{day.isoformat()} {minutes // 60:02d}:{minutes % 60:02d}:00",
            "END_DTTM": f"{day.isoformat()} {(minutes + 20) // 60:02d}:{(minutes + 20) % 60:02d}:00"
            if draw.chance(0.9)
            else "",
            "ENC_TYPE": kind,
            "STATUS": "O" if (FREEZE - day).days < 4 else "C",
            "REASON": reason.text if draw.chance(0.9) else "",
            "VISIT_NO": f"V{number}",
            "LOCKED": "Y",
            "TEMPLATE_ID": str(draw.whole(1, 9)),
        },
    )
    visit = Visit(patient, encounter, day, age, reason, known)
    _diagnoses(world, draw, visit)
    _appointment(world, draw, patient, day, minutes, kind, encounter)
    if kind in ("OV", "NP", "PE"):
        _vitals(world, draw, visit)
    return visit


def _kind(draw: Draw, age: int, known: tuple[Condition, ...], new: bool) -> tuple[str, Condition]:
    if age < 18 and draw.chance(0.45):
        return "PE", WELL_CHILD
    if age >= 18 and draw.chance(0.2):
        return "PE", WELL_ADULT
    low = next((c for c in known if c.text == "Depression"), None)
    if low and draw.chance(0.25):
        return "BH", low
    if known and draw.chance(0.6):
        reason = draw.pick(known)
    else:
        reason = draw.pick([c for c in PASSING if c.ages[0] <= age <= c.ages[1]])
    return ("NP" if new else draw.pick(("OV", "OV", "OV", "OV", "TH"))), reason


def _diagnoses(world: World, draw: Draw, visit: Visit) -> None:
    listed = [visit.reason, *(c for c in visit.conditions if c is not visit.reason)][:3]
    for place, condition in enumerate(listed):
        if place and draw.chance(0.5):
            continue
        old = visit.day < date(2016, 3, 1)
        world.add(
            "encounter_dx",
            {
                "DX_ID": world.number("dx", 30001),
                "ENC_ID": visit.encounter["ENC_ID"],
                "PAT_ID": visit.patient["PAT_ID"],
                "SEQ": str(place + 1),
                "ICD": condition.icd9 if old else condition.icd10,
                "ICD_VER": "9" if old else "10",
                "DESCR": condition.text,
            },
        )


def _vitals(world: World, draw: Draw, visit: Visit) -> None:
    age = visit.age
    adult = age >= 18
    height = 64.5 if adult else min(64.0, 20.0 + age * 2.9)
    weight = draw.near(178, 30) if adult else 8 + age * 7.2
    world.add(
        "vitals",
        {
            "VIT_ID": world.number("vitals", 40001),
            "PAT_ID": visit.patient["PAT_ID"],
            "ENC_ID": visit.encounter["ENC_ID"],
            "VIT_DT": visit.encounter["START_DTTM"],
            "HEIGHT_IN": f"{draw.near(height, 2):.1f}" if draw.chance(0.6) else "",
            "WEIGHT_LB": f"{weight:.1f}",
            "BMI": f"{draw.near(27, 4):.1f}" if adult and draw.chance(0.4) else "",
            "HEAD_CIRC_IN": f"{draw.near(17.5, 1):.1f}" if age < 2 else "",
            "TEMP_F": f"{draw.near(98.4, 0.6):.1f}",
            "BP_SYS": str(int(draw.near(128, 14))) if age >= 3 else "",
            "BP_DIA": str(int(draw.near(78, 8))) if age >= 3 and draw.chance(0.99) else "",
            "PULSE": str(int(draw.near(74, 10))),
            "RESP": str(draw.whole(12, 20)) if draw.chance(0.6) else "",
            "O2SAT": str(draw.whole(94, 100)) if draw.chance(0.7) else "",
            "PAIN": str(draw.whole(0, 8)) if draw.chance(0.25) else "",
            "TAKEN_BY": draw.pick(("MA1", "MA2")),
            "VOIDED": "Y" if draw.chance(0.01) else "N",
        },
    )


def _appointment(
    world: World,
    draw: Draw,
    patient: Row,
    day: date,
    minutes: int,
    kind: str,
    encounter: Row | None,
    status: str = "CO",
) -> None:
    length = draw.pick((15, 20, 30))
    world.add(
        "appointments",
        {
            "APPT_ID": world.number("appointment", 70001),
            "PAT_ID": patient["PAT_ID"],
            "PROV_ID": encounter["PROV_ID"] if encounter else draw.pick(("11", "12", "13")),
            "LOC_ID": encounter["LOC_ID"] if encounter else "1",
            "APPT_DT": us(day),
            "START_TM": clock(minutes),
            "END_TM": clock(minutes + length),
            "MINUTES": str(length),
            "TYPE_CD": VISIT_KINDS.get(kind, "SICK"),
            "STATUS": status,
            "REASON": encounter["REASON"] if encounter else "",
            "ENC_ID": encounter["ENC_ID"] if encounter else "",
            "MADE_DT": us(day - timedelta(days=draw.whole(0, 40))),
            "CONFIRMED": draw.pick(("", "Y", "N")),
        },
    )


def _book(world: World, draw: Draw) -> None:
    """Appointments without a visit: missed and cancelled ones, and the book ahead."""
    patients = [p for p in world.rows("patients") if p["STATUS"] == "A"]
    for _ in range(110):
        patient = draw.pick(patients)
        day = draw.day(max(FIRST_DAY, parse_us(patient["REG_DT"])), FREEZE - timedelta(days=2))
        status = draw.pick(("NS", "CX", "CX", "RS"))
        _appointment(world, draw, patient, day, 540 + 15 * draw.whole(0, 20), "OV", None, status)
    for _ in range(64):
        day = draw.day(FREEZE, FREEZE + timedelta(days=120))
        day += timedelta(days=2 if day.weekday() > 4 else 0)
        kind = draw.pick(("OV", "PE", "OV", "NV"))
        minutes = 540 + 15 * draw.whole(0, 24)
        status = "CX" if draw.chance(0.06) else "BK"
        _appointment(world, draw, draw.pick(patients), day, minutes, kind, None, status)
