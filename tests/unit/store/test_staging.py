"""Staging: whole or not at all, the same bytes each time, and the manifest comes back."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from migrate.core.model import ForeignKey, SourceColumn, SourceFile, SourceTable
from migrate.core.ports import ExtractEvent, ExtractRequest, OtherFile, RowReject, Rows, TableDone
from migrate.errors import NeedsPerson, OurBug
from migrate.extractors.delimited import DelimitedExtractor
from migrate.store import parquet
from migrate.store.staging import Staged, read_issues, read_manifest, stage, staged_schema
from tests.shared import ROOT


def table(name: str = "t", rows: int = 2, rejected: int = 1) -> SourceTable:
    """A table of two columns with all that a manifest can say."""
    return SourceTable(
        name=name,
        source_name=name.upper(),
        columns=(SourceColumn("a", "A", "int", 2), SourceColumn("b", "B")),
        files=(SourceFile("t.csv", "00", 9, "utf-8", "comma", 4),),
        rows=rows,
        rejected=rejected,
        primary_key=("a",),
        foreign_keys=(ForeignKey(("b",), "u", ("id",)),),
        declared_rows=3,
    )


def batch(first: int, count: int) -> pa.RecordBatch:
    """Some rows."""
    numbers = range(first, first + count)
    return pa.RecordBatch.from_pydict(
        {
            "a": [str(n) for n in numbers],
            "b": [None if n % 2 else "" for n in numbers],
            "_row": list(numbers),
            "_file": ["t.csv"] * count,
            "_at": [str(n + 1) for n in numbers],
        },
        schema=staged_schema(["a", "b"]),
    )


def events() -> Iterator[ExtractEvent]:
    """A small extraction."""
    yield Rows("t", batch(1, 1))
    yield RowReject("t", 2, "t.csv", "3", "EXT010", b"x\xff,\n")
    yield Rows("t", batch(3, 1))
    yield OtherFile(SourceFile("scan.pdf", "11", 5, dialect="document"))
    yield TableDone(table())


def staged(folder: Path, found: Iterator[ExtractEvent]) -> Staged:
    """Stage below a folder."""
    return stage(
        found,
        folder / "staged",
        folder / "rejects" / "extract",
        extractor="delimited",
        exported_at="2026-01-15T18:00:00-06:00",
    )


def contents(folder: Path) -> dict[str, str]:
    """Digests of the files below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_rows_rejects_and_manifest_come_back(tmp_path: Path) -> None:
    made = staged(tmp_path, events())
    assert read_manifest(tmp_path / "staged/manifest.json") == made.manifest
    assert made.manifest.table("t") == table()
    rows = pq.read_table(tmp_path / "staged/t.parquet")
    assert rows.schema.equals(staged_schema(["a", "b"]))
    assert rows.column("_row").to_pylist() == [1, 3]
    held = pq.read_table(tmp_path / "rejects/extract/t.parquet").to_pylist()
    assert held == [{"row": 2, "file": "t.csv", "at": "3", "code": "EXT010", "raw": b"x\xff,\n"}]
    assert read_issues(tmp_path / "staged") == ()


def test_the_same_events_give_the_same_bytes(tmp_path: Path) -> None:
    staged(tmp_path / "one", events())
    staged(tmp_path / "two", events())
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_row_groups_do_not_depend_on_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 10)
    for name, size in (("small", 1), ("large", 25)):
        batches = [Rows("t", batch(n + 1, size)) for n in range(0, 25, size)]
        staged(tmp_path / name, iter([*batches, TableDone(table(rows=25, rejected=0))]))
    groups = pq.ParquetFile(tmp_path / "small/staged/t.parquet").metadata.num_row_groups
    assert groups == 3
    assert contents(tmp_path / "small") == contents(tmp_path / "large")


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    staged(tmp_path, iter([TableDone(table(rows=0, rejected=0))]))
    assert pq.read_schema(tmp_path / "staged/t.parquet").names[:2] == ["a", "b"]


@pytest.mark.parametrize(
    "wrong",
    [
        [Rows("t", batch(1, 1)), TableDone(table(rows=2, rejected=0))],
        [Rows("t", batch(1, 1))],
        [RowReject("t", 1, "t.csv", "2", "EXT010", b"x"), TableDone(table(rows=0, rejected=0))],
    ],
)
def test_counts_that_do_not_fit_are_our_bug(tmp_path: Path, wrong: list[ExtractEvent]) -> None:
    staged(tmp_path, events())
    before = contents(tmp_path)
    with pytest.raises(OurBug) as caught:
        staged(tmp_path, iter(wrong))
    assert caught.value.code == "EXT099"
    assert contents(tmp_path) == before


def test_a_failure_leaves_what_was_staged_before(tmp_path: Path) -> None:
    staged(tmp_path, events())
    before = contents(tmp_path)

    def broken() -> Iterator[ExtractEvent]:
        yield Rows("t", batch(1, 1))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        staged(tmp_path, broken())
    assert contents(tmp_path) == before


_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from tests.unit.store.test_staging import large
from pathlib import Path
from migrate.errors import MigrateError
try:
    large(Path(sys.argv[1]))
except MigrateError as error:
    print(error.code, error.exit_code, bool(error.kept and error.try_))
"""


def large(folder: Path) -> None:
    """Stage an export of about two megabytes."""
    export = folder / "export"
    if not export.exists():
        export.mkdir()
        noise = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(30_000)]
        text = "id,a\n" + "".join(f"{n},{each}\n" for n, each in enumerate(noise))
        (export / "t.csv").write_text(text)
    staged(folder, DelimitedExtractor().extract(ExtractRequest(str(export))))


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs a limit on file sizes")
def test_a_full_disk_needs_a_person_and_leaves_nothing(tmp_path: Path) -> None:
    large(tmp_path)
    before = contents(tmp_path)
    found = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert found.stdout.strip() == f"EXT024 {NeedsPerson.exit_code} True", found.stderr
    assert contents(tmp_path) == before
    assert not list(tmp_path.rglob("*.part"))
