"""The old system's own totals: reads controls.csv and controls.yml, counts what answers to them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from migrate.core.reconcile.amounts import AmountCount, tally
from migrate.core.reconcile.conditions import checked_sql
from migrate.core.reconcile.controls import (
    Binding,
    ControlTotal,
    Part,
    bound,
    check_bindings,
    read_bindings,
    read_totals,
)
from migrate.core.reconcile.sheet import ControlLine
from migrate.errors import AskedWrongly
from migrate.packs import mappings_folder
from migrate.store.ledger import CountedPart

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.core.model import Manifest
    from migrate.core.profiles.ast import Profile, Sql
    from migrate.store.ledger import Ledger
    from migrate.store.workspace import Project

CONTROLS = "controls.csv"
BINDINGS = "controls.yml"
Counts = Mapping[tuple[str, ...], Sequence[tuple[str | None, int]]]


def control_files(project: Project, profile: Profile) -> list[Path]:
    """The files that the control lines depend on, the project's own binding first."""
    names = [project.settings.source.profile, profile.name]
    names += [
        name for path, _ in profile.files for name in re.findall(r"([^/]+)/profile\.yml", path)
    ]
    folders = [project.folder / "mappings"]
    folders += [mappings_folder() / name for name in dict.fromkeys(names) if name]
    files = [folder / BINDINGS for folder in folders]
    return [path for path in [project.folder / CONTROLS, *files] if path.is_file()]


def control_lines(
    project: Project, profile: Profile, manifest: Manifest, ledger: Ledger
) -> tuple[ControlLine, ...] | None:
    """Every line of controls.csv beside the export's count; None when there is no such file.

    Raises AskedWrongly (REC014) with all mistakes of both files.
    """
    files = control_files(project, profile)
    if not files or files[0].name != CONTROLS:
        return None
    totals, wrong = read_totals(files[0].read_text("utf-8", errors="replace"))
    mistakes = [f"{CONTROLS}: {mistake}" for mistake in wrong]
    bindings: list[Binding] = []
    for path in files[1:]:
        shown = f"{path.parent.name}/{path.name}"
        found, wrong = read_bindings(path.read_text("utf-8", errors="replace"), shown)
        mistakes += wrong
        bindings += found
    columns = {t.name: frozenset(c.name for c in t.columns) for t in manifest.tables}
    mistakes += check_bindings(bindings, columns)
    counted = _Counted(ledger, manifest, mistakes)
    lines = tuple(_line(total, bindings, counted) for total in totals)
    if mistakes:
        raise AskedWrongly(
            "REC014",
            f"the control totals have {len(mistakes)} mistakes",
            details=tuple(mistakes),
            try_=f"mend the lines in {CONTROLS} or {BINDINGS}",
        )
    return lines


class _Counted:
    """Counts each part of each binding once, however many totals it answers to."""

    def __init__(self, ledger: Ledger, manifest: Manifest, mistakes: list[str]) -> None:
        self._ledger = ledger
        self._manifest = manifest
        self._mistakes = mistakes
        self._done: dict[Part, Counts] = {}

    def part(self, binding: Binding, part: Part) -> Counts:
        """The part's counts by the texts of its holes, in the order of the binding's holes."""
        if part not in self._done:
            by = dict(part.by)
            how = tuple(
                self._sql(binding, part.table, text) if isinstance(text, str) else text
                for text in (by[hole] for hole in binding.holes)
            )
            where = None if part.where is None else self._sql(binding, part.table, part.where)
            counted = CountedPart(part.table, where, part.sum, part.distinct, how)
            self._done[part] = {} if self._mistakes else self._ledger.count(counted)
        return self._done[part]

    def _sql(self, binding: Binding, table: str, text: str) -> Sql:
        sql, wrong = checked_sql(text, table, self._manifest.tables)
        self._mistakes += [f"control '{binding.pattern}': {mistake}" for mistake in wrong]
        return sql


def _line(total: ControlTotal, bindings: Sequence[Binding], counted: _Counted) -> ControlLine:
    found = bound(bindings, total.name)
    extracted: Decimal | None = None
    money = False
    if found is not None:
        binding, texts = found
        money = binding.money
        extracted = sum(
            (_value(counted.part(binding, part), part, texts) for part in binding.parts),
            Decimal(0),
        )
    return ControlLine(total.name, total.value, extracted, money, total.as_of, total.note)


def _value(counts: Counts, part: Part, texts: tuple[str, ...]) -> Decimal:
    wanted = tuple(text.strip().lower() for text in texts)
    cells = [cell for key, group in counts.items() if _lowered(key) == wanted for cell in group]
    if part.sum is None:
        return Decimal(part.sign * sum(rows for _, rows in cells))
    return tally((AmountCount(cell, rows) for cell, rows in cells), sign=part.sign).total


def _lowered(key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.strip().lower() for text in key)
