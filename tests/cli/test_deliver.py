"""plan, sign, load, verify, rollback as a user runs them: documents, exit codes, refusals."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrate.store.audit import damaged_lines
from tests.cli.run import ehr_migrate
from tests.crash.chains import whole_way
from tests.shared import ROOT

CLINICIAN = ("sign", "--as", "Pat Invented", "--role", "clinician")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of three small tables, rehearsed up to its plan."""
    folder = whole_way(tmp_path_factory.mktemp("planned")).prepared
    answer = ehr_migrate("-C", folder, "dry-run", "--quiet")
    assert answer.code == 0, answer.err + answer.out
    return folder


@pytest.fixture
def project(planned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(planned, tmp_path / "work"))


def test_the_way_of_a_load_and_back(project: Path) -> None:
    made = ehr_migrate("-C", project, "plan", "--json")
    assert made.code == 0 and made.document["ready"] is True
    assert made.document["counts"]["create"] == {"ChargeItem": 35, "Encounter": 160, "Patient": 40}
    shown = ehr_migrate("-C", project, "sign", "--show")
    assert shown.code == 0 and "235 records will be created" in shown.out
    signed = ehr_migrate("-C", project, *CLINICIAN, "--json")
    assert (signed.code, signed.document["role"]) == (0, "clinical")
    loaded = ehr_migrate("-C", project, "load", "--json")
    assert loaded.code == 0
    assert loaded.document["outcomes"] == {"created": made.document["counts"]["create"]}
    again = ehr_migrate("-C", project, "load", "--json")
    assert (again.code, again.document["written"], again.document["done_before"]) == (0, 0, 235)
    verified = ehr_migrate("-C", project, "verify", "--json")
    assert verified.code == 0 and verified.document["findings"] == {}
    assert sum(verified.document["read_back"].values()) == 235
    seals = ehr_migrate("-C", project, "verify-signoff", "--json")
    assert seals.code == 0 and seals.document["signatures"][0]["holds"] is True
    would = ehr_migrate("-C", project, "rollback", "--dry-run", "--json")
    assert would.document["outcomes"]["deleted"] == made.document["counts"]["create"]
    undone = ehr_migrate("-C", project, "rollback", "--json")
    assert (undone.code, undone.document["kept"]) == (0, 0)
    assert ehr_migrate("-C", project, "load").code == 0
    assert damaged_lines(project) == []


@pytest.mark.parametrize(
    ("words", "code", "issue"),
    [
        (("sign",), 2, "LOD014"),
        (("sign", "--as", "Pat"), 2, "LOD014"),
        (("sign", "--as", "Pat", "--role", "wizard"), 2, "LOD014"),
        (("load",), 21, "LOD010"),
        (("verify",), 2, "PRJ007"),
        (("rollback",), 2, "PRJ007"),
    ],
)
def test_what_is_asked_too_early(
    project: Path, words: tuple[str, ...], code: int, issue: str
) -> None:
    answer = ehr_migrate("-C", project, *words)
    assert answer.code == code
    assert f"error[{issue}]" in answer.err and "\n  try: " in answer.err
    assert "Traceback" not in answer.err


def test_an_accepted_finding_taken_away_after_signing(project: Path) -> None:
    assert ehr_migrate("-C", project, *CLINICIAN).code == 0
    accepted = project / "accepted.csv"
    accepted.write_text(accepted.read_text().splitlines()[0] + "\n")
    answer = ehr_migrate("-C", project, "load", "--json")
    assert answer.code == 21
    assert answer.document["error"]["code"] == "LOD011"
    assert "the accepted findings changed: accepted.csv" in answer.document["error"]["message"]
    again = ehr_migrate("-C", project, *CLINICIAN)
    assert (again.code, "error[LOD015]" in again.err) == (10, True)


def test_a_load_on_a_full_disk_goes_on_when_there_is_room(project: Path) -> None:
    assert ehr_migrate("-C", project, *CLINICIAN).code == 0

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (48 * 1024, resource.RLIM_INFINITY))

    command = [sys.executable, "-m", "migrate.cli.main", "-C", str(project), "load"]
    full = subprocess.run(
        command, cwd=ROOT, preexec_fn=small_files, capture_output=True, text=True, check=False
    )
    assert full.returncode == 21, full.stderr
    assert "error[PRJ010]" in full.stderr
    loaded = ehr_migrate("-C", project, "load", "--json")
    assert loaded.code == 0
    assert loaded.document["loaded"] == {"ChargeItem": 35, "Encounter": 160, "Patient": 40}
    assert ehr_migrate("-C", project, "verify").code == 0
