"""In which order resources are written, so that references resolve at every moment.

Everything of one patient is one *unit* (a chart); a resource that patients share is a unit of
its own. Units come after the units that they point at, and inside a unit a resource comes after
those that it points at. Resources that point at each other in a circle form a *knot*: they can
only be written together. Charts that point at each other in a circle become one unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

# What others point at goes first where the references themselves leave the order open.
_FIRST = ("Organization", "Location", "Practitioner", "PractitionerRole", "Medication", "Patient")


@dataclass(frozen=True, slots=True)
class Placed:
    """One resource's place: ``unit`` and ``knot`` are numbers that rise along the order."""

    ordinal: int
    unit: int
    knot: int


def rank(resource_type: str) -> tuple[int, str]:
    """The place of a type where references leave it open."""
    place = _FIRST.index(resource_type) if resource_type in _FIRST else len(_FIRST)
    return place, resource_type


def arrange(
    charts: Sequence[int], points_at: Callable[[int], Iterable[int]]
) -> Iterable[list[Placed]]:
    """The units in their order, each with its resources in theirs.

    ``charts[n]`` is the number of the chart that resource ``n`` belongs to, or -1; the resources
    are numbered in the order that is wanted where references leave it open, and
    ``points_at(n)`` gives the numbers that ``n`` points at.
    """
    unit_of, members = _units(charts)

    def units_needed(unit: int) -> list[int]:
        needed = {unit_of[other] for one in members[unit] for other in points_at(one)}
        needed.discard(unit)
        return sorted(needed)

    knots = 0
    for number, together in enumerate(_needed_first(range(len(members)), units_needed)):
        inside = sorted(one for unit in together for one in members[unit])
        here = set(together)

        def near(one: int, here: set[int] = here) -> list[int]:
            return [other for other in points_at(one) if unit_of[other] in here and other != one]

        placed: list[Placed] = []
        for knot in _needed_first(inside, near):
            placed += [Placed(one, number, knots) for one in sorted(knot)]
            knots += 1
        yield placed


def _units(charts: Sequence[int]) -> tuple[list[int], list[list[int]]]:
    """The unit of each resource and the resources of each unit; shared ones come first."""
    unit_of = [0] * len(charts)
    members: list[list[int]] = []
    for ordinal, chart in enumerate(charts):
        if chart < 0:
            unit_of[ordinal] = len(members)
            members.append([ordinal])
    numbers: dict[int, int] = {}
    for ordinal, chart in enumerate(charts):
        if chart >= 0:
            if chart not in numbers:
                numbers[chart] = len(members)
                members.append([])
            unit_of[ordinal] = numbers[chart]
            members[numbers[chart]].append(ordinal)
    return unit_of, members


def _needed_first(nodes: Iterable[int], needed: Callable[[int], list[int]]) -> Iterable[list[int]]:
    """Strongly connected components, what is needed before what needs it (Tarjan, 1972).

    Nodes are begun in the order given, so the result is the same for the same input. Written
    without recursion: a chain of references may be longer than Python's stack.
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    waiting: set[int] = set()
    for root in nodes:
        if root in index:
            continue
        path = [(root, iter(needed(root)))]
        index[root] = low[root] = len(index)
        stack.append(root)
        waiting.add(root)
        while path:
            node, others = path[-1]
            other = next(others, None)
            if other is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == index[node]:
                    yield _cut(stack, waiting, node)
            elif other not in index:
                index[other] = low[other] = len(index)
                stack.append(other)
                waiting.add(other)
                path.append((other, iter(needed(other))))
            elif other in waiting:
                low[node] = min(low[node], index[other])


def _cut(stack: list[int], waiting: set[int], node: int) -> list[int]:
    """The component that ends at ``node``, taken from the stack."""
    component = []
    while True:
        last = stack.pop()
        waiting.discard(last)
        component.append(last)
        if last == node:
            return component
