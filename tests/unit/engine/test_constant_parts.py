"""What is there whatever the row says, and what goes with its values: both opinions."""

import json

from tests.second_opinion import compare
from tests.unit.engine.mapped import HEAD

PROFILE = f"""{HEAD}
tables: {{patients: {{key: id, patient: id}}}}
resources:
  - rule: patient
    type: Patient
    from: patients
    map:
      maritalStatus: {{coding: [{{code: S, system: ids}}, {{system: ids, column: m}}]}}
      name: [{{use: {{constant: official}}, given: [{{constant: X}}, {{column: m}}], family: f}}]
      contact:
        - relationship: [{{coding: [{{code: N, system: ids}}, {{system: ids, column: m}}]}}]
          gender: {{constant: male}}
"""


def test_constant_items_keep_their_lists_and_values_their_objects() -> None:
    rows = [["id", "m", "f"], ["1", "a", "b"], ["2", None, None], ["3", "a", None]]
    compared = compare(PROFILE, {"patients": rows})
    assert not compared.differences, compared.shown()
    made = [json.loads(line) for line in compared.opinion.resources["Patient"]]
    assert sorted("name" in patient for patient in made) == [False, True, True]
    assert all(patient["maritalStatus"]["coding"][0]["code"] == "S" for patient in made)
    assert all(patient["contact"][0]["gender"] == "male" for patient in made)
