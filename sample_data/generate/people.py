"""Patients, their merge records, guarantors, coverage and contacts."""

from __future__ import annotations

from datetime import date, timedelta

from sample_data.generate.words import EMPLOYERS, FIRST_F, FIRST_M, LAST, STREETS, TOWNS
from sample_data.generate.world import FREEZE, Draw, Row, World, parse_us, short, us

PATIENTS = 150
RACES = ("W", "W", "W", "W", "B", "B", "A", "N", "H", "O", "D", "")
LANGUAGES = ("EN", "EN", "EN", "EN", "EN", "ES", "ES", "PL", "")


def make_people(world: World) -> None:
    """150 patients with everything that hangs on their registration."""
    draw = Draw("people")
    for _ in range(PATIENTS):
        _patient(world, draw)
    _merges(world)
    for patient in world.rows("patients"):
        _guarantor(world, draw, patient)
        _coverages(world, draw, patient)


def _birth(draw: Draw) -> date:
    low, high = draw.pick(((0, 6), (7, 17), (18, 40), (25, 64), (41, 64), (65, 92)))
    return FREEZE - timedelta(days=draw.whole(low * 365 + 60, high * 365 + 300))


def _patient(world: World, draw: Draw) -> Row:
    sex = draw.pick("FFM")
    birth = _birth(draw)
    registered = max(birth, draw.day(date(2012, 1, 1), date(2024, 10, 1)))
    status = "A" if draw.chance(0.84) else draw.pick("IIID")
    died = draw.day(max(date(2021, 1, 1), registered), date(2025, 6, 1)) if status == "D" else None
    town, zip_code = draw.pick(TOWNS)
    number = world.number("patient", 1001)
    first = draw.pick(FIRST_F if sex == "F" else FIRST_M)
    last = draw.pick(LAST)
    mail = f"{first}.{last}{number}@mail.example".lower().replace("'", "").replace("ñ", "n")
    return world.add(
        "patients",
        {
            "PAT_ID": number,
            "MRN": f"RF{int(number) + 4000:06d}",
            "LAST_NAME": last,
            "FIRST_NAME": first,
            "MIDDLE": draw.pick(("", "", "Q", "Jory", "X")),
            "SUFFIX": "Jr" if draw.chance(0.03) else "",
            "DOB": us(birth),
            "SEX": sex,
            "BIRTH_SEX": draw.pick((sex, sex, sex, "", "U")),
            "RACE_CD": draw.pick(RACES),
            "ETHN_CD": draw.pick(("N", "N", "N", "H", "D", "")),
            "LANG": draw.pick(LANGUAGES),
            "MARITAL": draw.pick(("S", "M", "D", "W", "")) if birth.year < 2004 else "S",
            "SSN": f"900-{draw.whole(10, 49)}-{draw.whole(1000, 9999)}" if draw.chance(0.7) else "",
            "ADDR1": f"{draw.whole(2, 980)} {draw.pick(STREETS)}",
            "ADDR2": f"Apt {draw.whole(1, 30)}" if draw.chance(0.2) else "",
            "CITY": town,
            "STATE": "IL",
            "ZIP": zip_code,
            "HOME_PHONE": f"312-555-{draw.whole(1000, 9999)}" if draw.chance(0.7) else "",
            "CELL_PHONE": f"(312) 555-{draw.whole(1000, 9999)}" if draw.chance(0.8) else "",
            "EMAIL": mail if draw.chance(0.5) else "",
            "STATUS": status,
            "DECEASED_DT": us(died) if died else ("0000-00-00" if draw.chance(0.1) else ""),
            "PCP_ID": draw.pick(("11", "12", "13", "14", "16")),
            "REG_DT": us(registered),
            "EMER_NAME": f"{draw.pick(FIRST_F)} {last}" if draw.chance(0.6) else "",
            "EMER_REL": draw.pick(("SP", "PA", "CH", "FR")),
            "EMER_PHONE": f"312-555-{draw.whole(1000, 9999)}",
            "ALERT_TXT": "Hard of hearing, face when speaking" if draw.chance(0.04) else "",
            "LAST_SCREEN": draw.pick(("SUMMARY", "BILLING", "")),
            "ROW_VER": str(draw.whole(1, 40)),
        },
    )


def _guarantor(world: World, draw: Draw, patient: Row) -> None:
    child = parse_us(patient["DOB"]) > date(FREEZE.year - 18, FREEZE.month, FREEZE.day)
    other = child or draw.chance(0.06)
    world.add(
        "guarantors",
        {
            "GUAR_ID": "G" + patient["PAT_ID"],
            "PAT_ID": patient["PAT_ID"],
            "REL": ("PA" if child else "SP") if other else "SELF",
            "LAST_NAME": patient["LAST_NAME"],
            "FIRST_NAME": draw.pick(FIRST_F + FIRST_M) if other else patient["FIRST_NAME"],
            "ADDR1": patient["ADDR1"],
            "CITY": patient["CITY"],
            "STATE": "IL",
            "ZIP": patient["ZIP"],
            "PHONE": patient["CELL_PHONE"] or "312-555-0199",
            "EMPLOYER": draw.pick(EMPLOYERS) if draw.chance(0.5) else "",
        },
    )


def _coverage(
    world: World, draw: Draw, patient: Row, payer: str, rank: int, eff: date, term: date | None
) -> None:
    rel = (
        "PA" if FREEZE.year - parse_us(patient["DOB"]).year < 18 else draw.pick(("SE", "SE", "SP"))
    )
    if payer in ("P03", "P04"):
        rel = "SE"
    open_end = draw.pick(("", "0000-00-00", "12/31/9999"))
    world.add(
        "insurance",
        {
            "INS_ID": world.number("insurance", 5001),
            "PAT_ID": patient["PAT_ID"],
            "PAYER_ID": payer,
            "RANK": str(rank),
            "MEMBER_ID": "" if draw.chance(0.03) else f"{payer}X{draw.whole(100000, 999999)}",
            "GROUP_NO": f"GRP{draw.whole(100, 999)}" if payer in ("P01", "P02") else "",
            "PLAN_NAME": draw.pick(("PPO 1000", "HMO Select", "Standard")) if rank == 1 else "",
            "SUBS_REL": rel,
            "SUBS_NAME": f"{draw.pick(FIRST_M)} {patient['LAST_NAME']}" if rel != "SE" else "",
            "EFF_DT": us(eff),
            "TERM_DT": us(term) if term else open_end,
            "COPAY": draw.pick(("20.00", "25.00", "40.00", "")),
            "CARD_SCANNED": draw.pick("YN"),
        },
    )


def _coverages(world: World, draw: Draw, patient: Row) -> None:
    birth, registered = parse_us(patient["DOB"]), parse_us(patient["REG_DT"])
    if draw.chance(0.07):
        return
    start = max(birth, registered.replace(month=1, day=1))
    turning = date(birth.year + 65, birth.month, 1)
    if turning <= FREEZE:
        eff = max(turning, start)
        if eff > start:
            _coverage(world, draw, patient, draw.pick(("P01", "P02")), 1, start, eff)
        _coverage(world, draw, patient, "P03", 1, eff, None)
        if draw.chance(0.5):
            _coverage(world, draw, patient, "P05", 2, eff, None)
        return
    kinds = ("P04", "P01", "P02") if birth.year > 2008 else ("P01", "P02", "P01", "P04")
    change = draw.day(start, FREEZE).replace(day=1)
    if change > start and draw.chance(0.55):
        _coverage(world, draw, patient, draw.pick(kinds), 1, start, change)
        _coverage(world, draw, patient, draw.pick(kinds), 1, change, None)
    else:
        _coverage(world, draw, patient, draw.pick(kinds), 1, start, None)
    if draw.chance(0.05):
        _coverage(world, draw, patient, "P06", 3, start, None)


def _merges(world: World) -> None:
    """Duplicate registrations that the practice merged: three plain ones and a chain of three."""
    rows = world.rows("patients")
    for old, into in ((40, 12), (77, 31), (120, 119), (58, 85), (85, 101)):
        kept, gone = rows[into], rows[old]
        for column in ("LAST_NAME", "FIRST_NAME", "DOB", "SEX", "SSN"):
            gone[column] = kept[column]
        gone["REG_DT"] = us(max(parse_us(gone["REG_DT"]), parse_us(kept["DOB"])))
        gone["STATUS"] = "M"
        if into == 85:
            kept["STATUS"] = "M"
        else:
            kept["STATUS"], kept["DECEASED_DT"] = "A", ""
        gone["DECEASED_DT"] = ""
        world.add(
            "patient_merges",
            {
                "MERGE_ID": world.number("merge"),
                "OLD_PAT_ID": gone["PAT_ID"],
                "NEW_PAT_ID": kept["PAT_ID"],
                "MERGE_DT": short(date(2019, 5, 4) + timedelta(days=int(gone["PAT_ID"]) - 900)),
                "MERGED_BY": "IH",
            },
        )


def alive_until(patient: Row) -> date:
    """The last day on which something can have happened to a patient."""
    text = patient["DECEASED_DT"]
    return parse_us(text) if "/" in text else FREEZE - timedelta(days=1)


def age_on(patient: Row, day: date) -> int:
    """Whole years, near enough for choosing what is done at a visit."""
    return int((day - parse_us(patient["DOB"])).days // 365.25)
