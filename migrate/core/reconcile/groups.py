"""The ledger added up by group: by patient, payer, provider, month and age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from migrate.core.reconcile.sheet import ZERO, money_text

AMOUNTS = ("source", "moved", "left_behind", "held_back", "combined", "unaccounted")
GROUP_HEADER = ("measure", "lines", *AMOUNTS, "unread")


@dataclass(frozen=True, slots=True)
class GroupedMoney:
    """One measure by one kind of group (``by``): its groups together, no group by name.

    ``source`` = ``moved`` + ``left_behind`` (excluded) + ``held_back`` (rejected) + ``combined``
    (in the export twice) + ``unaccounted``, which is 0 or the gate is closed. ``groups`` are how
    many there are, ``partly`` those whose amount did not move whole; ``unnamed`` is the amount of
    lines that name no group.
    """

    by: str
    measure: str
    groups: int
    partly: int
    lines: int
    unnamed: Decimal
    source: Decimal
    moved: Decimal
    left_behind: Decimal
    held_back: Decimal
    combined: Decimal
    unaccounted: Decimal
    unread: int

    def document(self) -> dict[str, object]:
        """The published form; money is text."""
        counts = {"groups": self.groups, "partly": self.partly, "lines": self.lines}
        amounts = {name: money_text(getattr(self, name)) for name in ("unnamed", *AMOUNTS)}
        head = {"by": self.by, "measure": self.measure}
        return {**head, **counts, **amounts, "unread": self.unread}


def grouped(by: str, lines: Iterable[Mapping[str, Any]]) -> tuple[GroupedMoney, ...]:
    """The measures of a money table (group, measure, lines, AMOUNTS, unread) in one line each."""
    measures: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        measures.setdefault(str(line["measure"]), []).append(line)
    return tuple(_grouped(by, measure, found) for measure, found in sorted(measures.items()))


def _grouped(by: str, measure: str, lines: list[Mapping[str, Any]]) -> GroupedMoney:
    named = [line for line in lines if line["group"]]
    amounts = {name: sum((line[name] for line in lines), ZERO) for name in AMOUNTS}
    return GroupedMoney(
        by=by,
        measure=measure,
        groups=len(named),
        partly=sum(line["moved"] != line["source"] for line in named),
        lines=sum(line["lines"] for line in lines),
        unnamed=sum((line["source"] for line in lines if not line["group"]), ZERO),
        unread=sum(line["unread"] for line in lines),
        **amounts,
    )


def restored_group(line: Mapping[str, Any]) -> GroupedMoney:
    """What the run folder keeps of a line, as it was."""
    return GroupedMoney(**{**line, **{name: Decimal(line[name]) for name in ("unnamed", *AMOUNTS)}})
