"""Slow libraries are imported by the commands that need them, never by the command line itself."""

import subprocess
import sys

import pytest

from tests.shared import ROOT

SLOW = ("great_expectations", "pandas", "fhir", "sqlalchemy", "scipy", "duckdb", "pyarrow", "lxml")
ASK = (
    "import sys, contextlib, io\n"
    "from migrate.cli.main import main\n"
    "sys.argv = ['ehr-migrate', *{words}]\n"
    "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
    "    main()\n"
    "print(' '.join(name for name in {slow} if name in sys.modules))\n"
)


@pytest.mark.parametrize("words", [["--help"], ["validate", "--help"], ["explain", "CHK003"]])
def test_a_look_imports_nothing_slow(words: list[str]) -> None:
    code = ASK.format(words=words, slow=SLOW)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == ""
