"""The reconcile stage on a small run: its files, its document, when it is skipped."""

from pathlib import Path

import pytest

from migrate.core.reconcile.document import restored
from migrate.errors import AskedWrongly
from migrate.stages import reconcile
from migrate.stages.progress import Silent
from tests.run_folder import FATES, RESOURCES, read_json
from tests.small_project import small_project

CONTROLS = "name,value,as_of,note\nvisits 2024,3,2026-01-31,\ntotal charges,16.15,,\n"
BINDINGS = """
controls:
  "visits {year}": {table: visits, by: {year: {year_of: visit_date}}}
  "total {what}": {table: charges, sum: amount, by: {what: "'charges'"}}
"""
WITH_CONTROLS = {"controls.csv": CONTROLS, "mappings/controls.yml": BINDINGS}


def test_the_sheet_of_a_small_run(tmp_path: Path) -> None:
    project, run = small_project(tmp_path, files=WITH_CONTROLS)
    done = reconcile.run(project, run, Silent())
    document = done.document()
    assert document["balanced_through"] == "map"
    assert document["tables"] == [
        {
            "table": "patients",
            "extracted": 3,
            "mapped": 2,
            "merged": 1,
            "excluded": 0,
            "rejected": 0,
            "residual": 0,
        },
        {
            "table": "visits",
            "extracted": 4,
            "mapped": 3,
            "merged": 0,
            "excluded": 0,
            "rejected": 1,
            "residual": 0,
        },
        {
            "table": "charges",
            "extracted": 3,
            "mapped": 2,
            "merged": 0,
            "excluded": 1,
            "rejected": 0,
            "residual": 0,
        },
    ]
    (money,) = document["money"]  # type: ignore[misc]
    assert money["source"] == "16.15"
    assert (money["mapped"], money["left_behind"]) == ("11.10", "5.05")
    assert (money["map_difference"], money["loaded"]) == ("0.00", None)
    assert document["controls"] == [
        {"name": "visits 2024", "old_report": 3, "extracted": 2, "difference": 1},
        {
            "name": "total charges",
            "old_report": "16.15",
            "extracted": "16.15",
            "difference": "0.00",
        },
    ]
    assert restored(read_json(run.file("reconciliation.json"))) == done.sheet


def test_without_controls_completeness_is_not_proven(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    sheet = reconcile.run(project, run, Silent()).sheet
    assert (sheet.controls, sheet.completeness) == ((), "not proven")


def test_nothing_changed_is_skipped_and_a_new_total_is_not(tmp_path: Path) -> None:
    project, run = small_project(tmp_path, files=WITH_CONTROLS)
    first = reconcile.run(project, run, Silent())
    again = reconcile.run(project, run, Silent())
    assert (first.skipped, again.skipped) == (False, True)
    assert again.sheet == first.sheet
    (project.folder / "controls.csv").write_text(CONTROLS + "visits 2023,1,,\n")
    assert reconcile.run(project, run, Silent()).skipped is False


def test_same_run_same_bytes(tmp_path: Path) -> None:
    sheets = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        project, run = small_project(tmp_path / name, files=WITH_CONTROLS)
        reconcile.run(project, run, Silent())
        sheets.append(run.file("reconciliation.json").read_bytes())
    assert sheets[0] == sheets[1]


def test_lists_are_written_beside(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    reconcile.run(project, run, Silent())
    lines = (run.folder / "reconciliation/reasons.csv").read_text().splitlines()
    assert lines[0] == "table,fate,stage,code,reason,rows,first_rows"
    assert "visits,rejected,map,MAP010,,1,4" in lines
    assert "charges,excluded,map,,voided in the old system,1,2" in lines


def test_each_patient_has_a_line(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    reconcile.run(project, run, Silent())
    lines = (run.folder / "reconciliation/patients.csv").read_text().splitlines()
    assert lines == [
        "patient,rows,mapped,merged,excluded,rejected,unaccounted",
        "rA,5,4,1,0,0,0",
        "rB,4,3,0,1,0,0",
    ]


def test_a_lost_row_unbalances(tmp_path: Path) -> None:
    project, run = small_project(tmp_path, fates=FATES[:-1])
    sheet = reconcile.run(project, run, Silent()).sheet
    assert sheet.balanced_through is None
    assert [t.residual for t in sheet.tables] == [0, 0, 1]
    assert str(sheet.money[0].unplaced) == "1.00"


def test_a_doubled_charge_is_combined_not_lost(tmp_path: Path) -> None:
    from tests.run_folder import CHARGES, TABLES

    columns, cells = TABLES["charges"]
    assert columns == CHARGES
    tables = {**TABLES, "charges": (columns, [*cells, cells[0]])}
    fates = (*FATES, ("charges", 4, "merged", "", "", "charge", "rA"))
    project, run = small_project(tmp_path, tables=tables, fates=fates)
    (money,) = reconcile.run(project, run, Silent()).sheet.money
    assert (str(money.source), str(money.map_difference)) == ("26.25", "0.00")
    assert [(part.fate, str(part.amount)) for part in money.left] == [
        ("combined", "10.10"),
        ("excluded", "5.05"),
    ]


def test_a_cent_lost_in_mapping_is_found(tmp_path: Path) -> None:
    lines = [RESOURCES["ChargeItem"][0], RESOURCES["ChargeItem"][1].replace("1.00", "0.99")]
    project, run = small_project(tmp_path, resources={**RESOURCES, "ChargeItem": lines})
    sheet = reconcile.run(project, run, Silent()).sheet
    assert str(sheet.money[0].map_difference) == "0.01"
    assert sheet.balanced_through is None


@pytest.mark.parametrize(
    ("files", "mistake"),
    [
        ({"controls.csv": "name,value\nvisits,many\n"}, "value is not a number"),
        (WITH_CONTROLS | {"mappings/controls.yml": "controls: 7"}, "one key is needed"),
        (
            WITH_CONTROLS
            | {"mappings/controls.yml": "controls: {visits 2024: {table: visits, where: no = 1}}"},
            "no",
        ),
    ],
)
def test_totals_that_cannot_be_read(tmp_path: Path, files: dict[str, str], mistake: str) -> None:
    project, run = small_project(tmp_path, files=files)
    with pytest.raises(AskedWrongly) as raised:
        reconcile.run(project, run, Silent())
    assert raised.value.code == "REC014"
    assert any(mistake in detail for detail in raised.value.details)


def test_not_mapped_yet(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    run.unfinish("map")
    with pytest.raises(AskedWrongly, match="PRJ007"):
        reconcile.run(project, run, Silent())
