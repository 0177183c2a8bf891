"""Care plans, referrals, procedures, the depression form, recalls and the access log."""

from __future__ import annotations

from datetime import timedelta

from sample_data.generate.visits import Visit
from sample_data.generate.world import FREEZE, Draw, World, us

PROCEDURES = (
    ("20610", "Joint injection, right knee", "Osteoarthritis, right knee"),
    ("69210", "Ear wax removal", "Impacted cerumen, bilateral"),
    ("94010", "Spirometry", "Asthma"),
    ("93000", "Electrocardiogram", "Atrial fibrillation"),
    ("11200", "Skin tag removal", "Dermatitis"),
)
SPECIALISTS = (
    ("CARD", "Dr Alabaster Quist, Cardiology", "Atrial fibrillation"),
    ("ORTH", "Larkspur Orthopedics", "Osteoarthritis, right knee"),
    ("PSYCH", "Dr Verity Stonecrop, Psychiatry", "Depression"),
    ("ENDO", "Millhaven Endocrine Clinic", "Type 2 diabetes mellitus"),
    ("PT", "Ferry Court Physical Therapy", "Low back pain"),
)


def make_plans(world: World, visits: list[Visit]) -> None:
    """Rows that follow from visits, in the visits' order."""
    draw = Draw("plans")
    planned: set[tuple[str, str]] = set()
    for visit in visits:
        _care_plan(world, draw, visit, planned)
        _referral(world, draw, visit)
        _procedure(world, draw, visit)
        if visit.reason.text == "Depression" and visit.age >= 16 and draw.chance(0.5):
            _form(world, draw, visit)
        if visit.age >= 65 and visit.encounter["ENC_TYPE"] == "PE":
            _fall_form(world, draw, visit)
        if draw.chance(0.05):
            _recall(world, draw, visit)
    _access_log(world, Draw("log"), visits)


def _care_plan(world: World, draw: Draw, visit: Visit, planned: set[tuple[str, str]]) -> None:
    for condition in visit.conditions:
        mark = (visit.patient["PAT_ID"], condition.icd10)
        if mark in planned or condition.icd10 not in ("E11.9", "I10", "F32.A"):
            continue
        if not draw.chance(0.4):
            continue
        planned.add(mark)
        world.add(
            "care_plans",
            {
                "CP_ID": world.number("plan", 95001),
                "PAT_ID": visit.patient["PAT_ID"],
                "ENC_ID": visit.encounter["ENC_ID"],
                "PROV_ID": visit.encounter["PROV_ID"],
                "TITLE": f"{condition.text} plan",
                "GOAL_TXT": draw.pick(("A1c < 7", "BP under 130/80", "Walk 20 min & sleep 7 h")),
                "PLAN_TXT": "Diet reviewed; home log kept.\nReturn in 3 months.",
                "STATUS": draw.pick("AAAC"),
                "START_DT": us(visit.day),
                "END_DT": "",
            },
        )


def _referral(world: World, draw: Draw, visit: Visit) -> None:
    fitting = [s for s in SPECIALISTS if s[2] == visit.reason.text]
    if not fitting or not draw.chance(0.3):
        return
    specialty, name, reason = fitting[0]
    world.add(
        "referrals",
        {
            "REF_ID": world.number("referral", 97001),
            "PAT_ID": visit.patient["PAT_ID"],
            "ENC_ID": visit.encounter["ENC_ID"],
            "PROV_ID": visit.encounter["PROV_ID"],
            "SPECIALTY": specialty,
            "REFER_TO": name,
            "REF_DT": us(visit.day),
            "URGENCY": draw.pick(("R", "R", "U", "")),
            "REASON": reason,
            "ICD": visit.reason.icd10,
            "STATUS": draw.pick(("SENT", "DONE", "DONE", "CANC")),
            "AUTH_NO": f"AUTH{draw.whole(1000, 9999)}" if draw.chance(0.3) else "",
        },
    )


def _procedure(world: World, draw: Draw, visit: Visit) -> None:
    for cpt, text, reason in PROCEDURES:
        if reason == visit.reason.text and draw.chance(0.5):
            world.add(
                "procedures",
                {
                    "PROC_ID": world.number("procedure", 98001),
                    "PAT_ID": visit.patient["PAT_ID"],
                    "ENC_ID": visit.encounter["ENC_ID"],
                    "PROV_ID": visit.encounter["PROV_ID"],
                    "CPT": cpt,
                    "DESCR": text,
                    "PROC_DT": us(visit.day),
                    "STATUS": draw.pick(("D", "D", "D", "D", "N")),
                    "NOT_DONE_RSN": "",
                    "COMMENT": "tolerated well" if draw.chance(0.3) else "",
                },
            )
            row = world.rows("procedures")[-1]
            if row["STATUS"] == "N":
                row["NOT_DONE_RSN"] = "patient changed their mind"


def _answer(world: World, form: str, visit: Visit, kind: str, question: str, answer: str) -> None:
    world.add(
        "form_answers",
        {
            "ANS_ID": world.number("answer", 110001),
            "FORM_ID": form,
            "FORM_CD": kind,
            "PAT_ID": visit.patient["PAT_ID"],
            "ENC_ID": visit.encounter["ENC_ID"],
            "FORM_DT": us(visit.day),
            "QUESTION": question,
            "ANSWER": answer,
        },
    )


def _form(world: World, draw: Draw, visit: Visit) -> None:
    form = world.number("form", 7001)
    answers = [draw.whole(0, 3) for _ in range(9)]
    for place, value in enumerate(answers, start=1):
        _answer(world, form, visit, "PHQ9", f"Q{place}", str(value))
    _answer(world, form, visit, "PHQ9", "TOTAL", str(sum(answers)))


def _fall_form(world: World, draw: Draw, visit: Visit) -> None:
    form = world.number("form", 7001)
    _answer(world, form, visit, "FALL", "Fallen in the past year?", draw.pick(("no", "yes, once")))
    _answer(world, form, visit, "FALL", "Worried about falling?", draw.pick(("no", "a little")))


def _recall(world: World, draw: Draw, visit: Visit) -> None:
    due = visit.day + timedelta(days=draw.pick((90, 180, 365)))
    world.add(
        "recalls",
        {
            "RECALL_ID": world.number("recall", 120001),
            "PAT_ID": visit.patient["PAT_ID"],
            "KIND": draw.pick(("A1C", "MAM", "COL", "PE", "CALL")),
            "DUE_DT": us(due),
            "STATUS": "O" if due > FREEZE else draw.pick("DDDX"),
            "OWNER": draw.pick(("11", "12", "")),
            "NOTE": "left message" if draw.chance(0.4) else "",
            "MADE_DT": us(visit.day),
        },
    )


def _access_log(world: World, draw: Draw, visits: list[Visit]) -> None:
    for visit in visits[::2]:
        world.add(
            "access_log",
            {
                "LOG_ID": world.number("log", 900001),
                "LOG_DTTM": visit.encounter["START_DTTM"],
                "USER_ID": draw.pick(("IH", "TB", "MA1", "MA2", "FRONT")),
                "PAT_ID": visit.patient["PAT_ID"],
                "ACTION": draw.pick(("VIEW", "VIEW", "EDIT", "PRINT")),
                "SCREEN": draw.pick(("CHART", "LEDGER")),
            },
        )
