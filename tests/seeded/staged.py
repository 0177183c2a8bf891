"""Puts wrongs into copies of the staged rows, maps them, and asks what was found."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from migrate.core.compile.sqltext import literal, quoted
from migrate.engine.run import run_mapping
from migrate.store.workspace import Project
from tests.corpus.synthea import Mapped
from tests.seeded.practice import Practice, judge
from tests.seeded.sowing import Batch, Key, Kind, Result, Tell, batches, score, shuffled

WENT_ON = ("mapped", "merged")
# The mapping itself is right here, so what only looks at the form of its output need not run.
UNTOUCHED_BY_ROWS = (
    "completeness.expectations",
    "completeness.columns",
    "completeness.chart",
    "money.facts",
    "safety.identity",
    "safety.allergies",
    "safety.medications",
    "safety.problems",
    "safety.results",
    "conformance.structure",
    "conformance.values",
    "conformance.bindings",
    "conformance.invariants",
    "conformance.us-core",
    "conformance.extensions",
    "conformance.empty-values",
    "conformance.reference",
    "conformance.lineage",
    "conformance.profile",
)


class Rows:
    """The staged tables of the clean practice, as DuckDB tables that a batch changes."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.folder = practice.mapped.run / "staged"
        self.connection = duckdb.connect()
        for path in sorted(self.folder.glob("*.parquet")):
            self.connection.execute(
                f"CREATE TABLE {quoted(path.stem)} AS SELECT * FROM read_parquet('{path}')"
            )

    def candidates(self, kind: Kind) -> list[tuple[Key, str]]:
        """(row, patient) of the rows that a kind can be put into, in its own order."""
        where = kind.how.get("where") or "true"
        set_ = kind.how.get("set") or {}
        given = " AND ".join(f"{quoted(c)} IS NOT NULL" for c, v in set_.items() if v == "other")
        found = self.connection.sql(
            f"SELECT _row FROM {quoted(kind.target)} WHERE ({where}) AND {given or 'true'}"
        ).fetchall()
        rows = {str(row): row for (row,) in found if self._usable(kind.target, row)}
        owners = self.practice.row_owner
        return [
            ((kind.target, rows[name]), owners.get((kind.target, rows[name]), name))
            for name in shuffled(kind, list(rows))
        ]

    def _usable(self, table: str, row: int) -> bool:
        return (
            self.practice.fates.get((table, row)) in WENT_ON
            and self.practice.row_owner.get((table, row)) not in self.practice.dirty
        )

    def write(self, batch: Batch, folder: Path) -> None:
        """The staged folder of a batch: links to the clean tables, and the changed ones."""
        folder.mkdir(parents=True)
        changed: dict[str, list[str]] = {}
        for kind, places in batch.sown.items():
            changed.setdefault(kind.target, []).extend(self._statements(kind, places, batch))
        for path in self.folder.iterdir():
            if path.stem not in changed:
                (folder / path.name).symlink_to(path)
        for table, statements in changed.items():
            self.connection.execute("BEGIN")
            for statement in statements:
                self.connection.execute(statement)
            self.connection.execute(
                f"COPY (SELECT * FROM {quoted(table)} ORDER BY _row) TO "
                f"'{folder / table}.parquet' (FORMAT parquet)"
            )
            self.connection.execute("ROLLBACK")

    def _statements(
        self, kind: Kind, places: Sequence[tuple[Key, str]], batch: Batch
    ) -> Iterator[str]:
        table = quoted(kind.target)
        ((last,),) = self.connection.sql(f"SELECT max(_row) FROM {table}").fetchall()
        for (_, row), owner in places:
            if "copy" in kind.how:
                columns = [d[0] for d in self.connection.sql(f"SELECT * FROM {table}").description]
                new = last + 1 + sum(1 for key in batch.copies if key[0] == kind.target)
                batch.copies[kind.target, row] = (kind.target, new)
                change = {**kind.how["copy"], "_row": str(new)}
                cells = ", ".join(change.get(c, quoted(c)) for c in columns)
                yield f"INSERT INTO {table} SELECT {cells} FROM {table} WHERE _row = {row}"
                continue
            cells = ", ".join(
                f"{quoted(column)} = {self._other(kind, column, row, owner) if v == 'other' else v}"
                for column, v in kind.how["set"].items()
            )
            yield f"UPDATE {table} SET {cells} WHERE _row = {row}"

    def _other(self, kind: Kind, column: str, row: int, owner: str) -> str:
        """The cell of another patient's row."""
        how = {"where": kind.how.get("where")} if "likes" in kind.how else {}
        for (table, other), whose in self.candidates(replace(kind, how=how)):
            if whose == owner or other == row:
                continue
            ((cell,),) = self.connection.sql(
                f"SELECT {quoted(column)} FROM {quoted(table)} WHERE _row = {other}"
            ).fetchall()
            if cell is not None:
                return literal(str(cell))
        raise AssertionError(f"nothing to take for {kind.name}")


def sow_staged(
    practice: Practice, wanted: Sequence[Kind], seeds: int, scratch: Path, tell: Tell = print
) -> list[Result]:
    """Put kinds into the staged rows, map, and what was held back or found of each."""
    rows = Rows(practice)
    results = {kind: Result(kind) for kind in wanted}
    for own in (True, False):
        waiting = [
            (k, places) for k in wanted if k.own_chart == own and (places := rows.candidates(k))
        ]
        for number, batch in enumerate(batches(practice, waiting, seeds)):
            folder = scratch / f"staged-{own}-{number}"
            rows.write(batch, folder / "staged")
            mapped = _mapped(practice.mapped, folder)
            found = judge(folder, mapped, UNTOUCHED_BY_ROWS)
            score(practice, batch, found, results, _held_back(practice, folder))
            shutil.rmtree(folder)
            tell(f"rows, batch {number + 1}: {batch.size} wrongs")
    return list(results.values())


def _mapped(clean: Mapped, folder: Path) -> Mapped:
    """The run folder of a batch, mapped as the practice was."""
    project = Project.open(clean.run.parent.parent)
    context = {"exported": clean.manifest.exported_at, "system": clean.profile.system}
    context |= {"name": project.settings.name, "tool": "ehr-migrate seeded"}
    run_mapping(
        clean.profile,
        clean.manifest.tables,
        folder / "staged",
        folder,
        id_key=project.id_key(),
        context=context,
    )
    return replace(clean, run=folder)


def _held_back(practice: Practice, folder: Path) -> frozenset[tuple[str, int]]:
    """Rows that went on in the clean practice and are rejected now: findings of the mapping."""
    fates: Mapping[str, list[object]] = pq.read_table(
        folder / "fates.parquet", filters=[("fate", "=", "rejected")]
    ).to_pydict()
    held = zip(fates["tbl"], fates["row"], strict=True)
    return frozenset(
        (str(table), int(str(row)))
        for table, row in held
        if practice.fates.get((str(table), int(str(row)))) in WENT_ON
    )
