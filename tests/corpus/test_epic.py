"""A real chart exported by Epic (one patient, published by himself): TSV files, and as SQLite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from migrate.core.model import SourceTable
from migrate.core.ports import ExtractRequest
from migrate.core.profiles.load import load_profile
from migrate.engine.run import run_mapping
from migrate.extractors.delimited import DelimitedExtractor
from migrate.extractors.sqldump import SqlDumpExtractor
from migrate.plugins import profile_library
from migrate.store.staging import stage
from tests.corpus.accounted import rows_by_fate, unclaimed
from tests.shared import need_shared

pytestmark = [pytest.mark.corpus, pytest.mark.slow]
CONTEXT = {"exported": "2024-03-01T00:00:00Z", "system": "epic", "name": "x", "tool": "x"}
EXTRACTORS: dict[str, type[DelimitedExtractor] | type[SqlDumpExtractor]] = {
    "tsv": DelimitedExtractor,
    "sqlite": SqlDumpExtractor,
}
SOURCES = {
    "tsv": ("corpus", "tsv", "epic_ehi", "tsv"),
    "sqlite": ("corpus", "sql", "epic_ehi_sqlite", "db.sqlite.dump.sql"),
}
TABLES = {"tsv": (550, 10991), "sqlite": (415, 7294)}


# of rows whose cells the maker of the SQLite file left empty: when a specimen was taken
ONLY_IN_TSV = {"Specimen": 6}
MADE = 802


def mapped(kind: str, folder: Path) -> Sequence[SourceTable]:
    source = need_shared(*SOURCES[kind])
    events = EXTRACTORS[kind]().extract(ExtractRequest(str(source)))
    tables = stage(
        events, folder / "staged", folder / "rejects", extractor="x", exported_at=""
    ).manifest.tables
    profile = load_profile("epic-ehi", profile_library(None), tables)
    run_mapping(
        profile, tables, folder / "staged", folder, id_key=bytes(range(32)), context=CONTEXT
    )
    return tables


@pytest.mark.parametrize("kind", ["tsv", "sqlite"])
def test_every_row_and_column_of_both_inputs(kind: str, tmp_path: Path) -> None:
    tables = mapped(kind, tmp_path)
    assert (len(tables), sum(table.rows for table in tables)) == TABLES[kind]
    rows_by_fate(tmp_path, tables)
    assert unclaimed(load_profile("epic-ehi", profile_library(None), tables), tables) == []


def test_both_inputs_make_the_same_resources_of_the_same_rows(tmp_path: Path) -> None:
    found = {}
    for kind in ("tsv", "sqlite"):
        (tmp_path / kind).mkdir()
        mapped(kind, tmp_path / kind)
        with duckdb.connect() as base:
            found[kind] = {
                (kind_, ident)
                for kind_, ident in base.execute(
                    f"SELECT DISTINCT type, id FROM '{tmp_path}/{kind}/lineage.parquet'"
                ).fetchall()
            }
    assert found["sqlite"] - found["tsv"] == set()
    assert Counter(kind for kind, _ in found["tsv"] - found["sqlite"]) == ONLY_IN_TSV
    assert len(found["tsv"]) == MADE
