"""What a load left behind, as far as the reconciliation needs it: which ids arrived."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from migrate.store.journal import Journal
from migrate.store.plans import read_plan, steps_of
from migrate.store.workspace import Run

VERIFY_FILE = "verify.json"


@dataclass(frozen=True, slots=True)
class Landed:
    """``loaded``: ids by resource type that are in the target as this run wants them, by our
    last receipt or because the plan found them there. ``read_back``: by type, how many were
    fetched and are what was sent; None where the plan has not been verified. ``later``: ids of
    what a scope rule leaves behind.
    """

    loaded: Mapping[str, frozenset[str]]
    read_back: Mapping[str, int] | None = None
    later: Mapping[str, frozenset[str]] = field(default_factory=dict)


def landed(run: Run, all_runs: Iterable[Run]) -> Landed | None:
    """What of this run has arrived; None before its first load.

    An earlier run of the project may have written what this one finds unchanged, so the
    journals of all runs are asked.
    """
    if not run.journal.is_file():
        return None
    plan = read_plan(run)
    effects = _effects([other.journal for other in all_runs], plan.target_identity)
    ids: dict[str, set[str]] = defaultdict(set)
    later: dict[str, set[str]] = defaultdict(set)
    for step in steps_of(run):
        if step.action == "later":
            later[step.type].add(step.id)
            continue
        known = effects.get((step.type, step.id))
        there = step.reason == "same" if known is None else known == step.digest
        if there and step.wanted:
            ids[step.type].add(step.id)
    return Landed(
        {kind: frozenset(found) for kind, found in ids.items()},
        _read_back(run.file(VERIFY_FILE), plan.steps_digest),
        {kind: frozenset(found) for kind, found in later.items()},
    )


def _effects(paths: Iterable[Path], target: str) -> dict[tuple[str, str], str | None]:
    """(type, id) → digest of what we put there last; None where we took it away again."""
    newest: dict[tuple[str, str], tuple[int, str | None]] = {}
    for path in paths:
        if not path.is_file():
            continue
        with closing(Journal(path, target)) as journal:
            for entry in journal.effects():
                key = (entry.type, entry.id)
                if key not in newest or newest[key][0] <= entry.session:
                    newest[key] = (entry.session, entry.digest)
    return {key: digest for key, (_, digest) in newest.items()}


def _read_back(path: Path, plan: str) -> Mapping[str, int] | None:
    if not path.is_file():
        return None
    document = orjson.loads(path.read_bytes())
    found = document.get("read_back")
    return found if document.get("plan") == plan and isinstance(found, dict) else None
