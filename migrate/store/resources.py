"""Reads the mapped resources of a run, a line at a time."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import orjson

from migrate.core.reconcile.amounts import PRECISION
from migrate.core.reconcile.paths import AmountPath, read_exactly
from migrate.core.reconcile.sheet import ZERO

_CHUNK = 1 << 22


def resource_counts(fhir: Path) -> dict[str, int]:
    """Type → number of resources, by counting line ends."""
    return {path.stem: _lines(path) for path in sorted(fhir.glob("*.ndjson"))}


def money_of(
    fhir: Path,
    resource_type: str,
    sides: Sequence[AmountPath],
    parts: Sequence[Container[str]] = (),
) -> list[list[Decimal]]:
    """For each path of one type: what all resources carry, then what those of each part (ids) do.

    Read as ``Decimal`` with every digit; one pass over the file for all paths and parts.
    """
    path = fhir / f"{resource_type}.ndjson"
    sums = [[ZERO] * (1 + len(parts)) for _ in sides]
    if not path.is_file():
        return sums
    with localcontext() as context:
        context.prec = PRECISION
        for line in _read(path):
            resource = read_exactly(line)
            name = resource.get("id") if isinstance(resource, dict) else None
            places = [0, *(n for n, part in enumerate(parts, 1) if name in part)]
            for carried, side in zip(sums, sides, strict=True):
                amount = sum(side.amounts(resource), ZERO)
                for place in places:
                    carried[place] += amount
    return sums


def patients_of(fhir: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each Patient by id, in the order of the file."""
    path = fhir / "Patient.ndjson"
    for line in _read(path) if path.is_file() else ():
        patient = orjson.loads(line)
        yield patient["id"], patient


def last_visits(fhir: Path) -> dict[str, str]:
    """Patient id → the day (YYYY-MM-DD) on which the last of their visits began."""
    path, last = fhir / "Encounter.ndjson", dict[str, str]()
    for line in _read(path) if path.is_file() else ():
        visit = orjson.loads(line)
        kind, _, patient = visit.get("subject", {}).get("reference", "").partition("/")
        day = visit.get("period", {}).get("start", "")[:10]
        if kind == "Patient" and day > last.get(patient, ""):
            last[patient] = day
    return last


def _lines(path: Path) -> int:
    count = 0
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            count += chunk.count(b"\n")
    return count


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        yield from handle
