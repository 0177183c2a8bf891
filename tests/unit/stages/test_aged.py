"""aging.csv: the accounts behind a difference are named in the evidence, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from migrate.errors import AskedWrongly
from migrate.stages import reconcile, report
from migrate.stages.progress import Silent
from tests.small_project import PROFILE, small_project

WITH_CONTROL = PROFILE.replace(
    "    mapped: [{type: ChargeItem", '    control: "A/R 0-30"\n    mapped: [{type: ChargeItem'
)


def test_differences_are_named_accounts(tmp_path: Path) -> None:
    project, run = small_project(
        tmp_path,
        files={
            "mappings/profile.yml": WITH_CONTROL,
            "aging.csv": "PATIENT_ID,A/R 0-30\nZzyzx9,3.00\n",
        },
    )
    reconcile.run(project, run, Silent())
    report.run(project, run, Silent())
    lines = (run.file("evidence") / "lists/aging-accounts.csv").read_text().splitlines()
    assert lines[0] == "total,account,old_report,export,difference"
    assert "A/R 0-30,Zzyzx9,3.00,,3.00" in lines
    document = orjson.loads((run.report / "report.json").read_bytes())
    aged = document["aged"][0]
    assert aged["differ"] == len(lines) - 1 and aged["total"] == "A/R 0-30"
    for path in run.report.rglob("*"):
        assert path.is_dir() or b"Zzyzx9" not in path.read_bytes()
    (project.folder / "aging.csv").write_text("PATIENT_ID,A/R 0-30\nZzyzx9,0\n")
    assert not report.run(project, run, Silent()).skipped


@pytest.mark.parametrize("head", ["PATIENT_ID,A/R 999", "nothing,A/R 0-30", "PATIENT_ID"])
def test_a_report_that_fits_nothing_is_refused(tmp_path: Path, head: str) -> None:
    files = {"mappings/profile.yml": WITH_CONTROL, "aging.csv": f"{head}\nZzyzx9,1\n"}
    project, run = small_project(tmp_path, files=files)
    reconcile.run(project, run, Silent())
    with pytest.raises(AskedWrongly, match=r"aging\.csv has") as caught:
        report.run(project, run, Silent())
    assert caught.value.code == "REC018" and "Zzyzx" not in " ".join(caught.value.details)
