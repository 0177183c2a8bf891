"""What comes out of values: presence, conversion, failures, warnings."""

from pathlib import Path

import pyarrow.parquet as pq

from tests.unit.engine.mapped import mapped

TABLES = "tables: {patients: {key: id, patient: id}}\n"


def _patient(map_: str) -> str:
    return f"{TABLES}resources:\n  - rule: patient\n    type: Patient\n    from: patients\n{map_}"


def test_absent_values_take_their_elements_along(tmp_path: Path) -> None:
    profile = _patient("""
    map:
      identifier: [{system: ids, value: mrn}]
      name: [{use: {constant: official}, family: last, given: [first, middle]}]
      telecom: [{system: phone, value: phone, use: {constant: home}}]
      birthDate: {column: dob, absent: unknown}
      maritalStatus: {text: marital}
""")
    rows = [
        {
            "id": "1",
            "mrn": "A",
            "last": 'O"Neil\\',
            "first": "Zoë",
            "middle": " ",
            "phone": "5",
            "dob": "1970",
            "marital": None,
        },
        {
            "id": "2",
            "mrn": None,
            "last": "",
            "first": None,
            "middle": None,
            "phone": None,
            "dob": "0000-00-00",
            "marital": "\t",
        },
    ]
    found = mapped(tmp_path, profile, {"patients": rows})
    by_name = sorted(found.resources["Patient"], key=lambda p: "name" in p)
    bare, full = by_name
    assert set(bare) == {"resourceType", "id", "meta", "_birthDate"}
    assert bare["_birthDate"]["extension"][0]["valueCode"] == "unknown"
    assert full["name"] == [{"use": "official", "family": 'O"Neil\\', "given": ["Zoë"]}]
    assert full["telecom"] == [{"system": "phone", "value": "5", "use": "home"}]
    assert full["birthDate"] == "1970"
    assert full["meta"] == {"source": "urn:ehr-migrate:old:patients"}
    assert ("MAP022", "patients", "dob", "patient", 1) in found.notes
    assert all(b"null" not in line for line in found.lines["Patient"])


def test_what_cannot_be_read_rejects_or_is_left_out(tmp_path: Path) -> None:
    profile = _patient("""
    map:
      active: {column: act, "true": [Y], "false": [N]}
      birthDate: dob
      multipleBirthInteger: {column: births, on_error: omit}
""")
    rows = [
        {"id": "1", "act": "Y", "dob": "2/30/2001", "births": "2"},
        {"id": "2", "act": "maybe", "dob": "1999-12-31", "births": None},
        {"id": "3", "act": "N", "dob": " 12/31/1999\n", "births": "two"},
    ]
    found = mapped(tmp_path, profile, {"patients": rows})
    assert found.fates == {
        ("patients", 1): ("rejected", "MAP002"),
        ("patients", 2): ("rejected", "MAP004"),
        ("patients", 3): ("mapped", None),
    }
    (made,) = found.resources["Patient"]
    assert made["active"] is False and made["birthDate"] == "1999-12-31"
    assert "multipleBirthInteger" not in made
    assert found.notes == [("MAP023", "patients", "births", "patient", 1)]
    rejects = pq.read_table(found.folder / "rejects" / "map" / "patients.parquet").to_pylist()
    assert [(r["_row"], r["dob"], r["element"], r["column"]) for r in rejects] == [
        (1, "2/30/2001", "birthDate", "dob"),
        (2, "1999-12-31", "active", "act"),
    ]


def test_required_counts_only_where_the_object_is_there(tmp_path: Path) -> None:
    profile = _patient("""
    map:
      gender: {column: sex, required: true}
      communication:
        - {language: {text: lang}, preferred: {column: pref, "true": [Y], "false": [N]}}
""")
    rows = [
        {"id": "1", "sex": "male", "lang": None, "pref": None},
        {"id": "2", "sex": "male", "lang": None, "pref": "Y"},
        {"id": "3", "sex": None, "lang": "Latin", "pref": None},
    ]
    found = mapped(tmp_path, profile, {"patients": rows})
    assert [found.fates["patients", n] for n in (1, 2, 3)] == [
        ("mapped", None),
        ("rejected", "MAP001"),
        ("rejected", "MAP001"),
    ]


def test_when_first_and_context(tmp_path: Path) -> None:
    profile = _patient("""
    map:
      contact: [{period: {start: {context: exported}}, name: {text: {context: name}}}]
      name: [{family: {first: [{column: legal}, {column: birth}, {constant: Unknown}]}}]
      gender: {constant: female, when: "sex = 'F'"}
      deceasedDateTime: {first: [{column: died}, {column: buried}]}
""")
    rows = [
        {"id": "1", "legal": None, "birth": "B", "sex": "F", "died": "2020", "buried": "garbage"},
        {"id": "2", "legal": None, "birth": None, "sex": "M", "died": None, "buried": "garbage"},
        {"id": "3", "legal": None, "birth": None, "sex": None, "died": None, "buried": None},
    ]
    found = mapped(tmp_path, profile, {"patients": rows})
    assert found.fates["patients", 2] == ("rejected", "MAP002")
    made = {p["name"][0]["family"]: p for p in found.resources["Patient"]}
    assert made["B"]["gender"] == "female" and made["B"]["deceasedDateTime"] == "2020"
    assert "gender" not in made["Unknown"]
    assert made["B"]["contact"] == [
        {"name": {"text": "Nowhere Clinic"}, "period": {"start": "2026-01-31T12:00:00Z"}}
    ]


def test_zones_and_verbatim_decimals(tmp_path: Path) -> None:
    profile = """
tables: {patients: {key: id}, labs: {key: id, normal: {cost: decimal(2)}}}
resources:
  - rule: lab
    type: Observation
    from: labs
    map:
      status: {constant: final}
      code: {coding: [{system: loinc, column: code}]}
      effectiveDateTime: at
      valueQuantity: {value: {column: result, transform: [number]}, unit: unit}
      note: [{text: cost}]
"""
    rows = [
        {
            "id": "1",
            "code": "1-8",
            "at": "2021-07-04 08:30:00",
            "result": "7.0",
            "unit": "mg",
            "cost": "86.8000",
        },
        {
            "id": "2",
            "code": "1-8",
            "at": "2021-07-04T08:30:00Z",
            "result": "1,234.50",
            "unit": None,
            "cost": None,
        },
        {"id": "3", "code": "1-8", "at": "2021", "result": "<5", "unit": None, "cost": None},
    ]
    found = mapped(tmp_path, profile, {"patients": [{"id": "1"}], "labs": rows})
    lines = b"\n".join(found.lines["Observation"])
    assert b'"effectiveDateTime":"2021-07-04T08:30:00-05:00","valueQuantity":{"value":7.0,' in lines
    assert b'"2021-07-04T08:30:00Z","valueQuantity":{"value":1234.50}' in lines
    assert b'"note":[{"text":"86.80"}]' in lines
    assert found.fates["labs", 3] == ("rejected", "MAP003")


CROSSWALK = """source,system,code,display,equivalence,reviewer,comment
M,http://hl7.org/fhir/administrative-gender,male,Male,equal,pat,
X,http://hl7.org/fhir/administrative-gender,,,unmatched,pat,
"""
MARITAL = """source,system,code,display,equivalence,reviewer,comment
1,urn:oid:2.999.2,S,Single,equal,pat,
1,urn:oid:2.999.3,NM,Never married,equal,pat,
"""


def test_crosswalks_hit_miss_and_unmatched(tmp_path: Path) -> None:
    profile = _patient("""
    map:
      gender: {crosswalk: sex, column: sex}
      maritalStatus: {crosswalk: marital, column: marital, on_unmapped: keep-text}
""")
    rows = [
        {"id": "1", "sex": " M ", "marital": "1"},
        {"id": "2", "sex": "X", "marital": "9"},
        {"id": "3", "sex": "?", "marital": "9"},
        {"id": "4", "sex": None, "marital": None},
    ]
    found = mapped(tmp_path, profile, {"patients": rows}, {"sex": CROSSWALK, "marital": MARITAL})
    assert [found.fates["patients", n] for n in (1, 2, 3, 4)] == [
        ("mapped", None),
        ("mapped", None),
        ("rejected", "MAP012"),
        ("mapped", None),
    ]
    assert found.misses == [
        ("marital", "9", "patients", "marital", "keep-text", 2),
        ("sex", "?", "patients", "sex", "reject", 1),
    ]
    assert ("MAP021", "patients", "marital", "patient", 2) in found.notes
    full = next(p for p in found.resources["Patient"] if p.get("gender") == "male")
    assert [c["code"] for c in full["maritalStatus"]["coding"]] == ["S", "NM"]
    kept = [p for p in found.resources["Patient"] if p.get("maritalStatus") == {"text": "9"}]
    assert len(kept) == 1 and "gender" not in kept[0]
