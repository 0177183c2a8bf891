"""Open balances by age beside the old system's report."""

from dataclasses import replace
from decimal import Decimal

import pytest

from migrate.core.reconcile.sheet import ControlLine, MoneyLine
from migrate.report.aging import aging
from tests.report_facts import sheet


def line(name: str, old: str, export: str | None) -> ControlLine:
    return ControlLine(name, Decimal(old), None if export is None else Decimal(export), True)


@pytest.mark.parametrize("prefix", ["A/R", "insurance A/R"])
def test_buckets_in_the_order_of_age_with_what_moved(prefix: str) -> None:
    controls = (
        line(f"{prefix} 91+", "20.00", "20.00"),
        line(f"{prefix} 0-30", "10.00", "9.99"),
        line(f"{prefix} 31 - 60 days", "5.00", None),
        line(f"{prefix} total", "35.01", "30.00"),
        line("credits", "1.00", "1.00"),
    )
    moved = MoneyLine("b", "USD", "", Decimal("9.99"), Decimal("9.00"), control=f"{prefix} 0-30")
    found = aging(replace(sheet(), controls=controls, money=(moved,)))
    assert found is not None
    assert [b["name"].removeprefix(prefix + " ") for b in found["buckets"]] == [
        "0-30",
        "31 - 60 days",
        "91+",
    ]
    assert found["buckets"][0]["difference"] == "0.01"
    assert found["buckets"][0]["moved"] == "9.00"
    assert (found["sum_old"], found["sum_export"]) == ("35.00", "29.99")
    assert (found["total_name"], found["total_difference"]) == (f"{prefix} total", "0.01")


def test_no_buckets() -> None:
    counts = (ControlLine("visits 2017", Decimal(1), Decimal(1)), line("total charges", "1", "1"))
    assert aging(replace(sheet(), controls=counts)) is None
