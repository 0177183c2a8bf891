"""One fate a row, and lineage ("Fates", "Lineage")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from migrate.core.profiles.ast import Profile
from migrate.core.profiles.usage import excluded_table
from migrate.testing.interpreter.candidates import Candidate, Identity, Refusal
from migrate.testing.interpreter.merging import MergedPatients
from migrate.testing.interpreter.outcome import FateLine, LineageLine
from migrate.testing.interpreter.tables import SourceRow, Table

_RANK = {"rejected": 0, "excluded": 1, "mapped": 2, "merged": 3}
#: Failures that come from another row count after a row's own.
_FOLLOWING = ("MAP011", "MAP016")


@dataclass(frozen=True, slots=True)
class Effect:
    """What one rule (or the profile itself: rule None) did to a row."""

    fate: str
    code: str | None = None
    reason: str | None = None
    rule: str | None = None

    def rank(self) -> tuple[int, bool]:
        """Smaller goes first."""
        return _RANK[self.fate], self.code in _FOLLOWING


class Fates:
    """Gathers what rules did to rows; the highest is a row's fate, of equal ones the first."""

    def __init__(self, profile: Profile, tables: dict[str, Table], identity: Identity) -> None:
        self._profile = profile
        self._tables = tables
        self._identity = identity
        self._effects: dict[tuple[str, int], Effect] = {}
        self.lineage: dict[tuple[str, str, str, int], LineageLine] = {}

    def add(self, row: SourceRow, effect: Effect) -> None:
        """A rule did this to a row."""
        at = row.table, row.number
        known = self._effects.get(at)
        if known is None or effect.rank() < known.rank():
            self._effects[at] = effect

    def of_tables(self, merged: MergedPatients) -> None:
        """What the profile says of rows before any rule: exclusions, keys, merges."""
        for table in self._tables.values():
            reason = excluded_table(self._profile, table.name)
            if reason is not None:
                for row in table.rows:
                    self.add(row, Effect("excluded", None, reason))
            for row in table.clashing.values():
                self.add(row, Effect("rejected", "MAP013"))
            for number in table.equal:
                self.add(table.row(number), Effect("merged"))
        self._of_merges(merged)

    def _of_merges(self, merged: MergedPatients) -> None:
        rule = self._profile.table(self._profile.patients)
        if rule.merges is None or rule.merges.table not in self._tables:
            return
        records = self._tables[rule.merges.table]
        for number, code in merged.bad.items():
            self.add(records.row(number), Effect("rejected", code))
        for number in merged.good:
            self.add(records.row(number), Effect("merged"))
        for row in self._tables[self._profile.patients].standing:
            if row.key[0] in merged.circle:
                self.add(row, Effect("rejected", "MAP014"))
            elif row.key[0] in merged.survivors:
                self.add(row, Effect("merged"))

    def of_refusal(self, refusal: Refusal, under: Iterable[SourceRow]) -> None:
        """A row that a rule refused, and the child rows under it."""
        effect = Effect(refusal.fate, refusal.code or None, refusal.reason or None, refusal.rule)
        for row in refusal.rows:
            self.add(row, effect)
        for child in under:
            if refusal.fate == "excluded":
                self.add(child, effect)
            else:
                self.add(child, Effect("rejected", "MAP016", None, refusal.rule))

    def of_orphans(self, rule: str, rows: Iterable[SourceRow]) -> None:
        """Child rows whose parent is missing from the export."""
        for row in rows:
            self.add(row, Effect("rejected", "MAP016", None, rule))

    def of_candidate(self, candidate: Candidate) -> None:
        """What became of the rows of a resource, or of one that was not made."""
        rule = candidate.rule.name
        for entry, failure in candidate.fallen:
            for row in entry.rows:
                self.add(row, Effect("rejected", failure.code, None, rule))
        for row, failure in candidate.trace.fallen:
            self.add(row, Effect("rejected", failure.code, None, rule))
        if candidate.text is None:
            for role, row in candidate.trace.used:
                if role in ("child", "member"):
                    self.add(row, Effect("rejected", "MAP016", None, rule))
            return
        self._made(candidate, rule)

    def _made(self, candidate: Candidate, rule: str) -> None:
        rows = [row for entry in candidate.standing for row in entry.rows]
        self._line(candidate, "anchor", rows[0])
        self.add(rows[0], Effect("mapped", None, None, rule))
        used = [("member", row) for row in rows[1:]]
        used += [pair for entry in candidate.standing for pair in entry.trace.used]
        for role, row in [*used, *candidate.trace.used]:
            self._line(candidate, role, row)
            self.add(row, Effect("merged", None, None, rule))

    def _line(self, candidate: Candidate, role: str, row: SourceRow) -> None:
        at = candidate.rule.type, candidate.id, row.table, row.number
        self.lineage.setdefault(at, (*at, candidate.rule.name, role))

    def lines(self) -> list[FateLine]:
        """A line for every row that has a fate."""
        found: list[FateLine] = []
        for table in self._tables.values():
            for row in table.rows:
                effect = self._effects.get((table.name, row.number))
                if effect is None and table.rule.unused is not None:
                    effect = Effect("excluded", None, table.rule.unused)
                if effect is not None:
                    patient = self._owner(table, row)
                    at = table.name, row.number
                    found.append(
                        (*at, effect.fate, effect.code, effect.reason, effect.rule, patient)
                    )
        return found

    def _owner(self, table: Table, row: SourceRow) -> str | None:
        column = table.rule.patient
        return None if column is None else self._identity.patient(row.cell(column))
