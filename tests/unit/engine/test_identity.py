"""Keys, duplicates, merges, references and the order of the output."""

from pathlib import Path

import pytest

from migrate.core.identity import make_id, partition_of
from migrate.errors import AskedWrongly
from tests.unit.engine.mapped import KEY, mapped

NOTES = """
  - rule: note
    type: Basic
    from: notes
    map:
      code: {text: text}
      subject: {reference: patients, column: pid}
"""
PATIENT = """
  - rule: patient
    type: Patient
    from: patients
    exclude: [{when: "name = 'TEST'", because: "test patient"}]
    map:
      name: [{family: name}]
      birthDate: dob
"""


def _patient(number: str, name: str = "A", dob: str | None = None) -> dict[str, str | None]:
    return {"id": number, "name": name, "dob": dob}


def test_keys_are_judged_before_any_rule(tmp_path: Path) -> None:
    profile = f"""
tables: {{patients: {{key: id, patient: id}}, notes: {{key: nid, patient: pid}}}}
exclude: {{columns: {{notes.seen: "user interface"}}}}
resources:{PATIENT}{NOTES}"""
    notes = [
        {"nid": "1", "pid": "1", "text": "a", "seen": "1"},
        {"nid": "1", "pid": "1", "text": "a", "seen": "2"},
        {"nid": "2", "pid": "1", "text": "b", "seen": None},
        {"nid": "2", "pid": "1", "text": "c", "seen": None},
        {"nid": "3", "pid": "2", "text": "d", "seen": None},
        {"nid": "3", "pid": "2", "text": "d", "seen": None},
        {"nid": "4", "pid": "3", "text": "e", "seen": None},
        {"nid": "5", "pid": "4", "text": "e", "seen": None},
    ]
    patients = [_patient("1"), _patient("2", dob="x"), _patient("3", "B"), _patient("3", "C")]
    found = mapped(tmp_path, profile, {"patients": patients, "notes": notes})
    assert [found.fates["notes", n] for n in range(1, 9)] == [
        ("mapped", None),
        ("merged", None),
        ("rejected", "MAP013"),
        ("rejected", "MAP013"),
        ("rejected", "MAP011"),
        ("rejected", "MAP011"),
        ("rejected", "MAP011"),
        ("rejected", "MAP010"),
    ]
    (made,) = found.resources["Basic"]
    assert made["id"] == make_id(KEY, ["old", "notes", "", "1"])


def test_references_reach_the_survivor_of_merges(tmp_path: Path) -> None:
    profile = f"""
tables:
  patients: {{key: id, patient: id, merges: {{table: merges, from: was, into: now}}}}
  notes: {{key: nid, patient: pid}}
  merges: {{key: mid}}
  phones: {{key: fid}}
resources:{
        PATIENT.replace(
            "birthDate: dob",
            '''birthDate: dob
      telecom: [{each: phones, on: {pid: id}, map: {value: number}}]
      identifier: [{each: merged, map: {system: ids, value: id}}]''',
        )
    }{NOTES}"""
    merges = [
        ("1", "a", "b"),
        ("2", "b", "c"),
        ("3", "gone", "c"),
        ("4", "x", "y"),
        ("5", "y", "x"),
        ("6", "d", "nowhere"),
        ("7", "e", None),
        ("8", "f", "c"),
        ("9", "f", "a"),
    ]
    tables = {
        "patients": [_patient(n, n.upper()) for n in "abcxydef"],
        "notes": [{"nid": n, "pid": n, "text": n} for n in ("a", "gone", "c", "x", "d")],
        "merges": [{"mid": m, "was": w, "now": n} for m, w, n in merges],
        "phones": [{"fid": n, "pid": n, "number": f"555-010{n}"} for n in "ac"],
    }
    found = mapped(tmp_path, profile, tables)
    survivor = make_id(KEY, ["old", "patients", "", "c"])
    by_name = {p["name"][0]["family"]: p for p in found.resources["Patient"]}
    assert sorted(by_name) == ["C", "D", "E", "F"] and by_name["C"]["id"] == survivor
    assert [i["value"] for i in by_name["C"]["identifier"]] == ["a", "b"]
    assert len(by_name["C"]["telecom"]) == 2
    subjects = [b["subject"]["reference"] for b in found.resources["Basic"]]
    assert subjects.count(f"Patient/{survivor}") == 3 and len(subjects) == 4
    assert [found.fates["merges", n] for n in range(1, 10)] == [
        ("merged", None),
        ("merged", None),
        ("merged", None),
        ("rejected", "MAP014"),
        ("rejected", "MAP014"),
        ("rejected", "MAP010"),
        ("rejected", "MAP001"),
        ("rejected", "MAP013"),
        ("rejected", "MAP013"),
    ]
    assert [found.fates["patients", n] for n in range(1, 6)] == [
        ("merged", None),
        ("merged", None),
        ("mapped", None),
        ("rejected", "MAP014"),
        ("rejected", "MAP014"),
    ]
    assert found.fates["notes", 4] == ("rejected", "MAP011")
    assert found.patients["notes", 1] == found.patients["patients", 2] == survivor
    assert (1, "merged") in found.roles("merges") and (1, "merged") in found.roles("patients")


def test_optional_references_may_form_a_circle(tmp_path: Path) -> None:
    profile = """
tables: {patients: {key: id}, visits: {key: vid, unused: "x"}, problems: {key: prid}}
resources:
  - rule: visit
    type: Encounter
    from: visits
    map:
      status: {constant: finished}
      class: {code: AMB, system: "http://terminology.hl7.org/CodeSystem/v3-ActCode"}
      partOf: {reference: visits, column: up, optional: true}
      diagnosis: [{condition: {reference: problems, column: prid, optional: true}}]
  - rule: problem
    type: Condition
    from: problems
    map:
      subject: {reference: patients, column: pid}
      encounter: {reference: visits, column: vid}
  - rule: patient
    type: Patient
    from: patients
    map: {birthDate: dob}
"""
    tables = {
        "patients": [{"id": "1", "dob": "2001"}],
        "visits": [
            {"vid": "1", "up": None, "prid": "1"},
            {"vid": "2", "up": "1", "prid": "2"},
            {"vid": "3", "up": "7", "prid": "7"},
        ],
        "problems": [
            {"prid": "1", "pid": "1", "vid": "1"},
            {"prid": "2", "pid": "9", "vid": "2"},
        ],
    }
    found = mapped(tmp_path, profile, tables)
    assert found.fates["problems", 2] == ("rejected", "MAP010")
    assert sum("diagnosis" in e for e in found.resources["Encounter"]) == 1
    assert sum("partOf" in e for e in found.resources["Encounter"]) == 1
    assert found.notes == [
        ("MAP020", "visits", "prid", "visit", 2),
        ("MAP020", "visits", "up", "visit", 1),
    ]


def test_tables_without_a_key_and_order_of_the_output(tmp_path: Path) -> None:
    profile = f"""
tables: {{patients: {{key: id, patient: id}}, notes: {{patient: pid}}}}
exclude: {{tables: {{junk: "temporary table"}}, columns: {{notes.seen: "x"}}}}
resources:{PATIENT}{NOTES}"""
    notes = [{"pid": str(n % 40), "text": "same", "seen": str(n)} for n in range(120)]
    tables = {
        "patients": [_patient(str(n)) for n in range(40)],
        "notes": notes,
        "junk": [{"x": "1"}],
    }
    found = mapped(tmp_path / "one", profile, tables)
    lines = found.resources["Basic"]
    assert len({r["id"] for r in lines}) == 120
    expected = make_id(KEY, ["old", "notes", "", "7", "same", "2"])
    assert expected in {r["id"] for r in lines}
    order = [(partition_of(r["subject"]["reference"][8:]), r["id"]) for r in lines]
    assert order == sorted(order)
    assert found.fates["junk", 1] == ("excluded", None)
    again = mapped(tmp_path / "two", profile, tables, workers=2)
    assert again.lines == found.lines
    for name in ("fates", "lineage", "notes", "misses"):
        first = (tmp_path / "one" / "out" / f"{name}.parquet").read_bytes()
        assert first == (tmp_path / "two" / "out" / f"{name}.parquet").read_bytes(), name


def test_sql_that_fails_on_a_row_is_a_message_without_its_value(tmp_path: Path) -> None:
    failing = PATIENT.replace("birthDate: dob", "birthDate: {sql: 'CAST(dob AS INTEGER)'}")
    profile = f"tables: {{patients: {{key: id, patient: id}}}}\nresources:{failing}"
    with pytest.raises(AskedWrongly) as caught:
        mapped(tmp_path, profile, {"patients": [_patient("1", dob="secret")]})
    assert caught.value.code == "MAP040" and "patient" in caught.value.message
    assert caught.value.__context__ is None and "secret" not in str(caught.value)


def test_optional_tables_may_be_missing(tmp_path: Path) -> None:
    profile = f"""
tables: {{patients: {{key: id}}, notes: {{key: nid, patient: pid, optional: true}}}}
resources:{PATIENT}{NOTES}"""
    found = mapped(tmp_path, profile, {"patients": [_patient("1"), _patient("2", "TEST")]})
    assert list(found.resources) == ["Patient"]
    assert found.fates["patients", 2] == ("excluded", None)


def test_columns_that_an_export_lacks_are_empty(tmp_path: Path) -> None:
    profile = f"""
tables: {{patients: {{key: id, patient: id, may_lack: [maiden]}}}}
resources:{PATIENT.rstrip()}
      maritalStatus: {{text: {{sql: "coalesce(maiden, 'none')"}}}}
"""
    found = mapped(tmp_path, profile, {"patients": [_patient("1")]})
    assert [p["maritalStatus"]["text"] for p in found.resources["Patient"]] == ["none"]
