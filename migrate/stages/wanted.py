"""The resources that a run wants in the target: found in its NDJSON files, put in order."""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

from migrate.core.ordering import Placed, arrange, rank
from migrate.core.references import Ref, owner, references
from migrate.errors import NeedsPerson

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.core.plan import Step
    from migrate.stages.progress import Progress


class Index:
    """Every resource by number (its place in type and id order), columns side by side.

    Names are ``Type/id``. ``charts[n]`` is the number of the patient whose chart resource ``n``
    belongs to, -1 for shared ones. Arrays, because a practice may have millions of them.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.offsets = array("q")
        self.lengths = array("q")
        self.charts = array("q")
        self.patients: list[str] = []
        self._digests = bytearray()
        self._numbers: dict[str, int] = {}  # name → number; a name only pointed at yet: -1 - place
        self._pending: list[str] = []
        self._ends = array("q")
        self._points = array("q")
        self._chart_of: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return self._numbers.get(name, -1) >= 0

    def ref(self, number: int) -> Ref:
        """(type, id) of a resource."""
        kind, _, identity = self.names[number].partition("/")
        return kind, identity

    def digest(self, number: int) -> str:
        """The SHA-256 of its line, as hexadecimal."""
        return self._digests[number * 32 : number * 32 + 32].hex()

    def add(self, kind: str, identity: str, offset: int, line: bytes) -> None:
        """One resource line, without its line end."""
        name = f"{kind}/{identity}"
        points_at = references(line)
        chart = owner(kind, identity, line, points_at)
        self._numbers[name] = len(self.names)
        self.names.append(name)
        self.offsets.append(offset)
        self.lengths.append(len(line))
        self._digests += hashlib.sha256(line).digest()
        self.charts.append(-1 if chart is None else self._chart(chart))
        self._points.extend(sorted({self._place(f"{k}/{i}") for k, i in points_at}))
        self._ends.append(len(self._points))

    def _place(self, name: str) -> int:
        """The number of a name, or -1 - place among the names that were not seen yet."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = -1 - len(self._pending)
            self._pending.append(name)
        return number

    def resolve(self) -> None:
        """Turn references to later resources into numbers. To be called after the last one."""
        found = [self._numbers[name] for name in self._pending]
        for place, number in enumerate(self._points):
            if number < 0:
                self._points[place] = found[-1 - number]
        self._pending.clear()

    def points_at(self, number: int) -> Iterator[int]:
        """The numbers of what a resource points at, inside this output, itself left out."""
        start = self._ends[number - 1] if number else 0
        for target in self._points[start : self._ends[number]]:
            if target >= 0 and target != number:
                yield target

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
                if f"{path.stem}/{identity}" in index:
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

    def __init__(self, run: Path) -> None:
        self._run = run
        self._open: dict[str, int] = {}

    def of(self, step: Step) -> bytes:
        """The JSON line of a step, nothing for one that wants none.

        Raises NeedsPerson when it is not what was planned.
        """
        if not step.digest:
            return b""
        name = f"{step.folder}/{step.type}.ndjson"
        handle = self._open.get(name)
        if handle is None:
            handle = self._open[name] = os.open(self._run / name, os.O_RDONLY)
        line = os.pread(handle, step.length, step.offset)
        if hashlib.sha256(line).hexdigest() != step.digest:
            raise NeedsPerson(
                "LOD011",
                f"{name} is not what the plan was made of",
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
def wanted_contents(run: Path) -> Iterator[Contents]:
    """The wanted lines of a run's folder, for the block."""
    contents = Contents(run)
    try:
        yield contents
    finally:
        contents.close()
