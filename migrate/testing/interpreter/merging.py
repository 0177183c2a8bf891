"""Patients whose records were merged in the old system ("Merges")."""

from __future__ import annotations

from dataclasses import dataclass, field

from migrate.core.profiles.ast import Profile
from migrate.testing.interpreter.tables import SourceRow, Table


@dataclass(slots=True)
class MergedPatients:
    """Who survives. ``survivors`` by key merged away; ``circle`` are keys whose records lead
    into a circle; ``refused`` are rows with their code; ``followers`` pair a row that was
    merged, or a record that had an effect, with the surviving patient's row."""

    survivors: dict[str, str] = field(default_factory=dict)
    circle: set[str] = field(default_factory=set)
    refused: list[tuple[SourceRow, str]] = field(default_factory=list)
    followers: list[tuple[SourceRow, SourceRow]] = field(default_factory=list)

    def survivor(self, key: str) -> str:
        """The key of the patient that this key's record lives on in."""
        return self.survivors.get(key, key)


def merged_patients(profile: Profile, tables: dict[str, Table]) -> MergedPatients:
    """Follow the merge records of the patients' table."""
    found = MergedPatients()
    rule = profile.table(profile.patients)
    patients = tables.get(profile.patients)
    if rule.merges is None or rule.merges.table not in tables or patients is None:
        return found
    records = tables[rule.merges.table].standing
    ends = [(row, row.cell(rule.merges.old), row.cell(rule.merges.into)) for row in records]
    steps: dict[str, set[str]] = {}
    for _, old, into in ends:
        if old is not None and into is not None:
            steps.setdefault(old, set()).add(into)
    rows = {row.key[0]: row for row in patients.rows if row.number not in patients.equal}
    for record, old, into in ends:
        if old is None or into is None:
            found.refused.append((record, "MAP001"))
        elif len(steps[old]) > 1:
            found.refused.append((record, "MAP013"))
        else:
            _follow(record, old, _end(old, steps), rows, found)
    patients.hold_back(found.circle)
    for key, row in rows.items():
        if key in found.circle:
            found.refused.append((row, "MAP014"))
        elif key in found.survivors and row.number not in patients.clashing:
            found.followers.append((row, rows[found.survivors[key]]))
    return found


def _follow(
    record: SourceRow,
    old: str,
    end: str | None,
    rows: dict[str | None, SourceRow],
    found: MergedPatients,
) -> None:
    if end is None:
        found.refused.append((record, "MAP014"))
        found.circle.add(old)
    elif end not in rows:
        found.refused.append((record, "MAP010"))
    else:
        found.followers.append((record, rows[end]))
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
