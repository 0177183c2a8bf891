"""CSV that no spreadsheet runs, and text that no terminal obeys."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.reconcile.sheet import Reconciliation
from migrate.report.lists import csv_text, report_lists, safe_cell
from migrate.report.text import reconciliation_lines
from migrate.report.view import report_document
from tests.report_facts import facts, hostile, sheet


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", " =1", "|cmd", "%0A", "＝1"]
)
def test_formulas_are_made_text(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("value", [-12, "-12.50", "0", "plain", "a=b", None, 7])
def test_numbers_and_plain_texts_stay(value: object) -> None:
    assert safe_cell(value) == ("" if value is None else str(value))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
@settings(max_examples=100, deadline=None)
def test_cells_come_back_whole(cells: list[str]) -> None:
    text = csv_text(["h"] * len(cells), [cells])
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if cells:
        assert rows[1] == [safe_cell(cell) for cell in cells]


def test_every_list_of_a_hostile_run_is_safe() -> None:
    made = hostile()
    for name, text in report_lists(made.sheet, report_document(made)).items():
        for row in csv.reader(io.StringIO(text, newline="")):
            for cell in row:
                assert safe_cell(cell) == cell or cell.startswith("'"), (name, cell[:20])


def test_summary_in_plain_lines() -> None:
    lines = reconciliation_lines(sheet().document())
    text = "\n".join(lines)
    assert "all tables" in text and "old_notes" not in text
    assert "totals of the old system: 4 of 5 agree with the export" in text
    assert "visits 2017" in text and "patients active" not in text
    assert "147,011.27" in text
    assert lines[-1] == "ties out through mapping: every row and every cent is accounted for"
    numbers = next(line for line in lines if line.startswith("patients ")).split()
    assert numbers == ["patients", "151", "143", "4", "2", "2", "0"]


def test_summary_has_a_column_for_what_a_scope_rule_leaves_behind() -> None:
    from dataclasses import replace
    from decimal import Decimal

    whole = sheet()
    assert not any("for later" in line for line in reconciliation_lines(whole.document()))
    left = replace(
        whole,
        resources=(replace(whole.resources[0], later=7), *whole.resources[1:]),
        money=(replace(whole.money[0], later=Decimal("1234.50")), *whole.money[1:]),
    )
    lines = reconciliation_lines(left.document())
    first, money = whole.resources[0].type, whole.money[0].measure
    assert any(line.startswith(first) and line.endswith("  7") for line in lines)
    assert any(line.startswith(money) and line.endswith("  1,234.50") for line in lines)


def test_summary_says_what_is_not_proven() -> None:
    lines = reconciliation_lines(Reconciliation(()).document())
    assert any("completeness of the export: not proven" in line for line in lines)


def test_names_cannot_steer_a_terminal() -> None:
    from dataclasses import replace

    from migrate.core.reconcile.sheet import TableLine

    steering = replace(sheet(), tables=(TableLine("a\x1b[31mb\u202ec\r\n", 1, 1),))
    text = "".join(reconciliation_lines(steering.document()))
    assert not any(c in text for c in "\x1b\r\u202e")
    assert facts().project
