"""Patients whose records were merged in the old system ("Fates", "References")."""

from __future__ import annotations

from dataclasses import dataclass, field

from migrate.core.profiles.ast import Profile
from migrate.testing.interpreter.tables import SourceRow, Table


@dataclass(slots=True)
class MergedPatients:
    """Who survives. ``survivors`` by key merged away; ``circle`` are keys without any;
    ``bad`` are merge records that had no effect, by row, with their code; ``good`` the
    records that had one, with the survivor's key."""

    survivors: dict[str, str] = field(default_factory=dict)
    circle: set[str] = field(default_factory=set)
    bad: dict[int, str] = field(default_factory=dict)
    good: dict[int, str] = field(default_factory=dict)

    def survivor(self, key: str) -> str:
        """The key of the patient that this key's record lives on in."""
        return self.survivors.get(key, key)


def merged_patients(profile: Profile, tables: dict[str, Table]) -> MergedPatients:
    """Follow the merge records of the patients' table."""
    found = MergedPatients()
    rule = profile.table(profile.patients)
    if rule.merges is None or rule.merges.table not in tables:
        return found
    records = tables[rule.merges.table].standing
    steps: dict[str, set[str]] = {}
    ends = {row.number: (row.cell(rule.merges.old), row.cell(rule.merges.into)) for row in records}
    for old, into in ends.values():
        if old is not None and into is not None:
            steps.setdefault(old, set()).add(into)
    patients = tables.get(profile.patients)
    known = {row.key[0] for row in patients.standing} if patients else set()
    for row in records:
        _judge(row, *ends[row.number], steps, known, found)
    return found


def _judge(
    row: SourceRow,
    old: str | None,
    into: str | None,
    steps: dict[str, set[str]],
    known: set[str | None],
    found: MergedPatients,
) -> None:
    if old is None or into is None:
        found.bad[row.number] = "MAP001"
        return
    if len(steps[old]) > 1:
        found.bad[row.number] = "MAP013"
        return
    end = _end(old, steps)
    if end is None:
        found.bad[row.number] = "MAP014"
        found.circle.add(old)
    elif end not in known:
        found.bad[row.number] = "MAP010"
    else:
        found.good[row.number] = end
        found.survivors[old] = end


def _end(old: str, steps: dict[str, set[str]]) -> str | None:
    """Where the chain ends; None where it runs in a circle."""
    seen: set[str] = set()
    key = old
    while len(steps.get(key, ())) == 1:
        if key in seen:
            return None
        seen.add(key)
        (key,) = steps[key]
    return key
