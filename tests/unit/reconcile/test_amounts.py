"""Amounts: read from cells, found in resources, never through a float."""

from decimal import Decimal

import pytest

from migrate.core.reconcile.amounts import AmountCount, read_amount, tally
from migrate.core.reconcile.paths import PathError, amount_path, read_exactly


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1.10", "1.10"),
        (" 7 ", "7"),
        (".5", "0.5"),
        ("-3.", "-3"),
        ("+2.00", "2.00"),
        ("$1,234.50", "1234.50"),
        ("($1,234.50)", "-1234.50"),
        ("(12.00)", "-12.00"),
        ("146.18000000000000681", "146.18000000000000681"),
    ],
)
def test_amounts_that_can_be_read(cell: str, amount: str) -> None:
    assert read_amount(cell) == Decimal(amount)


@pytest.mark.parametrize(
    "cell", ["", "n/a", "1e5", "1,23.00", "12,34", "1.2.3", "--1", "NaN", "Infinity", "١٢", "0x10"]
)
def test_texts_that_are_no_amount(cell: str) -> None:
    assert read_amount(cell) is None


def test_declared_places_round_half_even() -> None:
    assert read_amount("146.18000000000000681", 2) == Decimal("146.18")
    assert read_amount("0.125", 2) == Decimal("0.12")
    assert read_amount("0.135", 2) == Decimal("0.14")


def test_tally_splits_by_reason_and_keeps_what_has_no_fate_apart() -> None:
    result = tally(
        [
            AmountCount("0.10", 3, "mapped"),
            AmountCount("5.00", 2, "excluded", "", "voided"),
            AmountCount("7.00", 1, "rejected", "MAP010", ""),
            AmountCount("1.00", 1, None),
            AmountCount("broken", 4, "mapped"),
            AmountCount(None, 9, "mapped"),
            AmountCount("  ", 9, "mapped"),
        ]
    )
    assert result.total == Decimal("18.30")
    assert result.unplaced == Decimal("1.00")
    assert result.unread == 4
    assert [(part.reason or part.code, part.rows, part.amount) for part in result.left] == [
        ("voided", 2, Decimal("10.00")),
        ("MAP010", 1, Decimal("7.00")),
    ]


def test_sign_turns_the_measure() -> None:
    assert tally([AmountCount("3.00", 1, "mapped")], sign=-1).total == Decimal("-3.00")


CLAIM = read_exactly(
    b'{"status":"active","total":{"value":26.30},"item":['
    b'{"net":{"value":0.1},"adjudication":[{"category":{"coding":[{"code":"submitted"}]},'
    b'"amount":{"value":146.18000000000000681}},{"category":{"coding":[{"code":"benefit"}]},'
    b'"amount":{"value":5}}]},{"net":{"value":0.2}}]}'
)


@pytest.mark.parametrize(
    ("path", "where", "amounts"),
    [
        ("total.value", None, ["26.30"]),
        ("item.net.value", None, ["0.1", "0.2"]),
        (
            "item.adjudication.where(category.coding.code = 'submitted').amount.value",
            None,
            ["146.18000000000000681"],
        ),
        ("item.adjudication.where(category.coding.code != 'submitted').amount.value", None, ["5"]),
        ("total.value", "status = 'active'", ["26.30"]),
        ("total.value", "status = 'active' and total.value = '26.30'", ["26.30"]),
        ("total.value", "status != 'active'", []),
        ("nothing.value", None, []),
        ("status", None, []),
    ],
)
def test_amounts_in_a_resource(path: str, where: str | None, amounts: list[str]) -> None:
    found = list(amount_path(path, where).amounts(CLAIM))
    assert [str(amount) for amount in found] == amounts


@pytest.mark.parametrize("path", ["", ".a", "a..b", "a[0]", "a.", "where(x)", "a b"])
def test_paths_that_are_none(path: str) -> None:
    with pytest.raises(PathError):
        amount_path(path)
