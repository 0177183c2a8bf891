"""Counts what a run's resources hold of the elements that an EHR is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.core.compile.sqltext import quoted
from migrate.core.gaps import Element, Held
from migrate.core.ports import Facts


def held(facts: Facts, elements: Sequence[Element]) -> tuple[Held, ...]:
    """Each element once, in its order, with the resources that hold it. A type is read once."""
    counts: dict[Element, tuple[int, int]] = {}
    for kind in facts.resource_types():
        asked = [element for element in elements if element.type == kind]
        if asked:
            counts |= _counted(facts, kind, asked)
    names = dict.fromkeys((element.group, element.name) for element in elements)
    found = []
    for group, name in names:
        same = [e for e in elements if (e.group, e.name) == (group, name)]
        present, of = (sum(counts.get(e, (0, 0))[n] for e in same) for n in (0, 1))
        found.append(Held(group, name, tuple(dict.fromkeys(e.type for e in same)), present, of))
    return tuple(found)


def _counted(facts: Facts, kind: str, asked: Sequence[Element]) -> dict[Element, tuple[int, int]]:
    claims = list(dict.fromkeys(element.among for element in asked))
    tests = list(dict.fromkeys(element.test for element in asked))
    cells = [f"{claim} AS c{n}" for n, claim in enumerate(claims)]
    cells += [f"{test} AS e{n}" for n, test in enumerate(tests)]
    sums = [
        f"count(*) FILTER (c{claims.index(e.among)} AND e{tests.index(e.test)}) AS p{n}, "
        f"count(*) FILTER (c{claims.index(e.among)}) AS o{n}"
        for n, e in enumerate(asked)
    ]
    (row,) = facts.sql(
        f"SELECT {', '.join(sums)} FROM (SELECT {', '.join(cells)} FROM fhir.{quoted(kind)})"
    ).to_pylist()
    return {element: (row[f"p{n}"], row[f"o{n}"]) for n, element in enumerate(asked)}
