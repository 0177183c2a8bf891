"""What evaluating a map leaves behind besides its text: failures, notes, rows that went in."""

from __future__ import annotations

from dataclasses import dataclass, field

from migrate.core.profiles.ast import Each
from migrate.testing.interpreter.places import Place
from migrate.testing.interpreter.tables import SourceRow


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a row cannot go on; ``place`` is smaller for what counts first (Numbering)."""

    code: str
    place: int


@dataclass(frozen=True, slots=True)
class Fallen:
    """A child row that failed by itself, as an item of this each."""

    place: Place
    failure: Failure
    node: Each

    @property
    def row(self) -> SourceRow:
        """The row itself."""
        return self.place.row

    @property
    def member(self) -> bool:
        """Whether it is a row of a group."""
        return self.node.table == "members"


@dataclass(frozen=True, slots=True)
class Note:
    """Something counted: a code, where the value came from, and the row it happened on."""

    code: str
    table: str
    column: str
    row: SourceRow


@dataclass(frozen=True, slots=True)
class Miss:
    """A text without an entry in a crosswalk, and what was done about it."""

    crosswalk: str
    source: str
    table: str
    column: str
    outcome: str
    row: SourceRow


@dataclass(slots=True)
class Trace:
    """``used`` are the rows that went in by role; ``fallen`` child rows that failed; ``relied``
    the (rule, row) whose resource was pointed at."""

    failures: list[Failure] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    misses: list[Miss] = field(default_factory=list)
    used: list[tuple[str, SourceRow]] = field(default_factory=list)
    fallen: list[Fallen] = field(default_factory=list)
    relied: set[tuple[str, int]] = field(default_factory=set)

    def fail(self, code: str, place: int) -> None:
        """Note a failure."""
        self.failures.append(Failure(code, place))

    def first(self) -> Failure:
        """The failure that counts."""
        return min(self.failures, key=lambda failure: failure.place)

    def hold(self, node: Each, row: SourceRow) -> None:
        """A child row went in; members are known from their group."""
        if node.table != "members":
            self.used.append(("merged" if node.table == "merged" else "child", row))

    def take_in(self, child: Trace) -> None:
        """What a part of the resource left behind; its failures stay its own."""
        self.notes += child.notes
        self.misses += child.misses
        self.used += child.used
        self.fallen += child.fallen
        self.relied |= child.relied

    def dropped(self, child: Trace, place: Place, node: Each) -> None:
        """A child row failed: it is left out, and what it would have held goes with it; the
        members of a group keep their own failures."""
        self.fallen.append(Fallen(place, child.first(), node))
        self.fallen += [entry for entry in child.fallen if entry.member]
        self.notes += child.notes
        self.misses += child.misses
        self.relied |= child.relied
