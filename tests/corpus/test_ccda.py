"""Public CDA documents: every one staged, or held back with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.core.ports import ExtractRequest
from migrate.extractors.ccda import CcdaExtractor
from migrate.store.staging import stage
from tests.shared import need_shared

pytestmark = pytest.mark.corpus


def test_every_document_is_staged(tmp_path: Path) -> None:
    source = need_shared("corpus", "ccda")
    events = CcdaExtractor().extract(ExtractRequest(str(source)))
    staged = stage(
        events, tmp_path / "staged", tmp_path / "rejects", extractor="ccda", exported_at=""
    )
    tables = {table.name: table for table in staged.manifest.tables}
    assert (tables["documents"].rows, tables["documents"].rejected) == (159, 0)
    assert tables["patients"].rows + tables["patient_headers"].rows == 159
    assert sum(table.rejected for table in tables.values()) == 0
    assert tables["sections"].rows == 1551
