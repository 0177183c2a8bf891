"""Two rehearsals held against each other: nothing that changed goes unsaid."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.gate import Finding
from migrate.core.rehearsals import MEASURES, Rehearsal, changes, rehearsal
from migrate.report import words
from tests.report_facts import sheet

FINDINGS = st.dictionaries(
    st.tuples(st.sampled_from(["MAP010", "REC010", "CHK101"]), st.sampled_from("abcd")),
    st.integers(1, 5),
)


def made(counts: dict[tuple[str, str], int]) -> Rehearsal:
    findings = [Finding(*key, count, "error", "x") for key, count in counts.items()]
    return Rehearsal("0001-000000", "2026", sheet(), tuple(findings), 0, {})


@given(FINDINGS, FINDINGS)
@settings(max_examples=60, deadline=None)
def test_every_finding_is_in_one_list(
    old: dict[tuple[str, str], int], new: dict[tuple[str, str], int]
) -> None:
    found = changes(made(old), made(new))
    assert len(found["fixed"]) == len(old.keys() - new.keys())
    assert len(found["new"]) == len(new.keys() - old.keys())
    both = len(found["fewer"]) + len(found["more"]) + found["unchanged"]
    assert both == len(old.keys() & new.keys())
    assert found["to_go"]["findings"] == len(new)
    assert all(line["count"] < line["before"] for line in found["fewer"])
    back = changes(made(new), made(old))
    assert (back["new"], back["fixed"]) == (found["fixed"], found["new"])


def test_tables_money_and_checks() -> None:
    whole = sheet()
    line = replace(whole.tables[0], extracted=160, mapped=152)
    money = replace(whole.money[1], mapped=whole.money[1].mapped - 1)
    other = replace(whole, tables=(line, *whole.tables[2:]), money=(whole.money[0], money))
    before = Rehearsal("a", "2026", whole, (), 0, {"x": 3, "y": 0})
    after = Rehearsal("b", "2026", other, (), 0, {"x": 1, "y": 0, "z": 0})
    found = changes(before, after)
    assert [one["table"] for one in found["tables"]] == ["encounters", "patients"]
    assert found["tables"][0]["extracted"] == [948, None]
    assert found["tables"][1]["extracted"] == [151, 160]
    assert found["money"] == [{"measure": "payments", "difference": ["0.00", "1.00"]}]
    assert [one["id"] for one in found["checks"]] == ["x", "z"]


def test_a_line_of_the_history() -> None:
    findings = [
        Finding("CHK101", "x", 4, "safety", "x"),
        Finding("MAP010", "y", 1, "error", "x"),
        Finding("MAP020", "z", 9, "warning", "x"),
        Finding("MAP010", "w", 0, "error", "x"),
    ]
    line = rehearsal("0001-000000", "2026", sheet(), findings, 34, ()).line()
    assert line["findings"] == 2 and line["safety"] == 1
    assert (line["rows"], line["held_back"], line["records"]) == (5517, 18, 4949)
    assert tuple(line)[2:] == MEASURES == tuple(words.HISTORY)
