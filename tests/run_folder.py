"""A small run folder made by hand, for tests of the stages after mapping."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from migrate.core.model import Manifest, SourceColumn, SourceFile, SourceTable
from migrate.core.profiles.ast import (
    Column,
    MoneyMeasure,
    MoneySide,
    ObjectNode,
    Profile,
    ResourceRule,
    Scalar,
    Sql,
    TableRule,
)

Cells = Sequence[Sequence[str | None]]
Fates = Sequence[tuple[str, int, str, str, str, str, str | None]]

PATIENTS = ("patient_id", "name", "code")
VISITS = ("visit_id", "patient_id", "visit_date", "fate")
CHARGES = ("charge_id", "patient_id", "amount", "voided")
TABLES: Mapping[str, tuple[Sequence[str], Cells]] = {
    "patients": (
        PATIENTS,
        [("1", "Zzyzx A", None), ("2", "Zzyzx B", "x"), ("3", "Zzyzx C", None)],
    ),
    "visits": (
        VISITS,
        [
            ("10", "1", "01/15/2023", "x"),
            ("11", "1", "2024", None),
            ("12", "2", "2024-03-02", None),
            ("13", "9", "0000-00-00", None),
        ],
    ),
    "charges": (
        CHARGES,
        [("20", "1", "10.10", None), ("21", "2", "5.05", "Y"), ("22", "2", "1.00", None)],
    ),
}
FATES: Fates = (
    ("patients", 1, "mapped", "", "", "patient", "rA"),
    ("patients", 2, "mapped", "", "", "patient", "rB"),
    ("patients", 3, "merged", "", "", "patient", "rA"),
    ("visits", 1, "mapped", "", "", "visit", "rA"),
    ("visits", 2, "mapped", "", "", "visit", "rA"),
    ("visits", 3, "mapped", "", "", "visit", "rB"),
    ("visits", 4, "rejected", "MAP010", "", "visit", None),
    ("charges", 1, "mapped", "", "", "charge", "rA"),
    ("charges", 2, "excluded", "", "voided in the old system", "charge", "rB"),
    ("charges", 3, "mapped", "", "", "charge", "rB"),
)
RESOURCES: Mapping[str, Sequence[str]] = {
    "Patient": ['{"resourceType":"Patient","id":"rA"}', '{"resourceType":"Patient","id":"rB"}'],
    "ChargeItem": [
        '{"resourceType":"ChargeItem","id":"rC","priceOverride":{"value":10.10}}',
        '{"resourceType":"ChargeItem","id":"rD","priceOverride":{"value":1.00}}',
    ],
}
FORMATS = ("%m/%d/%Y", "%Y-%m-%d", "%Y")
PROFILE = Profile(
    name="test",
    system="test",
    patients="patients",
    rules=(
        ResourceRule("patient", "Patient", "patients", ObjectNode("Patient", ())),
        ResourceRule(
            "visit",
            "Encounter",
            "visits",
            ObjectNode(
                "Encounter",
                (
                    (
                        "period",
                        ObjectNode(
                            "Period",
                            (
                                (
                                    "start",
                                    Scalar(
                                        "dateTime",
                                        Column("visit_date"),
                                        formats=FORMATS,
                                        placeholders=("0000-00-00",),
                                    ),
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
    tables=(
        TableRule("patients", ("patient_id",), "patient_id"),
        TableRule("visits", ("visit_id",), "patient_id"),
        TableRule("charges", ("charge_id",), "patient_id"),
    ),
    excluded_columns=(("patients.code", "of no use"),),
    money=(
        MoneyMeasure(
            "charges",
            "USD",
            "charges",
            "amount",
            where=Sql("{0} IS NOT NULL", (Column("charge_id"),)),
            mapped=(MoneySide("ChargeItem", "priceOverride.value"),),
        ),
    ),
)


def manifest(tables: Mapping[str, tuple[Sequence[str], Cells]] = TABLES) -> Manifest:
    """The manifest of such tables."""
    return Manifest(
        "delimited",
        "2026-01-31T00:00:00Z",
        "0" * 64,
        "0",
        tuple(_table(name, columns, cells) for name, (columns, cells) in tables.items()),
    )


def _table(name: str, columns: Sequence[str], cells: Cells) -> SourceTable:
    filled = [sum(1 for row in cells if row[n]) for n in range(len(columns))]
    return SourceTable(
        name,
        name,
        tuple(SourceColumn(c, c, None, n) for c, n in zip(columns, filled, strict=True)),
        (SourceFile(f"{name}.csv", "0" * 64, 1),),
        len(cells),
    )


def write_run(
    folder: Path,
    *,
    tables: Mapping[str, tuple[Sequence[str], Cells]] = TABLES,
    fates: Fates = FATES,
    resources: Mapping[str, Sequence[str]] = RESOURCES,
) -> Manifest:
    """Fill a run folder; what a mapping would have written, with these contents."""
    for part in ("staged", "fhir", "manifests", "rejects/extract"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, (columns, cells) in tables.items():
        _write(
            folder / "staged" / f"{name}.parquet",
            {c: [row[n] for row in cells] for n, c in enumerate(columns)}
            | {"_row": list(range(1, len(cells) + 1))}
            | {"_file": [f"{name}.csv"] * len(cells), "_at": ["1"] * len(cells)},
        )
    names = ("tbl", "row", "fate", "code", "reason", "rule", "patient")
    _write(folder / "fates.parquet", {c: [f[n] for f in fates] for n, c in enumerate(names)})
    for name, lines in resources.items():
        (folder / "fhir" / f"{name}.ndjson").write_text("".join(line + "\n" for line in lines))
    return manifest(tables)


def write_unreadable(folder: Path, table: str, rows: Sequence[tuple[int, str]]) -> None:
    """Rows that extraction could not read: (row, code)."""
    _write(
        folder / "rejects" / "extract" / f"{table}.parquet",
        {
            "row": [row for row, _ in rows],
            "file": ["f"] * len(rows),
            "at": ["1"] * len(rows),
            "code": [code for _, code in rows],
            "raw": [b"?"] * len(rows),
        },
    )


def write_misses(folder: Path, misses: Sequence[tuple[str, str, str, str, str, int]]) -> None:
    """misses.parquet: (crosswalk, source, tbl, column, outcome, rows)."""
    names = ("crosswalk", "source", "tbl", "column", "outcome", "rows")
    _write(folder / "misses.parquet", {c: [m[n] for m in misses] for n, c in enumerate(names)})


def with_unreadable(found: Manifest, table: str, rejected: int) -> Manifest:
    """The same manifest with some unreadable rows in a table."""
    tables = tuple(replace(t, rejected=rejected) if t.name == table else t for t in found.tables)
    return replace(found, tables=tables)


def _write(path: Path, columns: Mapping[str, Sequence[object]]) -> None:
    kinds = {"_row": pa.int64(), "row": pa.int64(), "raw": pa.binary(), "rows": pa.int64()}
    arrays = {
        name: pa.array(list(values), kinds.get(name, pa.string()))
        for name, values in columns.items()
    }
    pq.write_table(pa.table(arrays), path)


def read_json(path: Path) -> dict[str, object]:
    """A JSON file."""
    document = orjson.loads(path.read_bytes())
    assert isinstance(document, dict)
    return document
