"""Whatever is changed in the target after a load, verify names it, and nothing else."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.ports import Write
from migrate.store.workspace import Project
from migrate.targets.embedded import EmbeddedTarget
from tests.loads import load_run, make_project, plan_and_sign, practice, verify_run

NAMES = [(str(one["resourceType"]), str(one["id"])) for one in practice(4, 2)]
KINDS = ("lost", "value", "unit", "status", "reference", "dropped", "added", "rounded", "swapped")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = make_project(tmp_path_factory.mktemp("loaded") / "work", practice(4, 2))
    load_run(project, plan_and_sign(project))
    return project.folder


def mutated(resource: dict[str, object], kind: str) -> dict[str, object] | None:
    """The resource with one fault; None when it is lost."""
    one = orjson.loads(orjson.dumps(resource))
    if kind == "lost":
        return None
    if kind == "status":
        one["status"] = "entered-in-error"
    elif kind == "reference" and "subject" in one:
        one["subject"]["reference"] += "x"
    elif kind in ("value", "unit", "rounded") and "valueQuantity" in one:
        change = {"value": ("value", 7000), "unit": ("unit", "lb"), "rounded": ("value", 70.4)}
        name, value = change[kind]
        one["valueQuantity"][name] = value
    elif kind == "dropped" and len(one) > 2:
        del one[sorted(set(one) - {"id", "resourceType"})[0]]
    elif kind == "swapped":
        one["id"] = "another"
    else:
        one["language"] = "xx"
    return dict(one)


@settings(deadline=None, max_examples=25)
@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(KINDS), max_size=6))
def test_every_fault_is_found_and_no_other(
    loaded: Path, faults: dict[tuple[str, str], str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Project.open(Path(shutil.copytree(loaded, Path(folder) / "work")))
        target = EmbeddedTarget(project.folder / "target.db")
        for ref, kind in faults.items():
            now = next(iter(target.read([ref])))
            new = mutated(orjson.loads(now.content or b""), kind)
            content = None if new is None else orjson.dumps(new)
            op = "put" if content is not None else "delete"
            target.apply([Write(op, *ref, content, now.version)])  # type: ignore[arg-type]
        target.close()
        found = verify_run(project, project.run(None))
    named = {(off.type, off.id): off.code for off in found.listed}
    expected = {ref: "LOD030" if kind == "lost" else "LOD031" for ref, kind in faults.items()}
    assert named == expected
    assert found.ready == (not faults)
