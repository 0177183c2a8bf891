"""Which resources each rule is about to make, and rows that it refuses ("Rules")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from migrate.core.identity import make_id, partition_of
from migrate.core.profiles.ast import Profile, ResourceRule
from migrate.testing.interpreter.children import Children
from migrate.testing.interpreter.merging import MergedPatients
from migrate.testing.interpreter.places import Place, Reader
from migrate.testing.interpreter.tables import Key, SourceRow, Table, sort_key
from migrate.testing.interpreter.trace import Failure, Trace
from migrate.testing.interpreter.walking import expressions


@dataclass(eq=False, slots=True)
class Standing:
    """A row that a rule's map may read: its place, what its joins left behind, and all source
    rows that it stands for (several in a pivot; ``differing`` are those that say something
    else for an attribute that an earlier one gave)."""

    place: Place
    trace: Trace
    rows: tuple[SourceRow, ...]
    differing: tuple[SourceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that a rule excludes or rejects before its map is read."""

    rule: ResourceRule
    number: int
    entry: Standing
    fate: str
    code: str | None
    reason: str | None
    patient: str | None


@dataclass(eq=False, slots=True)
class Candidate:
    """A resource that a rule makes unless its map fails. ``standing`` are its rows, the one
    whose columns the map reads first."""

    rule: ResourceRule
    id: str
    patient: str | None
    standing: list[Standing]
    text: str | None = None
    failure: Failure | None = None
    trace: Trace = field(default_factory=Trace)

    @property
    def partition(self) -> int:
        """Where it stands in the output: with its patient."""
        return partition_of(self.patient or self.id)

    def rows(self) -> list[SourceRow]:
        """All rows that it is made of, the anchor first."""
        return [row for entry in self.standing for row in entry.rows]


class Identity:
    """Ids of resources and of patients."""

    def __init__(
        self, profile: Profile, id_key: bytes, merged: MergedPatients, patients: Table | None
    ) -> None:
        self._profile = profile
        self._key = id_key
        self._merged = merged
        self._slot = next(
            (r.slot for r in profile.rules if r.type == "Patient" and r.table == profile.patients),
            "",
        )
        self._known = {row.key[0] for row in patients.rows} if patients else set()

    def resource(self, rule: ResourceRule, slot: str, key: Key) -> str:
        """The id of a resource."""
        return make_id(self._key, [self._profile.system, rule.table, slot, *key])

    def patient(self, key: str | None) -> str | None:
        """The id of the patient of this key, after merges; None for one that nobody has."""
        if key is None or self._merged.survivor(key) not in self._known:
            return None
        parts = [self._profile.system, self._profile.patients, self._slot]
        return make_id(self._key, [*parts, self._merged.survivor(key)])


class Candidates:
    """Builds the candidates of rules."""

    def __init__(
        self,
        profile: Profile,
        tables: Mapping[str, Table],
        reader: Reader,
        children: Children,
        identity: Identity,
        merged: MergedPatients,
    ) -> None:
        self._profile = profile
        self._tables = tables
        self._reader = reader
        self._children = children
        self._identity = identity
        self._merged = merged

    def of(self, rule: ResourceRule) -> tuple[list[Candidate], list[Refusal]]:
        """The candidates of a rule, and the rows that it refused."""
        refused: list[Refusal] = []
        stand: list[Standing] = []
        for entry in self._rows(rule):
            self._judge(rule, entry, stand, refused)
        if rule.group is not None:
            return self._groups(rule, stand), refused
        return [self._single(rule, entry) for entry in stand], refused

    def _rows(self, rule: ResourceRule) -> Iterator[Standing]:
        table = self._tables.get(rule.table)
        rows = [row for row in table.standing if self._lives(row)] if table else []
        self._prepare(rule)
        if rule.pivot is not None:
            yield from _pivoted(rule, rows)
            return
        for row in rows:
            if rule.unpivot is None:
                yield Standing(Place(row), Trace(), (row,))
                continue
            for column, constants in rule.unpivot.columns:
                cell = row.cell(column)
                if cell is not None:
                    loop = {**dict(constants), "value": cell, "name": column}
                    yield Standing(Place(row, loop=loop), Trace(), (row,))

    def _lives(self, row: SourceRow) -> bool:
        """Whether a row is no patient that was merged into another."""
        if row.table != self._profile.patients or not row.key:
            return True
        return row.key[0] not in self._merged.survivors

    def _prepare(self, rule: ResourceRule) -> None:
        """Expressions over a row alone are computed for all rows at once."""
        for sql, kind, name in expressions(rule) if rule.pivot is None else ():
            rows = self._tables[name].standing if name in self._tables else []
            wanted = (Place(row).arguments(sql) for row in rows)
            self._reader.expressions.prepare(sql, kind, wanted)

    def _judge(
        self,
        rule: ResourceRule,
        entry: Standing,
        stand: list[Standing],
        refused: list[Refusal],
    ) -> None:
        entry.trace = self._children.join(rule.joins, entry.place)
        if rule.where is not None and not self._reader.holds(rule.where, entry.place):
            return None

        def refuse(number: int, fate: str, code: str | None, reason: str | None) -> None:
            patient = self._patient(rule, entry.place)
            refusal = Refusal(rule, number, entry, fate, code, reason, patient)
            refused.append(refusal)

        first = len(rule.excludes)
        for number, reason in enumerate(rule.excludes):
            if self._reader.holds(reason.when, entry.place):
                return refuse(number, "excluded", None, reason.because)
        if entry.trace.failures:
            return refuse(first, "rejected", "MAP010", None)
        for number, reason in enumerate(rule.rejects, first + 1):
            if self._reader.holds(reason.when, entry.place):
                return refuse(number, "rejected", "MAP015", reason.because)
        stand.append(entry)
        return None

    def _single(self, rule: ResourceRule, entry: Standing) -> Candidate:
        slot = rule.slot
        key = entry.place.row.key
        if rule.unpivot is not None:
            slot += entry.place.loop["name"] or ""
        if rule.pivot is not None:
            key = tuple(entry.place.row.cell(name) for name in rule.pivot.by)
        return self._candidate(rule, slot, key, [entry])

    def _patient(self, rule: ResourceRule, place: Place) -> str | None:
        if rule.patient is None:
            return None
        return self._identity.patient(self._reader.text(rule.patient, place))

    def _groups(self, rule: ResourceRule, stand: list[Standing]) -> list[Candidate]:
        assert rule.group is not None
        order = rule.group.order
        groups: dict[Key, list[Standing]] = {}
        for entry in stand:
            key = tuple(entry.place.row.cell(name) for name in rule.group.by)
            groups.setdefault(key, []).append(entry)
        found = []
        for key, entries in groups.items():
            entries.sort(key=lambda entry: sort_key(entry.place.row, order))
            found.append(self._candidate(rule, rule.slot, key, entries))
        return found

    def _candidate(
        self, rule: ResourceRule, slot: str, key: Key, standing: list[Standing]
    ) -> Candidate:
        resource = self._identity.resource(rule, slot, key)
        patient = self._patient(rule, standing[0].place)
        return Candidate(rule, resource, patient, standing)


def _pivoted(rule: ResourceRule, rows: list[SourceRow]) -> Iterator[Standing]:
    """Wide rows of an entity-attribute-value table."""
    pivot = rule.pivot
    assert pivot is not None
    names = dict(pivot.attributes)
    groups: dict[Key, list[SourceRow]] = {}
    for row in sorted(rows, key=lambda row: sort_key(row, ())):
        if row.cell(pivot.name) in names:
            groups.setdefault(tuple(row.cell(name) for name in pivot.by), []).append(row)
    for key, members in groups.items():
        cells = dict(zip(pivot.by, key, strict=True))
        differing = []
        for row in members:
            name, value = names[row.cell(pivot.name) or ""], row.cell(pivot.value)
            if value is not None and cells.setdefault(name, value) != value:
                differing.append(row)
        kept = tuple(row for row in members if row not in differing)
        wide = SourceRow(rule.table, kept[0].number, cells, kept[0].key)
        yield Standing(Place(wide), Trace(), kept, tuple(differing))
