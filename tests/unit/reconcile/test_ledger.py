"""Counting a run's rows with SQL."""

from pathlib import Path

import duckdb
import pytest

from migrate.core.profiles.ast import Column, Sql
from migrate.core.reconcile.amounts import AmountCount
from migrate.core.reconcile.dated import date_columns
from migrate.core.reconcile.sheet import FateLine, MonthLine, PatientBalance
from migrate.store.ledger import CountedPart, Ledger
from tests import run_folder
from tests.run_folder import FATES, PROFILE, write_run, write_unreadable


def counted(folder: Path, **changes: object) -> Ledger:
    return Ledger(folder, write_run(folder, **changes), PROFILE)  # type: ignore[arg-type]


def test_every_row_by_fate(tmp_path: Path) -> None:
    with counted(tmp_path) as ledger:
        lines = ledger.fates()
    assert sum(line.rows for line in lines) == 10
    assert FateLine("visits", "rejected", "MAP010", "", 1, "map", (4,)) in lines
    assert FateLine("charges", "excluded", "", "voided in the old system", 1, "map", (2,)) in lines


def test_rows_without_a_fate_are_named(tmp_path: Path) -> None:
    with counted(tmp_path, fates=FATES[:3] + FATES[4:]) as ledger:
        lines = ledger.fates()
        balance = ledger.balance()
    assert FateLine("visits", "unaccounted", "", "", 1, "map", (1,)) in lines
    assert balance.unbalanced == 1


def test_a_row_given_two_fates_is_not_counted_twice(tmp_path: Path) -> None:
    fates = (*FATES, ("visits", 1, "excluded", "", "again", "visit", "rA"))
    with counted(tmp_path, fates=fates) as ledger:
        lines = ledger.fates()
    of_visits = [line for line in lines if line.table == "visits"]
    assert FateLine("visits", "doubled", "REC016", "", 1) in of_visits
    assert sum(line.rows for line in of_visits if line.fate != "doubled") == 4


def test_a_fate_of_no_row_is_found(tmp_path: Path) -> None:
    fates = (*FATES, ("visits", 99, "mapped", "", "", "visit", "rA"))
    with counted(tmp_path, fates=fates) as ledger:
        assert FateLine("visits", "stray", "REC016", "", 1) in ledger.fates()


def test_unreadable_rows_by_code(tmp_path: Path) -> None:
    found = write_run(tmp_path)
    write_unreadable(tmp_path, "visits", [(5, "EXT010"), (7, "EXT010"), (9, "EXT013")])
    with Ledger(tmp_path, found, PROFILE) as ledger:
        lines = ledger.fates()
    assert FateLine("visits", "rejected", "EXT010", "", 2, "extract", (5, 7)) in lines
    assert FateLine("visits", "rejected", "EXT013", "", 1, "extract", (9,)) in lines


def test_months_never_grow_in_precision(tmp_path: Path) -> None:
    with counted(tmp_path) as ledger:
        months = ledger.months(date_columns(PROFILE))
    assert months == (
        MonthLine("visits", "", 1, 0, 0, 0, 1),
        MonthLine("visits", "2023-01", 1, 1),
        MonthLine("visits", "2024", 1, 1),
        MonthLine("visits", "2024-03", 1, 1),
    )


def test_rows_of_each_patient_tie_out(tmp_path: Path) -> None:
    with counted(tmp_path) as ledger:
        assert ledger.balance() == PatientBalance(2, 9, 1, 0, 0)


def test_rows_under_another_patient_are_astray(tmp_path: Path) -> None:
    fates = tuple((*f[:6], "rB") if f[:2] == ("visits", 1) else f for f in FATES)
    with counted(tmp_path, fates=fates) as ledger:
        assert ledger.balance().astray == 1


def test_amounts_keep_their_text_and_fate(tmp_path: Path) -> None:
    with counted(tmp_path) as ledger:
        found = ledger.amounts("charges", "amount", Sql("{0} IS NULL", (Column("voided"),)))
    assert found == [AmountCount("1.00", 1, "mapped"), AmountCount("10.10", 1, "mapped")]


def test_controls_count_rows_distinct_values_and_cells(tmp_path: Path) -> None:
    with counted(tmp_path) as ledger:
        by_year = CountedPart("visits", None, None, None, (("year_of", "visit_date"),))
        assert ledger.count(by_year) == {
            ("",): [(None, 1)],
            ("2023",): [(None, 1)],
            ("2024",): [(None, 2)],
        }
        people = CountedPart("visits", None, None, "patient_id", ())
        assert ledger.count(people) == {(): [(None, 3)]}
        cells = CountedPart("charges", None, "amount", None, ())
        assert ledger.count(cells) == {(): [("1.00", 1), ("10.10", 1), ("5.05", 1)]}


def test_reads_the_run_and_nothing_else(tmp_path: Path) -> None:
    outside = tmp_path / "outside.parquet"
    write_run(tmp_path / "other")
    (tmp_path / "other/staged/patients.parquet").rename(outside)
    with counted(tmp_path / "run") as ledger, pytest.raises(duckdb.Error):
        ledger._all(f"select * from read_parquet('{outside}')")


def test_a_column_called_fate_does_no_harm(tmp_path: Path) -> None:
    assert "fate" in run_folder.VISITS
    with counted(tmp_path) as ledger:
        assert ledger.fates()
