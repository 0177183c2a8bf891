"""The resources that a run wants in the target: found in its NDJSON files, put in order."""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from migrate.core.ordering import Placed, arrange, rank
from migrate.core.references import Ref, owner, references
from migrate.errors import NeedsPerson

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.core.plan import Step
    from migrate.stages.progress import Progress


@dataclass(slots=True)
class Index:
    """Every resource by number (its place in type and id order), columns side by side.

    ``chart`` is the number of the patient whose chart it belongs to, -1 for shared ones.
    """

    types: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    offsets: array[int] = field(default_factory=lambda: array("q"))
    lengths: array[int] = field(default_factory=lambda: array("q"))
    charts: array[int] = field(default_factory=lambda: array("q"))
    digests: list[bytes] = field(default_factory=list)
    patients: list[str] = field(default_factory=list)
    numbers: dict[Ref, int] = field(default_factory=dict)
    _ends: array[int] = field(default_factory=lambda: array("q"))
    _points: array[int] = field(default_factory=lambda: array("q"))
    _later: dict[int, list[Ref]] = field(default_factory=dict)
    _chart_of: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, identity: str, offset: int, line: bytes) -> None:
        """One resource line, without its line end."""
        number = len(self.ids)
        self.numbers[kind, identity] = number
        points_at = references(line)
        chart = owner(kind, identity, line, points_at)
        self.types.append(kind)
        self.ids.append(identity)
        self.offsets.append(offset)
        self.lengths.append(len(line))
        self.digests.append(hashlib.sha256(line).digest())
        self.charts.append(-1 if chart is None else self._chart(chart))
        self._later[number] = points_at

    def resolve(self) -> None:
        """Turn references into numbers; those that lead out of this output are left out."""
        for number in range(len(self.ids)):
            targets = {self.numbers.get(ref, number) for ref in self._later.pop(number)}
            self._points.extend(sorted(targets - {number}))
            self._ends.append(len(self._points))

    def points_at(self, number: int) -> Iterator[int]:
        """The numbers of the resources that a resource points at."""
        start = self._ends[number - 1] if number else 0
        return iter(self._points[start : self._ends[number]])

    def order(self) -> Iterator[Placed]:
        """All resources in the order of writing."""
        for unit in arrange(self.charts, self.points_at):
            yield from unit

    def _chart(self, patient: str) -> int:
        number = self._chart_of.setdefault(patient, len(self.patients))
        if number == len(self.patients):
            self.patients.append(patient)
        return number


def index_resources(fhir: Path, progress: Progress) -> Index:
    """Read all NDJSON files of a folder. Raises NeedsPerson (LOD005) for a damaged one."""
    index = Index()
    paths = sorted(fhir.glob("*.ndjson"), key=lambda path: rank(path.stem))
    progress.start("reading resources", sum(path.stat().st_size for path in paths))
    for path in paths:
        offset = 0
        with path.open("rb") as handle:
            for row, line in enumerate(handle, 1):
                identity = _identity(path, row, line)
                if (path.stem, identity) in index.numbers:
                    raise _damaged(path, row, "is there twice")
                index.add(path.stem, identity, offset, line[:-1])
                offset += len(line)
        progress.advance(offset)
    progress.done()
    index.resolve()
    return index


def _identity(path: Path, row: int, line: bytes) -> str:
    if not line.endswith(b"\n"):
        raise _damaged(path, row, "has no end")
    try:
        resource = orjson.loads(line)
        kind, identity = resource["resourceType"], resource["id"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise _damaged(path, row, "is no resource with an id") from None
    if kind != path.stem or not isinstance(identity, str):
        raise _damaged(path, row, "is a resource of another type")
    return identity


def _damaged(path: Path, row: int, what: str) -> NeedsPerson:
    return NeedsPerson(
        "LOD005",
        f"fhir/{path.name}: line {row} {what}",
        kept="the file as it is; nothing was written to the target",
        try_="ehr-migrate map",
    )


class Contents:
    """The wanted lines, fetched by their place; files stay open while it is."""

    def __init__(self, fhir: Path) -> None:
        self._fhir = fhir
        self._open: dict[str, int] = {}

    def of(self, step: Step) -> bytes:
        """The JSON line of a step. Raises NeedsPerson when it is not what was planned."""
        handle = self._open.get(step.type)
        if handle is None:
            handle = os.open(self._fhir / f"{step.type}.ndjson", os.O_RDONLY)
            self._open[step.type] = handle
        line = os.pread(handle, step.length, step.offset)
        if hashlib.sha256(line).hexdigest() != step.digest:
            raise NeedsPerson(
                "LOD011",
                f"fhir/{step.type}.ndjson is not what the plan was made of",
                kept="the file as it is",
                try_="find out who changed it and why, then plan and sign again",
            )
        return line

    def close(self) -> None:
        """Close the files."""
        for handle in self._open.values():
            os.close(handle)
        self._open.clear()


@contextmanager
def wanted_contents(fhir: Path) -> Iterator[Contents]:
    """The wanted lines of a run's fhir folder, for the block."""
    contents = Contents(fhir)
    try:
        yield contents
    finally:
        contents.close()
