"""The gate: findings that close it, and the list of accepted ones that opens it again.

A finding is a kind of problem with a count, not a row. It is accepted by name: code, where and
at most this many, with a reason and the person who answers for it. Safety findings need a
clinician (DESIGN: findings may be accepted, by name).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

FindingSeverity = Literal["safety", "error", "warning"]
CLINICAL_ROLES = frozenset({"clinical", "clinician", "physician"})


@dataclass(frozen=True, slots=True)
class Finding:
    """``where`` is a table, a check's id, a measure or a control's name; never a chart value."""

    code: str
    where: str
    count: int
    severity: FindingSeverity
    message: str


@dataclass(frozen=True, slots=True)
class AcceptedFinding:
    """One line of ``accepted.csv``: at most ``count`` of this finding are accepted."""

    code: str
    where: str
    count: int
    reason: str
    by: str
    role: str

    def covers(self, finding: Finding) -> bool:
        """Whether this entry accepts the finding."""
        return (
            (self.code, self.where) == (finding.code, finding.where)
            and finding.count <= self.count
            and bool(self.reason.strip() and self.by.strip())
            and (finding.severity != "safety" or self.role.strip().lower() in CLINICAL_ROLES)
        )


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdict: ``blocked_by`` closes it, ``accepted`` would but is signed for.

    ``unused`` are entries of the list that no finding answers to.
    """

    blocked_by: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, AcceptedFinding], ...]
    unused: tuple[AcceptedFinding, ...]

    @property
    def ready(self) -> bool:
        """Whether the next stage may go."""
        return not self.blocked_by


def judge(findings: Iterable[Finding], accepted: Iterable[AcceptedFinding]) -> Gate:
    """Hold findings against the accepted list; warnings never close the gate."""
    entries = list(accepted)
    used: set[AcceptedFinding] = set()
    blocked: list[Finding] = []
    taken: list[tuple[Finding, AcceptedFinding]] = []
    for finding in sorted(findings, key=lambda f: (f.severity != "safety", f.code, f.where)):
        if finding.severity == "warning" or finding.count == 0:
            continue
        entry = next((entry for entry in entries if entry.covers(finding)), None)
        if entry is None:
            blocked.append(finding)
        else:
            used.add(entry)
            taken.append((finding, entry))
    unused = tuple(entry for entry in entries if entry not in used)
    return Gate(tuple(blocked), tuple(taken), unused)
