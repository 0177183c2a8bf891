"""Expressions say what FHIRPath says: every invariant that is shipped can be compiled, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrate.core.conformance import tables
from migrate.core.conformance.build import grown, resource_part
from migrate.core.conformance.rules import Reader
from migrate.core.conformance.tree import parse, pieces
from migrate.core.fhirpath import Context, FhirPathError, compiled

PERIOD = {"start": "2020-01-01", "end": "2020-02-01"}
VISIT = {
    "resourceType": "Encounter",
    "status": "finished",
    "period": PERIOD,
    "length": {"value": 30, "code": "min"},
    "participant": [{"individual": {"display": "A"}}, {"type": [{"text": "b"}]}],
}


def said(expression: str, resource: dict[str, object]) -> bool | None:
    row = pieces(json.dumps(resource, separators=(",", ":")).encode())
    assert row is not None
    name = str(resource["resourceType"])
    node = grown(resource_part(parse(row), name, name, row)).node
    return compiled(expression)(Context(Reader(row, 0), node, node), node)


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("status = 'finished'", True),
        ("status != 'finished'", False),
        ("status in ('planned' | 'finished')", True),
        ("location.exists()", False),
        ("location.status = 'active'", None),
        ("location.status = 'active' or status.exists()", True),
        ("location.status = 'active' implies period.exists()", True),
        ("period.start <= period.end", True),
        ("period.start > period.end", False),
        ("participant.count() = 2", True),
        ("participant.all(individual.exists() xor type.exists())", True),
        ("participant.where(individual.exists()).individual.display = 'A'", True),
        ("participant[1].type.text.startsWith('b')", True),
        ("length.value > 20 and length.code = 'min'", True),
        ("(length.value + 3) mod 10 = 3", True),
        ("period.start.toString().length() >= 10", True),
        ("length is Duration", True),
        ("length.ofType(Duration).exists()", True),
        ("iif(status = 'planned', false, true)", True),
        ("'12345'.matches('^[0-9]{5}$')", True),
        ("status.substring(0, 3) & 'x' = 'finx'", True),
        ("participant.select(type.text).isDistinct()", True),
        ("-1 < 0", True),
        ("{}.empty()", True),
        ("%ucum = 'http://unitsofmeasure.org'", True),
    ],
)
def test_an_expression_is_answered(expression: str, answer: bool | None) -> None:
    assert said(expression, VISIT) is answer


@pytest.mark.parametrize("expression", ["status =", "no such(", "nothing()", "%unknown", "a ? b"])
def test_what_is_not_supported_is_refused_when_it_is_compiled(expression: str) -> None:
    with pytest.raises(FhirPathError):
        compiled(expression)


def test_every_shipped_invariant_can_be_compiled() -> None:
    folder = Path(tables.__file__).parent / "data"
    found = {line.split("\t")[2] for line in (folder / "invariants.txt").read_text().splitlines()}
    for line in (folder / "profiles.jsonl").read_text().splitlines():
        for element in json.loads(line)["elements"].values():
            found |= {expression for _, expression in element.get("rules", ())}
    assert len(found) > 200
    for expression in sorted(found):
        compiled(expression)
