"""Comparing what was sent with what is held: no difference is overseen, none is made up."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.compare import DECLARED, differences, same

LEAVES = st.one_of(
    st.text(max_size=10), st.integers(-999, 999), st.booleans(), st.sampled_from(["7.0", "x"])
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from("abcde"), inner, min_size=1, max_size=3)
    ),
    max_leaves=10,
)
RESOURCES = st.dictionaries(st.sampled_from(["code", "subject", "value"]), TREES, min_size=1).map(
    lambda body: {"resourceType": "Observation", "id": "r1", **body}
)


def text(resource: object) -> bytes:
    return json.dumps(resource).encode()


def leaves(node: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    if isinstance(node, dict):
        return [leaf for name in node for leaf in leaves(node[name], (*path, name))]
    if isinstance(node, list):
        return [leaf for n, one in enumerate(node) for leaf in leaves(one, (*path, n))]
    return [path]


@settings(deadline=None, max_examples=100)
@given(RESOURCES, st.randoms(use_true_random=False))
def test_the_order_of_members_means_nothing(resource: dict[str, object], random: object) -> None:
    names = list(resource)
    random.shuffle(names)  # type: ignore[attr-defined]
    assert same(text(resource), text({name: resource[name] for name in names}))


@settings(deadline=None, max_examples=200)
@given(RESOURCES, st.data())
def test_one_changed_leaf_is_found_at_its_path(
    resource: dict[str, object], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(leaves(resource)))
    changed = deepcopy(resource)
    node: object = changed
    for step in path[:-1]:
        node = node[step]  # type: ignore[index]
    node[path[-1]] = "surely another value"  # type: ignore[index]
    found = differences(text(resource), text(changed))
    words = "Observation" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in path
    )
    assert [(one.path, one.kind) for one in found] == [(words, "changed")]


@settings(deadline=None, max_examples=100)
@given(RESOURCES, st.data())
def test_one_lost_element_is_found(resource: dict[str, object], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(set(resource) - {"resourceType"})))
    less = {key: value for key, value in resource.items() if key != name}
    assert [(o.path, o.kind) for o in differences(text(resource), text(less))] == [
        (f"Observation.{name}", "missing")
    ]
    more = [(o.path, o.kind) for o in differences(text(less), text(resource))]
    assert more == [(f"Observation.{name}", "added")]


SENT = b"""{"resourceType":"Observation","id":"r1","meta":{"source":"urn:old#t"},
"effectiveDateTime":"2020-01-01T00:00:00-05:00","valueQuantity":{"value":7.0},"status":"final"}"""


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (b"7.0", b"7.00", "decimal form"),
        (b"7.0", b"70e-1", None),
        (b"-05:00", b"-05:00", None),
        (b"2020-01-01T00:00:00-05:00", b"2020-01-01T05:00:00Z", "instant form"),
        (b"2020-01-01T00:00:00-05:00", b"2020-01-01T00:00:00.000-05:00", "instant form"),
        (b'"urn:old#t"', b'"urn:old#request7"', "meta"),
        (b'"meta":{', b'"meta":{"versionId":"3","lastUpdated":"2026-01-01T00:00:00Z",', "meta"),
        (b'"status"', b'"text":{"status":"generated","div":"<div/>"},"status"', "narrative"),
        (b"7.0", b"7.01", "changed"),
        (b"7.0", b'"7.0"', "changed"),
        (b"2020-01-01T00:00:00-05:00", b"2020-01-01T00:00:00Z", "changed"),
        (b"2020-01-01T00:00:00-05:00", b"2020-01-01", "changed"),
        (b'"final"', b'"amended"', "changed"),
        (b'"urn:old#t"', b'"urn:other"', "changed"),
        (b'"meta":{', b'"meta":{"tag":[],', "added"),
        (b'"id":"r1"', b'"id":"r2"', "changed"),
        (b"true", b"1", None),
    ],
)
def test_declared_and_undeclared_differences(before: bytes, after: bytes, kind: str | None) -> None:
    found = {one.kind for one in differences(SENT, SENT.replace(before, after))}
    assert found == ({kind} if kind else set())
    assert same(SENT, SENT.replace(before, after)) == (kind is None or kind in DECLARED)


@pytest.mark.parametrize("held", [b"", b"<html/>", b"[]", b"null", b'{"resourceType"'])
def test_what_is_no_resource_is_one_difference(held: bytes) -> None:
    assert [(one.path, one.kind) for one in differences(SENT, held)] == [("Observation", "changed")]


def test_a_number_is_no_boolean() -> None:
    assert not same(b'{"a":1}', b'{"a":true}')
    assert not same(b'{"a":{"b":1}}', b'{"a":[1]}')
