"""Paths as SQL over a JSON value: what they give, and where in the resource it stands.

Two forms of the same walk. :func:`values` gives a list of JSON values and is quick;
:func:`located` gives them with their addresses (``$.name[0].family``), for the list of what a
layout carries. An address' ``i`` are the leaves that a filter pins to a value: a column of
``telecom.where(system = 'phone').value`` says the system as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from migrate.core.compile.sqltext import literal
from migrate.core.layouts.ast import Step, Test


class SqlPaths:
    """Makes SQL of paths; one a statement, so that lambda variables are never the same."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def _variable(self) -> str:
        return f"j{next(self._numbers)}"

    def values(self, steps: Sequence[Step], start: str) -> str:
        """SQL of a JSON[] of what the steps give from the JSON value ``start``."""
        found: str | None = None
        for run in _runs(steps):
            if run[0].name:
                if found is None:
                    found = _members(start, run)
                else:
                    x = self._variable()
                    inner = _members(x, run)
                    found = f"flatten(list_transform({found}, lambda {x}: {inner}))"
            else:
                found = found or f"[{start}]"
                found = self._narrowed(found, run[0], "")
        return found or f"[{start}]"

    def located(self, steps: Sequence[Step], start: str, at: str) -> str:
        """SQL of a list of {v: JSON, p: address, i: implied addresses}; ``at`` is SQL of the
        address of ``start``."""
        found = f"[{{'v': {start}, 'p': {at}, 'i': []::VARCHAR[]}}]"
        for step in steps:
            if step.name:
                found = self._member(found, step.name, step.repeats)
            else:
                found = self._narrowed(found, step, ".v")
                if step.tests:
                    found = self._implied(found, step.tests)
        return found

    def holds(self, tests: Sequence[Test], value: str) -> str:
        """SQL of whether all tests hold for a JSON value."""
        return " AND ".join(_test(test, value) for test in tests) or "true"

    def _narrowed(self, found: str, step: Step, of: str) -> str:
        if step.index is not None:
            return f"({found})[{step.index + 1}:{step.index + 1}]"
        x = self._variable()
        return f"list_filter({found}, lambda {x}: {self.holds(step.tests, x + of)})"

    def _member(self, found: str, name: str, repeats: bool) -> str:
        s, y, n = self._variable(), self._variable(), self._variable()
        if repeats:
            inner = (
                f"list_transform(json_extract({s}.v, {literal(f'$.{name}[*]')}), "
                f"lambda {y}, {n}: {{'v': {y}, 'p': {s}.p || '.{name}[' || ({n} - 1) || ']', "
                f"'i': {s}.i}})"
            )
            return f"flatten(list_transform({found}, lambda {s}: {inner}))"
        made = (
            f"list_transform({found}, lambda {s}: {{'v': json_extract({s}.v, "
            f"{literal(f'$.{name}')}), 'p': {s}.p || '.{name}', 'i': {s}.i}})"
        )
        return f"list_filter({made}, lambda {y}: {y}.v IS NOT NULL)"

    def _implied(self, found: str, tests: Sequence[Test]) -> str:
        s = self._variable()
        more = []
        for test in tests:
            if test.positive and test.values:
                t, u = self._variable(), self._variable()
                steps = [Step(name, repeats) for name, repeats in test.path]
                inside = self.located(steps, f"{s}.v", f"{s}.p")
                among = f"({t}.v ->> '$') IN ({', '.join(literal(v) for v in test.values)})"
                kept = f"list_filter({inside}, lambda {t}: {among})"
                more.append(f"list_transform({kept}, lambda {u}: {u}.p)")
        if not more:
            return found
        every = f"list_concat({s}.i, {', '.join(more)})"
        return f"list_transform({found}, lambda {s}: {{'v': {s}.v, 'p': {s}.p, 'i': {every}}})"


def _runs(steps: Sequence[Step]) -> list[list[Step]]:
    """Members that follow each other together, every other step alone."""
    runs: list[list[Step]] = []
    for step in steps:
        if step.name and runs and runs[-1][0].name:
            runs[-1].append(step)
        else:
            runs.append([step])
    return runs


def _json_path(path: Sequence[tuple[str, bool]]) -> str:
    return literal("$" + "".join(f".{name}{'[*]' if many else ''}" for name, many in path))


def _members(value: str, run: Sequence[Step]) -> str:
    path = [(step.name, step.repeats) for step in run]
    found = f"json_extract({value}, {_json_path(path)})"
    if any(many for _, many in path):
        return found
    return f"CASE WHEN json_exists({value}, {_json_path(path)}) THEN [{found}] ELSE [] END"


def _test(test: Test, value: str) -> str:
    path, many = _json_path(test.path), any(repeats for _, repeats in test.path)
    text = f"json_extract_string({value}, {path})"
    among = ", ".join(literal(one) for one in test.values)
    if not test.values:
        sql = f"len({text}) > 0" if many else f"json_exists({value}, {path})"
    elif many:
        sql = f"list_has_any({text}, [{among}])"
    else:
        sql = f"{text} IN ({among})"
    return f"coalesce({sql}, false)" if test.positive else f"NOT coalesce({sql}, false)"
