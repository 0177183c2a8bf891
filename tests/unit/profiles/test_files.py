"""A profile's files: inheritance, crosswalks, tables, exclusions, money."""

from __future__ import annotations

import pytest

from migrate.core.profiles.ast import Merges, Profile, Sql
from migrate.core.profiles.load import load_profile
from migrate.core.profiles.usage import excluded_column, excluded_table
from migrate.errors import AskedWrongly
from tests.profile_texts import (
    CROSSWALK_HEAD,
    HEAD,
    HEAD_LINES,
    MemoryLibrary,
    load,
    mistakes,
    table,
)

PARENT = (
    HEAD
    + """\
  - rule: problem
    type: Condition
    from: problems
    where: "kind = 'p'"
    map:
      subject: {reference: patients, column: patient_id}
      code: {crosswalk: dx, column: code, on_unmapped: reject}
      severity: {text: sev}
"""
)
DX = {"dx": CROSSWALK_HEAD + "1,icd10,E11.9,,equal,me,\n"}


def extended(child: str, parent: str = PARENT) -> Profile:
    library = MemoryLibrary({"own": "profile: own\nextends: test\n" + child, "test": parent}, DX)
    return load_profile("own", library, None)


def test_a_child_changes_what_it_names_and_keeps_the_rest() -> None:
    profile = extended(
        """\
source: {timezone: America/Denver}
resources:
  - rule: problem
    where: null
    map:
      code: {on_unmapped: omit}
      severity: null
      bodySite: {text: site}
  - rule: patient
    map: {birthDate: {constant: "1990"}}
"""
    )
    problem = profile.rule("problem")
    assert profile.name == "own"
    assert (profile.system, profile.timezone) == ("old", "America/Denver")
    assert problem.where is None
    assert [name for name, _ in problem.body.members] == ["code", "bodySite", "subject"]
    coding = dict(problem.body.members)["code"].members[0][1].items[0]  # type: ignore[union-attr]
    assert (coding.crosswalk, coding.on_unmapped) == ("dx", "omit")
    assert [rule.name for rule in profile.rules] == ["patient", "problem"]


def test_a_value_with_another_origin_replaces_its_parents() -> None:
    child = "resources:\n  - {rule: problem, map: {code: {system: icd10, column: c}}}\n"
    code = dict(extended(child).rule("problem").body.members)["code"]
    assert code.members[0][1].items[0].fhir_type == "Coding"  # type: ignore[union-attr]


def test_a_rule_is_removed_by_a_null_map() -> None:
    profile = extended("resources:\n  - {rule: problem, map: null}\n")
    assert [rule.name for rule in profile.rules] == ["patient"]


def test_messages_name_the_file_where_the_text_stands() -> None:
    child = "resources:\n  - rule: problem\n    map: {codes: a}\n"
    with pytest.raises(AskedWrongly) as caught:
        extended(child, PARENT.replace("severity: {text: sev}", "severity: {txt: sev}"))
    lines = [line.split(": ")[0] for line in caught.value.details]
    assert lines == ["own.yml:5:11", f"test.yml:{HEAD_LINES + 8}:18"]


def test_a_profile_may_take_the_place_of_the_one_it_extends() -> None:
    library = MemoryLibrary(
        {"test": "profile: test\nextends: test\nsource: {system: new}\n", "shipped/test": HEAD}
    )
    assert load_profile("test", library, None).system == "new"


def test_yaml_anchors_and_merge_keys_work() -> None:
    rule = """\
  - &first {rule: a, type: Person, from: visits, map: {birthDate: {constant: "1990"}}}
  - {<<: *first, rule: b, slot: x}
"""
    assert [rule.type for rule in load(HEAD + rule).rules[1:]] == ["Person", "Person"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("source,system,code\nA,icd10,x\n", 1, "no column display, equivalence, reviewer"),
        (CROSSWALK_HEAD + "A,icd10,x,X,same,me,\n", 2, "no equivalence"),
        (CROSSWALK_HEAD + "A,icd10,x,X,equal,me,\nA,icd10,x,Y,equal,me,\n", 3, "a line before"),
        (CROSSWALK_HEAD + "A,icd10,,X,equal,me,\n", 2, "'unmatched'"),
        (CROSSWALK_HEAD + "A,icd10,x,X,unmatched,me,\n", 2, "'unmatched'"),
        (CROSSWALK_HEAD + "A,idc10,x,X,equal,me,\n", 2, "alias"),
        (CROSSWALK_HEAD + "A,icd10,x\n", 2, "3 cells"),
        (CROSSWALK_HEAD + ",icd10,x,X,equal,me,\n", 2, "without a source"),
        (CROSSWALK_HEAD + 'A,"icd10"x,x,X,equal,me,\n', 2, "CSV"),
    ],
)
def test_a_crosswalk_is_checked_line_by_line(text: str, line: int, words: str) -> None:
    found = mistakes(PARENT, {"dx": text})
    assert len(found) == 1
    assert found[0].startswith(f"mappings/shared/dx.csv:{line}:1: PRO026 ")
    assert words in found[0]


def test_a_crosswalks_systems_are_resolved_and_the_profiles_own_goes_first() -> None:
    own = {
        **DX,
        "test/dx": CROSSWALK_HEAD + "2,icd10,J45,Asthma,wider,me,why\n3,,,,unmatched,me,\n",
    }
    crosswalk = load(PARENT, own).crosswalk("dx")
    assert crosswalk.file == "mappings/test/dx.csv"
    assert crosswalk.entries[0].system == "http://hl7.org/fhir/sid/icd-10-cm"
    assert [entry.source for entry in crosswalk.entries] == ["2", "3"]


TABLES = """\
  log: {unused: no row counts, normal: {amount: decimal(2), n: integer}}
exclude:
  tables: {"audit_*": archive, spool: printer}
  columns: {"*.row_version": housekeeping, visits.note: private, "visits.*": rest}
money:
  - measure: charges
    currency: USD
    table: lines
    column: amount
    where: "kind = 'c'"
    sign: -1
    mapped: [{type: Claim, path: "item.where(a.b = 'c').net.value", where: "status = 'active'"}]
resources:
"""


def test_tables_exclusions_and_money() -> None:
    text = HEAD.replace("resources:\n", TABLES).replace(
        "patients: {key: id, patient: id}",
        "patients: {key: id, merges: {table: merged, from: a, into: b}}",
    )
    profile = load(text)
    assert profile.table("log").unused == "no row counts"
    assert profile.table("log").normal == (("amount", "decimal(2)"), ("n", "integer"))
    assert profile.table("patients").merges == Merges("merged", "a", "b")
    assert profile.table("lines").key == ("visit_id", "no")
    assert excluded_table(profile, "audit_2019") == "archive"
    assert excluded_table(profile, "visits") is None
    assert excluded_column(profile, "lines", "row_version") == "housekeeping"
    assert excluded_column(profile, "visits", "note") == "private"
    assert excluded_column(profile, "visits", "other") == "rest"
    assert excluded_column(profile, "spool", "x") == "printer"
    assert excluded_column(profile, "lines", "no") is None
    measure = profile.money[0]
    assert measure.sign == -1
    assert isinstance(measure.where, Sql)
    assert measure.mapped[0].path.startswith("item.where")


def test_patterns_of_excluded_tables_are_resolved_with_an_export() -> None:
    names = ("patients", "problems", "visits", "lines", "log", "audit_a", "audit_b")
    columns = ("id", "patient_id", "visit_id", "no", "amount", "n", "note", "kind", "spool")
    export = [table(name, *columns) for name in names]
    profile = load(HEAD.replace("resources:\n", TABLES), None, export)
    assert [name for name, _ in profile.excluded_tables] == ["audit_a", "audit_b", "spool"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("decimal(2)", "decimal", "PRO010"),
        ("spool: printer", "spool: ", "PRO016"),
        ("visits.note: private", "note: private", "PRO012"),
        ("item.where(a.b = 'c').net", "item.nett", "PRO011"),
        ("sign: -1", "sign: 2", "PRO010"),
        ("item.where(a.b = 'c').net", "item.where(a.b).net", "PRO012"),
        (
            "money:\n",
            "money:\n  - {measure: charges, currency: USD, table: a, column: b}\n",
            "PRO027",
        ),
        ("    column: amount\n", "", "PRO016"),
        ("unused: no", "unusd: no", "PRO010"),
    ],
)
def test_mistakes_outside_the_rules(old: str, new: str, code: str) -> None:
    found = mistakes(HEAD.replace("resources:\n", TABLES.replace(old, new)))
    assert [line.split(" ")[1] for line in found] == [code]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("  system: old\n", "", "PRO016"),
        ("patients: patients\n", "", "PRO016"),
        ("America/Chicago", "America/Chcago", "PRO022"),
        ('"%m/%d/%Y"', '"mm/dd"', "PRO012"),
        ('"http://loinc.org"', "loinc", "PRO012"),
        ("profile: test", "profil: test", "PRO010"),
        ("profile: test", "profile: test\nprofile: again", "PRO027"),
    ],
)
def test_mistakes_in_the_head(old: str, new: str, code: str) -> None:
    found = mistakes(HEAD.replace(old, new, 1))
    assert code in [line.split(" ")[1] for line in found]
