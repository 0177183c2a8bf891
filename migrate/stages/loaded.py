"""What a load did, for people and for scripts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

LISTED = 1000


@dataclass(frozen=True, slots=True)
class NotWritten:
    """A resource that was left as it is: why, and the issue code that explains it."""

    type: str
    id: str
    code: str
    why: str


@dataclass(slots=True)
class Loaded:
    """What a load did. ``loaded``: type → resources of the plan that the target holds now."""

    written: Counter[tuple[str, str]] = field(default_factory=Counter)
    loaded: Counter[str] = field(default_factory=Counter)
    done_before: int = 0
    settled: int = 0
    doubles_removed: int = 0
    not_written: list[NotWritten] = field(default_factory=list)
    signoffs: list[str] = field(default_factory=list)
    patient: str | None = None

    @property
    def ready(self) -> bool:
        """Whether everything that was planned is in the target."""
        return not self.not_written

    def counts(self) -> dict[str, dict[str, int]]:
        """Outcome → type → writes of this load."""
        nested: dict[str, dict[str, int]] = {}
        for (outcome, kind), number in sorted(self.written.items()):
            nested.setdefault(outcome, {})[kind] = number
        return nested

    def document(self) -> dict[str, object]:
        """Counts by outcome and type; what was not written, by type and id."""
        return {
            "outcomes": self.counts(),
            "loaded": dict(sorted(self.loaded.items())),
            "written": self.written.total(),
            "done_before": self.done_before,
            "settled_by_reading": self.settled,
            "doubles_removed": self.doubles_removed,
            "not_written": len(self.not_written),
            "not_written_list": [
                {"type": one.type, "id": one.id, "code": one.code, "why": one.why}
                for one in self.not_written[:LISTED]
            ],
            "signoffs": self.signoffs,
            "patient": self.patient,
        }

    def lines(self) -> list[str]:
        """The load in words."""
        lines = [
            f"{outcome}: {sum(kinds.values()):,} "
            f"({', '.join(f'{kind} {number:,}' for kind, number in kinds.items())})"
            for outcome, kinds in self.counts().items()
        ]
        if self.settled:
            lines.append(f"{self.settled:,} writes of an interrupted load were looked up")
        if self.doubles_removed:
            lines.append(f"{self.doubles_removed:,} second copies of late writes were removed")
        if self.patient is not None:
            lines.append(f"only the chart of Patient/{self.patient} and what it points at")
        if not self.written:
            lines.append("nothing to do: everything of the plan is in the target already")
        why = Counter((one.code, one.why) for one in self.not_written)
        lines += [
            f"{code}: {number:,} not written: {words}" for (code, words), number in why.items()
        ]
        return lines
