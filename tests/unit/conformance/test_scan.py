"""Lines judged together are judged as each alone, whatever stands in them."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.conformance import Scan, problems
from migrate.core.conformance.tree import NotJson, parse, pieces
from migrate.core.conformance.ucum import is_ucum

Json = dict[str, Any]
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
HL7 = "http://terminology.hl7.org/CodeSystem/"
WEIGHT: Json = {
    "resourceType": "Observation",
    "id": "r1",
    "meta": {"profile": [US_CORE + "body-weight"]},
    "status": "final",
    "category": [{"coding": [{"system": f"{HL7}observation-category", "code": "vital-signs"}]}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2020-03-01T09:00:00-06:00",
    "valueQuantity": {
        "value": 61.5,
        "unit": "kg",
        "system": "http://unitsofmeasure.org",
        "code": "kg",
    },
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.floats(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def line_of(resource: object, *, ascii_only: bool = False) -> bytes:
    text = json.dumps(resource, separators=(",", ":"), ensure_ascii=ascii_only)
    return text.encode("utf-8", "surrogatepass")


@settings(deadline=None, max_examples=200)
@given(JSON, st.booleans())
def test_what_json_reads_is_read(value: object, ascii_only: bool) -> None:
    row = pieces(line_of(value, ascii_only=ascii_only))
    assert row is not None
    parse(row)


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b'{"a":}', b'{"a":01}', b'{"a":1,}', b"[1,2", b'{"a" "b"}', b'"\x02\\""', b"{a:1}"],
)
def test_what_is_not_json_is_not_read(line: bytes) -> None:
    row = pieces(line)
    if row is not None:
        with pytest.raises(NotJson):
            parse(row)


def changed(resource: Json, path: list[Any], value: object) -> Json:
    copied = copy.deepcopy(resource)
    node: Any = copied
    for step in path[:-1]:
        node = node[step]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return copied


FAULTS: list[tuple[str, list[Any], object]] = [
    ("element", ["status"], None),
    ("element", ["statos"], "final"),
    ("element", ["category"], {"text": "x"}),
    ("element", ["valueString"], "x"),
    ("empty", ["code", "text"], ""),
    ("empty", ["note"], []),
    ("empty", ["bodySite"], {}),
    ("value", ["effectiveDateTime"], "2021-02-30"),
    ("value", ["effectiveDateTime"], "2021-02-03T10:00:00"),
    ("value", ["id"], "under_score"),
    ("value", ["valueQuantity", "value"], "61.5"),
    ("binding", ["status"], "done"),
    ("reference", ["subject", "reference"], "p1"),
    ("reference", ["subject", "reference"], "#gone"),
    ("target", ["subject", "reference"], "Encounter/e1"),
    ("invariant", ["dataAbsentReason"], {"text": "x"}),
    ("invariant", ["effectivePeriod"], {"start": "2020-02-02", "end": "2020-01-01"}),
    ("profile", ["category"], [{"text": "x"}]),
    ("profile", ["valueQuantity", "code"], "m"),
    ("profile", ["meta", "profile"], [US_CORE + "patient"]),
    ("extension", ["extension"], [{"url": "relative", "valueCode": "x"}]),
    ("code", ["category", 0, "coding", 0, "code"], "nope"),
    ("display", ["category", 0, "coding", 0, "display"], "Laboratory"),
    ("unit", ["valueQuantity", "code"], "kgs"),
    ("value", ["text"], {"status": "generated", "div": "<div>x</div>"}),
    ("invariant", ["contained"], [{"resourceType": "Patient", "id": "x"}]),
]


@pytest.mark.parametrize(("family", "path", "value"), FAULTS)
def test_a_fault_is_found_alone_and_behind_many_good_lines(
    family: str, path: list[Any], value: object
) -> None:
    assert problems("Observation", line_of(WEIGHT)) == ()
    bad = line_of(changed(WEIGHT, path, value))
    alone = problems("Observation", bad)
    assert family in {problem.family for problem in alone}
    good = [line_of({**WEIGHT, "id": f"r{number:03}"}) for number in range(40)]
    scan = Scan()
    assert list(scan.findings("Observation", good)) == []
    found = list(scan.findings("Observation", [*good, bad, *good]))
    assert {finding.line for finding in found} == {41}
    assert {finding.problem for finding in found} == set(alone)


def test_a_bad_line_does_not_spoil_those_like_it() -> None:
    good = line_of(WEIGHT)
    for bad in (
        good.replace(b'"Observation"', b'"Procedure"', 1),
        good.replace(b'"Observation"', b'"Obser\xffation"', 1),
        good.replace(b"us-core-body-weight", b"us-core-body-w\xffight"),
        good.replace(b'"final"', b'"fin\xffal"'),
    ):
        scan = Scan()
        found = list(scan.findings("Observation", [bad, *[good] * 20, bad]))
        assert {finding.line for finding in found} == {1, 22}


VALUES = st.sampled_from(
    ["2020-03-01", "2020-02-30", "final", "kg", "x\\y", 'q"q', "", "Patient/p2", "a b", "61", "ä"]
)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(FAULTS), VALUES, st.booleans()), max_size=12))
def test_lines_together_are_judged_as_each_alone(
    changes: list[tuple[tuple[str, list[Any], object], str, bool]],
) -> None:
    lines = [line_of({**WEIGHT, "id": f"r{number:03}"}) for number in range(12)]
    for (_, path, value), other, use_other in changes:
        lines.append(line_of(changed(WEIGHT, path, other if use_other else value)))
    scan = Scan()
    list(scan.findings("Observation", lines[:12]))
    together: dict[int, set[object]] = {}
    for finding in scan.findings("Observation", lines):
        together.setdefault(finding.line, set()).add(finding.problem)
    for number, line in enumerate(lines, 1):
        assert together.get(number, set()) == set(problems("Observation", line))


@pytest.mark.parametrize(
    "unit",
    [
        *("mg/dL", "mm[Hg]", "10*3/uL", "/min", "kg/m2", "%", "{score}", "mL/min/{1.73_m2}"),
        *("[degF]", "U/L", "meq/L", "1", "mg.h", "ug/kg/h"),
    ],
)
def test_units_of_ucum(unit: str) -> None:
    assert is_ucum(unit)


@pytest.mark.parametrize(
    "unit", ["kgs", "mmHg", "mEq/L", "mg / dL", "", "furlongs", "mg//dL", "MG/DL", "(mg"]
)
def test_units_that_ucum_has_not(unit: str) -> None:
    assert not is_ucum(unit)
