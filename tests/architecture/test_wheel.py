"""The wheel brings its content along and lives in peace with another `validators`."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.shared import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("ehr_migrate-*.whl"))


def test_no_top_level_name_but_ours(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"migrate"}
    assert "migrate/packs/mappings/riverbend-csv/profile.yml" in names
    assert "migrate/packs/mappings/shared/us-core.yml" in names
    assert any(n.startswith("migrate/packs/validators/suites/") for n in names)
    assert any(name.startswith("migrate/guide/") for name in names)


@pytest.mark.slow
def test_installed_beside_another_validators(wheel: Path, tmp_path: Path) -> None:
    """PyPI has a distribution `validators`; a stand-in of the same name is enough to see."""
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "validators").mkdir()
    (site / "validators" / "__init__.py").write_text("theirs = True\n")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import validators, migrate, migrate.packs, importlib\n"
        "assert validators.theirs\n"
        "assert migrate.__file__.startswith(sys.argv[1]), migrate.__file__\n"
        "ours = importlib.import_module('migrate.packs.validators')\n"
        "assert ours.__file__.startswith(sys.argv[1]) and ours.pack().name\n"
        "assert (migrate.packs.mappings_folder() / 'riverbend-csv/profile.yml').is_file()\n"
        "from migrate.cli.main import commands\n"
        "commands()\n"
        "from migrate.plugins import packs, profile_library\n"
        "assert profile_library(None).profile('riverbend-csv') is not None\n"
    )
    command = [sys.executable, "-c", program, str(site)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
