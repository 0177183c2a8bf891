"""Same export, same id key: the same bytes, whatever the machine is set to."""

import hashlib
from pathlib import Path

import pytest

from tests.cli.run import ehr_migrate, riverbend_project

pytestmark = pytest.mark.slow

SETTINGS = [
    # environment, workers
    ({"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"}, "1"),
    ({"TZ": "America/Los_Angeles", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}, "2"),
    ({"TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONHASHSEED": "1"}, "1"),
    ({"TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}, "2"),
]


def tree(folder: Path) -> dict[str, str]:
    run = next(entry for entry in (folder / "runs").iterdir() if entry.name[0] != ".")
    files = [*(run / "fhir").glob("*"), *run.glob("*.parquet"), *(run / "staged").glob("*")]
    assert len(files) > 40
    return {str(f.relative_to(run)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_two_projects_four_zones_two_locales_two_seeds_two_worker_counts(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    trees = []
    for number, (environment, workers) in enumerate(SETTINGS):
        project = riverbend_project(tmp_path / str(number), key)
        for command in (["extract"], ["map", "--workers", workers]):
            done = ehr_migrate("-C", project, *command, **environment)
            assert done.code == 0, done.err
        trees.append(tree(project))
    for other in trees[1:]:
        assert other == trees[0]


def test_another_key_gives_other_ids(tmp_path: Path) -> None:
    ids = []
    for seed in (1, 2):
        key = tmp_path / f"key{seed}"
        key.write_bytes(bytes([seed]) * 32)
        project = riverbend_project(tmp_path / f"project{seed}", key)
        for verb in ("extract", "map"):
            assert ehr_migrate("-C", project, verb).code == 0
        run = next((project / "runs").iterdir())
        ids.append((run / "fhir" / "Patient.ndjson").read_bytes())
    assert ids[0] != ids[1]
