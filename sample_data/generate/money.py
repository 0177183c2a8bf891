"""The ledger: charges, claims and their remittances, payments, adjustments, accounts.

Every amount is kept in whole cents while it is made. What a charge still owes is its amount
less what was applied and adjusted; an overpaid charge is a credit; money taken in and applied
to nothing is unapplied. The three are never netted, as in the old system's own aging report.
"""

from __future__ import annotations

from datetime import date, timedelta

from sample_data.generate.practice import FEES
from sample_data.generate.visits import Visit
from sample_data.generate.world import FREEZE, Draw, Row, World, parse_us, short

VISIT_CPT = {"NP": "99203", "BH": "90834", "TH": "99213", "NV": "90471"}
PANEL_CPT = {"BMP": "80048", "LIPID": "80061", "A1C": "83036", "TSH": "84443", "CBC": "85025"}


def cents(text: str) -> int:
    return round(float(text) * 100)


def money(amount: int) -> str:
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


class Ledger:
    """Posts rows and remembers what each charge still owes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.draw = Draw("money")
        self.owed: dict[str, int] = {}
        self.charge_day: dict[str, date] = {}
        self.charge_patient: dict[str, str] = {}
        self.unapplied: dict[str, int] = {}
        self.orders: dict[str, list[str]] = {}
        for order in world.rows("lab_orders"):
            self.orders.setdefault(order["ENC_ID"], []).append(order["PANEL_CD"])

    def charge(self, visit: Visit, cpt: str) -> Row:
        amount = cents(FEES[cpt][1]) * (88 + 2 * min(visit.day.year - 2016, 6)) // 100
        row = self.world.add(
            "charges",
            {
                "CHG_ID": self.world.number("charge", 500001),
                "PAT_ID": visit.patient["PAT_ID"],
                "ENC_ID": visit.encounter["ENC_ID"],
                "PROV_ID": visit.encounter["PROV_ID"],
                "DOS": short(visit.day),
                "CPT": cpt,
                "MODIFIER": "25" if cpt.startswith("9921") and self.draw.chance(0.08) else "",
                "UNITS": "1",
                "AMOUNT": money(amount),
                "ICD1": visit.reason.icd10,
                "POSTED_DT": short(visit.day + timedelta(days=1)),
                "VOIDED": "Y" if self.draw.chance(0.008) else "N",
                "BATCH_NO": f"B{visit.day:%y%m}",
            },
        )
        if row["VOIDED"] == "N":
            self.owed[row["CHG_ID"]] = amount
            self.charge_day[row["CHG_ID"]] = visit.day
            self.charge_patient[row["CHG_ID"]] = visit.patient["PAT_ID"]
        return row

    def pay(
        self, patient: str, payer: str, day: date, parts: list[tuple[str, int]], over: int
    ) -> str:
        """A payment split over charges; ``over`` is left unapplied. Gives its number."""
        number = self.world.number("payment", 600001)
        self.world.add(
            "payments",
            {
                "PMT_ID": number,
                "PAT_ID": patient,
                "PAYER_ID": payer,
                "PMT_DT": short(day),
                "METHOD": "EFT" if payer else self.draw.pick(("CK", "CC", "CA")),
                "CHECK_NO": str(self.draw.whole(1000, 99999)) if payer else "",
                "AMOUNT": money(sum(part for _, part in parts) + over),
                "UNAPPLIED": money(over),
                "VOIDED": "N",
                "DEPOSIT_ID": f"DEP{day:%y%m%d}",
            },
        )
        for charge, part in parts:
            self.world.add(
                "payment_lines",
                {
                    "LINE_ID": self.world.number("payment line", 650001),
                    "PMT_ID": number,
                    "CHG_ID": charge,
                    "AMOUNT": money(part),
                },
            )
            self.owed[charge] -= part
        if over:
            self.unapplied[patient] = self.unapplied.get(patient, 0) + over
        return number

    def adjust(self, charge: str, day: date, kind: str, amount: int) -> None:
        self.world.add(
            "adjustments",
            {
                "ADJ_ID": self.world.number("adjustment", 700001),
                "PAT_ID": self.charge_patient[charge],
                "CHG_ID": charge,
                "ADJ_DT": short(day),
                "KIND": kind,
                "AMOUNT": money(amount),
                "POSTED_BY": self.draw.pick(("BILL1", "BILL2")),
                "VOIDED": "N",
            },
        )
        self.owed[charge] -= amount


def make_money(world: World, visits: list[Visit]) -> None:
    """Charges of every visit and what became of them up to freeze day."""
    ledger = Ledger(world)
    for visit in visits:
        if visit.encounter["STATUS"] == "O":
            continue
        charges = [ledger.charge(visit, cpt) for cpt in _codes(ledger, visit)]
        live = [row["CHG_ID"] for row in charges if row["VOIDED"] == "N"]
        coverage = _in_force(world, visit)
        if live and coverage:
            _claim(ledger, visit, [r for r in charges if r["VOIDED"] == "N"], coverage)
        _collect(ledger, visit, live)
    _accounts(ledger)


def _codes(ledger: Ledger, visit: Visit) -> list[str]:
    kind = visit.encounter["ENC_TYPE"]
    preventive = "99395" if visit.age >= 18 else "99392"
    first = VISIT_CPT.get(
        kind, preventive if kind == "PE" else ledger.draw.pick(("99213", "99214"))
    )
    codes = [first]
    done = ledger.orders.get(visit.encounter["ENC_ID"], [])
    codes += [PANEL_CPT[p] for p in done if p in PANEL_CPT]
    if done:
        codes.append("36415")
    if ledger.draw.chance(0.02):
        codes.append("FORM")
    return codes


def _in_force(world: World, visit: Visit) -> Row | None:
    for row in world.rows("insurance"):
        if row["PAT_ID"] == visit.patient["PAT_ID"] and row["RANK"] == "1":
            term = row["TERM_DT"]
            until = parse_us(term) if "/" in term else date.max
            if parse_us(row["EFF_DT"]) <= visit.day < until:
                return row
    return None


def _claim(ledger: Ledger, visit: Visit, charges: list[Row], coverage: Row) -> None:
    world, draw = ledger.world, ledger.draw
    billed = visit.day + timedelta(days=2)
    recent = (FREEZE - visit.day).days < 40
    status = "SUB" if recent else ("DEN" if draw.chance(0.03) else "PD")
    number = world.number("claim", 800001)
    world.add(
        "claims",
        {
            "CLAIM_NO": number,
            "PAT_ID": visit.patient["PAT_ID"],
            "ENC_ID": visit.encounter["ENC_ID"],
            "INS_ID": coverage["INS_ID"],
            "PROV_ID": visit.encounter["PROV_ID"],
            "BILLED_DT": short(min(billed, FREEZE)),
            "STATUS": status,
            "TOTAL": money(sum(cents(row["AMOUNT"]) for row in charges)),
            "DX1": visit.reason.icd10,
            "DX2": next((c.icd10 for c in visit.conditions if c is not visit.reason), ""),
            "CLEARING_ID": f"CH{number}",
        },
    )
    for place, row in enumerate(charges, start=1):
        world.add(
            "claim_lines",
            {
                "CLAIM_NO": number,
                "LINE_NO": str(place),
                "CHG_ID": row["CHG_ID"],
                "DOS": row["DOS"],
                "CPT": row["CPT"],
                "MODIFIER": row["MODIFIER"],
                "UNITS": row["UNITS"],
                "AMOUNT": row["AMOUNT"],
            },
        )
    if status != "SUB":
        _remit(ledger, visit, number, charges, coverage, status == "DEN")


def _remit(
    ledger: Ledger, visit: Visit, claim: str, charges: list[Row], coverage: Row, denied: bool
) -> None:
    draw = ledger.draw
    day = visit.day + timedelta(days=draw.whole(14, 38))
    parts: list[tuple[str, int]] = []
    allowed_sum = 0
    for row in charges:
        owed = ledger.owed[row["CHG_ID"]]
        allowed = 0 if denied or row["CPT"] == "FORM" else owed * draw.whole(58, 92) // 100
        allowed_sum += allowed
        if allowed:
            parts.append((row["CHG_ID"], allowed * draw.pick((80, 80, 100)) // 100))
            ledger.adjust(row["CHG_ID"], day, "CON", owed - allowed)
    paid = sum(part for _, part in parts)
    number = (
        ledger.pay(visit.patient["PAT_ID"], coverage["PAYER_ID"], day, parts, 0) if paid else ""
    )
    ledger.world.add(
        "remits",
        {
            "REMIT_ID": ledger.world.number("remit", 850001),
            "CLAIM_NO": claim,
            "PAT_ID": visit.patient["PAT_ID"],
            "PAYER_ID": coverage["PAYER_ID"],
            "REMIT_DT": short(day),
            "PMT_ID": number,
            "BILLED": money(sum(cents(row["AMOUNT"]) for row in charges)),
            "ALLOWED": money(allowed_sum),
            "PAID": money(paid),
            "PAT_RESP": money(allowed_sum - paid),
            "DENIAL_RSN": draw.pick(("Not covered on this date", "Missing modifier"))
            if denied
            else "",
            "STATUS": "D" if denied else "P",
        },
    )


def _collect(ledger: Ledger, visit: Visit, charges: list[str]) -> None:
    """The patient's own money: at the visit, by mail, too much, or never."""
    draw, patient = ledger.draw, visit.patient["PAT_ID"]
    age = (FREEZE - visit.day).days
    if draw.chance(0.03):
        ledger.pay(patient, "", visit.day, [], draw.pick((2000, 2500, 4000)))
    open_parts = [(c, ledger.owed[c]) for c in charges if ledger.owed[c] > 0]
    if open_parts and age > 75 and draw.chance(0.86):
        day = visit.day + timedelta(days=draw.whole(45, 74))
        if draw.chance(0.02):
            open_parts[0] = (open_parts[0][0], open_parts[0][1] + 1500)
        ledger.pay(patient, "", day, open_parts, 0)
    elif open_parts and age > 400:
        for charge, rest in open_parts:
            if draw.chance(0.8):
                kind = "SBW" if rest < 1000 else draw.pick(("BAD", "BAD", "CTY"))
                ledger.adjust(charge, visit.day + timedelta(days=380), kind, rest)


def _accounts(ledger: Ledger) -> None:
    """An account a patient, with the aging of freeze day."""
    world = ledger.world
    for guarantor in world.rows("guarantors"):
        patient = guarantor["PAT_ID"]
        buckets, credit = [0, 0, 0, 0], 0
        for charge, rest in ledger.owed.items():
            if ledger.charge_patient[charge] == patient:
                days = (FREEZE - ledger.charge_day[charge]).days
                if rest > 0:
                    buckets[min((max(days, 1) - 1) // 30, 3)] += rest
                else:
                    credit -= rest
        world.add(
            "accounts",
            {
                "ACCT_NO": f"A{patient}",
                "PAT_ID": patient,
                "GUAR_ID": guarantor["GUAR_ID"],
                "STATUS": "A",
                "AGE_0_30": money(buckets[0]),
                "AGE_31_60": money(buckets[1]),
                "AGE_61_90": money(buckets[2]),
                "AGE_91_UP": money(buckets[3]),
                "BALANCE": money(sum(buckets)),
                "CREDIT": money(credit),
                "UNAPPLIED": money(ledger.unapplied.get(patient, 0)),
                "LAST_STMT_DT": "12/31/2025" if sum(buckets) else "",
                "STMT_HOLD": "",
            },
        )
