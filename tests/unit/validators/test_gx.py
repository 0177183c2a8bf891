"""Expectations: on counts only, all of them loaded, nothing sent, nothing left behind."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from migrate.packs.validators import pack

from migrate.errors import AskedWrongly

from .seeded import Seeded, clean, judged, places

CHECK = "completeness.expectations"


def expect(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"type": f"expect_{kind}", **arguments}


RESIDUAL = expect("column_values_to_be_between", column="residual", min_value=0, max_value=0)


def test_counts_are_judged_by_table(tmp_path: Path) -> None:
    run = clean()
    run.fates.pop()
    settings = {
        "expectations": {
            "tables": [RESIDUAL, expect("table_row_count_to_be_between", min_value=1)],
            "resources": [expect("column_values_to_be_unique", column="type")],
        }
    }
    found = judged(run, tmp_path, CHECK, settings)
    tables, kinds = len(run.tables), len(run.resources)
    assert {part.name: (part.examined, part.failed) for part in found.parts} == {
        "tables.residual.expect_column_values_to_be_between": (tables, 1),
        "tables.expect_table_row_count_to_be_between": (1, 0),
        "resources.type.expect_column_values_to_be_unique": (kinds, 0),
    }
    assert (found.examined, found.failed) == (tables + 1 + kinds, 1)
    assert [issue.address.table for issue in found.issues] == ["tables"]


@pytest.mark.parametrize(
    "wrong",
    [
        expect("column_values_to_be_marvellous", column="residual"),
        expect("column_values_to_be_between", column="residual", minimum=0),
    ],
)
def test_an_expectation_that_is_dropped_is_an_error(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly) as caught:
        judged(clean(), tmp_path, CHECK, {"expectations": {"tables": [RESIDUAL, wrong]}})
    assert caught.value.code == "CHK090"


def test_an_expectation_about_a_column_that_is_not_there_fails(tmp_path: Path) -> None:
    wanted = expect("column_values_to_be_unique", column="gone")
    found = judged(clean(), tmp_path, CHECK, {"expectations": {"tables": [wanted]}})
    assert found.failed == 1


def test_an_unknown_fact_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly):
        judged(clean(), tmp_path, CHECK, {"expectations": {"patients": [RESIDUAL]}})


def test_nothing_is_not_a_pass(tmp_path: Path) -> None:
    found = judged(Seeded(), tmp_path, CHECK, {"expectations": {"tables": [RESIDUAL]}})
    assert (found.examined, found.failed) == (0, 0)


def test_the_standard_suite_holds_for_the_clean_run_and_no_value_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    from migrate.core.suites import SuiteText, choose

    checks = {check.id: check for check in pack().checks()}
    (choice,) = (
        choice
        for choice in choose([SuiteText("s", pack().suites()["standard"])], checks)
        if choice.id == CHECK
    )
    before = set(Path.cwd().iterdir())
    found = judged(clean(), tmp_path, CHECK, choice.settings)
    assert found.failed == 0 and found.examined > 20
    assert "Seedling" not in json.dumps([part.name for part in found.parts])
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
    assert set(Path.cwd().iterdir()) == before


# --- columns ------------------------------------------------------------------------------------

COLUMNS = "conformance.column-expectations"
KEPT = expect("column_values_to_be_in_set", value_set=["kept"])


def test_a_column_is_judged_by_rows_and_no_value_comes_out(tmp_path: Path) -> None:
    run = clean()
    for row in (0, 3):
        run.tables["meds"][row]["note"] = "Quillfeather"
    run.tables["meds"][1]["note"] = None
    form = expect("column_values_to_match_regex", regex="^[a-z]+$")
    found = judged(run, tmp_path, COLUMNS, {"columns": {"meds.note": [KEPT, form]}})
    assert {part.name: (part.examined, part.failed) for part in found.parts} == {
        "meds.note.expect_column_values_to_be_in_set": (5, 2),
        "meds.note.expect_column_values_to_match_regex": (5, 2),
    }
    assert sorted(set(places(found))) == ["meds:1 note", "meds:4 note"]
    assert "Quillfeather" not in repr(found)


@pytest.mark.parametrize(
    "wrong",
    [
        expect("column_values_to_be_marvellous"),
        expect("column_values_to_be_unique"),
        {**KEPT, "mostly": 0.5},
        expect("column_values_to_match_regex", regx="x"),
        expect("column_values_to_match_regex", regex="("),
    ],
)
def test_what_cannot_be_held_of_a_column_is_an_error(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly) as caught:
        judged(clean(), tmp_path, COLUMNS, {"columns": {"meds.note": [KEPT, wrong]}})
    assert caught.value.code == "CHK090"


def test_a_column_without_values_is_not_a_pass(tmp_path: Path) -> None:
    settings = {"columns": {"meds.gone": [KEPT], "nowhere.note": [KEPT]}}
    assert judged(clean(), tmp_path, COLUMNS, settings).examined == 0
