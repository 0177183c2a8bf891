"""What a review proves: against the definitions, computed another way."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.review.claim import (
    Attention,
    claim,
    hypergeometric_at_most,
    lower_share,
    sample_size,
    upper_share,
)
from migrate.core.review.progress import Judged, newest, progress_of
from migrate.core.review.sampling import Candidate, draw, planted_places, strata_sizes


def exact_hypergeometric(most: int, drawn: int, bad: int, population: int) -> Fraction:
    ways = sum(
        math.comb(bad, n) * math.comb(population - bad, drawn - n)
        for n in range(min(most, drawn, bad) + 1)
        if drawn - n <= population - bad
    )
    return Fraction(ways, math.comb(population, drawn))


def test_the_sizes_that_everybody_knows() -> None:
    assert (sample_size(0.01), sample_size(0.05)) == (299, 59)
    assert sample_size(0.01, 10**6) in (298, 299)
    assert sample_size(0.01, 100) == 78  # C(98, 78) / C(100, 78) is the first below 5%
    assert upper_share(30, 0, None, 0.05) == pytest.approx(0.0950, abs=1e-4)


def test_clopper_pearson_against_published_values() -> None:
    # One-sided 97.5% ends are the two-sided 95% interval: 2 of 20 gives 1.23% to 31.70%.
    assert upper_share(20, 2, None, 0.025) == pytest.approx(0.3170, abs=1e-4)
    assert lower_share(20, 2, 0.025) == pytest.approx(0.0123, abs=1e-4)
    assert lower_share(10, 10, 0.025) == pytest.approx(0.6915, abs=1e-4)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60), st.data())
def test_the_bound_of_a_known_practice_is_the_largest_not_ruled_out(
    population: int, data: st.DataObject
) -> None:
    charts = data.draw(st.integers(1, population))
    wrong = data.draw(st.integers(0, charts))
    most = round(upper_share(charts, wrong, population, 0.05) * population)
    possible = range(wrong, population - (charts - wrong) + 1)
    kept = [
        bad
        for bad in possible
        if exact_hypergeometric(wrong, charts, bad, population) > Fraction(5, 100)
    ]
    assert most == max(kept, default=wrong)
    found = hypergeometric_at_most(wrong, charts, most, population)
    exact = exact_hypergeometric(wrong, charts, most, population)
    assert found == pytest.approx(float(exact), abs=1e-9)


def test_a_whole_practice_judged_leaves_no_doubt() -> None:
    assert upper_share(80, 3, 80, 0.05) == 3 / 80


def test_what_was_overlooked_widens_the_claim() -> None:
    all_found = claim(299, 0, None, Attention(10, 10))
    some_found = claim(299, 0, None, Attention(10, 7))
    more_planted = claim(299, 0, None, Attention(40, 40))
    assert all_found.if_all_seen == some_found.if_all_seen < 0.01
    assert all_found.proved is not None and some_found.proved is not None
    assert more_planted.proved is not None
    assert more_planted.proved < all_found.proved < some_found.proved
    assert claim(299, 0, None, Attention(10, 0)).proved == 1.0
    assert claim(299, 0, None, Attention(0, 0)).proved is None
    assert claim(0, 0, 50, Attention(0, 0)).if_all_seen == 1.0


# --- drawing ----------------------------------------------------------------------------------


def practice(size: int) -> list[Candidate]:
    rare = {3: ("deceased",), 4: ("deceased", "site:Location/b"), 5: ("deceased",)}
    return [
        Candidate(f"p{n}", rare.get(n, ("site:Location/a",)) if n < size else (), 4)
        for n in range(size)
    ]


def test_the_same_seed_draws_the_same_charts_in_any_order() -> None:
    charts = practice(200)
    one = draw(charts, "seed", 20)
    assert one == draw(charts[::-1], "seed", 20)
    assert [d.candidate for d in one] != [d.candidate for d in draw(charts, "other", 20)]


@pytest.mark.parametrize("seed", ["a", "b", "c", "d"])
def test_every_stratum_is_looked_at_and_chance_alone_counts(seed: str) -> None:
    charts = practice(200)
    drawn = draw(charts, seed, 20)
    assert sum(1 for one in drawn if one.part == "random") == 20
    held = strata_sizes([one.candidate for one in drawn])
    assert held["deceased"] >= 2 and held["site:Location/b"] >= 1 and held["site:Location/a"] >= 1
    assert len({one.candidate.patient for one in drawn}) == len(drawn)


def test_minutes_cut_the_sheet_to_what_fits() -> None:
    drawn = draw(practice(200), "seed", 59, minutes=20)
    assert 0 < sum(one.candidate.seconds for one in drawn) <= 20 * 60
    assert {one.part for one in drawn} == {"random", "risk"}
    assert draw(practice(5), "seed", 5, minutes=1000) == draw(practice(5), "seed", 5)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 400), st.integers(0, 30))
def test_planted_differences_are_spread_over_different_charts(charts: int, wanted: int) -> None:
    places = planted_places(charts, wanted, "seed")
    assert len(places) == len(set(places)) == min(charts, wanted)
    assert all(0 <= place < charts for place in places)
    if charts >= wanted > 1:
        assert places[0] <= charts // wanted and places[-1] >= charts - charts // wanted - 1


# --- counting ---------------------------------------------------------------------------------

RIGHT, WRONG, UNSURE, OPEN = (Judged(word, "", "") for word in ("right", "wrong", "unsure", ""))


def test_a_planted_difference_is_judged_twice_when_it_was_noticed() -> None:
    assert newest(True, []).planted == "waiting"
    assert newest(True, [("wrong", "", True)]) == Judged("", "", "found")
    assert newest(True, [("unsure", "?", True)]) == Judged("", "?", "found")
    assert newest(True, [("wrong", "", True), ("right", "", False)]) == Judged("right", "", "found")
    assert newest(True, [("right", "", True)]) == Judged("right", "", "overlooked")
    assert newest(False, [("wrong", "", False), ("right", "", False)]).verdict == "right"


def test_charts_count_in_the_order_drawn_and_unsure_is_not_right() -> None:
    parts = {1: "random", 2: "risk", 3: "random", 4: "random", 5: "random"}
    judged = {1: [RIGHT, UNSURE], 2: [WRONG], 3: [RIGHT], 4: [OPEN], 5: [RIGHT]}
    found = progress_of(parts, judged, 50)
    assert (found.claim.charts, found.claim.wrong, found.beyond) == (2, 1, 1)
    assert (found.finished, found.wrong_charts, found.unsure_charts) == (4, 1, 1)
    assert not found.complete
    judged[4] = [RIGHT]
    done = progress_of(parts, judged, 50)
    assert (done.claim.charts, done.beyond, done.complete) == (4, 0, True)
