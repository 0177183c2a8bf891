"""The seeded defects of the export, and what must become of each: the answer key."""

from __future__ import annotations

from sample_data.generate import files
from sample_data.generate.seeding import Seeder
from sample_data.generate.world import KeyLine, Row, World

NOBODY = "9999"
EXTRA_FIELD, OPEN_QUOTE, NUL, CUT = "@@extra@@", "@@quote@@", "@@nul@@", "@@cut@@"


def seed_defects(world: World) -> None:
    """Every family of defects; the truncated line comes last, at the end of its file."""
    seeder = Seeder(world)
    for family in (
        _combined_allergies,
        _orphans,
        _held_back_parents,
        _duplicates,
        _unknown_statuses,
        _impossible_dates,
        _missing_values,
        _not_numbers,
        _wrong_forms,
        _doses,
        _wrong_patients,
        _unmapped_codes,
        _merge_circle,
        _overlap,
        _implausible,
        _broken_lines,
    ):
        family(seeder)


def _combined_allergies(s: Seeder) -> None:
    """Two charts of one person: one says "no known allergies", the other knows one."""
    merges = s.world.rows("patient_merges")
    family = {row[end] for row in merges for end in ("OLD_PAT_ID", "NEW_PAT_ID")}
    rows = s.world.tables["allergies"]
    s.world.tables["allergies"] = [row for row in rows if row["PAT_ID"] not in family]
    some = next(row for row in rows if row["ALLERGEN_CD"] == "PCN" and row["REACTION"])
    none = next(row for row in rows if row["ALLERGEN_CD"] == "NKDA")
    old, kept = merges[0]["OLD_PAT_ID"], merges[0]["NEW_PAT_ID"]
    s.copy("allergies", some, PAT_ID=old, STATUS="A")
    row = s.copy("allergies", none, PAT_ID=kept)
    s.note("allergies", row, "combined-charts", "mapped", "safety.no-known-allergies")


def _orphans(s: Seeder) -> None:
    for table, places in (
        ("encounters", (40, 700)),
        ("immunizations", (9,)),
        ("notes", (50,)),
        ("charges", (100,)),
    ):
        for place in places:
            row = s.copy(table, s.take(table, place), PAT_ID=NOBODY)
            if table == "encounters":
                row["VISIT_NO"] = "V" + row["ENC_ID"]
            s.note(table, row, "orphan-patient", "rejected", "MAP010", "no such patient")
    row = s.copy("encounter_dx", s.take("encounter_dx", 33), ENC_ID="19999")
    s.note("encounter_dx", row, "orphan-visit", "rejected", "MAP010", "no such visit")
    row = s.copy("lab_results", s.take("lab_results", 70), ORD_ID="199999")
    s.note("lab_results", row, "orphan-order", "mapped", "MAP020", "kept without its order")
    row = s.copy("documents", s.take("documents", 3), FILE_PATH="DOCS\\2019\\GONE.PDF")
    s.note("documents", row, "missing-file", "rejected", "MAP010", "the file is not in the export")
    path = "docs/2020/unindexed.pdf"
    s.world.files[path] = files.pdf(["A page that no document row names (fictional)"])
    note = "no document row names the file"
    s.world.key.append(
        KeyLine("export_files", {}, path, "unindexed-file", "rejected", "MAP015", note)
    )


def _held_back_parents(s: Seeder) -> None:
    row = s.copy("payment_lines", _any(s, "payment_lines", 20), PMT_ID="599999", AMOUNT="5.00")
    s.note("payment_lines", row, "orphan-part", "rejected", "MAP016", "no such payment")
    row = s.copy(
        "claim_lines", _any(s, "claim_lines", 30), CLAIM_NO="799999", LINE_NO="1", CHG_ID=""
    )
    s.note("claim_lines", row, "orphan-part", "rejected", "MAP016", "no such claim")
    claim = s.copy("claims", s.take("claims", 60), STATUS="ZZ")
    s.note("claims", claim, "unknown-status", "rejected", "MAP012")
    line = s.copy(
        "claim_lines",
        _any(s, "claim_lines", 31),
        CLAIM_NO=claim["CLAIM_NO"],
        LINE_NO="1",
        CHG_ID="",
    )
    s.note("claim_lines", line, "part-of-held-back", "rejected", "MAP016", "its claim is held back")


def _any(s: Seeder, table: str, place: int) -> Row:
    return s.world.rows(table)[place]


def _duplicates(s: Seeder) -> None:
    for table, place in (("problems", 12), ("problems", 88), ("allergies", 15), ("lab_results", 9)):
        row = dict(s.take(table, place))
        s.world.add(table, row)
        s.note(table, row, "exact-duplicate", "merged", "", "equal to an earlier row")
    for table, place, column, value in (
        ("problems", 40, "STATUS", "I"),
        ("medications", 33, "SIG", "2 tabs po tid"),
        ("immunizations", 21, "LOT_NO", "L0000"),
    ):
        first = s.take(table, place, lambda row: row["STATUS"] in "AG")
        second = {**first, column: value}
        s.used.add(id(second))
        s.world.add(table, second)
        for row in (first, second):
            s.note(table, row, "conflicting-duplicate", "rejected", "MAP013", f"differ in {column}")


def _change(s: Seeder, table: str, place: int, column: str, value: str) -> Row:
    row = s.take(table, place)
    row[column] = value
    return row


def _unknown_statuses(s: Seeder) -> None:
    for table, place, value in (
        ("problems", 60, "Q"),
        ("medications", 70, "Z"),
        ("allergies", 22, "9"),
        ("appointments", 200, "ZZ"),
        ("immunizations", 50, "W"),
        ("referrals", 4, "LOST"),
        ("lab_results", 300, "Q"),
        ("recalls", 6, "?"),
    ):
        row = _change(s, table, place, "STATUS", value)
        s.note(table, row, "unknown-status", "rejected", "MAP012")


def _impossible_dates(s: Seeder) -> None:
    for table, place, column, value in (
        ("immunizations", 80, "GIVEN_DT", "02/30/2021"),
        ("problems", 20, "NOTED_DT", "13/45/2019"),
        ("vitals", 100, "VIT_DT", "2019-02-29 10:15:00"),
        ("notes", 120, "NOTE_DTTM", "2021-06-31 09:00:00"),
        ("social_history", 30, "REC_DT", "00/12/2020"),
        ("care_plans", 5, "START_DT", "04/31/2022"),
    ):
        row = _change(s, table, place, column, value)
        s.note(table, row, "impossible-date", "rejected", "MAP002", column)


def _missing_values(s: Seeder) -> None:
    row = _change(s, "medications", 110, "DRUG_NAME", "")
    row["DRUG_CD"] = ""
    s.note("medications", row, "missing-required", "rejected", "MAP001", "no drug")
    row = _change(s, "problems", 75, "DESCR", "")
    row["ICD"] = ""
    s.note("problems", row, "missing-required", "rejected", "MAP001", "no diagnosis")
    row = s.copy("immunizations", s.take("immunizations", 90), PAT_ID="")
    s.note("immunizations", row, "missing-required", "rejected", "MAP001", "no patient")
    row = _change(s, "appointments", 150, "START_TM", "")
    s.note("appointments", row, "missing-required", "rejected", "MAP001", "no start")


def _not_numbers(s: Seeder) -> None:
    for place, value in ((120, "clotted"), (160, "1O4")):
        row = s.take("lab_results", place, lambda row: row["RES_TYPE"] == "N")
        row["RESULT"] = value
        s.note("lab_results", row, "not-a-number", "rejected", "MAP003", "declared as a number")
    row = _change(s, "vitals", 140, "WEIGHT_LB", "refused")
    s.note("vitals", row, "not-a-number", "rejected", "MAP003", "WEIGHT_LB")
    row = s.copy("charges", s.take("charges", 210), UNITS="one", AMOUNT="20.00")
    s.note("charges", row, "not-a-number", "rejected", "MAP003", "UNITS")


def _wrong_forms(s: Seeder) -> None:
    row = _change(s, "medications", 130, "SOURCE", "Q")
    s.note("medications", row, "wrong-form", "rejected", "MAP004", "SOURCE is neither R nor P")


def _doses(s: Seeder) -> None:
    for code in ("LISIN10", "METF500", "LEVOT50"):
        of_code = [
            row
            for row in s.world.rows("medications")
            if row["DRUG_CD"] == code and row["PAT_ID"] in s.plain and id(row) not in s.used
        ]
        row = s.copy("medications", of_code[-1])
        row["DOSE"] = of_code[-1]["DOSE"] + "0"
        row["DRUG_NAME"] = row["DRUG_NAME"].replace(of_code[-1]["DOSE"], row["DOSE"])
        row["STATUS"], row["STOP_DT"], row["VOIDED"] = "A", "", "N"
        s.note("medications", row, "tenfold-dose", "mapped", "plausibility.dose-jump")


def _wrong_patients(s: Seeder) -> None:
    for table, place, column, other in (
        ("vitals", 200, "ENC_ID", "encounters"),
        ("notes", 210, "ENC_ID", "encounters"),
        ("medications", 140, "ENC_ID", "encounters"),
        ("lab_results", 400, "ORD_ID", "lab_orders"),
    ):
        row = s.take(table, place, lambda row, column=column: bool(row[column]))  # type: ignore[misc]
        far = s.take(other, place + 77, lambda far, row=row: far["PAT_ID"] != row["PAT_ID"])  # type: ignore[misc]
        row[column] = far[column]
        s.note(table, row, "wrong-patient", "mapped", "safety.subject-mismatch", column)


def _unmapped_codes(s: Seeder) -> None:
    for table, place, column, value in (
        ("lab_results", 500, "TEST_CD", "XLAB7"),
        ("immunizations", 110, "CVX", "LOCAL9"),
        ("medications", 160, "DRUG_CD", "MYSTERY1"),
    ):
        row = _change(s, table, place, column, value)
        s.note(table, row, "unmapped-code", "mapped", "MAP021", "kept as text")
    row = s.take("allergies", 10, lambda row: row["KIND"] == "F")
    row["ALLERGEN_CD"], row["ALLERGEN"] = "KIWI", "Kiwi fruit"
    s.note("allergies", row, "unmapped-code", "mapped", "MAP021", "kept as text")


def _merge_circle(s: Seeder) -> None:
    rows = s.world.rows("patients")
    pair = [
        s.copy("patients", rows[place], MRN=f"RF99{place:04d}", STATUS="M", SSN="", EMAIL="")
        for place in (10, 11)
    ]
    for old, new in (pair, pair[::-1]):
        s.note("patients", old, "merge-circle", "rejected", "MAP014")
        merge = s.copy("patient_merges", s.world.rows("patient_merges")[0])
        merge["OLD_PAT_ID"], merge["NEW_PAT_ID"] = old["PAT_ID"], new["PAT_ID"]
        s.note("patient_merges", merge, "merge-circle", "rejected", "MAP014")
    row = s.copy("allergies", s.take("allergies", 40), PAT_ID=pair[0]["PAT_ID"])
    s.note("allergies", row, "held-back-patient", "rejected", "MAP011", "in a merge circle")


def _overlap(s: Seeder) -> None:
    referral = s.take("referrals", 8)
    covers = [r for r in s.world.rows("insurance") if r["PAT_ID"] == referral["PAT_ID"]]
    first = covers[0] if covers else s.world.rows("insurance")[0]
    row = s.copy(
        "insurance",
        first,
        PAT_ID=referral["PAT_ID"],
        PAYER_ID="P02",
        RANK="1",
        EFF_DT="01/01/2016",
        TERM_DT="",
        MEMBER_ID="P02X000001",
    )
    s.note("insurance", row, "overlapping-coverage", "mapped", "MAP024", "two first payers at once")


def _implausible(s: Seeder) -> None:
    row = _change(s, "vitals", 260, "TEMP_F", "986")
    s.note("vitals", row, "lost-decimal-point", "mapped", "plausibility.range", "TEMP_F")
    row = _change(s, "vitals", 300, "WEIGHT_LB", "1784")
    s.note("vitals", row, "lost-decimal-point", "mapped", "plausibility.range", "WEIGHT_LB")
    row = _change(s, "immunizations", 130, "GIVEN_DT", "06/01/1903")
    row["STATUS"] = "G"
    s.note("immunizations", row, "before-birth", "mapped", "plausibility.before-birth")


def _broken_lines(s: Seeder) -> None:
    for table, place, column, mark, code in (
        ("medications", 180, "SIG", OPEN_QUOTE, "EXT011"),
        ("allergies", 50, "REACTION", EXTRA_FIELD, "EXT010"),
        ("problems", 110, "COMMENT", EXTRA_FIELD, "EXT010"),
        ("social_history", 60, "VALUE", NUL, "EXT014"),
    ):
        row = _change(s, table, place, column, mark)
        s.note(
            table, row, "broken-line", "rejected", code, f"the reader cannot split it ({column})"
        )
    row = s.copy("recalls", s.take("recalls", 15), NOTE=CUT)
    s.note("recalls", row, "truncated-last-line", "rejected", "EXT013", "the file ends inside it")


def broken_text(table: str, text: bytes) -> bytes:
    """The file with its marked cells turned into what they stand for."""
    text = text.replace(EXTRA_FIELD.encode(), b"left message, no answer")
    text = text.replace(OPEN_QUOTE.encode(), b'"1 tab po qd')
    text = text.replace(NUL.encode(), b"N\x00")
    cut = text.find(CUT.encode())
    return text[:cut] + b"will ca" if cut >= 0 and table == "recalls" else text
