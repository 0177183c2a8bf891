"""How far a review is and what it proves, from its items and the newest verdict on each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from migrate.core.review.claim import Attention, Claim, claim

VERDICTS = ("right", "wrong", "unsure")


@dataclass(frozen=True, slots=True)
class Judged:
    """The newest verdict on an item, and what became of a planted difference on it.

    ``verdict`` '' is none yet, and none again once a planted difference was found: the true
    line is still to be judged. ``planted``: '' (nothing planted), waiting, found or overlooked.
    """

    verdict: str
    note: str
    planted: str


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """Counts of charts and items. Charts count in the claim in the order drawn: from the first
    random chart that is not finished on (``beyond`` of them finished), none does."""

    charts: int
    finished: int
    wrong_charts: int
    unsure_charts: int
    items: int
    judged: int
    wrong: int
    unsure: int
    beyond: int
    attention: Attention
    claim: Claim

    @property
    def complete(self) -> bool:
        """Whether every chart of the sheet is finished."""
        return self.finished == self.charts and self.charts > 0


def newest(planted: bool, given: Iterable[tuple[str, str, bool]]) -> Judged:
    """What holds of an item after these (verdict, note, shown planted), in their order.

    Wrong and unsure both find a planted difference: either way somebody noticed it.
    """
    verdict, note, state = "", "", "waiting" if planted else ""
    for word, words, shown in given:
        note = words
        if not shown:
            verdict = word
        elif word == "right":
            verdict, state = word, "overlooked"
        else:
            verdict, state = "", "found"
    return Judged(verdict, note, state)


def progress_of(
    parts: Mapping[int, str], judged: Mapping[int, list[Judged]], population: int
) -> ReviewProgress:
    """``parts``: chart → random or risk; ``judged``: chart → its items; ``population``: charts
    of the practice. A chart is finished when all its items have a verdict. It counts as wrong
    with an item that is wrong or unsure: what is not settled is not called right."""
    finished = {chart for chart in parts if all(one.verdict for one in judged.get(chart, []))}
    has = {
        word: {c for c in parts if any(one.verdict == word for one in judged.get(c, []))}
        for word in VERDICTS
    }
    random = [chart for chart in sorted(parts) if parts[chart] == "random"]
    stop = next((n for n, chart in enumerate(random) if chart not in finished), len(random))
    counted, later = random[:stop], random[stop:]
    bad = sum(1 for chart in counted if chart in has["wrong"] | has["unsure"])
    every = [one for items in judged.values() for one in items]
    attention = Attention(
        sum(1 for one in every if one.planted in ("found", "overlooked")),
        sum(1 for one in every if one.planted == "found"),
    )
    return ReviewProgress(
        charts=len(parts),
        finished=len(finished),
        wrong_charts=len(has["wrong"]),
        unsure_charts=len(has["unsure"] - has["wrong"]),
        items=len(every),
        judged=sum(1 for one in every if one.verdict),
        wrong=sum(1 for one in every if one.verdict == "wrong"),
        unsure=sum(1 for one in every if one.verdict == "unsure"),
        beyond=sum(1 for chart in later if chart in finished),
        attention=attention,
        claim=claim(len(counted), bad, population, attention),
    )
