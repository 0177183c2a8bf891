"""What a signature of a run binds, digested from what lies on the disk now."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.core.signoff import (
    ACCEPTED,
    ID_KEY,
    INPUTS,
    OUTPUTS,
    PLAN,
    PROFILE,
    REPORT,
    REVIEW,
    SETTINGS,
    TARGET,
    Things,
)
from migrate.packs import mappings_folder
from migrate.stages import desk
from migrate.store.files import file_digest
from migrate.store.plans import PLAN_FILE, STEPS_FILE
from migrate.store.settings import SETTINGS_FILE

if TYPE_CHECKING:
    from migrate.store.workspace import Project, Run

_MADE = ("lineage.parquet", "fates.parquet", "notes.parquet", "misses.parquet")
_JUDGED = ("checks.json", "reconciliation.json", "gaps.json")
# What the signer reads: the report that may be mailed, and the values behind its counts.
_SHOWN = ("reconciliation", "report", "evidence", "findings")
_NOT_THERE = "not there"
# Written about signatures, so no signature can be over them.
STATEMENT_PAGE, CERTIFICATE_PAGE = "statement.html", "certificate.html"
_ABOUT_SIGNING = frozenset({f"report/{STATEMENT_PAGE}", f"report/{CERTIFICATE_PAGE}"})


def bound_things(project: Project, run: Run, target_identity: str) -> Things:
    """Thing → name → digest (or identity) of everything that a signature covers."""
    here, whole = run.folder, project.folder
    return {
        INPUTS: _below(here, "staged") | _files(whole, ["controls.csv", "aging.csv"]),
        PROFILE: _below(whole, "mappings") | _profile(project, run) | _shipped(project),
        ID_KEY: {"fingerprint": project.id_key_fingerprint()},
        OUTPUTS: _below(here, "fhir") | _below(here, "rejects") | _files(here, _MADE),
        REPORT: _files(here, _JUDGED)
        | {path: digest for name in _SHOWN for path, digest in _below(here, name).items()},
        REVIEW: _below(here, "review") or {"review": _NOT_THERE},
        ACCEPTED: _files(whole, ["accepted.csv"]),
        PLAN: _files(here, [PLAN_FILE, STEPS_FILE]) | _desk(project, run),
        TARGET: {"identity": target_identity},
        SETTINGS: _files(whole, [SETTINGS_FILE]),
    }


def _profile(project: Project, run: Run) -> dict[str, str]:
    """The profile's name and the digest that the mapping was made with."""
    manifest = run.manifest("map")
    digest = manifest.inputs.get("profile", _NOT_THERE) if manifest else _NOT_THERE
    return {"name": project.settings.source.profile, "digest": digest}


def _shipped(project: Project) -> dict[str, str]:
    """The shipped files behind the project's profile: its own folder's and the shared ones."""
    folder = mappings_folder()
    names = ("shared", project.settings.source.profile.split("/")[0])
    return {
        f"shipped/{path}": digest for name in names for path, digest in _below(folder, name).items()
    }


def _desk(project: Project, run: Run) -> dict[str, str]:
    """The layout of an import desk and what it cannot carry."""
    found = desk.bound(project, run).items()
    return {name: file_digest(path) if path.is_file() else _NOT_THERE for name, path in found}


def _files(folder: Path, names: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in names:
        path = folder / name
        found[name] = file_digest(path) if path.is_file() else _NOT_THERE
    return found


def _below(folder: Path, name: str) -> dict[str, str]:
    """All files below a folder, by their path from ``folder``; hidden ones are half-written."""
    paths = sorted(path for path in (folder / name).rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): file_digest(path)
        for path in paths
        if not path.name.startswith(".")
        and path.relative_to(folder).as_posix() not in _ABOUT_SIGNING
    }
