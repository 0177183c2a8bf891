"""The lines of the reconciliation sheet and the published document made of them.

A number that a stage not yet reached would give is None, never 0. Money is ``Decimal``; in the
document it is text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from migrate.core.reconcile.groups import GroupedMoney

BalancedThrough = Literal["map", "load", "verify"]
FATES = ("mapped", "merged", "excluded", "rejected")
ZERO = Decimal("0.00")


def money_text(amount: Decimal | None) -> str | None:
    """An amount as the documents carry it: plain digits, two places or as many as it needs."""
    if amount is None:
        return None
    whole, _, places = f"{amount:f}".partition(".")
    text = f"{whole}.{places.rstrip('0').ljust(2, '0')}"
    return text[1:] if text.startswith("-") and not amount else text


@dataclass(frozen=True, slots=True)
class TableLine:
    """Rows of one staged table by fate; ``extracted`` and ``rejected`` count unreadable rows too.

    Extraction cannot lose a row silently here: ``extracted`` comes from its manifest, the fates
    from the mapping, and what the two do not agree on is ``residual``.
    """

    table: str
    extracted: int
    mapped: int = 0
    merged: int = 0
    excluded: int = 0
    rejected: int = 0

    @property
    def explained(self) -> int:
        """Rows with a fate."""
        return self.mapped + self.merged + self.excluded + self.rejected

    @property
    def residual(self) -> int:
        """Rows unaccounted for; negative when a row was given two fates."""
        return self.extracted - self.explained

    def document(self) -> dict[str, object]:
        """The published form."""
        return {
            "table": self.table,
            "extracted": self.extracted,
            "mapped": self.mapped,
            "merged": self.merged,
            "excluded": self.excluded,
            "rejected": self.rejected,
            "residual": self.residual,
        }


@dataclass(frozen=True, slots=True)
class FateLine:
    """Rows of a table that share a fate and its reason. ``sample``: the first row numbers."""

    table: str
    fate: str
    code: str
    reason: str
    rows: int
    stage: Literal["extract", "map"] = "map"
    sample: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceLine:
    """Resources of one type; ``later``: left behind with their charts by a scope rule."""

    type: str
    mapped: int
    loaded: int | None = None
    read_back: int | None = None
    later: int = 0

    @property
    def missing(self) -> int | None:
        """Mapped, wanted now, and not loaded; None before loading."""
        return None if self.loaded is None else self.mapped - self.later - self.loaded

    def document(self) -> dict[str, object]:
        """The published form; ``later`` where a scope rule leaves something behind."""
        return {
            "type": self.type,
            "mapped": self.mapped,
            "loaded": self.loaded,
            "read_back": self.read_back,
        } | ({"later": self.later} if self.later else {})


@dataclass(frozen=True, slots=True)
class PatientBalance:
    """The sheet patient by patient, summed up: how many charts, and how many do not tie out.

    ``rows`` are staged rows with a known owner, ``ownerless`` the other rows of tables that
    have a patient column; ``unbalanced`` counts patients with a row that has no fate,
    ``astray`` rows whose owner in the export is not the patient they came out under.
    """

    patients: int = 0
    rows: int = 0
    ownerless: int = 0
    unbalanced: int = 0
    astray: int = 0


@dataclass(frozen=True, slots=True)
class MonthLine:
    """Rows of a table by the month of its date column (``YYYY-MM``, '' where it has no date)."""

    table: str
    month: str
    extracted: int
    mapped: int = 0
    merged: int = 0
    excluded: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """Money that stayed behind with rows that were excluded or rejected, by reason."""

    fate: str
    code: str
    reason: str
    rows: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One measure: source = mapped + left behind + difference, to the cent.

    ``later`` is what the charts carry that a scope rule leaves behind; ``unread`` are cells that
    are no amount: they are a finding, never a silent 0.
    """

    measure: str
    currency: str
    as_of: str
    source: Decimal
    mapped: Decimal
    left: tuple[Left, ...] = ()
    loaded: Decimal | None = None
    unread: int = 0
    unplaced: Decimal = ZERO
    table: str = ""
    control: str | None = None
    later: Decimal = ZERO

    @property
    def left_behind(self) -> Decimal:
        """What the excluded and rejected rows carry."""
        return sum((part.amount for part in self.left), ZERO)

    @property
    def map_difference(self) -> Decimal:
        """What mapping cannot explain."""
        return self.source - self.mapped - self.left_behind

    @property
    def load_difference(self) -> Decimal | None:
        """Mapped, wanted now, and not loaded; None before loading."""
        return None if self.loaded is None else self.mapped - self.later - self.loaded

    def document(self) -> dict[str, object]:
        """The published form."""
        published: dict[str, object] = {
            "measure": self.measure,
            "currency": self.currency,
            "as_of": self.as_of,
            "source": money_text(self.source),
            "mapped": money_text(self.mapped),
            "left_behind": money_text(self.left_behind),
            "loaded": money_text(self.loaded),
            "map_difference": money_text(self.map_difference),
            "load_difference": money_text(self.load_difference),
        }
        return published | ({"later": money_text(self.later)} if self.later else {})


@dataclass(frozen=True, slots=True)
class ControlLine:
    """One total typed from the old system's own report, beside the export's.

    ``extracted`` is None when no binding says what to count; ``money`` totals are amounts.
    """

    name: str
    old_report: Decimal
    extracted: Decimal | None
    money: bool = False
    as_of: str = ""
    note: str = ""

    @property
    def difference(self) -> Decimal | None:
        """What the old report has and the export lacks (negative: the export has more)."""
        return None if self.extracted is None else self.old_report - self.extracted

    def document(self) -> dict[str, object]:
        """The published form; counts are numbers, money is text."""
        return {
            "name": self.name,
            "old_report": self._shown(self.old_report),
            "extracted": self._shown(self.extracted),
            "difference": self._shown(self.difference),
        }

    def _shown(self, amount: Decimal | None) -> object:
        if amount is None:
            return None
        whole = amount == amount.to_integral_value()
        return int(amount) if whole and not self.money else money_text(amount)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The whole sheet. ``controls_given``: the practice typed the old system's totals.

    ``patient_table`` names the table whose rows are the patients; ``unclaimed`` are (table,
    column, cells with a value) that nobody claims; ``declared`` are (table, rows by the export's
    own word, rows read) where the two differ.
    """

    tables: tuple[TableLine, ...]
    resources: tuple[ResourceLine, ...] = ()
    fates: tuple[FateLine, ...] = ()
    months: tuple[MonthLine, ...] = ()
    money: tuple[MoneyLine, ...] = ()
    controls: tuple[ControlLine, ...] = ()
    controls_given: bool = False
    balance: PatientBalance = PatientBalance()
    patient_table: str = ""
    money_scope: str = "full"
    unclaimed: tuple[tuple[str, str, int], ...] = field(default=())
    declared: tuple[tuple[str, int, int], ...] = field(default=())
    money_by: tuple[GroupedMoney, ...] = ()

    @property
    def totals(self) -> TableLine:
        """All tables in one line."""
        return sum_of("", self.tables)

    @property
    def reached_load(self) -> bool:
        """Whether loading has begun."""
        return any(line.loaded is not None for line in self.resources)

    @property
    def reached_verify(self) -> bool:
        """Whether the target was read back."""
        return any(line.read_back is not None for line in self.resources)

    @property
    def balanced_through(self) -> BalancedThrough | None:
        """The last stage through which in = out + explained, without a gap before it."""
        if not self.tables or not self._balanced_in_mapping():
            return None
        money = all(not line.load_difference for line in self.money)
        loaded = all(line.missing == 0 for line in self.resources)
        if not (self.reached_load and loaded and money):
            return "map"
        read = all(line.read_back == line.loaded for line in self.resources)
        return "verify" if self.reached_verify and read else "load"

    def _balanced_in_mapping(self) -> bool:
        rows = all(line.residual == 0 for line in self.tables)
        money = all(line.map_difference == 0 and not line.unread for line in self.money)
        return rows and money and self.balance.unbalanced == 0

    @property
    def completeness(self) -> Literal["not proven", "proven", "disproved"]:
        """What the old system's own totals say about the export."""
        if not self.controls_given or not self.controls:
            return "not proven"
        if any(line.difference for line in self.controls):
            return "disproved"
        bound = all(line.extracted is not None for line in self.controls)
        return "proven" if bound else "not proven"

    def patients(self) -> dict[str, object]:
        """The published line of patients."""
        line = next((t for t in self.tables if t.table == self.patient_table), TableLine("", 0))
        made = next((r for r in self.resources if r.type == "Patient"), ResourceLine("", 0))
        return {
            "extracted": line.extracted,
            "mapped": line.mapped,
            "merged": line.merged,
            "excluded": line.excluded,
            "rejected": line.rejected,
            "loaded": made.loaded,
            "read_back": made.read_back,
        }

    def document(self) -> dict[str, object]:
        """The published JSON of ``reconcile --json`` (names are a promise)."""
        return {
            "balanced_through": self.balanced_through,
            "tables": [line.document() for line in self.tables],
            "resources": [line.document() for line in self.resources],
            "patients": self.patients(),
            "money": [line.document() for line in self.money],
            "money_by": [line.document() for line in self.money_by],
            "controls": [line.document() for line in self.controls],
        }


def sum_of(name: str, lines: Iterable[TableLine]) -> TableLine:
    """Several tables in one line."""
    counts: dict[str, int] = dict.fromkeys(("extracted", *FATES), 0)
    for line in lines:
        for part in counts:
            counts[part] += getattr(line, part)
    return TableLine(name, **counts)


def table_line(table: str, staged: int, unreadable: int, by_fate: Mapping[str, int]) -> TableLine:
    """A table's line from the manifest's counts and the mapping's fates."""
    return TableLine(
        table,
        staged + unreadable,
        by_fate.get("mapped", 0),
        by_fate.get("merged", 0),
        by_fate.get("excluded", 0),
        by_fate.get("rejected", 0) + unreadable,
    )
