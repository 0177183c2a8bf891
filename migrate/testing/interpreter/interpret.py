"""The interpreter itself: tables, then rules, then fates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from migrate.core.profiles.ast import Profile
from migrate.testing.interpreter.candidates import Candidates, Identity, Refusal
from migrate.testing.interpreter.children import Children
from migrate.testing.interpreter.expressions import Expressions
from migrate.testing.interpreter.fates import Fates
from migrate.testing.interpreter.joins import Joins
from migrate.testing.interpreter.making import Making
from migrate.testing.interpreter.merging import merged_patients
from migrate.testing.interpreter.nodes import Values
from migrate.testing.interpreter.outcome import Interpretation, MissLine, NoteLine
from migrate.testing.interpreter.places import Reader
from migrate.testing.interpreter.pointing import Pointing
from migrate.testing.interpreter.tables import Row, load_tables
from migrate.testing.interpreter.trace import Trace
from migrate.testing.interpreter.under import Under
from migrate.testing.interpreter.walking import Numbering


def interpret(
    profile: Profile,
    tables: Mapping[str, Sequence[Row]],
    *,
    id_key: bytes,
    context: Mapping[str, str],
) -> Interpretation:
    """What a profile makes of staged tables, in plain Python, a value at a time.

    ``tables``: staged name → rows, each with its columns as text and its number ``_row``.
    Raises duckdb.Error where an SQL expression of the profile fails on a row.
    """
    return _Interpreter(profile, tables, id_key, context).run()


class _Interpreter:
    def __init__(
        self,
        profile: Profile,
        staged: Mapping[str, Sequence[Row]],
        id_key: bytes,
        context: Mapping[str, str],
    ) -> None:
        self._profile = profile
        self._tables = load_tables(profile, staged)
        self._merged = merged_patients(profile, self._tables)
        self._identity = Identity(profile, id_key, self._merged, self._tables.get(profile.patients))
        self._numbering = Numbering(profile)
        reader = Reader(Expressions(), context)
        joins = Joins(self._tables, reader, profile.timezone)
        self._children = Children(
            profile, self._tables, reader, joins, self._merged, self._numbering
        )
        self._making = Making(profile, self._numbering)
        pointing = Pointing(profile, self._tables, reader, self._merged, self._making.made)
        self._values = Values(profile, reader, self._children, pointing, self._numbering)
        self._candidates = Candidates(
            profile, self._tables, reader, self._children, self._identity, self._merged
        )
        self._under = Under(self._tables, self._children, reader, self._merged)

    def run(self) -> Interpretation:
        """Everything."""
        refused: list[Refusal] = []
        for rule in self._profile.rules:
            made, no = self._candidates.of(rule)
            self._making.add(made)
            refused += no
        self._making.run(self._values)
        fates = self._fates(refused)
        notes, misses = self._counted()
        return Interpretation(
            self._resources(), list(fates.lineage.values()), fates.lines(), notes, misses
        )

    def _fates(self, refused: list[Refusal]) -> Fates:
        fates = Fates(self._profile, self._tables, self._identity, self._merged, self._numbering)
        fates.of_tables()
        made = [c for c in self._making.candidates if c.text is not None]
        for candidate in made:
            fates.of_made(candidate)
        for candidate in made:
            for fallen in candidate.trace.fallen:
                fates.follow(candidate.rule.name, self._under.item(fallen))
        for candidate in self._making.candidates:
            under = list(self._under.rows(candidate.rule.body, candidate.standing[0].place))
            fates.own([*candidate.rows(), *under], candidate.patient)
            if candidate.text is None:
                fates.of_failed(candidate)
                fates.follow(candidate.rule.name, under)
        for refusal in refused:
            under = list(self._under.rows(refusal.rule.body, refusal.entry.place))
            fates.own([*refusal.entry.rows, *refusal.entry.differing, *under], refusal.patient)
            fates.of_refusal(refusal, under)
        for rule in self._profile.rules:
            fates.follow(rule.name, self._under.orphans(rule))
        fates.followers()
        return fates

    def _resources(self) -> dict[str, list[bytes]]:
        made = [c for c in self._making.candidates if c.text is not None]
        made.sort(key=lambda c: (c.rule.type, c.partition, c.id))
        found: dict[str, list[bytes]] = {}
        for candidate in made:
            assert candidate.text is not None
            found.setdefault(candidate.rule.type, []).append(candidate.text.encode())
        return found

    def _traces(self) -> Iterator[tuple[str, Trace]]:
        for candidate in self._making.candidates:
            for entry in candidate.standing:
                yield candidate.rule.name, entry.trace
            yield candidate.rule.name, candidate.trace

    def _counted(self) -> tuple[list[NoteLine], list[MissLine]]:
        """Notes and misses, and how often each was met."""
        notes: Counter[tuple[str, str, str, str]] = Counter()
        misses: Counter[tuple[str, str, str, str, str]] = Counter()
        for rule, trace in self._traces():
            notes.update((note.code, note.table, note.column, rule) for note in trace.notes)
            misses.update(
                (m.crosswalk, m.source, m.table, m.column, m.outcome) for m in trace.misses
            )
        return (
            [(*note, count) for note, count in notes.items()],
            [(*miss, count) for miss, count in misses.items()],
        )
