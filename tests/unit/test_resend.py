"""``verify --resend``: what is lost comes back, what somebody edited stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

from migrate.core.ports import Write
from migrate.stages import resending
from migrate.targets.embedded import EmbeddedTarget
from tests.loads import held, load_run, make_project, plan_and_sign, verify_run, wanted


def test_only_the_failures_are_sent(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    run = plan_and_sign(project)
    load_run(project, run)
    assert not resending.run(project, run, verify_run(project, run))
    edited = json.dumps({"resourceType": "Observation", "id": "p1-o0"}).encode()
    target = EmbeddedTarget(project.folder / "target.db")
    target.apply([Write("delete", "Observation", "p0-o0", None, "1")])
    target.apply([Write("put", "Observation", "p1-o0", edited, "1")])
    target.close()

    counts = resending.run(project, run, verify_run(project, run))

    assert +counts == {"created": 1, "left": 1}
    expected = wanted(run) | {("Observation", "p1-o0"): edited}
    assert held(project) == expected
    assert dict(verify_run(project, run).findings) == {"LOD031": 1}


def test_a_change_under_our_own_version_is_mended(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    run = plan_and_sign(project)
    load_run(project, run)
    target = EmbeddedTarget(project.folder / "target.db")
    target._db.execute("UPDATE resources SET content = '{}' WHERE id = 'p0-o0'")
    target.close()
    assert +resending.run(project, run, verify_run(project, run)) == {"updated": 1}
    assert held(project) == wanted(run)
    assert verify_run(project, run).ready
