"""Bad input: a message of four parts, a documented exit code, nothing lost, no traceback."""

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrate.errors import disk_is_full
from tests.cli.run import RIVERBEND, Answer, ehr_migrate, riverbend_project
from tests.crash.chains import whole_way
from tests.shared import ROOT


def four_parts(answer: Answer, code: int) -> str:
    """The answer is a failure in our form; gives its issue code."""
    assert answer.code == code, answer.err
    assert "Traceback" not in answer.err
    first = next(line for line in answer.err.splitlines() if line.startswith("error["))
    assert "\n  try: " in answer.err
    assert "\n  more: ehr-migrate explain" in answer.err
    return first[6:12]


def init(folder: Path, export: Path, profile: str = "riverbend-csv") -> Answer:
    return ehr_migrate("init", folder, "--from", export, "--profile", profile)


def test_missing_folder(tmp_path: Path) -> None:
    assert four_parts(init(tmp_path / "p", tmp_path / "nowhere"), 2) == "EXT001"
    assert not (tmp_path / "p").exists()


def test_unknown_profile(tmp_path: Path) -> None:
    answer = init(tmp_path / "p", RIVERBEND / "export", "riverbnd-csv")
    assert four_parts(answer, 2) == "PRO001"
    assert "riverbend-csv" in answer.err


def test_folder_without_a_project(tmp_path: Path) -> None:
    assert four_parts(ehr_migrate("-C", tmp_path, "map"), 2) == "PRJ001"


def test_project_open_to_others(tmp_path: Path) -> None:
    project = riverbend_project(tmp_path / "p")
    project.chmod(0o755)
    assert four_parts(ehr_migrate("-C", project, "status"), 21) == "PRJ002"


def test_stage_before_its_input(tmp_path: Path) -> None:
    project = riverbend_project(tmp_path / "p")
    assert four_parts(ehr_migrate("-C", project, "map"), 2) == "PRJ004"


def test_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    assert init(tmp_path / "p", tmp_path / "export").code == 0
    four_parts(ehr_migrate("-C", tmp_path / "p", "extract"), 2)


def test_a_column_gone_from_the_export(tmp_path: Path) -> None:
    shutil.copytree(RIVERBEND / "export", tmp_path / "export")
    problems = tmp_path / "export" / "problems.csv"
    lines = problems.read_text("utf-8").splitlines(keepends=True)
    problems.write_text(lines[0].replace("STATUS", "STATE") + "".join(lines[1:]), "utf-8")
    assert init(tmp_path / "p", tmp_path / "export").code == 0
    assert ehr_migrate("-C", tmp_path / "p", "extract").code == 0
    answer = ehr_migrate("-C", tmp_path / "p", "map")
    assert four_parts(answer, 2) in {"PRO020", "PRO021"}
    assert "problems" in answer.err


@pytest.mark.parametrize("stage", ["extract", "map", "report"])
def test_a_full_disk_stops_and_goes_on(tmp_path: Path, stage: str) -> None:
    """A limit on the size of files is what a full disk or a quota looks like to a process."""
    project = whole_way(tmp_path).prepared
    before = {"extract": [], "map": ["extract"], "report": ["extract", "map", "validate"]}[stage]
    before += ["reconcile"] * (stage == "report")
    for earlier in before:
        assert ehr_migrate("-C", project, earlier).code in {0, 10}
    full = subprocess.run(
        [sys.executable, "-m", "migrate.cli.main", "-C", str(project), stage],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY)
        ),
    )
    code = four_parts(Answer(full.returncode, full.stdout, full.stderr), 21)
    assert code == ("EXT024" if stage == "extract" else "PRJ010")
    assert ehr_migrate("-C", project, stage).code in {0, 10}


@pytest.mark.parametrize(
    ("fault", "full"),
    [
        (OSError(28, "x"), True),
        (RuntimeError("IO Error: No space left on device"), True),
        (OSError(13, "x"), False),
        (ValueError("x"), False),
    ],
)
def test_a_full_disk_is_known_by_number_or_by_words(fault: Exception, full: bool) -> None:
    assert disk_is_full(fault) is full
    try:
        raise KeyError("x") from fault
    except KeyError as outer:
        assert disk_is_full(outer) is full


def test_json_has_one_document_on_failure(tmp_path: Path) -> None:
    answer = ehr_migrate("-C", tmp_path, "status", "--json")
    assert answer.document["error"]["code"] == "PRJ001"
    assert answer.document["ready"] is False


def test_settings_with_mistakes_list_them_all(tmp_path: Path) -> None:
    project = riverbend_project(tmp_path / "p")
    settings = project / "migration.toml"
    text = settings.read_text().replace('scope = "full"', 'scope = "some"')
    settings.write_text(text.replace("America/Chicago", "Chicago") + "\n[extra]\n")
    answer = ehr_migrate("-C", project, "status")
    assert four_parts(answer, 2) == "PRJ006"
    assert all(word in answer.err for word in ("scope", "timezone", "[extra]"))


@pytest.mark.parametrize("arguments", [["nothing"], ["map", "--wrokers", "2"], ["init"]])
def test_asked_wrongly(tmp_path: Path, arguments: list[str]) -> None:
    assert four_parts(ehr_migrate("-C", tmp_path, *arguments), 2) == "PRJ009"


def test_help_is_quick_and_imports_little() -> None:
    program = (
        "import sys; from migrate.cli.main import commands; commands();"
        "print([m for m in ('pandas','duckdb','pyarrow','great_expectations','fhir','rich')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
