"""What part of the practice a package holds: all of it, the canary's chart, or all but that chart.

One patient goes to the desk first, and is not handed over a second time with the others.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from migrate.stages.alerts import ALERTS
from migrate.stages.desk import LOSSES, Loss, read_losses
from migrate.store.plans import chart_steps

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.store.workspace import Run

Ref = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Portion:
    """Resources ``chart`` alone (``alone``), or all others; with no chart it is the whole."""

    chart: frozenset[Ref] = frozenset()
    alone: bool = False

    def rows(self, tables: Iterable[pa.Table], kind: str) -> Iterator[pa.Table]:
        """The rows (with ``_id``) of this part, of views over resources of one type."""
        ids = pa.array(sorted(id_ for type_, id_ in self.chart if type_ == kind), pa.string())
        for table in tables:
            if not self.chart:
                yield table
                continue
            mine = pc.is_in(table.column("_id"), value_set=ids)
            some = table.filter(mine if self.alone else pc.invert(mine))
            if some.num_rows:
                yield some

    def resources(self, kind: str, whole: int) -> int:
        """How many resources of a type are in this part of ``whole``."""
        mine = sum(1 for type_, _ in self.chart if type_ == kind)
        return mine if self.alone else whole - mine

    def losses(self, run: Run) -> tuple[Loss, ...]:
        """The losses of this part, by element and reason."""
        whole = read_losses(run)
        if not self.chart:
            return whole
        mine = {_key(one): one for one in _sum_of_chart(run.file(LOSSES), self.chart)}
        if self.alone:
            return tuple(mine[key] for key in sorted(mine))
        return tuple(_less(one, mine.get(_key(one))) for one in whole)

    def copy_alerts(self, run: Run, path: Path) -> None:
        """``alerts.csv`` with the lines of this part."""
        ids = {id_ for _, id_ in self.chart}
        with (
            run.file(ALERTS).open(encoding="utf-8", newline="") as source,
            path.open("w", encoding="utf-8", newline="") as stream,
        ):
            reader, writer = csv.reader(source), csv.writer(stream)
            header = next(reader)
            writer.writerow(header)
            place = header.index("record_id")
            writer.writerows(row for row in reader if not ids or (row[place] in ids) is self.alone)


WHOLE = Portion()


def chart_of(run: Run, patient: str) -> frozenset[Ref]:
    """(type, id) of a patient's chart in the plan."""
    return frozenset((step.type, step.id) for step in chart_steps(run, patient))


def _key(loss: Loss) -> tuple[str, str, str, str]:
    return (loss.type, loss.element, loss.reason, loss.words)


def _less(whole: Loss, mine: Loss | None) -> Loss:
    if mine is None:
        return whole
    facts, resources = whole.facts - mine.facts, whole.resources - mine.resources
    return Loss(*_key(whole), facts, resources)


def _sum_of_chart(path: Path, chart: frozenset[Ref]) -> list[Loss]:
    from migrate.engine.desk import sum_losses

    return [Loss(*row) for row in sum_losses(path, chart)]
