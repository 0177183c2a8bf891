"""The sheet as the run folder keeps it: the published names plus ``detail``, and back again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from migrate.core.reconcile.groups import restored_group
from migrate.core.reconcile.sheet import (
    ControlLine,
    FateLine,
    Left,
    MoneyLine,
    MonthLine,
    PatientBalance,
    Reconciliation,
    ResourceLine,
    TableLine,
)


def stored(sheet: Reconciliation) -> dict[str, object]:
    """The published document and, under ``detail``, every line of the sheet."""
    return sheet.document() | {"completeness": sheet.completeness, "detail": _plain(asdict(sheet))}


def restored(document: Mapping[str, Any]) -> Reconciliation:
    """The sheet that :func:`stored` wrote. Raises KeyError or TypeError on another document."""
    detail = document["detail"]
    return Reconciliation(
        tables=tuple(TableLine(**line) for line in detail["tables"]),
        resources=tuple(ResourceLine(**line) for line in detail["resources"]),
        fates=tuple(
            FateLine(**line | {"sample": tuple(line["sample"])}) for line in detail["fates"]
        ),
        months=tuple(MonthLine(**line) for line in detail["months"]),
        money=tuple(_money(line) for line in detail["money"]),
        controls=tuple(_control(line) for line in detail["controls"]),
        controls_given=detail["controls_given"],
        balance=PatientBalance(**detail["balance"]),
        patient_table=detail["patient_table"],
        money_scope=detail["money_scope"],
        unclaimed=_triples(detail["unclaimed"]),
        declared=_triples(detail["declared"]),
        money_by=tuple(restored_group(line) for line in detail.get("money_by", ())),
    )


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return value


def _triples(lines: Sequence[Sequence[Any]]) -> Any:
    return tuple(tuple(line) for line in lines)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _money(line: Mapping[str, Any]) -> MoneyLine:
    left = tuple(Left(**part | {"amount": Decimal(part["amount"])}) for part in line["left"])
    amounts = {
        name: Decimal(line.get(name, "0")) for name in ("source", "mapped", "unplaced", "later")
    }
    return MoneyLine(**{**line, **amounts, "left": left, "loaded": _amount(line["loaded"])})


def _control(line: Mapping[str, Any]) -> ControlLine:
    amounts = {name: _amount(line[name]) for name in ("old_report", "extracted")}
    return ControlLine(**{**line, **amounts})
