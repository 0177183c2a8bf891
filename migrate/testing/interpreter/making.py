"""Candidates become resources, until nothing that one relies on fails any more."""

from __future__ import annotations

from collections.abc import Iterable

from migrate.core.profiles.ast import Profile
from migrate.testing.interpreter.candidates import Candidate
from migrate.testing.interpreter.nodes import Values
from migrate.testing.interpreter.places import Place
from migrate.testing.interpreter.texts import json_object, json_string
from migrate.testing.interpreter.trace import Failure, Trace
from migrate.testing.interpreter.walking import Numbering


class Making:
    """All candidates, and which of them stand.

    A reference may point at a resource whose own fate is not known yet, even in a circle. So
    all are taken as made at first; what fails is taken out, and what relied on it is computed
    again, until nothing more fails.
    """

    def __init__(self, profile: Profile, numbering: Numbering) -> None:
        self._profile = profile
        self._numbering = numbering
        self._by_row: dict[tuple[str, int], Candidate] = {}
        self._died: set[tuple[str, int]] = set()
        self.candidates: list[Candidate] = []

    def add(self, candidates: Iterable[Candidate]) -> None:
        """Take in the candidates of a rule."""
        for candidate in candidates:
            self.candidates.append(candidate)
            for entry in candidate.standing:
                for row in entry.rows:
                    self._by_row[candidate.rule.name, row.number] = candidate

    def made(self, rule: str, row: int) -> str | None:
        """``Type/id`` of what a rule makes of a row, as far as is known now."""
        if (rule, row) in self._died or (rule, row) not in self._by_row:
            return None
        found = self._by_row[rule, row]
        return f"{found.rule.type}/{found.id}"

    def run(self, values: Values) -> None:
        """Evaluate until all is settled; then a second resource of one id falls."""
        self._settle(self.candidates, values)
        seen: set[tuple[str, str]] = set()
        for candidate in self.candidates:
            if candidate.text is None:
                continue
            identity = candidate.rule.type, candidate.id
            if identity in seen:
                last = self._numbering.after(candidate.rule.body) + 1
                self._fail(candidate, Failure("MAP013", last))
            seen.add(identity)
        self._settle([c for c in self.candidates if c.trace.relied & self._died], values)

    def _settle(self, waiting: list[Candidate], values: Values) -> None:
        while waiting:
            before = set(self._died)
            for candidate in waiting:
                self._evaluate(candidate, values)
            died = self._died - before
            waiting = [c for c in self.candidates if c.trace.relied & died]

    def _evaluate(self, candidate: Candidate, values: Values) -> None:
        place = candidate.standing[0].place
        place.members = tuple(entry.place for entry in candidate.standing)
        candidate.trace = Trace()
        candidate.text = self._text(candidate, values, place, candidate.trace)
        if candidate.trace.failures:
            self._fail(candidate, candidate.trace.first())

    def _fail(self, candidate: Candidate, failure: Failure) -> None:
        candidate.text = None
        candidate.failure = failure
        self._died |= {(candidate.rule.name, row.number) for row in candidate.rows()}

    def _text(self, candidate: Candidate, values: Values, place: Place, trace: Trace) -> str:
        rule = candidate.rule
        source = f"urn:ehr-migrate:{self._profile.system}:{rule.table}"
        meta = {"source": json_string(source), **values.meta(rule.body, place, trace)}
        members = {
            "resourceType": json_string(rule.type),
            "id": json_string(candidate.id),
            "meta": json_object(meta),
            **values.members(rule.body, place, trace),
        }
        return json_object(members)
