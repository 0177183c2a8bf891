"""One system, five exports: its dumps give the same FHIR facts and ids as its CSV files."""

from __future__ import annotations

import functools
import json
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest

from migrate.core.ports import Extractor, ExtractRequest
from migrate.core.profiles.load import load_profile
from migrate.engine.run import run_mapping
from migrate.extractors.delimited import DelimitedExtractor
from migrate.extractors.sqldump import SqlDumpExtractor
from migrate.plugins import profile_library
from migrate.store.staging import stage
from tests.shared import need_shared

pytestmark = [pytest.mark.corpus, pytest.mark.slow]
KEY = bytes(range(32))
CONTEXT = {"exported": "2026-01-01T00:00:00Z", "system": "synthea", "name": "x", "tool": "x"}
Facts = dict[str, dict[str, object]]


def facts(extractor: Extractor, source: Path, profile_name: str) -> Facts:
    """All resources by type and id, numbers as decimals."""
    work = Path(tempfile.mkdtemp(prefix="synthea-sql-"))
    events = extractor.extract(ExtractRequest(str(source)))
    made = stage(events, work / "staged", work / "rejects", extractor="x", exported_at="")
    tables = made.manifest.tables
    profile = load_profile(profile_name, profile_library(None), tables)
    run_mapping(profile, tables, work / "staged", work / "out", id_key=KEY, context=CONTEXT)
    found: Facts = {}
    for path in sorted((work / "out" / "fhir").glob("*.ndjson")):
        of_type = found.setdefault(path.stem, {})
        for line in path.read_bytes().splitlines():
            resource = json.loads(line, parse_float=Decimal, parse_int=Decimal)
            of_type[resource["id"]] = resource
    return found


@functools.cache
def csv_facts() -> Facts:
    """What the CSV export becomes with the same id key."""
    return facts(
        DelimitedExtractor(), need_shared("corpus", "csv", "synthea_ma", "csv"), "synthea-csv"
    )


@pytest.mark.parametrize("dump", ["mysqldump.sql.gz", "pg_dump.sql.gz", "sqlite_dump.sql.gz"])
def test_a_dump_gives_the_facts_and_ids_of_the_csv_export(dump: str) -> None:
    source = need_shared("corpus", "sql", "synthea_emr", f"synthea_emr.{dump}")
    found, expected = facts(SqlDumpExtractor(), source, "synthea-sql"), csv_facts()
    assert {name: len(all_) for name, all_ in found.items()} == {
        name: len(all_) for name, all_ in expected.items()
    }
    for name, resources in expected.items():
        assert found[name].keys() == resources.keys(), name
        differing = [key for key in resources if found[name][key] != resources[key]]
        assert not differing, f"{name}: {len(differing)}"


def test_the_script_of_eight_patients() -> None:
    """Of its 16 tables: what does not rest on the two that are missing is the same."""
    source = need_shared("corpus", "sql", "synthea_emr", "synthea_emr.ssms_style.sql.gz")
    found, expected = facts(SqlDumpExtractor(), source, "synthea-sql"), csv_facts()
    assert len(found["Patient"]) == 8
    resting = {"Claim", "ExplanationOfBenefit", "ImagingStudy", "ChargeItem", "PaymentNotice"}
    for name in found.keys() - resting:
        assert found[name].keys() <= expected[name].keys(), name
        differing = [key for key in found[name] if found[name][key] != expected[name][key]]
        assert not differing, f"{name}: {len(differing)}"
