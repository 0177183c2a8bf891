"""The house holds: import contracts are kept, and each one would notice a breach."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import ROOT

FAULTS = [
    # (contract, module to write, its text)
    ("layers", "migrate/store/upwards.py", "import migrate.stages.progress\n"),
    ("layers", "migrate/newcomer.py", "x = 1\n"),
    ("pack", "validators/reaching.py", "import migrate.store.files\n"),
    ("pack-by-name", "migrate/stages/reaching.py", "import validators\n"),
    ("pure", "migrate/core/impure.py", "import os\n"),
    ("click", "migrate/stages/chatty.py", "import click\n"),
    ("serialise", "migrate/engine/rounding.py", "import fhir.resources\n"),
]


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_contracts_are_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize(("contract", "module", "text"), FAULTS, ids=lambda part: part[:40])
def test_a_breach_is_noticed(tmp_path: Path, contract: str, module: str, text: str) -> None:
    ignore = shutil.ignore_patterns("__pycache__", "*.json", "*.gz")
    for package in ("migrate", "validators"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / module).write_text(text)
    done = lint(tmp_path, "--contract", contract)
    assert done.returncode == 1
    assert "1 broken" in done.stdout
