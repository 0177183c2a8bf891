"""Real delimited exports: every row staged, none held back."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.core.ports import ExtractRequest
from migrate.extractors.delimited import DelimitedExtractor
from migrate.store.staging import Staged, stage
from tests.shared import need_shared

pytestmark = pytest.mark.corpus


def staged(tmp_path: Path, *parts: str) -> Staged:
    """Stage an export of the corpus."""
    source = need_shared("corpus", *parts)
    events = DelimitedExtractor().extract(ExtractRequest(str(source)))
    return stage(
        events, tmp_path / "staged", tmp_path / "rejects", extractor="delimited", exported_at=""
    )


def test_synthea(tmp_path: Path) -> None:
    tables = staged(tmp_path, "csv", "synthea_ma", "csv").manifest.tables
    assert len(tables) == 18
    assert sum(table.rows for table in tables) == 43_756
    assert sum(table.rejected for table in tables) == 0
    for table in tables:
        lines = sum(file.physical_lines or 0 for file in table.files)
        assert lines == table.rows + 1, table.name


def test_epic_ehi(tmp_path: Path) -> None:
    found = staged(tmp_path, "tsv", "epic_ehi", "tsv")
    tables = found.manifest.tables
    assert len(tables) == 550
    assert sum(table.rows for table in tables) == 10_991
    assert sum(table.rejected for table in tables) == 0
    assert {issue.code for issue in found.issues} == {"EXT016"}
