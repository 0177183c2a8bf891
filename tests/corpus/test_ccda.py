"""Public CDA documents: every one staged, or held back with a reason."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from migrate.core.ports import ExtractRequest
from migrate.core.profiles.load import load_profile
from migrate.engine.run import run_mapping
from migrate.extractors.ccda import CcdaExtractor
from migrate.plugins import profile_library
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


def test_every_row_has_a_fate_and_every_reference_a_target(tmp_path: Path) -> None:
    source = need_shared("corpus", "ccda")
    events = CcdaExtractor().extract(ExtractRequest(str(source)))
    folder = tmp_path / "staged"
    tables = stage(
        events, folder, tmp_path / "rejects", extractor="ccda", exported_at=""
    ).manifest.tables
    profile = load_profile("ccda", profile_library(None), tables)
    out = tmp_path / "run"
    out.mkdir()
    context = {"exported": "2026-01-01T00:00:00Z", "system": "ccda", "name": "P", "tool": "t"}
    run_mapping(profile, tables, folder, out, id_key=b"k" * 32, context=context)
    fates = pq.read_metadata(out / "fates.parquet").num_rows
    assert fates == sum(table.rows for table in tables)
    lines = [line for path in (out / "fhir").glob("*.ndjson") for line in path.open()]
    ids = {f"{found['resourceType']}/{found['id']}" for found in map(json.loads, lines)}
    assert len(ids) == len(lines)
    assert {ref for line in lines for ref in re.findall(r'"reference":"([^"]+)"', line)} <= ids
