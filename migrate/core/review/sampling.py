"""Which charts a review looks at: a simple random part, and a part chosen for risk.

The claim counts the random part alone, because only chance stands for the whole practice. The
risk part makes sure that every stratum is looked at. Chance is a digest of the seed and the
patient's id, so the same seed draws the same charts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

OF_EACH = 2
SECONDS_A_CHART = 30
SECONDS_AN_ITEM = 5
RISK_SHARE = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chart that may be drawn: its patient's id, its strata, and how many items it shows."""

    patient: str
    strata: tuple[str, ...]
    items: int

    @property
    def seconds(self) -> int:
        """How long a careful reader takes; estimates, shown as such."""
        return SECONDS_A_CHART + SECONDS_AN_ITEM * self.items


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart of the sheet; ``part`` is 'random' (counts in the claim) or 'risk'."""

    candidate: Candidate
    part: str


def chance(seed: str, *names: str) -> int:
    """A number that seed and names decide, evenly spread over 64 bits."""
    text = "\x1f".join((seed, *names)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8])


def strata_sizes(candidates: Sequence[Candidate]) -> dict[str, int]:
    """Stratum → number of charts in it, by name."""
    sizes: dict[str, int] = {}
    for one in candidates:
        for name in one.strata:
            sizes[name] = sizes.get(name, 0) + 1
    return dict(sorted(sizes.items()))


def draw(
    candidates: Sequence[Candidate], seed: str, size: int, minutes: int | None = None
) -> list[Drawn]:
    """The sheet in its working order.

    ``size`` charts at random, and for every stratum as many more as it takes to have two of it
    (one of a provider, site or source). With ``minutes`` no more than fit: a third of the time
    at most goes to the risk part, and the random part is cut to the rest.
    """
    order = sorted(candidates, key=lambda one: (chance(seed, one.patient), one.patient))
    random = order[:size]
    if minutes is not None:
        random = _within(random, minutes * 60)
    risk = _missing(order, random)
    if minutes is not None:
        risk = _within(risk, minutes * 60 // RISK_SHARE)
        spent = sum(one.seconds for one in risk)
        random = _within(random, minutes * 60 - spent)
    return _interleaved(random, risk)


def seconds_of(drawn: Sequence[Drawn]) -> int:
    """How long the whole sheet takes, by the same estimate."""
    return sum(one.candidate.seconds for one in drawn)


def planted_places(charts: int, wanted: int, seed: str) -> list[int]:
    """Numbers of charts (0..) that carry a planted difference: one in each equal stretch."""
    count = min(wanted, charts)
    edges = [charts * n // count for n in range(count + 1)] if count else []
    return [
        start + chance(seed, "planted", str(start)) % (end - start)
        for start, end in pairwise(edges)
    ]


def _within(charts: Sequence[Candidate], seconds: int) -> list[Candidate]:
    """The first charts that fit the time."""
    kept, spent = [], 0
    for one in charts:
        spent += one.seconds
        if spent > seconds:
            break
        kept.append(one)
    return kept


def _missing(order: Sequence[Candidate], random: Sequence[Candidate]) -> list[Candidate]:
    """Charts that fill up strata, rarest stratum first, in the order of chance."""
    have: dict[str, int] = strata_sizes(random)
    sizes = strata_sizes(order)
    taken = {one.patient for one in random}
    members: Mapping[str, list[Candidate]] = {name: [] for name in sizes}
    for one in order:
        for name in one.strata:
            members[name].append(one)
    added: list[Candidate] = []
    for name in sorted(sizes, key=lambda each: (sizes[each], each)):
        want = 1 if ":" in name else OF_EACH
        for one in members[name]:
            if have.get(name, 0) >= want:
                break
            if one.patient in taken:
                continue
            taken.add(one.patient)
            added.append(one)
            for other in one.strata:
                have[other] = have.get(other, 0) + 1
    return added


def _interleaved(random: Sequence[Candidate], risk: Sequence[Candidate]) -> list[Drawn]:
    """Both parts spread evenly, so that whoever stops early has seen of both."""
    places = [((n + 0.5) / len(random), 0, one) for n, one in enumerate(random)]
    places += [((n + 0.25) / len(risk), 1, one) for n, one in enumerate(risk)]
    places.sort(key=lambda place: (place[0], place[1], place[2].patient))
    return [Drawn(one, "risk" if part else "random") for _, part, one in places]
