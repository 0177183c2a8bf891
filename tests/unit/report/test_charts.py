"""Pictures: what is drawn is what was counted, and thin things can still be seen."""

from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.report.charts import FLOW_HEIGHT, flow, share, years

COUNT = st.integers(0, 10**7)


@given(COUNT, COUNT, COUNT, COUNT, COUNT)
@settings(max_examples=100, deadline=None)
def test_streams_fill_the_picture_and_can_be_seen(
    mapped: int, merged: int, excluded: int, rejected: int, residual: int
) -> None:
    counts = {"mapped": mapped, "merged": merged, "excluded": excluded, "rejected": rejected}
    drawn = flow({**counts, "residual": residual})
    assert {b.fate: b.rows for b in drawn.bands} == {
        fate: count for fate, count in (counts | {"unaccounted": residual}).items() if count
    }
    assert all(b.height > 4.9 for b in drawn.bands)
    if drawn.bands:
        last = drawn.bands[-1]
        assert abs(last.y + last.height - FLOW_HEIGHT) < 0.1
    assert len({b.pattern for b in drawn.bands}) == len(drawn.bands)


def line(year: str, rows: int) -> dict[str, object]:
    return {"year": year, "extracted": rows, "mapped": rows, "merged": 0}


def test_a_missing_year_is_a_hole_in_the_row() -> None:
    drawn = years([line("2020", 5), line("2023", 2)], "2026-01-15T00:00:00Z")
    assert [(b.year, b.rows) for b in drawn.bars] == [
        ("2020", 5),
        ("2021", 0),
        ("2022", 0),
        ("2023", 2),
    ]


def test_years_far_away_are_counted_not_drawn() -> None:
    lines = [line("1903", 1), line("2024", 7), line("2999", 4)]
    drawn = years(lines, "2026-01-15T00:00:00Z")
    assert [b.year for b in drawn.bars] == ["2024"]
    assert drawn.away == 5
    assert years([], "2026").bars == ()


def test_a_share_is_seen_when_there_is_any() -> None:
    assert share(0, 10, 100) == 0.0
    assert share(1, 10**6, 100) == 1.5
    assert share(5, 10, 100) == 50.0
