"""What the structure check takes for alike is alike to the library's models too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from migrate.packs.validators.structure import alike, model_error

from .seeded import clean, judged

ATOMS = (
    st.dates().map(str)
    | st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    | st.decimals(-50, 500, places=2).map(float)
    | st.sampled_from(
        ["2021-02-30", "2021-13-01", "2021-01-01T25:00:00Z", "2021-01", "1", 0, 7, -0.5]
    )
)


@settings(deadline=None, max_examples=150)
@given(ATOMS, ATOMS, ATOMS, st.sampled_from(["r1", "a b", "", "x" * 64, "x" * 65]))
def test_a_line_and_its_stand_in_are_judged_alike(
    moment: object, value: object, text: object, name: str
) -> None:
    resource = {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "identifier": [{"system": "urn:x", "value": text}],
        "code": {"text": 'a "id":"x y", 2021-02-30', "coding": [{"display": text}]},
        "note": [{"text": text}],
        "subject": {"reference": f"Patient/{name}"},
        "effectiveDateTime": moment,
        "issued": moment,
        "valueQuantity": {"value": value},
    }
    line = json.dumps(resource, separators=(",", ":")).encode()
    first, second = model_error("Observation", line), model_error("Observation", alike(line))
    assert (first is None) == (second is None)


@pytest.mark.parametrize("day", ["2020-03-01T09:00:00-06:00", "2020-02-30T09:00:00-06:00"])
def test_a_fault_behind_many_like_it_is_found(day: str, tmp_path: Path) -> None:
    run = clean()
    for number in range(50):
        run.add("visits", "p1", "Encounter", f"x{number}", dict(run.resource("Encounter", "e-p1")))
        run.resource("Encounter", f"x{number}")["id"] = f"x{number}"
    run.resource("Encounter", "x49")["period"] = {"start": day}
    found = judged(run, tmp_path, "conformance.structure")
    assert found.failed == (day.startswith("2020-02-30"))
