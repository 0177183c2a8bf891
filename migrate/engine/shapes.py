"""Relations out of resources by shape: where the texts stand is found once for all lines alike.

Most lines of a run have the same members as thousands of others. Such lines are split at their
quotation marks; the places of what the relations want are looked up in the tree of the first line
of a shape, and taken from all others as columns. Only what is plain goes this way: a shape with
anything unusual in it is left to the SQL of :mod:`migrate.engine.derived`, which gives the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

import pyarrow as pa

from migrate.core.conformance.tree import NotJson, Raw, parse
from migrate.core.elementpaths import date_paths, reference_paths

COLUMNS = {
    "resources": ("id", "owner", "status", "us_core"),
    "dates": ("id", "element", "moment"),
    "links": ("id", "element", "target"),
    "identifiers": ("id", "position", "system", "value", "usage"),
    "measures": ("id", "moment", "code", "value", "unit"),
    "results": ("id", "owner", "label", "moment", "value"),
}
_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")  # JSON's
_OWNERS = (("subject", "reference"), ("patient", "reference"), ("beneficiary", "reference"))
_MOMENTS = (("effectiveDateTime",), ("effectivePeriod", "start"))
_RESULT_VALUES = ("valueQuantity", "valueCodeableConcept", "valueString", "component")
_FEWEST, _MOST = 4, 20_000
_AT_ONCE = 1_024  # rows in pieces, which a processor's cache should hold

Row = Sequence[str]
Take = Callable[[Row], object]
Columns = dict[str, list[list[object]]]
Codes = Counter[tuple[str, str | None, str | None]]
_TYPES = {"position": pa.int64(), "us_core": pa.bool_()}


class Unusual(Exception):
    """The shape is left to SQL."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to take of the rows of a shape: by relation the takers of its columns in their order;
    ``codes`` are (element, taker of system, taker of code)."""

    relations: Sequence[tuple[str, Sequence[Take | object]]]
    codes: Sequence[tuple[str, Take | None, Take | None]]


@dataclass(slots=True)
class Taken:
    """What plain lines gave: tables by relation, codes counted, and the lines that are left."""

    tables: dict[str, pa.Table]
    codes: Codes
    left: list[bytes]


@dataclass(slots=True)
class ByShape:
    """Takes relations out of the lines of one type; what it knows of shapes stays."""

    name: str
    plans: dict[tuple[str, str], Plan | None] = field(default_factory=dict)
    names: dict[str, Callable[[Row], Sequence[str]]] = field(default_factory=dict)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, lines: Sequence[bytes]) -> Taken:
        """The relations of these lines. Raises UnicodeDecodeError."""
        if max(len(self.plans), len(self.names), len(self.seen)) > _MOST:
            self.plans.clear()
            self.names.clear()
            self.seen.clear()
        columns: Columns = {}
        codes: Codes = Counter()
        left: list[bytes] = []
        for first in range(0, len(lines), _AT_ONCE):
            self._some(lines[first : first + _AT_ONCE], columns, codes, left)
        return Taken({name: _table(name, found) for name, found in columns.items()}, codes, left)

    def _some(
        self, lines: Sequence[bytes], columns: Columns, codes: Codes, left: list[bytes]
    ) -> None:
        groups: dict[tuple[str, str], tuple[list[bytes], list[Row]]] = {}
        for line in lines:
            text = line.decode()
            if "\\" in text or not text.isprintable():
                left.append(line)
                continue
            row = text.split('"')
            structure = _NUMBER.sub("0", '"'.join(row[::2]))
            names = self.names.get(structure)
            if names is None:
                names = self.names[structure] = _names(structure)
            key = structure, '"'.join(names(row))
            group = groups.get(key)
            if group is None:
                group = groups[key] = ([], [])
            group[0].append(line)
            group[1].append(row)
        for key, (members, rows) in groups.items():
            plan = self._plan(key, rows)
            if plan is None:
                left += members
            else:
                _carry_out(plan, rows, columns, codes)

    def _plan(self, key: tuple[str, str], rows: Sequence[Row]) -> Plan | None:
        if key not in self.plans:
            self.seen[key] += len(rows)
            if self.seen[key] < _FEWEST:
                return None  # not worth it
            try:
                self.plans[key] = _Planner(self.name, rows[0]).plan()
            except (Unusual, NotJson):
                self.plans[key] = None
        return self.plans[key]


def _names(structure: str) -> Callable[[Row], Sequence[str]]:
    """Takes the members' names out of a row: the texts before a colon."""
    places = [
        2 * place - 1
        for place, piece in enumerate(structure.split('"'))
        if place and piece.lstrip().startswith(":")
    ]
    return itemgetter(*places) if len(places) > 1 else itemgetter(slice(1, None, 2))


def _carry_out(
    plan: Plan,
    rows: Sequence[Row],
    columns: Columns,
    codes: Codes,
) -> None:
    for relation, takers in plan.relations:
        into = columns.setdefault(relation, [[] for _ in takers])
        for column, taker in zip(into, takers, strict=True):
            column += map(taker, rows) if callable(taker) else [taker] * len(rows)
    for element, system, code in plan.codes:
        nothing = [None] * len(rows)
        systems = map(system, rows) if system else nothing
        found = Counter(zip(systems, map(code, rows) if code else nothing, strict=True))
        for (one, other), times in found.items():
            codes[(element, one, other)] += times  # type: ignore[index]


def _table(name: str, columns: Sequence[list[object]]) -> pa.Table:
    names = COLUMNS[name]
    arrays = [
        pa.array(column, _TYPES.get(label, pa.string()))
        for label, column in zip(names, columns, strict=True)
    ]
    return pa.table(arrays, names=list(names))


class _Planner:
    """Finds the places in the tree of one line of a shape. Raises Unusual and NotJson."""

    def __init__(self, name: str, row: Row) -> None:
        self.name = name
        self.row = row
        self.root = parse([piece.encode() for piece in row])
        if self.root.kind != "object" or any(" " in piece or "\t" in piece for piece in row[::2]):
            raise Unusual
        for raw in _every(self.root):
            if len(set(raw.names)) != len(raw.names) or raw.kind == "null":
                raise Unusual
        kind, self.id = self._text("resourceType"), self._text("id")
        if kind is None or kind(row) != name or self.id is None:
            raise Unusual

    def plan(self) -> Plan:
        relations: list[tuple[str, Sequence[Take | object]]] = []
        relations.append(("resources", [self.id, self._owner(), self._status(), self._claims()]))
        for path in date_paths(self.name):
            found = self._text(*path.split("."))
            if found:
                relations.append(("dates", [self.id, path, found]))
        relations += [("links", link) for link in self._links()]
        relations += [("identifiers", entry) for entry in self._identifiers()]
        if self.name == "Observation":
            relations += [("measures", entry) for entry in self._measures()]
            relations += [("results", entry) for entry in self._results()]
        return Plan(relations, [*self._codes()])

    # --- places ------------------------------------------------------------------------------

    def _at(self, *path: str | int) -> Raw | None:
        raw: Raw | None = self.root
        for step in path:
            raw = None if raw is None else _inside(raw, step)
        return raw

    def _text(self, *path: str | int) -> Take | None:
        found = self._at(*path)
        return None if found is None else _texted(found)

    def _first(self, *paths: Sequence[str | int]) -> Take | None:
        """The first of these that is there."""
        return next((found for path in paths if (found := self._text(*path))), None)

    # --- relations ---------------------------------------------------------------------------

    def _owner(self) -> Take | None:
        found = self._first(*_OWNERS)
        if found is None and not {"subject", "participant"}.isdisjoint(self.root.names):
            raise Unusual
        return found

    def _status(self) -> Take | None:
        return self._first(("status",), ("verificationStatus", "coding", 0, "code"))

    def _claims(self) -> Take | bool:
        claims = self._at("meta", "profile")
        if claims is None:
            return False
        if claims.kind != "list":
            raise Unusual
        takers = [_texted(part) for part in claims.parts]
        return lambda row: any(str(take(row)).startswith(_US_CORE) for take in takers)

    def _links(self) -> Iterator[Sequence[Take | object]]:
        known = set()
        for path in reference_paths(self.name):
            for raw in _walk(self.root, [*path.path.split("."), "reference"]):
                known.add(id(raw))
                yield [self.id, path.element, _texted(raw)]
        for raw in _members(self.root, "reference"):
            if id(raw) not in known:
                raise Unusual

    def _codes(self) -> Iterator[tuple[str, Take | None, Take | None]]:
        for raw in _members(self.root, "coding"):
            for part in _items(raw):
                yield "coding", _member_text(part, "system"), _member_text(part, "code")
        identifiers = self._at("identifier")
        for part in _items(identifiers) if identifiers else ():
            yield "identifier", _member_text(part, "system"), _member_text(part, "value")

    def _identifiers(self) -> Iterator[Sequence[Take | object]]:
        identifiers = self._at("identifier")
        for position, part in enumerate(_items(identifiers) if identifiers else (), 1):
            texts = [_member_text(part, name) for name in ("system", "value", "use")]
            yield [self.id, position, *texts]

    def _measures(self) -> Iterator[Sequence[Take | object]]:
        moment = self._first(*_MOMENTS)
        components = self._at("component")
        for whole in (self.root, *(_items(components) if components else ())):
            code, quantity = _inside(whole, "code"), _inside(whole, "valueQuantity")
            value = quantity and _inside(quantity, "value")
            if quantity is None or value is None:
                continue
            if value.kind != "number" or value.nth:
                raise Unusual
            number = _number_at(value.place)
            unit = _member_text(quantity, "code") or _member_text(quantity, "unit")
            coding = code and _inside(code, "coding")
            for part in _items(coding) if coding else ():
                found = _member_text(part, "code")
                if found:
                    yield [self.id, moment, found, number, unit]

    def _results(self) -> Iterator[Sequence[Take | object]]:
        value = next((name for name in _RESULT_VALUES if name in self.root.names), None)
        if value is not None:
            label = self._first(("code", "coding", 0, "code"), ("code", "text"))
            written = self._written(value)
            yield [self.id, self._owner(), label, self._text("effectiveDateTime"), written]

    def _written(self, name: str) -> Take:
        """Takes a member of the resource as JSON."""
        place = self.root.names.index(name)
        raw = self.root.parts[place]
        if raw.kind == "text":
            return lambda row: f'"{row[raw.place]}"'
        if raw.kind not in ("object", "list"):
            raise Unusual
        first = raw.place
        if place + 1 == len(self.root.parts):
            return lambda row: '"'.join(row[first:])[1:-1]
        after = self.root.parts[place + 1]
        last = after.place - (2 if after.kind == "text" else 1)
        return lambda row: '"'.join(row[first:last])[1:-1]


def _texted(raw: Raw) -> Take:
    if raw.kind != "text":
        raise Unusual
    return itemgetter(raw.place)


def _number_at(place: int) -> Take:
    def number(row: Row) -> str:
        found = _NUMBER.search(row[place])
        assert found is not None
        return found[0]

    return number


def _inside(raw: Raw, step: str | int) -> Raw | None:
    """A member or item; Raises Unusual where there is something of another kind."""
    if raw.kind != ("list" if isinstance(step, int) else "object"):
        raise Unusual
    if isinstance(step, int):
        return raw.parts[step] if step < len(raw.parts) else None
    return raw.parts[raw.names.index(step)] if step in raw.names else None


def _items(raw: Raw) -> Sequence[Raw]:
    if raw.kind != "list" or any(part.kind != "object" for part in raw.parts):
        raise Unusual
    return raw.parts


def _member_text(raw: Raw, name: str) -> Take | None:
    found = _inside(raw, name)
    return None if found is None else _texted(found)


def _walk(raw: Raw, path: Sequence[str]) -> Iterator[Raw]:
    """What stands at a path whose lists are marked with ``[*]``."""
    if not path:
        yield raw
        return
    name = path[0].removesuffix("[*]")
    found = _inside(raw, name)
    if found is not None:
        for part in _items(found) if path[0].endswith("[*]") else (found,):
            yield from _walk(part, path[1:])


def _every(raw: Raw) -> Iterator[Raw]:
    yield raw
    for part in raw.parts:
        yield from _every(part)


def _members(raw: Raw, name: str) -> Iterator[Raw]:
    """The members of this name anywhere."""
    for inner in _every(raw):
        if name in inner.names:
            yield inner.parts[inner.names.index(name)]
