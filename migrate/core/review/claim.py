"""What a sample of judged charts proves, and how many charts a claim takes.

Bounds are one-sided and exact: Clopper and Pearson (1934) for a practice without a known size,
the hypergeometric distribution where the number of charts is known (the finite-population
correction). The decision record on what a review proves has the formulas in words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

DOUBT = 0.05
# A probability that is exactly the doubt must not count as more than it.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Attention:
    """Planted differences that were judged, and how many of those were found."""

    judged: int
    found: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What is proved at 95% confidence, as shares of charts (0 to 1).

    ``if_all_seen`` holds for a reviewer who overlooks nothing; ``proved`` also counts how many
    planted differences were overlooked, None while none has been judged.
    """

    charts: int
    wrong: int
    if_all_seen: float
    proved: float | None


def claim(charts: int, wrong: int, population: int | None, attention: Attention) -> Claim:
    """The claim of ``wrong`` wrong charts among ``charts`` judged ones of ``population``."""
    plain = upper_share(charts, wrong, population, DOUBT)
    if not attention.judged:
        return Claim(charts, wrong, plain, None)
    seen = lower_share(attention.judged, attention.found, DOUBT / 2)
    wide = upper_share(charts, wrong, population, DOUBT / 2)
    return Claim(charts, wrong, plain, min(1.0, wide / seen) if seen else 1.0)


def sample_size(at_most: float, population: int | None = None, doubt: float = DOUBT) -> int:
    """How many charts, all right, prove that at most this share is wrong.

    >>> sample_size(0.01), sample_size(0.05), sample_size(0.05, 200)
    (299, 59, 47)
    """
    if not 0 < at_most < 1:
        raise ValueError("the share must lie between 0 and 1")
    if population is None:
        return math.ceil(math.log(doubt) / math.log1p(-at_most))
    low, high = 0, population
    while low < high:
        middle = (low + high) // 2
        if upper_share(middle, 0, population, doubt) <= at_most:
            high = middle
        else:
            low = middle + 1
    return low


def upper_share(charts: int, wrong: int, population: int | None, doubt: float) -> float:
    """The largest share of wrong charts that such a sample does not rule out."""
    if not charts:
        return 1.0
    if population is not None:
        return _most_wrong(charts, wrong, population, doubt) / population
    if wrong >= charts:
        return 1.0
    return _root(lambda share: binomial_at_most(wrong, charts, share) - doubt)


def lower_share(tries: int, hits: int, doubt: float) -> float:
    """The smallest share of hits that such tries do not rule out."""
    if not hits:
        return 0.0
    return 1.0 - upper_share(tries, tries - hits, None, doubt)


def binomial_at_most(most: int, tries: int, share: float) -> float:
    """P(X ≤ most) for X ~ Binomial(tries, share)."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if most >= tries else 0.0
    hit, miss = math.log(share), math.log1p(-share)
    return math.fsum(
        math.exp(_log_choose(tries, n) + n * hit + (tries - n) * miss) for n in range(most + 1)
    )


def hypergeometric_at_most(most: int, drawn: int, bad: int, population: int) -> float:
    """P(X ≤ most) bad ones among ``drawn`` of a population with ``bad`` bad ones."""
    first = max(0, drawn - (population - bad))
    whole = _log_choose(population, drawn)
    return math.fsum(
        math.exp(_log_choose(bad, n) + _log_choose(population - bad, drawn - n) - whole)
        for n in range(first, min(most, bad, drawn) + 1)
    )


def _most_wrong(charts: int, wrong: int, population: int, doubt: float) -> int:
    low, high = wrong, population - (charts - wrong)
    while low < high:
        middle = (low + high + 1) // 2
        if hypergeometric_at_most(wrong, charts, middle, population) > doubt * (1 + _ROUNDING):
            low = middle
        else:
            high = middle - 1
    return low


def _log_choose(whole: int, part: int) -> float:
    return math.lgamma(whole + 1) - math.lgamma(part + 1) - math.lgamma(whole - part + 1)


def _root(falling: object) -> float:
    assert callable(falling)
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
    return high
