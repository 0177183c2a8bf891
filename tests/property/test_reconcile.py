"""in = out + explained, whatever the counts are."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.reconcile.amounts import AmountCount, read_amount, tally
from migrate.core.reconcile.sheet import FATES, MoneyLine, money_text, sum_of, table_line

COUNTS = st.integers(0, 10**9)
CENTS = st.integers(-(10**12), 10**12)


@given(COUNTS, st.fixed_dictionaries(dict.fromkeys(FATES, COUNTS)), COUNTS)
@settings(max_examples=50, deadline=None)
def test_in_is_out_plus_explained_plus_residual(
    unread: int, fates: dict[str, int], lost: int
) -> None:
    line = table_line("t", sum(fates.values()) + lost, unread, fates)
    assert line.extracted == line.explained + line.residual
    assert line.residual == lost
    twice = sum_of("", [line, line])
    assert (twice.extracted, twice.residual) == (2 * line.extracted, 2 * line.residual)


@given(st.lists(st.tuples(CENTS, st.integers(1, 99), st.sampled_from([None, *FATES]))))
@settings(max_examples=100, deadline=None)
def test_money_in_is_moved_plus_left_plus_difference(
    rows: list[tuple[int, int, str | None]],
) -> None:
    counts = [
        AmountCount(money_text(Decimal(cents).scaleb(-2)), many, fate, "", fate or "")
        for cents, many, fate in rows
    ]
    whole = tally(counts)
    moved = tally([count for count in counts if count.fate in ("mapped", "merged")])
    line = MoneyLine("m", "USD", "", whole.total, moved.total, whole.left)
    assert whole.total == sum((Decimal(c).scaleb(-2) * n for c, n, _ in rows), Decimal(0))
    assert line.source == line.mapped + line.left_behind + line.map_difference
    assert line.map_difference == whole.unplaced


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20)))
@settings(max_examples=100, deadline=None)
def test_money_text_is_read_back_whole(amount: Decimal) -> None:
    text = money_text(amount)
    assert text is not None and read_amount(text) == amount
