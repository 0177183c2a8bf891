"""References and the order of writing, over generated resources and graphs."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.ordering import arrange
from migrate.core.references import owner, references

IDS = st.text("abcXYZ019.-", min_size=1, max_size=8)
TYPES = st.sampled_from(["Patient", "Encounter", "Observation", "Binary", "Practitioner"])
LEAVES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(['"reference":"Patient/x"', '\\"reference":"Patient/y"', "reference", "\\"]),
    st.integers(),
    st.booleans(),
)
POINTERS = st.builds(lambda kind, one: {"reference": f"{kind}/{one}"}, TYPES, IDS)
NAMES = st.sampled_from(["subject", "note", "text", "a\\", 'b"', "performer"])
TREES = st.recursive(
    LEAVES | POINTERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


def walked(node: object) -> list[tuple[str, str]]:
    """The references of a parsed document, in document order."""
    if isinstance(node, list):
        return [ref for one in node for ref in walked(one)]
    if not isinstance(node, dict):
        return []
    found = []
    for name, value in node.items():
        if name == "reference" and isinstance(value, str):
            kind, _, identity = value.partition("/")
            found.append((kind, identity))
        else:
            found += walked(value)
    return found


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(NAMES, TREES, max_size=4), st.sampled_from([(",", ":"), (", ", ": ")]))
def test_scanning_finds_what_walking_finds(
    resource: dict[str, object], separators: tuple[str, str]
) -> None:
    text = json.dumps(resource, separators=separators).encode()
    assert references(text) == walked(resource)


def test_what_is_no_reference_inside_the_output() -> None:
    assert references(b'{"reference":"#contained"}') == []
    assert references(b'{"reference":"https://old.example/Patient/1"}') == []
    assert references(b'{"url":"https://example.org/Binary/1"}') == []
    assert references(b'{"reference":"Patient/1/_history/3"}') == [("Patient", "1")]
    assert references(b'{"attachment":{"url":"Binary/b"}}') == [("Binary", "b")]


def test_whose_chart_it_is() -> None:
    def of(kind: str, text: str) -> str | None:
        return owner(kind, "x", text.encode(), references(text.encode()))

    one, two = '{"reference":"Patient/a"}', '{"reference":"Patient/b"}'
    assert of("Patient", f'{{"link":[{{"other":{one}}}]}}') == "x"
    assert of("Organization", "{}") is None
    assert of("Observation", f'{{"performer":[{one}]}}') == "a"
    assert of("Observation", f'{{"performer":[{one}],"subject":{two}}}') == "b"
    assert of("Provenance", f'{{"target":[{two},{one}]}}') == "b"
    assert of("Group", f'{{"member":[{{"entity":{one}}},{{"entity":{two}}}]}}') is None


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[int], list[list[int]]]:
    size = draw(st.integers(0, 14))
    charts = draw(st.lists(st.integers(-1, 3), min_size=size, max_size=size))
    node = st.integers(0, max(0, size - 1))
    edges = draw(st.lists(st.lists(node, max_size=3), min_size=size, max_size=size))
    return charts, edges


def reachable(edges: list[list[int]], start: int) -> set[int]:
    seen: set[int] = set()
    todo = list(edges[start])
    while todo:
        if (one := todo.pop()) not in seen:
            seen.add(one)
            todo += edges[one]
    return seen


@settings(deadline=None, max_examples=300)
@given(graphs())
def test_what_is_pointed_at_comes_first(graph: tuple[list[int], list[list[int]]]) -> None:
    charts, edges = graph
    placed = [one for unit in arrange(charts, edges.__getitem__) for one in unit]
    assert sorted(one.ordinal for one in placed) == list(range(len(charts)))
    place = {one.ordinal: one for one in placed}
    assert [one.unit for one in placed] == sorted(one.unit for one in placed)
    assert [one.knot for one in placed] == sorted(one.knot for one in placed)
    for source, targets in enumerate(edges):
        for target in targets:
            assert place[target].knot <= place[source].knot
            if place[target].knot == place[source].knot and target != source:
                assert source in reachable(edges, target), "a knot is a circle, nothing more"
    for chart in set(charts) - {-1}:
        units = {place[n].unit for n, one in enumerate(charts) if one == chart}
        assert len(units) == 1, "a chart is never torn apart"


def test_a_long_chain_needs_no_recursion() -> None:
    size = 50_000
    edges = [[n + 1] if n + 1 < size else [] for n in range(size)]
    placed = [one for unit in arrange([-1] * size, edges.__getitem__) for one in unit]
    assert [one.ordinal for one in placed] == list(range(size - 1, -1, -1))
