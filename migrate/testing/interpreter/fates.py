"""One fate a row, and lineage ("Fates", "Lineage")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from migrate.core.issues import code as issue
from migrate.core.profiles.ast import Profile, ResourceRule
from migrate.core.profiles.usage import excluded_table
from migrate.testing.interpreter.candidates import Candidate, Identity, Refusal
from migrate.testing.interpreter.merging import MergedPatients
from migrate.testing.interpreter.outcome import FateLine, LineageLine
from migrate.testing.interpreter.tables import SourceRow, Table
from migrate.testing.interpreter.trace import Failure
from migrate.testing.interpreter.walking import Numbering

_RANK = {"rejected": 0, "excluded": 1, "mapped": 2, "merged": 3}
#: The fate of a row that follows another one.
_FOLLOWED = {"excluded": "excluded", "mapped": "merged", "merged": "merged"}
ROLES = ("anchor", "member", "child", "join", "merged")


@dataclass(frozen=True, slots=True)
class Effect:
    """What one rule (or the profile itself: rule None) did to a row; of several of one fate
    the one with the smallest ``place`` counts (Numbering)."""

    fate: str
    code: str | None = None
    reason: str | None = None
    rule: str | None = None
    place: int = -1


class Fates:
    """Gathers what rules did to rows; the highest is a row's fate, of equal ones the first."""

    def __init__(
        self,
        profile: Profile,
        tables: dict[str, Table],
        identity: Identity,
        merged: MergedPatients,
        numbering: Numbering,
    ) -> None:
        self._profile = profile
        self._tables = tables
        self._identity = identity
        self._merged = merged
        patient = (r.name for r in profile.rules if _makes_patients(r, profile))
        self._patient_rule = next(patient, None)
        self._patients: dict[int, Effect] = {}
        self._effects: dict[tuple[str, int], Effect] = {}
        self._numbering = numbering
        self._leaders = {(r.table, r.number): leader for r, leader in merged.followers}
        for table in tables.values():
            self._leaders.update({(table.name, n): row for n, row in table.equal.items()})
        self._owners: dict[tuple[str, int], str] = {}
        self.lineage: dict[tuple[str, str, str, int], LineageLine] = {}

    def _rank(self, effect: Effect) -> tuple[int, bool, int]:
        """Smaller goes first; what follows from another row's rejection comes last of all."""
        return _RANK[effect.fate], effect.code == "MAP016", effect.place

    def add(self, row: SourceRow, effect: Effect) -> None:
        """A rule did this to a row."""
        if effect.rule == self._patient_rule and row.table == self._profile.patients:
            self._patients.setdefault(row.number, effect)
        at = row.table, row.number
        known = self._effects.get(at)
        if known is None or self._rank(effect) < self._rank(known):
            self._effects[at] = effect

    def of_tables(self) -> None:
        """What the profile says of rows before any rule: exclusions, keys, merges."""
        for table in self._tables.values():
            reason = excluded_table(self._profile, table.name)
            for row in table.rows if reason is not None else ():
                self.add(row, Effect("excluded", None, reason))
            for row in table.clashing.values():
                self.add(row, Effect("rejected", "MAP013"))
        for row, code in self._merged.refused:
            self.add(row, Effect("rejected", code))

    def followers(self) -> None:
        """Rows that fare as another one does: equal ones, merged patients and their records."""
        patients = self._tables.get(self._profile.patients)
        clashing = patients.clashing if patients else {}
        for row, leader in self._merged.followers:
            effect = self._patients.get(leader.number)
            if leader.number in clashing or (effect and effect.fate == "rejected"):
                self._held_back(row, self._patient_rule)
            elif effect is not None:
                self.add(row, replace(effect, fate=_FOLLOWED[effect.fate]))
        for table in self._tables.values():
            for number, first in table.equal.items():
                effect = self._effects.get((table.name, first.number))
                if effect is not None and effect.fate in _FOLLOWED:
                    effect = replace(effect, fate=_FOLLOWED[effect.fate])
                if effect is not None:
                    rule = None if effect.fate == "merged" else effect.rule
                    self.add(table.row(number), replace(effect, rule=rule))

    def of_refusal(self, refusal: Refusal, under: Iterable[SourceRow]) -> None:
        """A row that a rule refused, and the child rows under it."""
        rule = refusal.rule.name
        place = self._numbering.rule(rule) + refusal.number
        effect = Effect(refusal.fate, refusal.code, refusal.reason, rule, place)
        self.add(refusal.entry.rows[0], effect)
        for row in [*refusal.entry.rows[1:], *under]:
            if refusal.fate == "excluded":
                self.add(row, effect)
            else:
                self._held_back(row, rule)
        for row in refusal.entry.differing:
            if refusal.fate == "excluded":
                self.add(row, effect)
            else:
                self._differing(row, rule)

    def follow(self, rule: str, rows: Iterable[SourceRow]) -> None:
        """Child rows whose parent is missing or was not made."""
        for row in rows:
            self._held_back(row, rule)

    def _held_back(self, row: SourceRow, rule: str | None) -> None:
        place = 0 if rule is None else self._numbering.rule(rule)
        self.add(row, Effect("rejected", "MAP016", None, rule, place))

    def _failed(self, row: SourceRow, failure: Failure, rule: str) -> None:
        self.add(row, Effect("rejected", failure.code, None, rule, failure.place))

    def _differing(self, row: SourceRow, rule: str) -> None:
        """A row of a pivot that says something else for an attribute than an earlier one."""
        self.add(row, Effect("rejected", "MAP013", None, rule, self._numbering.rule(rule)))

    def of_failed(self, candidate: Candidate) -> None:
        """The rows of a resource that was not made."""
        rule = candidate.rule.name
        rows = candidate.rows()
        assert candidate.failure is not None
        self._failed(rows[0], candidate.failure, rule)
        for row in rows[1:]:
            self._held_back(row, rule)
        for entry in candidate.trace.fallen:
            if entry.member:
                self._failed(entry.row, entry.failure, rule)
        for standing in candidate.standing:
            for row in standing.differing:
                self._differing(row, rule)

    def of_made(self, candidate: Candidate) -> None:
        """The rows of a resource."""
        rule = candidate.rule.name
        fallen = [entry.row for entry in candidate.trace.fallen]
        rows = candidate.rows()
        rows = rows[:1] + [row for row in rows[1:] if row not in fallen]
        self._line(candidate, "anchor", rows[0])
        place = self._numbering.rule(rule)
        self.add(rows[0], Effect("mapped", None, None, rule, place))
        used = [("member", row) for row in rows[1:]]
        for standing in candidate.standing:
            used += standing.trace.used if standing.rows[0] in rows else []
        for follower, leader in self._merged.followers:
            if rule == self._patient_rule and leader is rows[0]:
                used.append(("merged", follower))
        used += candidate.trace.used
        for role, row in sorted(used, key=lambda pair: ROLES.index(pair[0])):
            self._line(candidate, role, row)
            self.add(row, Effect("merged", None, None, rule, place))
        for entry in candidate.trace.fallen:
            self._failed(entry.row, entry.failure, rule)
        for standing in candidate.standing:
            for row in standing.differing:
                self._differing(row, rule)

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
                    found.append(self._fate(table, row, effect))
        return found

    def _fate(self, table: Table, row: SourceRow, effect: Effect) -> FateLine:
        reason = effect.reason
        if effect.code is not None and reason is None:
            reason = issue(effect.code).title
        owner = self._owner(table, row)
        return row.table, row.number, effect.fate, effect.code, reason, effect.rule, owner

    def _owner(self, table: Table, row: SourceRow) -> str | None:
        """The patient by the table's column; without one, by the rule or the parent row."""
        if table.rule.patient is not None:
            return self._identity.patient(row.cell(table.rule.patient))
        leader = row
        while (leader.table, leader.number) in self._leaders:
            leader = self._leaders[leader.table, leader.number]
        return self._owners.get((leader.table, leader.number))

    def own(self, rows: Iterable[SourceRow], patient: str | None) -> None:
        """These rows belong to a patient, unless it is known that they are another's."""
        for row in rows:
            if patient is not None:
                self._owners.setdefault((row.table, row.number), patient)


def _makes_patients(rule: ResourceRule, profile: Profile) -> bool:
    return rule.type == "Patient" and rule.table == profile.patients
