"""Which writes may go to the server at the same time, and in which bundles. Pure.

What charts share goes first. Charts that do not point at each other go in lanes of their own; one
lane is one writer at a time. A bundle is cut only where nothing before the cut points behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from migrate.core.ports import Write
from migrate.core.references import Ref, owner, references

Lane = list[list[int]]


class Links:
    """Who points at whom among some writes, by their numbers."""

    def __init__(self, writes: Sequence[Write]) -> None:
        numbers = {(one.type, one.id): n for n, one in enumerate(writes)}
        self.charts: list[str | None] = []
        self.points_at: list[list[int]] = []
        for number, write in enumerate(writes):
            points: list[Ref] = references(write.content or b"")
            self.charts.append(owner(write.type, write.id, write.content or b"", points))
            found = {numbers[ref] for ref in points if ref in numbers}
            self.points_at.append(sorted(found - {number}))

    def cut(self, numbers: Sequence[int], size: int) -> Lane:
        """These in bundles of ``size``, larger only where they point at each other in a circle."""
        place = {number: n for n, number in enumerate(numbers)}
        bundles: Lane = []
        start = best = needed = 0
        for end, number in enumerate(numbers, 1):
            needed = max([needed, *(place.get(o, 0) + 1 for o in self.points_at[number])])
            if end - start > size and best > start:
                bundles.append(list(numbers[start:best]))
                start = best
            if needed <= end:
                best = end
                if end - start > size:
                    bundles.append(list(numbers[start:end]))
                    start = end
        if start < len(numbers):
            bundles.append(list(numbers[start:]))
        return bundles

    def halves(self, numbers: Sequence[int]) -> tuple[list[int], list[int]] | None:
        """These in two parts at a cut near the middle; None for a knot."""
        cuts = [0]
        for bundle in self.cut(numbers, 1):
            cuts.append(cuts[-1] + len(bundle))
        middle = min(cuts[1:-1], key=lambda cut: abs(2 * cut - len(numbers)), default=None)
        return None if middle is None else (list(numbers[:middle]), list(numbers[middle:]))

    def phases(self, size: int, share: int, chart: int) -> list[list[Lane]]:
        """What comes after what; inside a phase lanes go at the same time.

        A chart of up to ``chart`` writes stays whole, a larger one is cut at ``size``; small ones
        go together as far as they fill a ``share``.
        """
        charts = self.charts
        shared = next((n for n, one in enumerate(charts) if one is not None), len(charts))
        phases: list[list[Lane]] = []
        if shared:
            phases.append([self.cut(range(shared), size)])
        packs: list[Lane] = []
        pack: list[int] = []
        for group in self._apart(shared):
            if len(group) > max(size, chart):
                packs.append(self.cut(group, size))
                continue
            if pack and len(pack) + len(group) > share:
                packs.append([pack])
                pack = []
            pack = pack + group
        if pack:
            packs.append([pack])
        return [*phases, packs] if packs else phases

    def levels(self, size: int) -> list[list[Lane]]:
        """Phases in which nothing points at anything of its own phase, for servers that keep no
        order inside a bundle. A circle stays in one phase."""
        level: list[int] = []
        for number in range(len(self.charts)):
            before = [level[other] + 1 for other in self.points_at[number] if other < number]
            level.append(max(before, default=0))
        order = sorted(range(len(level)), key=lambda n: (level[n], n))
        return [
            [[list(all_of[at : at + size])] for at in range(0, len(all_of), size)]
            for all_of in (list(same) for _, same in groupby(order, key=lambda n: level[n]))
        ]

    def _apart(self, start: int) -> list[list[int]]:
        """The writes from ``start`` in groups that do not point at each other, in their order."""
        top = list(range(len(self.charts)))

        def root(n: int) -> int:
            while top[n] != n:
                top[n] = top[top[n]]
                n = top[n]
            return n

        firsts: dict[str, int] = {}
        for number in range(start, len(self.charts)):
            chart = self.charts[number]
            near = [other for other in self.points_at[number] if other >= start]
            if chart is not None:
                near.append(firsts.setdefault(chart, number))
            for other in near:
                one, two = sorted((root(number), root(other)))
                top[two] = one
        groups: dict[int, list[int]] = {}
        for number in range(start, len(self.charts)):
            groups.setdefault(root(number), []).append(number)
        return list(groups.values())
