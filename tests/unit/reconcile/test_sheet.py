"""The arithmetic of the sheet and its published form."""

from dataclasses import replace
from decimal import Decimal

import orjson
import pytest

from migrate.core.reconcile.document import restored, stored
from migrate.core.reconcile.sheet import (
    ControlLine,
    FateLine,
    Left,
    MoneyLine,
    MonthLine,
    PatientBalance,
    Reconciliation,
    ResourceLine,
    TableLine,
    money_text,
    table_line,
)

MONEY = MoneyLine(
    "charges",
    "USD",
    "2026-01-31T00:00:00Z",
    source=Decimal("100.00"),
    mapped=Decimal("90.00"),
    left=(Left("excluded", "", "voided", 2, Decimal("10.00")),),
    table="charges",
)
SHEET = Reconciliation(
    tables=(TableLine("patients", 5, 3, 1, 0, 1), TableLine("problems", 9, 7, 0, 2, 0)),
    resources=(ResourceLine("Patient", 3), ResourceLine("Condition", 7)),
    fates=(FateLine("patients", "rejected", "MAP002", "", 1, sample=(4,)),),
    months=(MonthLine("problems", "2024-05", 9, 7, 0, 2, 0),),
    money=(MONEY,),
    controls=(ControlLine("patients", Decimal(6), Decimal(5), as_of="2026-01-31"),),
    controls_given=True,
    balance=PatientBalance(3, 12, 1, 0, 0),
    patient_table="patients",
    unclaimed=(("problems", "note", 3),),
    declared=(("problems", 10, 9),),
)


def test_published_form() -> None:
    assert SHEET.document() == {
        "balanced_through": "map",
        "tables": [
            {
                "table": "patients",
                "extracted": 5,
                "mapped": 3,
                "merged": 1,
                "excluded": 0,
                "rejected": 1,
                "residual": 0,
            },
            {
                "table": "problems",
                "extracted": 9,
                "mapped": 7,
                "merged": 0,
                "excluded": 2,
                "rejected": 0,
                "residual": 0,
            },
        ],
        "resources": [
            {"type": "Patient", "mapped": 3, "loaded": None, "read_back": None},
            {"type": "Condition", "mapped": 7, "loaded": None, "read_back": None},
        ],
        "patients": {
            "extracted": 5,
            "mapped": 3,
            "merged": 1,
            "excluded": 0,
            "rejected": 1,
            "loaded": None,
            "read_back": None,
        },
        "money": [
            {
                "measure": "charges",
                "currency": "USD",
                "as_of": "2026-01-31T00:00:00Z",
                "source": "100.00",
                "mapped": "90.00",
                "left_behind": "10.00",
                "loaded": None,
                "map_difference": "0.00",
                "load_difference": None,
            }
        ],
        "money_by": [],
        "controls": [{"name": "patients", "old_report": 6, "extracted": 5, "difference": 1}],
    }


def test_comes_back_from_json() -> None:
    assert restored(orjson.loads(orjson.dumps(stored(SHEET)))) == SHEET


def test_a_row_without_a_fate_unbalances() -> None:
    lost = replace(SHEET, tables=(replace(SHEET.tables[0], mapped=2), SHEET.tables[1]))
    assert lost.tables[0].residual == 1
    assert lost.balanced_through is None


def test_a_cent_unbalances() -> None:
    money = replace(MONEY, mapped=Decimal("89.99"))
    assert money.map_difference == Decimal("0.01")
    assert replace(SHEET, money=(money,)).balanced_through is None
    assert replace(SHEET, money=(replace(MONEY, unread=1),)).balanced_through is None


def test_no_table_is_no_balance() -> None:
    assert Reconciliation(()).balanced_through is None


@pytest.mark.parametrize(
    ("loaded", "read_back", "through"),
    [
        ((None, None), (None, None), "map"),
        ((3, 6), (None, None), "map"),
        ((3, 7), (None, None), "load"),
        ((3, 7), (3, 6), "load"),
        ((3, 7), (3, 7), "verify"),
        ((3, 6), (3, 6), "map"),
    ],
)
def test_balanced_through(
    loaded: tuple[int | None, ...], read_back: tuple[int | None, ...], through: str
) -> None:
    lines = tuple(
        replace(line, loaded=count, read_back=back)
        for line, count, back in zip(SHEET.resources, loaded, read_back, strict=True)
    )
    money = replace(MONEY, loaded=None if loaded[0] is None else Decimal("90.00"))
    assert replace(SHEET, resources=lines, money=(money,)).balanced_through == through


def test_loaded_money_must_tie_out_too() -> None:
    lines = tuple(replace(line, loaded=line.mapped) for line in SHEET.resources)
    money = replace(MONEY, loaded=Decimal("89.00"))
    assert replace(SHEET, resources=lines, money=(money,)).balanced_through == "map"
    assert money.document()["load_difference"] == "1.00"


def test_completeness_is_proven_by_the_old_totals_alone() -> None:
    agreeing = ControlLine("patients", Decimal(5), Decimal(5))
    assert SHEET.completeness == "disproved"
    assert replace(SHEET, controls=(agreeing,)).completeness == "proven"
    assert replace(SHEET, controls=(), controls_given=False).completeness == "not proven"
    assert replace(SHEET, controls=()).completeness == "not proven"
    unbound = replace(agreeing, extracted=None)
    assert replace(SHEET, controls=(agreeing, unbound)).completeness == "not proven"


def test_unreadable_rows_count_as_extracted_and_rejected() -> None:
    assert table_line("t", 10, 2, {"mapped": 9, "rejected": 1}) == TableLine("t", 12, 9, 0, 0, 3)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("-0.00", "0.00"),
        ("1.5", "1.50"),
        ("-3541940.43", "-3541940.43"),
        ("0.00000000000681", "0.00000000000681"),
        ("1E+3", "1000.00"),
        ("12345678901234567890123.45", "12345678901234567890123.45"),
    ],
)
def test_money_is_plain_text(amount: str, text: str) -> None:
    assert money_text(Decimal(amount)) == text


def test_control_of_money_is_text() -> None:
    line = ControlLine("aging 0-30", Decimal("12.5"), Decimal("12.50"), money=True)
    assert line.document() == {
        "name": "aging 0-30",
        "old_report": "12.50",
        "extracted": "12.50",
        "difference": "0.00",
    }
