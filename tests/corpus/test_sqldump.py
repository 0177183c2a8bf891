"""Real dumps: as many rows in each table as the servers held, none held back."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from migrate.core.ports import ExtractRequest, RowReject, TableDone
from migrate.extractors.sqldump import SqlDumpExtractor
from tests.shared import need_shared

pytestmark = pytest.mark.corpus
BAHMNI, SYNTHEA, EPIC = "bahmni", "synthea_emr", "epic_ehi_sqlite"


@pytest.mark.parametrize(
    ("folder", "dump", "counts", "schema"),
    [
        (BAHMNI, "openmrs_v0.92.mysqldump.sql.gz", "openmrs_rowcounts.tsv", ""),
        (BAHMNI, "openelis_v0.92.pg_dump.sql.gz", "openelis_rowcounts.tsv", ""),
        (SYNTHEA, "synthea_emr.mysqldump.sql.gz", "rowcounts.tsv", ""),
        (SYNTHEA, "synthea_emr.pg_dump.sql.gz", "rowcounts.tsv", "emr."),
        (SYNTHEA, "synthea_emr.pg_custom.dump", "rowcounts.tsv", "emr."),
        (SYNTHEA, "synthea_emr.sqlite_dump.sql.gz", "rowcounts.tsv", ""),
        (EPIC, "db.sqlite.dump.sql", "rowcounts.tsv", ""),
    ],
)
def test_row_counts(folder: str, dump: str, counts: str, schema: str) -> None:
    if dump.endswith("custom.dump") and shutil.which("pg_restore") is None:
        pytest.skip("pg_restore is not installed (Debian: postgresql-client)")
    source = need_shared("corpus", "sql", folder, dump)
    expected = need_shared("corpus", "sql", folder, "expected", counts).read_text()
    lines = (line.split("\t") for line in expected.splitlines())
    wanted = Counter({f"{schema}{name}": int(rows) for name, rows in lines})
    found: Counter[str] = Counter()
    for event in SqlDumpExtractor().extract(ExtractRequest(str(source))):
        assert not isinstance(event, RowReject)
        if isinstance(event, TableDone):
            found[event.table.source_name] = event.table.rows
    assert +found == +wanted


def test_hand_written_and_sql_server_scripts() -> None:
    for parts, tables, rows in (
        (("openemr_example", "example_patient_data.sql"), 1, 14),
        ((SYNTHEA, "synthea_emr.ssms_style.sql.gz"), 16, 2227),
    ):
        source = need_shared("corpus", "sql", *parts)
        events = list(SqlDumpExtractor().extract(ExtractRequest(str(source))))
        done = [event.table for event in events if isinstance(event, TableDone)]
        assert (len(done), sum(table.rows for table in done)) == (tables, rows)
