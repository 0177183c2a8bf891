"""The new EHR's own lists (KINDS: providers, payers, patients, …), matched before anyone signs.

``masters/<kind>.csv`` in the project: ``their_id, name, identifier, birth`` (identifiers with
``;`` between). ``masters/<kind>-decided.csv``: ``our_id, their_id`` (or ``create``), written by
people out of the run's ``handover/masters-<kind>.csv``, which has every entry with proposals.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.core.gate import Finding
from migrate.core.masters import Entry, Matched, identifier_form, match
from migrate.errors import AskedWrongly

if TYPE_CHECKING:
    from migrate.store.workspace import Project, Run

FOLDER = "masters"
KINDS = (
    *("providers", "payers", "sites", "patients"),
    *("users", "appointment-types", "document-categories"),
)
_LIST = ("their_id", "name")
_DECIDED = ("our_id", "their_id")
_OUT = (
    *("our_id", "name", "identifiers", "birth", "outcome", "their_id", "why"),
    *(f"proposal_{n}_{part}" for n in (1, 2, 3) for part in ("id", "name", "score")),
)


def kinds_of(project: Project) -> list[str]:
    """The kinds that the new EHR has given a list of."""
    return [kind for kind in KINDS if (project.folder / FOLDER / f"{kind}.csv").is_file()]


def match_masters(
    project: Project, ours: Mapping[str, Sequence[Mapping[str, str | None]]]
) -> dict[str, list[Matched]]:
    """The outcome of every entry by kind. ``ours`` has rows of record_id, identifiers, name, birth.

    Raises AskedWrongly (HND041) for a list that cannot be read.
    """
    found = {}
    for kind in kinds_of(project):
        path = project.folder / FOLDER / f"{kind}.csv"
        theirs = [_entry(row, "their_id", "identifier") for row in _rows(path, _LIST)]
        decided = {}
        reviewed = project.folder / FOLDER / f"{kind}-decided.csv"
        if reviewed.is_file():
            rows = _rows(reviewed, _DECIDED)
            decided = {row["our_id"]: row["their_id"] for row in rows if row["their_id"]}
        entries = [
            _entry({k: v or "" for k, v in row.items()}, "record_id", "identifiers")
            for row in ours.get(kind, ())
        ]
        found[kind] = match(entries, theirs, decided, may_be_new=kind == "patients")
    return found


def _entry(row: Mapping[str, str], key: str, identifiers: str) -> Entry:
    known = {identifier_form(one) for one in row.get(identifiers, "").split(";")} - {""}
    return Entry(row[key].strip(), frozenset(known), row.get("name", ""), row.get("birth", ""))


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            names = reader.fieldnames or []
            missing = [name for name in columns if name not in names]
            rows = [] if missing else [{k: v or "" for k, v in row.items() if k} for row in reader]
    except (UnicodeDecodeError, csv.Error):
        missing, rows = list(columns), []
    if missing:
        raise AskedWrongly(
            "HND041",
            f"{FOLDER}/{path.name} has no column {', '.join(missing)}, or is no CSV in UTF-8",
            try_="the columns are in the guide, page handover",
        )
    return rows


def write_matched(run: Run, found: Mapping[str, Sequence[Matched]]) -> list[Path]:
    """``handover/masters-<kind>.csv`` of the run: outcome and proposals of every entry."""
    paths = []
    for kind, entries in found.items():
        path = run.file(f"handover/masters-{kind}.csv")
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(_OUT)
            writer.writerows(_line(one) for one in entries)
        paths.append(path)
    return paths


def _line(one: Matched) -> list[object]:
    ours = one.ours
    cells: list[object] = [ours.id, ours.name, ";".join(sorted(ours.identifiers)), ours.birth]
    cells += [one.how, one.their_id, one.why]
    for proposal in one.proposals:
        cells += [proposal.id, proposal.name, proposal.score]
    return cells


def read_matched(run: Run, kind: str) -> list[dict[str, str]]:
    """The rows of a kind as they were matched; () where there was no list."""
    path = run.file(f"handover/masters-{kind}.csv")
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def findings(run: Run) -> Iterator[Finding]:
    """Entries that a person must decide on close the gate."""
    for kind in KINDS:
        waiting = sum(1 for row in read_matched(run, kind) if row["outcome"] == "open")
        if waiting:
            words = f"{kind} without a sure match: handover/masters-{kind}.csv"
            yield Finding("HND040", kind, waiting, "error", words)


def bound(project: Project, run: Run) -> dict[str, Path]:
    """What a signature binds of the masters: the lists, the decisions and the outcome."""
    files = sorted((project.folder / FOLDER).glob("*.csv"))
    found = {f"{FOLDER}/{path.name}": path for path in files}
    for kind in kinds_of(project):
        found[f"handover/masters-{kind}.csv"] = run.file(f"handover/masters-{kind}.csv")
    return found
