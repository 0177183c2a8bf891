"""Patients whom the profile leaves behind, and those who were brought after all (``bring``).

Who stays is a condition of the profile (``leave_behind``). A patient is not left behind who was
brought by name, or whose chart the run of the export before holds: who dies or leaves the practice
after the first load keeps the chart in the new system.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from migrate.core.identity import make_id
from migrate.core.profiles.leaving import without_patients
from migrate.errors import AskedWrongly
from migrate.store.files import text_digest, write_json
from migrate.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from migrate.core.model import Manifest
    from migrate.core.profiles.ast import Profile
    from migrate.store.workspace import Project, Run

BROUGHT_FILE = "brought.json"


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who stays: reason → keys of the patients' table (chart values), merged records among
    them; and Patient id → key of those to whom a condition applies, brought ones among them."""

    left: Mapping[str, tuple[str, ...]]
    all: Mapping[str, str]


def brought(project: Project) -> tuple[str, ...]:
    """The ids of the patients that were brought by name."""
    path = project.folder / BROUGHT_FILE
    return tuple(orjson.loads(path.read_bytes())) if path.is_file() else ()


def brought_digest(project: Project) -> str:
    """What a mapping under ``leave_behind`` depends on beside the profile."""
    return text_digest(*sorted(brought(project)))


def note_brought(project: Project, patient: str, name: str) -> None:
    """Remember who was brought, by whom. The caller holds the project's lock."""
    path = project.folder / BROUGHT_FILE
    known = orjson.loads(path.read_bytes()) if path.is_file() else {}
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    write_json(path, known | {patient: {"by": name, "at": at}})


def leaving(
    project: Project, run: Run, profile: Profile, manifest: Manifest, before: Run | None
) -> Leaving:
    """Who stays behind in this run; ``before`` is the run of the export before.

    Raises AskedWrongly (PRO028) where the patients' table has no key of one column.
    """
    table = profile.table(profile.patients)
    if len(table.key) != 1:
        raise AskedWrongly(
            "PRO028",
            "leave_behind needs a patients' table whose key is one column",
            try_=f"set tables: {profile.patients}: {{key: COLUMN}} in the profile",
        )
    (column,) = table.key
    stay = {*brought(project), *(() if before is None else _mapped(before))}
    slot = next((one.slot for one in profile.rules if one.type == "Patient"), "")
    secret, found, left = project.id_key(), dict[str, str](), dict[str, tuple[str, ...]]()
    with Ledger(run.folder, manifest, profile) as ledger:
        merges = table.merges
        old = ledger.merged_keys(merges.table, merges.old, merges.into) if merges else {}
        for one in profile.left_behind:
            keys = []
            for key in ledger.keys(profile.patients, column, one.when):
                name = make_id(secret, [profile.system, profile.patients, slot, key])
                if key not in old and name not in found:
                    found[name] = key
                    keys += [] if name in stay else [key]
            left[one.because] = (*left.get(one.because, ()), *keys, *merged_into(keys, old))
    return Leaving(left, found)


def left_out(
    project: Project, run: Run, profile: Profile, manifest: Manifest, before: Run | None
) -> Profile:
    """The profile as a run is mapped by it: without the charts that stay behind."""
    if not profile.left_behind:
        return profile
    return without_patients(profile, leaving(project, run, profile, manifest, before).left)


def _mapped(run: Run) -> list[str]:
    path = run.fhir / "Patient.ndjson"
    if not path.is_file():
        return []
    with path.open("rb") as lines:
        return [orjson.loads(line)["id"] for line in lines]


def merged_into(keys: Collection[str], old: Mapping[str, str]) -> list[str]:
    """The merged records that lead to one of these keys; circles lead nowhere."""
    wanted, found = set(keys), []
    for start in old:
        key, seen = old[start], {start}
        while key in old and key not in seen:
            seen.add(key)
            key = old[key]
        if key in wanted and key not in old:
            found.append(start)
    return found
