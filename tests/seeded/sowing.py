"""Puts wrongs into copies of the practice, a batch at a time, and asks what was found.

Wrongs of one batch are not near to one another: no two touch the same source row, resource or
neighbours by reference, so a new finding there is this wrong's doing. A wrong in a patient's own
record has the whole chart to itself, and a batch where there are only such.
"""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from ruamel.yaml import YAML

from tests.seeded.edits import MISSING, alters, at, copied, differs, edited, fits, needed
from tests.seeded.practice import Judgement, Place, Practice, judge

HERE = Path(__file__).parent
# Checks that nothing of a group can touch, so that they need not run: those of staged rows and of
# counts when only the output was changed, then by group.
UNTOUCHED = (
    "source.",
    "completeness.expectations",
    "completeness.row-fates",
    "completeness.columns",
    "completeness.declared-rows",
    "completeness.required-columns",
)
_FORM = (
    "conformance.structure",
    "conformance.values",
    "conformance.bindings",
    "conformance.invariants",
    "conformance.us-core",
    "conformance.extensions",
    "conformance.empty-values",
    "terminology.",
)
GROUPS: Mapping[str, tuple[str, ...]] = {
    "own chart": ("completeness.chart", "money.", *_FORM),
    "form": ("safety.", "plausibility.", "money.", "completeness."),
    "rest": _FORM,
}
Key = tuple[str, Any]
Tell = Callable[[str], object]


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of wrong: ``side`` fhir or staged, ``target`` a resource type or a table."""

    name: str
    family: str
    side: str
    target: str
    how: Mapping[str, Any]

    @property
    def own_chart(self) -> bool:
        """Whether the wrong may show anywhere in its chart, such as in its account's ledger."""
        return self.target in ("Patient", "patients") or bool(self.how.get("whole_chart"))

    @property
    def group(self) -> str:
        """Kinds of one group lie in batches of their own."""
        return "own chart" if self.own_chart else "form" if self.family == "form" else "rest"


@dataclass
class Result:
    """Of a kind: how many were put in, where they were seen at all, seen at their very place."""

    kind: Kind
    sown: int = 0
    found: int = 0
    exact: int = 0
    checks: set[str] = field(default_factory=set)
    missed: list[str] = field(default_factory=list)


def kinds(side: str) -> list[Kind]:
    """All kinds of one side, in the order of their file."""
    entries = YAML(typ="safe").load((HERE / f"{side}.yml").read_text("utf-8"))
    target = "type" if side == "fhir" else "table"
    return [Kind(name, e["family"], side, e[target], e) for name, e in entries.items()]


def shuffled(kind: Kind, keys: Sequence[str]) -> list[str]:
    """Keys in an order of the kind's own, the same each time."""
    return sorted(keys, key=lambda key: zlib.crc32(f"{kind.name} {key}".encode()))


@dataclass
class Batch:
    """Wrongs that lie in one copy: by kind the keys of what was changed, and their patients."""

    sown: dict[Kind, list[tuple[Key, str]]] = field(default_factory=dict)
    patients: set[str] = field(default_factory=set)
    taken: set[Key] = field(default_factory=set)
    copies: dict[Key, Key] = field(default_factory=dict)
    # What a changed resource is called by who cannot know its id: its new id, its line.
    names: dict[Key, set[Key]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many wrongs lie in it."""
        return sum(map(len, self.sown.values()))

    def take(self, practice: Practice, kind: Kind, key: Key, owner: str) -> bool:
        """Put a wrong here, unless the place is taken."""
        near = practice.near(key)
        if near & self.taken or (kind.own_chart and owner in self.patients):
            return False
        self.taken |= near
        self.patients.add(owner)
        self.sown.setdefault(kind, []).append((key, owner))
        return True


def batches(
    practice: Practice, waiting: list[tuple[Kind, list[tuple[Key, str]]]], seeds: int
) -> Iterator[Batch]:
    """Batches with ``seeds`` of each kind, or as many as there are (place, patient) for it."""
    left = {kind: seeds for kind, _ in waiting}
    while waiting:
        batch, later = Batch(), []
        for kind, places in waiting:
            over = []
            for key, owner in places:
                if not left[kind]:
                    break
                if batch.take(practice, kind, key, owner):
                    left[kind] -= 1
                else:
                    over.append((key, owner))
            if over and left[kind]:
                later.append((kind, over))
        yield batch
        waiting = later


class Output:
    """The FHIR output of the clean practice, line by line."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.lines: dict[str, dict[str, bytes]] = {}
        for path in sorted((practice.mapped.run / "fhir").glob("*.ndjson")):
            found = path.read_bytes().splitlines()
            self.lines[path.stem] = {orjson.loads(line)["id"]: line for line in found}

    def candidates(self, kind: Kind) -> list[str]:
        """The resources that a kind can be put into, in its own order."""
        where = kind.how.get("where") or {}
        found = []
        for name, line in self.lines[kind.target].items():
            owner = self.practice.owner.get((kind.target, name), name)
            if owner in self.practice.dirty:
                continue
            document = orjson.loads(line)
            there = all(at(document, path) is not MISSING for path in needed(kind.how["do"]))
            if fits(document, where) and there and alters(document, kind.how["do"]):
                found.append(name)
        return shuffled(kind, found)

    def write(self, batch: Batch, folder: Path) -> Path:
        """The run folder of a batch: links to the clean one, and the changed files."""
        run = self.practice.mapped.run
        (folder / "fhir").mkdir(parents=True)
        for entry in run.iterdir():
            if entry.name != "fhir":
                (folder / entry.name).symlink_to(entry)
        changes: dict[str, dict[str, list[bytes]]] = {}
        for kind, places in batch.sown.items():
            for (kind_type, name), _ in places:
                line = self.lines[kind_type][name]
                if kind.how["do"] == "copy":
                    batch.copies[kind_type, name] = (kind_type, copied(name))
                new = edited(line, kind.how["do"], self._other(kind, name))
                changes.setdefault(kind_type, {})[name] = new
                batch.names[kind_type, name] = {(kind_type, _id(made)) for made in new}
        for kind_type, lines in self.lines.items():
            path = folder / "fhir" / f"{kind_type}.ndjson"
            changed = changes.get(kind_type)
            if changed is None:
                path.symlink_to(run / "fhir" / path.name)
                continue
            whole: list[bytes] = []
            for name, line in lines.items():
                new = changed.get(name, [line])
                if name in changed:
                    numbers = range(len(whole) + 1, len(whole) + len(new) + 1)
                    batch.names[kind_type, name] |= {(kind_type, f"line {n}") for n in numbers}
                whole += new
            path.write_bytes(b"".join(line + b"\n" for line in whole))
        return folder

    def _other(self, kind: Kind, name: str) -> Mapping[str, Any] | None:
        """Another patient's resource of the type, whose values differ."""
        if not isinstance(kind.how["do"], dict) or "other" not in kind.how["do"]:
            return None
        document = orjson.loads(self.lines[kind.target][name])
        owner = self.practice.owner.get((kind.target, name))
        where = kind.how.get("where") or {}
        for other in shuffled(kind, list(self.lines[kind.target])):
            found = orjson.loads(self.lines[kind.target][other])
            mine = owner is not None and self.practice.owner.get((kind.target, other)) == owner
            if not mine and fits(found, where) and differs(document, found, kind.how["do"]):
                return dict(found)
        raise AssertionError(f"nothing to take for {kind.name}")


def _id(line: bytes) -> str:
    """The id of a resource's line; '' where it has none or is no JSON."""
    try:
        return str(orjson.loads(line).get("id", ""))
    except orjson.JSONDecodeError:
        return ""


def sow_output(
    practice: Practice,
    wanted: Sequence[Kind],
    seeds: int,
    scratch: Path,
    tell: Tell = print,
    skip: tuple[str, ...] = (),
) -> list[Result]:
    """Put kinds into the FHIR output, and what the checks said of each."""
    output = Output(practice)
    results = {kind: Result(kind) for kind in wanted}
    for group, untouched in GROUPS.items():
        waiting = [
            (kind, [((kind.target, n), practice.owner.get((kind.target, n), n)) for n in names])
            for kind in wanted
            if kind.group == group and (names := output.candidates(kind))
        ]
        for number, batch in enumerate(batches(practice, waiting, seeds)):
            folder = output.write(batch, scratch / f"fhir-{group}-{number}")
            found = judge(folder, practice.mapped, (*UNTOUCHED, *untouched, *skip))
            score(practice, batch, found, results, held=frozenset())
            shutil.rmtree(folder)
            tell(f"output, {group}, batch {number + 1}: {batch.size} wrongs")
    return list(results.values())


def score(
    practice: Practice,
    batch: Batch,
    found: Judgement,
    results: Mapping[Kind, Result],
    held: frozenset[tuple[str, int]],
) -> None:
    """Count what was found: at the very place, or at least in the chart."""
    assert not found.broken, found.broken
    new = found.places - practice.clean.places
    by_key: dict[Key, set[str]] = {}
    by_patient: dict[str, set[str]] = {}
    for place in new:
        check, resource_type, name, table, row, _ = place
        for key in _keys(place):
            by_key.setdefault(key, set()).add(check)
        for owner in _owners(practice, place):
            by_patient.setdefault(owner, set()).add(check)
        if resource_type == "Patient" and name:
            by_patient.setdefault(name, set()).add(check)
        if row is None and table:
            by_key.setdefault((table, None), set()).add(check)
    for key in held:
        by_key.setdefault(key, set()).add("held back")
    for kind, places in batch.sown.items():
        result = results[kind]
        for key, owner in places:
            result.sown += 1
            same = {key, *practice.rows.get(key, ()), *practice.made.get(key, ())}
            same |= batch.names.get(key, set())
            if key in batch.copies:
                same.add(batch.copies[key])
            exact = set().union(*(by_key.get(k, set()) for k in same))
            seen = exact.union(*(by_key.get(k, set()) for k in practice.near(key)))
            if kind.own_chart:
                seen |= by_patient.get(owner, set())
            result.exact += bool(exact)
            result.found += bool(seen)
            result.checks |= exact or seen
            if not seen:
                result.missed.append(f"{key[0]}:{key[1]}")


def _keys(place: Place) -> Iterator[Key]:
    _, kind, name, table, row, element = place
    if kind and name:
        yield kind, name
    if table and row:
        yield table, row
    if kind and not name and element:
        yield kind, element


def _owners(practice: Practice, place: Place) -> Iterator[str]:
    _, kind, name, table, row, _ = place
    if kind and name and (kind, name) in practice.owner:
        yield practice.owner[kind, name]
    if table and row and (table, row) in practice.row_owner:
        yield practice.row_owner[table, row]
