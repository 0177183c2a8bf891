"""Riverbend's output against the committed counts: resources, exclusions, notes, columns.

After a change on purpose: ``python -m tests.golden.test_riverbend_counts`` writes them anew.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter

import pytest

from migrate.core.reconcile.coverage import column_fates
from tests.corpus.synthea import Mapped
from tests.corpus.us_core import PROFILED, claims_us_core
from tests.golden.riverbend import GOLDEN, lines_of, mapped_riverbend

COUNTS = GOLDEN / "riverbend_counts.csv"
SENSITIVE = ("psychotherapy", "42 CFR")


@pytest.fixture(scope="module")
def riverbend() -> Mapped:
    return mapped_riverbend()


def counts(riverbend: Mapped) -> list[dict[str, str]]:
    """What came out, as lines of kind, what, reason, count, sorted."""
    lines = [
        ("resources", path.stem, "", path.read_bytes().count(b"\n"))
        for path in (riverbend.run / "fhir").glob("*.ndjson")
    ]
    queries = {
        "rows": "SELECT tbl, fate || coalesce(': ' || code, '') || coalesce(': ' || reason, ''), "
        "count(*) FROM {fates} GROUP BY ALL",
        "notes": "SELECT tbl, code || coalesce(' ' || \"column\", ''), sum(rows)::BIGINT "
        "FROM {notes} GROUP BY ALL",
        "misses": "SELECT crosswalk, outcome, sum(rows)::BIGINT FROM {misses} GROUP BY ALL",
    }
    for kind, query in queries.items():
        lines += [(kind, str(a), str(b), n) for a, b, n in riverbend.sql(query)]  # type: ignore[misc]
    return [
        {"kind": kind, "what": what, "detail": detail, "count": str(number)}
        for kind, what, detail, number in sorted(lines)
    ]


def test_counts_are_the_committed_ones(riverbend: Mapped) -> None:
    assert counts(riverbend) == lines_of(COUNTS)


def test_no_column_is_unclaimed(riverbend: Mapped) -> None:
    fates = column_fates(riverbend.profile, riverbend.manifest.tables)
    assert [f"{f.table}.{f.column}" for f in fates if f.fate == "unclaimed"] == []


def test_every_exclusion_names_a_column(riverbend: Mapped) -> None:
    fates = column_fates(riverbend.profile, riverbend.manifest.tables)
    reasons = Counter(f.reason for f in fates if f.fate == "excluded")
    assert {why for _, why in riverbend.profile.excluded_columns} <= set(reasons)


def test_every_us_core_type_claims_its_profile(riverbend: Mapped) -> None:
    assert [
        f"{resource['resourceType']}/{resource['id']}"
        for resource in riverbend.resources(*PROFILED)
        if not claims_us_core(resource)
    ] == []


def test_sensitive_notes_stay_behind(riverbend: Mapped) -> None:
    reasons = [r for (r,) in riverbend.sql("SELECT reason FROM {fates} WHERE tbl = 'notes'") if r]
    assert all(any(word in str(reason) for reason in reasons) for word in SENSITIVE)
    labelled = [r for r in riverbend.resources("DocumentReference") if "securityLabel" in r]
    assert labelled == []


def test_statuses_never_default(riverbend: Mapped) -> None:
    """Refused, ruled out, entered in error: each is in the output as what it is."""
    refused = [r for r in riverbend.resources("Immunization") if r["status"] == "not-done"]
    ruled_out = [r for r in riverbend.resources("Condition") if "verificationStatus" in r]
    wrong = [r for r in riverbend.resources("AllergyIntolerance") if "verificationStatus" in r]
    assert all("statusReason" in r for r in refused)
    assert refused
    assert all("clinicalStatus" not in r for r in (*ruled_out, *wrong))
    assert ruled_out
    assert wrong


if __name__ == "__main__":
    with COUNTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["kind", "what", "detail", "count"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(counts(mapped_riverbend()))
    sys.stdout.write(f"{COUNTS.name} written\n")
