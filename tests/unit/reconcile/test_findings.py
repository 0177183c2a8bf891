"""A sheet's findings name tables, rows and codes; the accepted list opens the gate by name."""

from dataclasses import replace
from decimal import Decimal

import pytest

from migrate.core.gate import AcceptedFinding, judge
from migrate.core.issues import catalogue
from migrate.core.reconcile.findings import cents, findings_of
from migrate.core.reconcile.sheet import (
    ControlLine,
    FateLine,
    MoneyLine,
    PatientBalance,
    Reconciliation,
    ResourceLine,
    TableLine,
)

CLEAN = Reconciliation((TableLine("t", 2, 2),), (ResourceLine("Patient", 2),))


def codes(sheet: Reconciliation) -> list[tuple[str, str, int]]:
    return [(f.code, f.where, f.count) for f in findings_of(sheet)]


def test_a_clean_sheet_has_none() -> None:
    assert codes(CLEAN) == []


def test_held_back_rows_by_code_and_table_with_their_first_rows() -> None:
    sheet = replace(
        CLEAN,
        fates=(
            FateLine("t", "rejected", "MAP002", "", 2, sample=(4, 9)),
            FateLine("t", "rejected", "EXT010", "", 1, "extract", (7,)),
            FateLine("u", "unaccounted", "", "", 12, sample=(1, 2, 3, 4, 5)),
            FateLine("u", "excluded", "", "voided", 5),
        ),
    )
    assert codes(sheet) == [("EXT010", "t", 1), ("MAP002", "t", 2), ("MAP030", "u", 12)]
    messages = [f.message for f in findings_of(sheet)]
    assert messages[0].endswith("1 row of t (row 7)")
    assert messages[1].endswith("2 rows of t (rows 4, 9)")
    assert messages[2].endswith("12 rows of u (rows 1, 2, 3, 4, 5, …)")


def test_money_and_totals_count_in_cents() -> None:
    sheet = replace(
        CLEAN,
        money=(MoneyLine("charges", "USD", "", Decimal("10.00"), Decimal("8.999"), unread=2),),
        controls=(
            ControlLine("visits 2017", Decimal(60), Decimal(54)),
            ControlLine("A/R total", Decimal("10.00"), Decimal("10.01"), money=True),
            ControlLine("visits 2018", Decimal(60), Decimal(60)),
            ControlLine("unheard of", Decimal(60), None),
        ),
    )
    assert codes(sheet) == [
        ("REC011", "charges", 101),
        ("REC015", "charges", 2),
        ("REC010", "visits 2017", 6),
        ("REC010", "A/R total", 1),
        ("REC013", "unheard of", 1),
    ]
    assert cents(Decimal("-0.001")) == 1


def test_declared_rows_fates_patients_and_columns() -> None:
    sheet = replace(
        CLEAN,
        declared=(("t", 10, 2),),
        fates=(FateLine("t", "doubled", "REC016", "", 1), FateLine("t", "stray", "REC016", "", 2)),
        balance=PatientBalance(5, 9, 0, unbalanced=1, astray=3),
        patient_table="t",
        unclaimed=(("t", "note", 3),),
    )
    assert codes(sheet) == [
        ("REC016", "t", 3),
        ("REC012", "t", 8),
        ("MAP031", "t.note", 3),
        ("REC017", "t", 1),
        ("REC016", "t", 3),
    ]
    warnings = [f.code for f in findings_of(sheet) if f.severity == "warning"]
    assert warnings == ["MAP031"]


def test_a_load_that_is_not_whole() -> None:
    assert codes(replace(CLEAN, resources=(ResourceLine("Patient", 2, 1),))) == [
        ("REC030", "Patient", 1)
    ]


@pytest.mark.parametrize(("count", "ready"), [(12, True), (13, True), (11, False)])
def test_an_entry_opens_the_gate_for_at_most_its_count(count: int, ready: bool) -> None:
    sheet = replace(CLEAN, fates=(FateLine("u", "rejected", "MAP002", "", 12),))
    entry = AcceptedFinding("MAP002", "u", count, "seen", "I. Hazelwood", "lead")
    gate = judge(findings_of(sheet), [entry])
    assert gate.ready is ready
    assert judge(findings_of(sheet), []).ready is False


def test_every_code_has_an_entry_in_the_catalogue() -> None:
    rec = {name for name in catalogue() if name.startswith("REC")}
    assert {"REC001", "REC010", "REC011", "REC012", "REC013", "REC014", "REC020"} <= rec
