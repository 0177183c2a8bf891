"""Every PRO code is reported where the mistake stands, and all mistakes in one reading."""

from __future__ import annotations

import pytest

from migrate.core.issues import catalogue
from migrate.errors import AskedWrongly
from tests.profile_texts import (
    CROSSWALK_HEAD,
    HEAD,
    MemoryLibrary,
    codes,
    load,
    load_profile,
    mistakes,
    table,
)

EXPORT = [
    table("patients", "id", "birth_date", "sex"),
    table("problems", "id", "patient_id", "status", "icd10"),
    table("visits", "id", "patient_id", "start"),
    table("lines", "visit_id", "no", "code"),
]
CONDITION = """\
  - rule: problem
    type: Condition
    from: problems
    map:
      subject: {reference: patients, column: patient_id}
"""
CROSSWALK = {"st": CROSSWALK_HEAD + "A,clinical,active,Active,equal,me,\n"}


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("clinicalState: {constant: x}", "PRO011", 7),
        ("onset: x", "PRO011", 7),
        ("code: icd10", "PRO012", 13),
        ("recordedDate: [a, b]", "PRO015", 21),
        ("recordedDate: {constant: 30/02/2020}", "PRO012", 32),
        ("recordedDate: {colum: x, constant: '2020'}", "PRO010", 22),
        ("recordedDate: {column: a, sql: b}", "PRO012", 33),
        ("recordedDate: {column: a, formats: ['%Q']}", "PRO012", 43),
        ("recordedDate: {column: a, absent: unknwon}", "PRO014", 41),
        ("recordedDate: {column: a, on_error: ignore}", "PRO010", 43),
        ("recordedDate: {column: a, required: maybe}", "PRO012", 43),
        ("recordedDate: {crosswalk: st, column: a}", "PRO012", 21),
        ("recordedDate: {sql: 'now()'}", "PRO023", 27),
        ("recordedDate: {context: clock}", "PRO010", 31),
        ("recordedDate: {column: a, transform: squeze}", "PRO022", 44),
        ("recordedDate: {column: a, transform: [squeeze, {squeeze: x}]}", "PRO012", 55),
        ("recordedDate: {column: a, transform: split_part}", "PRO012", 44),
        ("recordedDate: {column: a, transform: [[squeeze]]}", "PRO012", 45),
        ("recordedDate: {when: \"a = '1'\"}", "PRO012", 21),
        ("onsetDateTime: a\n      onsetString: b", "PRO015", 7),
        ('onsetDateTime: {column: a, when: "b is null"}\n      onsetString: b', "PRO015", 7),
        ("code: {crosswalk: nowhere, column: a}", "PRO022", 25),
        ("code: {crosswalk: st}", "PRO016", 13),
        ("code: {system: icd1O, column: a}", "PRO022", 22),
        ("code: {}", "PRO012", 13),
        ("code: {coding: {system: icd10, colum: a}}", "PRO010", 38),
        ("clinicalStatus: {code: activ, system: clinical}", "PRO014", 30),
        ("clinicalStatus: {code: active, system: loinc}", "PRO014", 30),
        ("abatementAge: a", "PRO012", 21),
        ("encounter: {reference: visits, column: a}", "PRO022", 30),
        ("encounter: {reference: visits}", "PRO012", 30),
        ("encounter: {reference: patients, column: a, rule: nobody}", "PRO022", 57),
        ("asserter: {reference: patients, columns: [a, b]}", "PRO012", 17),
        ("asserter: patient_id", "PRO012", 17),
        ("note: {text: {each: lines, on: {visit_id: a}, map: code}}", "PRO015", 20),
        ("note: {each: lines, map: {text: code}}", "PRO016", 13),
        ("note: {each: members, map: {text: code}}", "PRO012", 20),
        ("note: {each: merged, map: {text: code}}", "PRO012", 20),
        ("note: {each: lines, on: {visit_id: a}}", "PRO016", 13),
        ("note: [[{text: a}]]", "PRO012", 14),
        ("note: {text: _.value}", "PRO020", 20),
        ("note: {text: parent.a}", "PRO020", 20),
        ("note: {text: other.a}", "PRO020", 20),
        ("id: a", "PRO010", 7),
        ("meta: {source: a}", "PRO010", 14),
        ("bodySite: {coding: {first: [{each: lines, on: {no: a}, map: {code: a}}]}}", "PRO012", 35),
        ("participant: a", "PRO011", 7),
        ("evidence: {detail: {reference: patients, column: a, by: [a, b]}}", "PRO012", 26),
    ],
)
def test_a_mistake_in_a_map_is_told_with_its_place(line: str, code: str, column: int) -> None:
    row = 6 + line.count("\n")
    assert codes(CONDITION + "      " + line + "\n", CROSSWALK) == [f"{code}@{row}:{column}"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("  - {rule: x, type: Conditon, from: problems, map: {}}\n", ["PRO011@1:21"]),
        ("  - {rule: x, from: problems, map: {}}\n", ["PRO016@1:5"]),
        ("  - {rule: x, type: Basic, from: problems}\n", ["PRO016@1:5"]),
        ("  - {rule: x, type: Basic, from: problems, map: {}}\n", ["PRO013@1:49"]),
        ("  - {rule: patient, type: Person, from: visits, map: {}}\n", ["PRO027@1:12"]),
        ("  - {rule: x, type: Patient, from: patients, map: {}}\n", ["PRO025@1:12"]),
        ("  - {rule: x, type: Person, from: visits, wher: a, map: {}}\n", ["PRO010@1:43"]),
        ("  - {rule: x, type: Person, from: visits, patient: 3 x, map: {}}\n", []),
        ("  - {rule: x, type: Person, from: visits, exclude: [{when: a}], map: {}}\n", 1),
        ("  - {rule: x, type: Person, from: visits, reject: [{because: a}], map: {}}\n", 1),
        ("  - {rule: x, type: Person, from: visits, join: {a: {on: {id: b}}}, map: {}}\n", 1),
        ("  - {rule: x, type: Person, from: visits, join: {a: {table: b}}, map: {}}\n", 1),
        ("  - {rule: x, type: Person, from: visits, group: {order: a}, map: {}}\n", 1),
        ("  - {rule: x, type: Person, from: visits, pivot: {by: a, name: b}, map: {}}\n", 1),
        ("  - {rule: x, type: Person, from: visits, columns: {a: {value: b}}, map: {}}\n", 1),
        ("  - {rule: x, type: Person, from: visits, group: {by: a}, columns: {a: }, map: {}}\n", 1),
        ("  - {rule: x, type: Person, from: visits, profile: core, map: {}}\n", ["PRO022@1:52"]),
    ],
)
def test_a_mistake_in_a_rule_is_told(rule: str, expected: list[str] | int) -> None:
    found = codes(rule)
    assert found == expected if isinstance(expected, list) else len(found) == expected


def test_a_circle_of_required_references_is_found_and_optional_opens_it() -> None:
    circle = """\
  - {rule: visit, type: Encounter, from: visits, map: {status: {constant: finished},
      class: {code: AMB}, diagnosis: {condition: {reference: problems, column: p}}}}
  - {rule: problem, type: Condition, from: problems, map: {
      subject: {reference: patients, column: p}, encounter: {reference: visits, column: v}}}
"""
    found = mistakes(HEAD + circle)
    assert len(found) == 1
    assert "PRO024" in found[0]
    assert "visit → problem → visit" in found[0]
    assert mistakes(HEAD + circle.replace("column: v}", "column: v, optional: true}")) == []


def test_names_are_checked_against_the_export() -> None:
    rule = CONDITION + "      recordedDate: statsu\n      onsetString: zzz\n"
    found = mistakes(HEAD + rule, None, EXPORT)
    assert ["PRO020" in line or "PRO021" in line for line in found] == [True, True]
    assert "write 'status'" in found[0]
    assert "PRO021" in found[1]
    assert mistakes(HEAD + CONDITION, None, EXPORT) == []
    unknown = mistakes(HEAD + CONDITION.replace("from: problems", "from: problem"), None, EXPORT)
    assert "PRO020" in unknown[0]
    assert "write 'problems'" in unknown[0]


def test_a_table_may_be_missing_when_the_profile_says_so() -> None:
    text = HEAD.replace("visits: {key: id,", "visits: {key: id, optional: true,")
    assert mistakes(text, None, [t for t in EXPORT if t.name != "visits"]) == []
    assert "PRO020" in mistakes(HEAD, None, [t for t in EXPORT if t.name != "visits"])[0]


def test_a_column_may_be_missing_when_the_profile_says_so() -> None:
    lacking = [table("visits", "id", "patient_id"), *(t for t in EXPORT if t.name != "visits")]
    text = (
        HEAD.replace("visits: {key: id,", "visits: {key: id, may_lack: [start],")
        + """\
  - rule: visit
    type: Encounter
    from: visits
    map: {status: {constant: finished}, class: {code: AMB}, period: {start: start}}
"""
    )
    assert mistakes(text, None, lacking) == []
    told = mistakes(text.replace("may_lack: [start], ", ""), None, lacking)
    assert len(told) == 1 and "'may_lack' under 'tables'" in told[0]


def test_a_table_of_the_profile_is_not_excluded_by_a_pattern() -> None:
    text = "exclude: {tables: {'visit*': behind}}\n" + HEAD
    profile = load(text, None, [*EXPORT, table("visit_log", "id")])
    assert profile.excluded_tables == (("visit_log", "behind"),)


def test_the_files_of_the_export_are_always_known() -> None:
    rule = """\
  - rule: scan
    type: Binary
    from: export_files
    map: {contentType: content_type, data: base64}
"""
    assert mistakes(HEAD + rule, None, EXPORT) == []
    assert "PRO020" in mistakes(HEAD + rule.replace("content_type", "contenttype"), None, EXPORT)[0]
    assert load(HEAD + rule).table("export_files").key == ("path",)


def test_an_unknown_profile_is_told_with_the_names_there_are() -> None:
    library = MemoryLibrary({"riverbend-csv": HEAD})
    with pytest.raises(AskedWrongly) as caught:
        load_profile("riverbend-cvs", library, None)
    assert caught.value.code == "PRO001"
    assert "write 'riverbend-csv'" in caught.value.details[0]


def test_text_that_is_no_yaml_is_one_mistake_with_its_line() -> None:
    found = mistakes("profile: x\nsource: {system: [\nresources: 1\n")
    assert len(found) == 1
    assert found[0].startswith("test.yml:4:")
    assert "PRO002" in found[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &a [*a]\n", "PRO002"),
        ("? [a, b]\n: c\n", "PRO002"),
        ("- a\n- b\n", "PRO012"),
        ("just words\n", "PRO012"),
        ("a: *nowhere\n", "PRO002"),
        ("\ta: b\n", "PRO002"),
    ],
)
def test_odd_yaml_is_told_and_never_crashes(text: str, code: str) -> None:
    assert any(f" {code} " in line for line in mistakes(text))


def test_a_profile_that_extends_itself_is_refused() -> None:
    with pytest.raises(AskedWrongly) as caught:
        library = MemoryLibrary({"a": "extends: b\n" + HEAD, "b": "extends: a\n" + HEAD})
        load_profile("a", library, None)
    assert any("PRO003" in line for line in caught.value.details)


TEN = """\
profile: test
source:
  system: old
  timezone: America/Chigaco
patients: patients
systems: {loinc: "http://loinc.org"}
tables:
  patients: {key: id, patients: id}
resources:
  - rule: patient
    type: Patient
    from: patients
    map:
      gendr: {column: sex}
      birthDate: {column: dob, absent: unkown}
      active: {constant: yes}
      name: {family: {sql: "upper(last"}}
      deceasedBoolean: {constant: true}
      deceasedDateTime: died
      maritalStatus: {crosswalk: marital, column: ms}
      managingOrganization: {reference: practices, column: practice}
  - rule: result
    type: Observation
    from: results
    map:
      status: {constant: finished}
      code: {system: loinc, column: code}
      valueQuantity: {value: result, unit: {sql: "count(unit)"}}
"""
TEN_FOUND = [
    "4:13: PRO022",
    "8:23: PRO010",
    "14:7: PRO011",
    "15:40: PRO014",
    "16:26: PRO012",
    "17:28: PRO023",
    "19:7: PRO015",
    "20:34: PRO022",
    "21:41: PRO022",
    "26:26: PRO014",
    "28:50: PRO023",
]


def test_many_mistakes_are_reported_at_once_in_reading_order() -> None:
    found = mistakes(TEN)
    assert [" ".join(line.split(" ")[:2]) for line in found] == [f"test.yml:{e}" for e in TEN_FOUND]
    assert all("; write " in line for line in found)


def test_ten_mistakes_are_exactly_ten() -> None:
    with pytest.raises(AskedWrongly) as caught:
        load(TEN.replace('unit: {sql: "count(unit)"}', "unit: unit"))
    assert len(caught.value.details) == 10
    assert "10 mistakes" in caught.value.message
    assert caught.value.exit_code == 2


def test_every_code_that_is_used_is_in_the_catalogue() -> None:
    assert all(f"PRO{n:03}" in catalogue() for n in (1, 2, 3, *range(10, 17), *range(20, 28)))
