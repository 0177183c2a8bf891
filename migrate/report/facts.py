"""All that a report is made of. Collected by the stage; holds no chart value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from migrate.core.gate import Finding, Gate
from migrate.core.model import Manifest
from migrate.core.reconcile.accounts import AgedTotal
from migrate.core.reconcile.coverage import ColumnFate
from migrate.core.reconcile.sheet import Reconciliation
from migrate.core.rehearsals import Rehearsal


@dataclass(frozen=True, slots=True)
class CodedShare:
    """How many records of a kind carry a standard code, and how many their text alone."""

    kind: str
    records: int
    coded: int


@dataclass(frozen=True, slots=True)
class AlertCount:
    """Allergies or medications of one standing: alerts, text-only, not-in-force, none-known."""

    kind: str
    standing: str
    records: int


@dataclass(frozen=True, slots=True)
class CodeGap:
    """Codes of one crosswalk that it lacks: how many, in how many rows, what became of them."""

    crosswalk: str
    table: str
    column: str
    outcome: str
    codes: int
    rows: int


@dataclass(frozen=True, slots=True)
class NoteLine:
    """Something noticed in mapping, and in how many rows."""

    code: str
    table: str
    column: str
    rows: int


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """One run, as the report shows it. ``checks`` are those of ``validate --json``; ``elements``
    is gaps.json; ``rehearsals`` are all runs up to this one, which is the last."""

    edition: Literal["before", "after"]
    project: str
    run: str
    tool_version: str
    profile: str
    profile_digest: str
    id_key: str
    target: str
    manifest: Manifest
    sheet: Reconciliation
    gate: Gate
    findings: Sequence[Finding]
    checks: Sequence[Mapping[str, Any]] = ()
    columns: Sequence[ColumnFate] = ()
    coded: Sequence[CodedShare] = ()
    alerting: Sequence[AlertCount] = ()
    code_gaps: Sequence[CodeGap] = ()
    notes: Sequence[NoteLine] = ()
    stages: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    rehearsals: Sequence[Rehearsal] = ()
    aged: Sequence[AgedTotal] = ()
