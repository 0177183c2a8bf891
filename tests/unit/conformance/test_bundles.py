"""Resources inside resources: contained ones, and the entries of a Bundle."""

from __future__ import annotations

import json
from typing import Any

from migrate.core.conformance import problems

Json = dict[str, Any]
PATIENT: Json = {"resourceType": "Patient", "id": "p1", "gender": "female"}


def families(resource: Json) -> set[tuple[str, str]]:
    line = json.dumps(resource, separators=(",", ":")).encode()
    found = problems(str(resource["resourceType"]), line)
    return {(problem.family, problem.rule) for problem in found}


def bundle(patient: Json, **more: Any) -> Json:
    request = {"method": "PUT", "url": "Patient/p1"}
    entry = {"fullUrl": "http://example.org/Patient/p1", "resource": patient, "request": request}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry | more]}


def test_a_bundle_is_judged_with_its_entries() -> None:
    assert families(bundle(PATIENT)) == set()
    assert families(bundle({**PATIENT, "gender": "F"})) == {("binding", "")}
    assert families(bundle({**PATIENT, "resourceType": "Nobody"})) == {("element", "")}


def test_the_rules_of_bundles_hold() -> None:
    assert ("invariant", "bdl-8") in families(bundle(PATIENT, fullUrl="http://x.org/_history/1"))
    turned = bundle(PATIENT)
    del turned["entry"][0]["request"]
    assert ("invariant", "bdl-3") in families(turned)


def test_a_contained_resource_is_named_and_judged() -> None:
    inside = {"resourceType": "Practitioner", "id": "doc"}
    whole = {**PATIENT, "contained": [inside], "generalPractitioner": [{"reference": "#doc"}]}
    assert families(whole) == set()
    assert families({**whole, "contained": [{**inside, "gender": "F"}]}) == {("binding", "")}
    assert ("invariant", "dom-3") in families({**PATIENT, "contained": [inside]})
    assert ("reference", "") in families({**whole, "generalPractitioner": [{"reference": "#no"}]})
