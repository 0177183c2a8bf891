"""Every case of the safety suite: extracted and mapped once, in few documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from migrate.core.ports import ExtractRequest
from migrate.core.profiles.load import load_profile
from migrate.engine.run import run_mapping
from migrate.extractors.ccda import CcdaExtractor
from migrate.plugins import profile_library
from migrate.store.staging import stage
from tests import ccda_documents as cda
from tests.corpus.safety import acts, allergies, findings, medications, people, problems, vaccines
from tests.corpus.safety.case import Case, values

CASES = [
    *allergies.CASES,
    *problems.CASES,
    *medications.CASES,
    *vaccines.CASES,
    *findings.CASES,
    *acts.CASES,
    *people.CASES,
]
SYSTEM = "urn:oid:2.999.5"
PATIENT_SYSTEM = "urn:oid:2.999.2"
CONTEXT = {"exported": "2026-01-01T00:00:00Z", "system": "ccda", "name": "P", "tool": "t"}
_FATES = """
    SELECT DISTINCT split_part(m.id_1, chr(9), 2), f.fate
    FROM read_parquet('{staged}/mentions.parquet') m
    JOIN ({facts}) s ON s.tbl = m.fact_table AND s.key = m.fact
    JOIN read_parquet('{run}/fates.parquet') f ON f.tbl = s.tbl AND f.row = s._row
    WHERE m.id_1 LIKE '{system}%'
"""


@dataclass(frozen=True, slots=True)
class Mapped:
    """The resources by case and type, and the fates of a case's row."""

    resources: Mapping[tuple[str, str], Mapping[str, Any]]
    fates: Mapping[str, set[str]]


@pytest.fixture(scope="session")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Mapped:
    root = tmp_path_factory.mktemp("safety")
    _write(root / "export")
    events = CcdaExtractor().extract(ExtractRequest(str(root / "export")))
    staged = root / "staged"
    tables = stage(
        events, staged, root / "rejects", extractor="ccda", exported_at=""
    ).manifest.tables
    profile = load_profile("ccda", profile_library(None), tables)
    run_mapping(profile, tables, staged, root / "run", id_key=b"k" * 32, context=CONTEXT)
    return Mapped(_resources(root / "run"), _fates(root))


def _write(folder: Path) -> None:
    """The cases of one section and text are one section; a document holds one of each."""
    folder.mkdir()
    sections: dict[tuple[str, str], list[str]] = {}
    for case in CASES:
        if case.type == "Patient":
            (folder / f"{case.name}.xml").write_text(case.entry, encoding="utf-8")
            continue
        sections.setdefault((case.section, case.text), []).append(case.entry)
    for n, ((loinc, text), entries) in enumerate(sorted(sections.items())):
        section = cda.section(loinc, *entries, text=text)
        (folder / f"{n}.xml").write_bytes(cda.document(section, name=f"safety-{n}"))


def _resources(run: Path) -> dict[tuple[str, str], Mapping[str, Any]]:
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for path in (run / "fhir").glob("*.ndjson"):
        for line in path.open(encoding="utf-8"):
            resource = json.loads(line)
            given = resource.get("identifier", [])
            for each in given if isinstance(given, list) else [given]:
                if each.get("system") in (SYSTEM, PATIENT_SYSTEM):
                    found[each["value"], resource["resourceType"]] = resource
    return found


def _fates(root: Path) -> dict[str, set[str]]:
    staged = root / "staged"
    tables = [p.stem for p in staged.glob("*.parquet") if "fact_table" not in _columns(p)]
    facts = " UNION ALL ".join(
        f"SELECT '{table}' AS tbl, key, _row FROM read_parquet('{staged}/{table}.parquet')"
        for table in tables
        if {"key", "parent", "mood"} <= set(_columns(staged / f"{table}.parquet"))
    )
    sql = _FATES.format(staged=staged, run=root / "run", facts=facts, system=SYSTEM)
    found: dict[str, set[str]] = {}
    for case, fate in duckdb.connect().execute(sql).fetchall():
        found.setdefault(case, set()).add(fate)
    return found


def _columns(path: Path) -> list[str]:
    return list(pq.read_schema(path).names)


def test_there_are_enough_cases_and_none_twice() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 200
    assert all(case.source for case in CASES)
    assert all(case.expect for case in CASES if case.fate == "mapped")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_meaning_is_what_a_clinician_would_sign(case: Case, mapped: Mapped) -> None:
    fates = mapped.fates.get(case.name, set())
    resource = mapped.resources.get((case.name, case.type))
    if case.fate != "mapped":
        assert resource is None, "asserts what the document does not"
        assert fates == {case.fate}
        return
    assert resource is not None, f"no {case.type}; the row is {fates}"
    for path, expected in case.expect.items():
        wanted = [] if expected is None else expected if isinstance(expected, list) else [expected]
        assert values(resource, path) == wanted, path
