"""Old balances account by account: every difference has a name, and the names add up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.reconcile.accounts import aged_total, differing, read_aging

AMOUNT = st.decimals(-1000, 1000, places=2)
ACCOUNTS = st.dictionaries(st.text("AB12", min_size=1, max_size=3), AMOUNT, max_size=8)


def test_a_report_is_read() -> None:
    found, mistakes = read_aging(
        '\ufeffacct_no,A/R 0-30, A/R 91+\r\nA1,"1,110.00",\r\n\r\nA2,0,-5\n'
    )
    assert mistakes == []
    assert found.column == "acct_no"
    assert found.totals == {
        "A/R 0-30": {"A1": Decimal("1110.00"), "A2": Decimal(0)},
        "A/R 91+": {"A1": Decimal(0), "A2": Decimal(-5)},
    }


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [1]),
        ("acct\nA1\n", [1]),
        ("acct,t,t\n", [1]),
        ("acct,t\nZzyzx\n,1\nA1,Zzyzx\nA2,1,2\nA3,1\nA3,2\n", [2, 3, 4, 5, 7]),
    ],
)
def test_mistakes_are_named_by_line_and_quote_nothing(text: str, lines: list[int]) -> None:
    mistakes = read_aging(text)[1]
    assert [int(one.split(":")[0].removeprefix("line ")) for one in mistakes] == lines
    assert "Zzyzx" not in " ".join(mistakes)


def test_an_account_that_one_side_lacks_is_a_difference_unless_it_is_empty() -> None:
    old = {"A": Decimal(5), "B": Decimal(0), "C": Decimal(2)}
    new = {"C": Decimal(2), "D": Decimal("0.00"), "E": Decimal(7)}
    found = [(one.account, one.old, one.export, one.difference) for one in differing("t", old, new)]
    assert found == [("E", None, 7, -7), ("A", 5, None, 5)]


@given(ACCOUNTS, ACCOUNTS)
@settings(max_examples=50, deadline=None)
def test_named_differences_are_the_whole_difference(
    old: dict[str, Decimal], new: dict[str, Decimal]
) -> None:
    found = aged_total("t", old, new)
    assert found.named == sum(old.values(), Decimal(0)) - sum(new.values(), Decimal(0))
    assert found.named == sum((one.difference for one in differing("t", old, new)), Decimal(0))
    assert found.old == sum(old.values(), Decimal(0))
