"""Drawn charts as they are shown: source rows and resources of some patients, out of the run.

One pass over each file, whatever the size of the run; what is kept is only what the drawn
patients have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.profiles.usage import column_usage, excluded_column
from migrate.core.references import owner, references
from migrate.core.review.compare import LEFT, SourceRow, compared
from migrate.core.review.elements import LONGEST_TEXT, heading_of, lines_of, name_of, parsed
from migrate.core.review.planted import planted
from migrate.core.review.sampling import chance
from migrate.stages.review.candidates import ALWAYS, MOST_ITEMS, NOT_CLINICAL, clinical_tables
from migrate.stages.review.documents import documents_of, point_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate.core.ports import Facts
    from migrate.core.profiles.ast import Profile
    from migrate.core.review.sampling import Drawn

Ref = tuple[str, str]
Row = tuple[str, int]
_SHARED = ("Practitioner", "PractitionerRole", "Organization", "Location", "Medication")
_ORDER = {kind: n for n, kind in enumerate(ALWAYS)}


class Charts:
    """What a run holds of some patients."""

    def __init__(self, facts: Facts, profile: Profile, drawn: Sequence[Drawn], seed: str) -> None:
        self._facts = facts
        self._profile = profile
        self._drawn = drawn
        self._seed = seed
        self._usage = column_usage(profile)
        self._fates: dict[Row, dict[str, Any]] = {}
        self._fates_of: dict[str, list[Row]] = defaultdict(list)
        self._used: set[Row] = set()
        self._made: dict[Ref, list[dict[str, Any]]] = defaultdict(list)
        self._resources: dict[Ref, dict[str, object]] = {}
        self._owned: dict[str, list[Ref]] = defaultdict(list)
        self._names: dict[str, str] = {}
        self._rows: dict[Row, SourceRow] = {}
        self._documents: dict[str, list[dict[str, Any]]] = {}
        self._gather()

    def chart(self, number: int, drawn: Drawn, *, plant: bool) -> dict[str, Any]:
        """One chart (JSON): its items in reading order, with a planted difference if wanted."""
        patient = drawn.candidate.patient
        items = [self._resource_item(ref) for ref in self._owned[patient]]
        items += [self._row_item(row) for row in self._alone(patient)]
        items.sort(key=lambda item: (_ORDER.get(item["kind"], len(_ORDER)), item["kind"]))
        shown = self._within(items)
        if plant:
            self._plant(shown, number)
        for item in shown:
            del item["marks"]
        documents = self._documents.get(patient, [])
        point_at(shown, documents)
        head = self._resources.get(("Patient", patient), {})
        names = head.get("name")
        return {
            "number": number,
            "part": drawn.part,
            "patient": patient,
            "name": name_of(names[0]) if isinstance(names, list) and names else "",
            "born": str(head.get("birthDate", "")),
            "strata": [self._stratum(name) for name in drawn.candidate.strata],
            "items": shown,
            "more": len(items) - len(shown),
            "documents": documents,
        }

    # --- what the drawn patients have ---------------------------------------------------------

    def _gather(self) -> None:
        patients = {one.candidate.patient for one in self._drawn}
        listed = ", ".join(literal(one) for one in sorted(patients)) or "''"
        facts = self._facts
        for line in facts.sql(
            f"SELECT * FROM run.fates WHERE patient IN ({listed}) ORDER BY tbl, row"
        ).to_pylist():
            self._fates[line["tbl"], line["row"]] = line
            self._fates_of[line["patient"]].append((line["tbl"], line["row"]))
        clinical = ", ".join(literal(one) for one in sorted(NOT_CLINICAL))
        of_rows = facts.sql(
            "SELECT DISTINCT l.type, l.id FROM run.lineage l JOIN run.fates f "
            f"ON l.tbl = f.tbl AND l.row = f.row WHERE f.patient IN ({listed}) "
            f"AND l.type NOT IN ({clinical})"
        )
        wanted = set(zip(*(column.to_pylist() for column in of_rows.columns), strict=True))
        self._read_resources(wanted, patients)
        self._read_lineage()
        self._read_rows()
        self._documents = documents_of(facts, patients)

    def _read_resources(self, wanted: set[Ref], patients: set[str]) -> None:
        pointed: set[Ref] = set()
        for kind in sorted({kind for kind, _ in wanted}):
            ids = {one.encode() for name, one in wanted if name == kind}
            for identity, line in _lines(self._facts, kind, ids):
                points_at = references(line)
                whose = owner(kind, identity, line, points_at)
                if whose in patients:
                    self._resources[kind, identity] = parsed(line)
                    self._owned[str(whose)].append((kind, identity))
                    pointed.update(points_at)
        for one in self._drawn:
            for stratum in one.candidate.strata:
                kind, _, identity = stratum.rpartition(":")[2].partition("/")
                pointed.add((kind, identity))
        for kind in _SHARED:
            ids = {one.encode() for name, one in pointed if name == kind}
            for identity, line in _lines(self._facts, kind, ids):
                self._names[f"{kind}/{identity}"] = _called(parsed(line))
        for (kind, identity), resource in self._resources.items():
            self._names[f"{kind}/{identity}"] = _called(resource)

    def _read_lineage(self) -> None:
        """Every row behind the resources, shared ones too (a code table, the practice's)."""
        by_kind: dict[str, list[str]] = defaultdict(list)
        for kind, identity in self._resources:
            by_kind[kind].append(identity)
        for kind, ids in sorted(by_kind.items()):
            listed = ", ".join(literal(one) for one in ids)
            found = self._facts.sql(
                f"SELECT type, id, tbl, row, rule, role FROM run.lineage "
                f"WHERE type = {literal(kind)} AND id IN ({listed}) ORDER BY tbl, row"
            )
            for line in found.to_pylist():
                self._made[kind, line["id"]].append(line)
                self._used.add((line["tbl"], line["row"]))

    def _read_rows(self) -> None:
        wanted: dict[str, set[int]] = defaultdict(set)
        for lines in self._made.values():
            for line in lines:
                wanted[line["tbl"]].add(line["row"])
        tables = clinical_tables(self._profile)
        for table, row in self._fates:
            if table in tables:
                wanted[table].add(row)
        for table, rows in sorted(wanted.items()):
            if not self._facts.has(f"staged.{table}"):
                continue
            listed = ", ".join(str(row) for row in sorted(rows))
            found = self._facts.sql(
                f"SELECT * FROM staged.{quoted(table)} WHERE _row IN ({listed})"
            )
            for line in found.to_pylist():
                address = (line.pop("_row"), line.pop("_file"), line.pop("_at"))
                cells = {name: value for name, value in line.items() if value not in (None, "")}
                self._rows[table, address[0]] = SourceRow(table, *address, "", cells)

    # --- items --------------------------------------------------------------------------------

    def _alone(self, patient: str) -> list[Row]:
        """The patient's rows that are not part of any resource: held back, left out, combined."""
        tables = clinical_tables(self._profile)
        return [
            row
            for row in self._fates_of[patient]
            if row[0] in tables and row not in self._used and self._fates[row]["fate"] != "mapped"
        ]

    def _resource_item(self, ref: Ref) -> dict[str, Any]:
        kind, resource = ref[0], self._resources[ref]
        lineage = self._made[ref]
        roles = {(e["tbl"], e["row"]): e["role"] for e in lineage}
        rows = [_with_role(self._rows[at], role) for at, role in roles.items() if at in self._rows]
        rows.sort(key=lambda row: (row.role != "anchor", row.table, row.row))
        rule = lineage[0]["rule"] if lineage else ""
        both = compared(kind, rule, lines_of(resource), rows, self._usage)
        elements = []
        for element in both.elements:
            line = asdict(element.line) | {"state": element.state, "sources": element.sources}
            line["value"] = self._names.get(line["value"]) or line["value"]
            elements.append(_cut(line))
        return {
            "id": f"{kind}/{ref[1]}",
            "kind": kind,
            "heading": heading_of(resource),
            "rule": rule,
            "rows": [_row_document(row, cells, self._why) for row, cells in both.rows],
            "elements": elements,
            "fate": "",
            "reason": "",
            "planted": None,
            "marks": both.elements,
        }

    def _row_item(self, at: Row) -> dict[str, Any]:
        fate = self._fates[at]
        row = self._rows.get(at)
        shown = [] if row is None else [_row_document(row, _unread(row), self._why)]
        return {
            "id": f"row:{at[0]}:{at[1]}",
            "kind": f"row: {fate['fate']}",
            "heading": at[0],
            "rule": fate["rule"] or "",
            "rows": shown,
            "elements": [],
            "fate": fate["fate"],
            "reason": fate["reason"] or "",
            "code": fate["code"] or "",
            "planted": None,
            "marks": [],
        }

    def _within(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The items that are shown: all of the kinds that hurt most, others up to the limit."""
        others = [item for item in items if item["kind"] not in _ORDER]
        room = max(0, MOST_ITEMS - (len(items) - len(others)))
        chosen = sorted(others, key=lambda item: chance(self._seed, "item", item["id"]))[:room]
        kept = {item["id"] for item in chosen}
        return [item for item in items if item["kind"] in _ORDER or item["id"] in kept]

    def _plant(self, items: list[dict[str, Any]], number: int) -> None:
        """Show one line wrong, in an item that chance picks."""
        for item in sorted(items, key=lambda item: chance(self._seed, "plant", item["id"])):
            chosen = planted(item["marks"], f"{self._seed}/{number}/{item['id']}")
            if chosen is not None:
                item["planted"] = {"line": chosen[0], "value": chosen[1]}
                return

    def _why(self, table: str, column: str) -> str:
        return excluded_column(self._profile, table, column) or ""

    def _stratum(self, name: str) -> str:
        kind, colon, what = name.partition(":")
        return f"{kind}: {self._names.get(what) or what}" if colon else kind


def _lines(facts: Facts, kind: str, ids: set[bytes]) -> Iterator[tuple[str, bytes]]:
    """The (id, line) of some resources of a type; the line begins with type and id."""
    if not ids:
        return
    start = len(f'{{"resourceType":"{kind}","id":"')
    for line in facts.lines(kind):
        identity = line[start : line.index(b'"', start)]
        if identity in ids:
            yield identity.decode(), line


def _called(resource: Mapping[str, object]) -> str:
    """A record's name where another points at it."""
    names = resource.get("name")
    if isinstance(names, str):
        return names
    if isinstance(names, list) and names:
        return name_of(names[0])
    period = resource.get("period")
    day = str(period.get("start", ""))[:10] if isinstance(period, dict) else ""
    words = [str(resource["resourceType"]), heading_of(resource), day]
    return " ".join(word for word in words if word)


def _with_role(row: SourceRow, role: str) -> SourceRow:
    return SourceRow(row.table, row.row, row.file, row.at, role, row.cells)


def _unread(row: SourceRow) -> Iterable[Any]:
    from migrate.core.review.compare import Cell

    return tuple(Cell(name, value, LEFT, ()) for name, value in row.cells.items())


def _row_document(row: SourceRow, cells: Iterable[Any], why: Any) -> dict[str, Any]:
    return {
        "table": row.table,
        "row": row.row,
        "file": row.file,
        "at": row.at,
        "role": row.role,
        "cells": [
            _cut(asdict(cell) | {"why": why(row.table, cell.column) if cell.state == LEFT else ""})
            for cell in cells
        ],
    }


def _cut(line: dict[str, Any]) -> dict[str, Any]:
    if len(line["value"]) > LONGEST_TEXT:
        line["value"] = line["value"][:LONGEST_TEXT] + "…"
    return line
