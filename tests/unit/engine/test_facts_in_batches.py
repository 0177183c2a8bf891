"""What is taken out of resources is the same however many lines are taken at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migrate.engine import judging
from migrate.engine.derived import RELATIONS
from migrate.engine.judging import open_judged
from migrate.errors import OurBug

_CODE = {"coding": [{"system": "http://loinc.org", "code": "8302-2"}], "text": "Height"}
_PLAIN: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o",
    "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-vital-signs"]},
    "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1"}, {"use": "usual"}],
    "status": "final",
    "code": _CODE,
    "subject": {"reference": "Patient/p"},
    "performer": [{"reference": "Practitioner/a"}, {"reference": "Practitioner/b"}],
    "effectiveDateTime": "2020-01-01",
    "valueQuantity": {"value": 170.5, "unit": "cm"},
    "component": [{"code": _CODE, "valueQuantity": {"value": 1e2, "code": "mm"}}],
}
_ODD: tuple[dict[str, Any], ...] = (
    {"status": None},
    {"status": ["final", "final"]},
    {"code": {"coding": {"code": "x"}}},
    {"code": {"text": 'a "quoted" text'}},
    {"subject": [{"reference": "Patient/q"}]},
    {"subject": {"reference": {"system": "x"}}},
    {"extension": [{"url": "x", "valueReference": {"reference": "Patient/elsewhere"}}]},
    {"component": [7, {"valueQuantity": {"value": "7"}}]},
    {"identifier": {"value": "x"}},
    {"meta": {"profile": ["http://example.org/other"]}},
    {"valueQuantity": {"value": -0.10, "code": "cm", "unit": "c"}},
    {"valueQuantity": {"value": 7.0}, "component": []},
    {"valueString": "Übel", "valueQuantity": {}},
    {"effectiveDateTime": 2020},
    {"id": None},
)


def _lines() -> list[bytes]:
    found = [json.dumps({**_PLAIN, "id": f"o{n}"}, separators=(",", ":")) for n in range(6)]
    for place, odd in enumerate(_ODD):
        for n in range(5):
            resource = {**_PLAIN, "id": f"odd{place}-{n}", **odd}
            spaced = (", ", ": ") if n == 4 else (",", ":")
            found.append(json.dumps(resource, separators=spaced, ensure_ascii=n == 3))
    found += [found[0].replace("170.5", "007"), found[0][:-1], "[]", "", '{"id":"x"}'] * 5
    return [line.encode() for line in found]


def _relations(folder: Path) -> dict[str, list[str]]:
    names = [name for name in (*RELATIONS, "codes") if name != "code_parts"]
    with open_judged(folder) as facts:
        return {
            name: sorted(map(repr, facts.sql(f"FROM run.{name}").to_pylist())) for name in names
        }


def test_lines_together_and_one_by_one_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fhir").mkdir()
    lines = _lines()
    (tmp_path / "fhir" / "Observation.ndjson").write_bytes(b"".join(x + b"\n" for x in lines))
    together = _relations(tmp_path)
    monkeypatch.setattr(judging, "_BATCH", 1)
    assert all(together.values())
    assert _relations(tmp_path) == together


def test_bytes_that_are_no_text_are_told_without_them(tmp_path: Path) -> None:
    (tmp_path / "fhir").mkdir()
    (tmp_path / "fhir" / "Patient.ndjson").write_bytes(b'{"resourceType":"Patient","id":"\xe4"}\n')
    with pytest.raises(OurBug) as raised, open_judged(tmp_path) as facts:
        facts.sql("FROM run.resources")
    assert raised.value.code == "PRJ099"
    assert raised.value.__cause__ is None and raised.value.__context__ is None
