"""Every row of an export by patient, in bounded memory: sorted on the disk, read as a stream."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.model import Manifest, SourceTable
from migrate.core.profiles.ast import Profile

_LINES = 1000
_MEMORY = "512MB"
_BLANK = r"' \t\n\r'"


@dataclass(frozen=True, slots=True)
class ArchivedRow:
    """One staged row: whose it is (the patient's key in the old system, None for nobody's), its
    table's place in the manifest, where it stood, what became of it, and its cells as staged."""

    patient: str | None
    table: int
    row: int
    at: str
    fate: str
    cells: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that extraction could not read: where it stood, the issue code, its bytes."""

    row: int
    at: str
    code: str
    raw: bytes


def archived_rows(
    folder: Path, manifest: Manifest, profile: Profile, scratch: Path
) -> Generator[ArchivedRow, None, None]:
    """All staged rows of a run, by patient, table and row; those of no patient come last.

    A table's patient is the profile's word for it, else a column that bears the name of some
    other table's patient column (tables that a profile excludes say nothing of their patient).
    """
    owners = owner_columns(manifest, profile)
    parts = [
        _part(folder, number, table, owners.get(table.name), profile)
        for number, table in enumerate(manifest.tables)
        if (folder / "staged" / f"{table.name}.parquet").is_file()
    ]
    if not parts:
        return
    with duckdb.connect(config={"memory_limit": _MEMORY, "threads": "1"}) as db:
        db.execute(f"set temp_directory = {literal(str(scratch))}")
        db.execute(f"set allowed_directories = [{literal(str(folder))}, {literal(str(scratch))}]")
        db.execute("set enable_external_access = false")
        db.execute(_FATES.format(source=_fates(folder)))
        reader = db.sql(
            "select p.k, p.t, p.r, p.a, coalesce(f.fate, ''), p.cells from "
            f"({' union all '.join(parts)}) p left join fate f on f.n = p.n and f.row = p.r "
            "order by p.k nulls last, p.t, p.r"
        ).to_arrow_reader(_LINES)
        for batch in reader:
            for line in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                patient, table, row, at, fate, cells = line
                yield ArchivedRow(patient, table, row, at, fate, tuple(cells))


_FATES = "create table fate as select n, row, min(fate) fate from ({source}) group by 1, 2"


def _fates(folder: Path) -> str:
    path = folder / "fates.parquet"
    if not path.is_file():
        return "select '' n, 0 as row, '' fate where false"
    return f"select tbl n, row, fate from read_parquet({literal(str(path))})"


def _part(
    folder: Path, number: int, table: SourceTable, owner: str | None, profile: Profile
) -> str:
    path = folder / "staged" / f"{table.name}.parquet"
    cells = ", ".join(f"{quoted(column.name)}::varchar" for column in table.columns)
    key = "null::varchar" if owner is None else _key(table.name, owner, profile)
    at = "coalesce(_file, '') || ':' || coalesce(_at, '')"
    return (
        f"select {key} k, {number} t, {literal(table.name)} n, _row r, {at} a, "
        f"[{cells}]::varchar[] cells from read_parquet({literal(str(path))})"
    )


def _key(table: str, owner: str, profile: Profile) -> str:
    """The patient's key as the profile reads it: trimmed, an integral code without its zeros."""
    name = f"nullif(trim({quoted(owner)}, e{_BLANK}), '')"
    if dict(profile.table(table).normal).get(owner) == "integer":
        return f"regexp_replace({name}, '^([+-]?[0-9]+)\\.0*$', '\\1')"
    return name


def owner_columns(manifest: Manifest, profile: Profile) -> Mapping[str, str]:
    """Table → its column that names the patient."""
    declared = {t.name: t.patient for t in profile.tables if t.patient}
    names = set(declared.values())
    owners: dict[str, str] = {}
    for table in manifest.tables:
        columns = [column.name for column in table.columns]
        said = declared.get(table.name)
        likely = [name for name in columns if name in names]
        if said in columns:
            owners[table.name] = str(said)
        elif len(likely) == 1:
            owners[table.name] = likely[0]
    return owners


def unreadable_rows(folder: Path, table: str) -> Iterator[UnreadableRow]:
    """The rows of a table that extraction held back, in their order."""
    path = folder / "rejects" / "extract" / f"{table}.parquet"
    if not path.is_file():
        return
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_LINES):
            for line in batch.to_pylist():
                at = f"{line['file'] or ''}:{line['at'] or ''}"
                yield UnreadableRow(line["row"], at, line["code"] or "", line["raw"] or b"")


_LABEL = re.compile(r"name|first|last|middle|given|family|surname|birth|dob|mrn", re.IGNORECASE)


def label_columns(table: SourceTable) -> tuple[int, ...]:
    """The places of the columns that tell people apart, for an index: names, birth date, MRN."""
    found = [n for n, column in enumerate(table.columns) if _LABEL.search(column.name)]
    return tuple(found[:5])
