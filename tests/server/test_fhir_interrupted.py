"""Ctrl-C while the server does not answer: the command ends at once, and the next one goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from migrate import plugins
from migrate.targets.fhir import open_target
from tests.loads import load_run, make_project, plan_and_sign, practice, verify_run, wanted
from tests.server.fhir_server import Fault, serving
from tests.shared import ROOT

LOADING = """
import signal
import sys
from pathlib import Path
from migrate import plugins
from migrate.store.workspace import Project
from migrate.targets.fhir import open_target
from tests.loads import load_run

signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background ignores it
base, folder = sys.argv[1:]
options = {"bundle": 5, "remembered": folder + "/abilities.json"}
plugins.open_target = lambda *_: open_target(base, options)
project = Project.open(Path(folder))
try:
    load_run(project, project.run(None))
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_ctrl_c_in_the_middle_of_a_request(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    project = make_project(folder, practice(4, 3))
    options = {"bundle": 5, "remembered": str(folder / "abilities.json")}
    with serving() as (base, state):
        plugins_open = plugins.open_target
        plugins.open_target = lambda *_: open_target(base, options)
        try:
            run = plan_and_sign(project)
            target = open_target(base, options)
            target.capabilities()
            target.close()
            tried = state.written()
            state.arm(Fault(4, "hang"))
            words = [sys.executable, "-c", LOADING, base, str(folder)]
            with subprocess.Popen(words, cwd=ROOT) as process:
                try:
                    assert state.hung.wait(120)
                    process.send_signal(signal.SIGINT)
                    assert process.wait(60) == 130  # the request itself would never have ended
                finally:
                    process.kill()
            state.arm(None)
            state.released.set()
            assert load_run(project, run).ready
            assert state.held() == {ref: json.loads(line) for ref, line in wanted(run).items()}
            assert state.written() - tried == len(wanted(run))
            assert verify_run(project, run).ready
        finally:
            plugins.open_target = plugins_open
