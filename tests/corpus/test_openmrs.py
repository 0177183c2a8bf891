"""A real OpenMRS database (Bahmni's demonstration): every row accounted for, nothing held back."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.core.ports import ExtractRequest
from migrate.core.profiles.load import load_profile
from migrate.engine.run import run_mapping
from migrate.extractors.sqldump import SqlDumpExtractor
from migrate.plugins import profile_library
from migrate.store.staging import stage
from tests.cli.run import ehr_migrate
from tests.corpus.accounted import rows_by_fate, unclaimed
from tests.shared import need_shared

pytestmark = [pytest.mark.corpus, pytest.mark.slow]
CONTEXT = {"exported": "2017-06-08T00:00:00Z", "system": "openmrs", "name": "x", "tool": "x"}
DICTIONARY_MAPPINGS = 7
MADE = {
    "Condition": 5,
    "DiagnosticReport": 9,
    "Encounter": 33,
    "EpisodeOfCare": 1,
    "Location": 12,
    "MedicationRequest": 12,
    "Observation": 252,
    "Patient": 7,
    "Practitioner": 21,
    "Provenance": 7,
    "RelatedPerson": 1,
    "ServiceRequest": 11,
}


def test_every_row_and_column_of_bahmni(tmp_path: Path) -> None:
    source = need_shared("corpus", "sql", "bahmni", "openmrs_v0.92.mysqldump.sql.gz")
    events = SqlDumpExtractor().extract(ExtractRequest(str(source)))
    staged = tmp_path / "staged"
    tables = stage(
        events, staged, tmp_path / "rejects", extractor="x", exported_at=""
    ).manifest.tables
    profile = load_profile("openmrs", profile_library(None), tables)
    run_mapping(profile, tables, staged, tmp_path, id_key=bytes(range(32)), context=CONTEXT)
    by_fate = rows_by_fate(tmp_path, tables)
    found = {fate: by_fate["obs", fate] for fate in ("mapped", "merged", "excluded")}
    assert found == {"mapped": 242, "merged": 62, "excluded": 29}
    assert by_fate["concept_reference_map", "merged"] == DICTIONARY_MAPPINGS
    made = {
        path.stem: len(path.read_bytes().splitlines())
        for path in sorted((tmp_path / "fhir").glob("*.ndjson"))
    }
    assert made == MADE
    assert unclaimed(profile, tables) == []


# what is wrong in the demonstration itself, with who takes it over (names are invented)
ACCEPTED = """code,where,count,reason,by,role
CHK033,plausibility.range,2,BMI of a height that was typed wrong,Ada Example MD,clinician
CHK027,completeness.visit-provider,4,opened and nobody was seen yet,Ada Example MD,clinician
CHK068,source.encoding,2,the dictionary itself holds them so,Ada Example MD,clinician
"""


def test_bahmni_goes_all_the_way(tmp_path: Path) -> None:
    source = need_shared("corpus", "sql", "bahmni", "openmrs_v0.92.mysqldump.sql.gz")
    accepted, work = tmp_path / "accepted.csv", tmp_path / "work"
    accepted.write_text(ACCEPTED)
    made = ehr_migrate(
        *("init", work, "--from", source, "--profile", "openmrs", "--accepted", accepted),
        *("--timezone", "Asia/Kolkata", "--exported-at", "2017-06-08T00:00:00+05:30"),
    )
    assert made.code == 0, made.err
    for command in (["dry-run", "--quiet"], ["sign", "--as", "Ada Example", "--role", "clinical"]):
        done = ehr_migrate("-C", work, *command)
        assert done.code == 0, done.err
    loaded = ehr_migrate("-C", work, "load")
    assert loaded.code == 0, loaded.err
    assert f"created: {sum(MADE.values())} " in loaded.out
    verified = ehr_migrate("-C", work, "verify")
    assert verified.code == 0, verified.err
    assert f"read back and the same: {sum(MADE.values())} resources" in verified.out
