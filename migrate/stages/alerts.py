"""Active medicines and allergies: will the new EHR warn of them, or are they words to it?

One with a code that interaction checks know (RxNorm; for allergies SNOMED CT as well) *will alert*;
the others are *text only*, a worklist that a clinician answers for.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.core.gate import Finding
from migrate.targets.handover.tables import guarded

if TYPE_CHECKING:
    from migrate.core.layouts.ast import Layout
    from migrate.engine.desk import DeskViews

ALERTS = "handover/alerts.csv"
WILL_ALERT, TEXT_ONLY = "will alert", "text only"
_KINDS = {"alerts-allergies": "allergies", "alerts-medications": "medications"}
_COLUMNS = ("label", "kind", "patient", "what", "code", "record_id")
Row = tuple[str | None, ...]


def alert_rows(views: DeskViews, every: Layout, layout: Layout) -> Iterator[Row]:
    """A row for each active medicine and allergy that the layout carries, labelled."""
    carried = layout.types()
    for file in every.files:
        kind = _KINDS.get(file.name)
        if kind is None or file.type not in carried:
            continue
        for table in views.rows(file):
            for row in table.to_pylist():
                label = WILL_ALERT if row["code"] else TEXT_ONLY
                yield (label, kind, row["patient"], row["what"], row["code"], row["record_id"])


def write_alerts(path: Path, rows: Iterable[Row]) -> Counter[str]:
    """The labelled list, text-only ones too; how many of each kind are text only."""
    found: Counter[str] = Counter()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_COLUMNS)
        for row in rows:
            writer.writerow([guarded(cell or "") for cell in row])
            if row[0] == TEXT_ONLY:
                found[str(row[1])] += 1
    return found


def alert_findings(document: Mapping[str, object]) -> Iterator[Finding]:
    """Text-only ones close the gate until a clinician accepts them."""
    counts = document.get("text_only")
    for kind, number in sorted(counts.items() if isinstance(counts, Mapping) else ()):
        words = f"active {kind} that the new EHR cannot check: {ALERTS}"
        yield Finding("HND050", str(kind), int(number), "safety", words)
