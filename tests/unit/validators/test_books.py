"""Bills, visits, keys and days: each check raises what it is there for and leaves the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from .seeded import CHECKS, Seeded, clean, judged, observation, places


def found(run: Seeded, folder: Path, check: str, **settings: object) -> list[str]:
    """The places that a check names; it must have looked at something else too."""
    outcome = judged(run, folder, check, {**CHECKS[check].defaults, **settings})
    assert outcome.examined > outcome.failed
    return places(outcome)


def charge(run: Seeded, name: str, **more: Any) -> None:
    whole = {"status": "billed", "subject": {"reference": "Patient/p1"}, **more}
    run.add("bills", "p1", "ChargeItem", name, whole)


def test_a_number_a_thousand_times_its_neighbours(tmp_path: Path) -> None:
    run = clean()
    for name, value in (("g1", 90), ("g2", 95), ("g3", 92000), ("g4", 91), ("g5", 97)):
        taken = f"2021-0{name[1]}-01T09:00:00-06:00"
        run.add(
            "labs", "p1", "Observation", name, observation("p1", "2885-9", value, "mg/dL", taken)
        )
    assert [p.split()[0] for p in found(run, tmp_path, "plausibility.thousandfold")] == [
        "Observation/g3"
    ]


def test_long_ago(tmp_path: Path) -> None:
    run = clean()
    run.resource("Patient", "p2")["birthDate"] = "1880-01-01"
    run.resource("Condition", "c-p1")["onsetDateTime"] = "1899"
    assert [p.split()[0] for p in found(run, tmp_path, "plausibility.long-ago")] == [
        "Patient/p2",
        "Condition/c-p1",
    ]


def test_visits_need_a_provider_and_notes_an_author(tmp_path: Path) -> None:
    run = clean()
    del run.resource("Encounter", "e-p2")["participant"]
    for name, author in (("n1", [{"display": "Dr Sowerby Seedwell"}]), ("n2", None)):
        note = {"status": "current", "docStatus": "final", "subject": {"reference": "Patient/p1"}}
        run.add(
            "notes",
            "p1",
            "DocumentReference",
            name,
            note | ({"author": author} if author else {}),
        )
    assert found(run, tmp_path / "a", "completeness.visit-provider")[0].startswith("Encounter/e-p2")
    assert [p.split()[0] for p in found(run, tmp_path / "b", "completeness.note-author")] == [
        "DocumentReference/n2"
    ]


def test_charges_without_visits_and_visits_without_charges(tmp_path: Path) -> None:
    run = clean()
    charge(run, "b1", context={"reference": "Encounter/e-p1"})
    charge(run, "b2")
    run.tables["bills"] = [{"key": "b1", "note": "e-p1"}, {"key": "b2", "note": None}]
    names = {"visits": "visits.key", "charges": "bills.note"}
    assert found(run, tmp_path / "a", "money.missed-charges", **names) == [
        "Encounter/e-p2 visits:2"
    ]
    assert found(run, tmp_path / "b", "money.stray-charges") == ["ChargeItem/b2 bills:2 context"]


def test_payers_need_a_number(tmp_path: Path) -> None:
    run = clean()
    for name, number in (("o1", [{"system": "urn:oid:2.999.9", "value": "77"}]), ("o2", None)):
        payer = {"name": "Seed Mutual", **({"identifier": number} if number else {})}
        run.add("payers", "", "Organization", name, payer)
        policy = {"payor": [{"reference": f"Organization/{name}"}]}
        run.add("policies", "p1", "Coverage", f"c-{name}", policy)
    assert found(run, tmp_path, "money.payer-known") == ["Coverage/c-o2 policies:2 payor"]


def test_a_total_is_the_sum_of_its_lines(tmp_path: Path) -> None:
    run = clean()
    for name, total in (("k1", 30.3), ("k2", 30.31)):
        claim = {
            "total": {"value": total},
            "item": [{"net": {"value": 10.1}}, {"net": {"value": 20.2}}],
        }
        run.add("claims", "p1", "Claim", name, claim)
    assert found(run, tmp_path, "money.totals") == ["Claim/k2 claims:2"]


def test_a_key_names_one_row(tmp_path: Path) -> None:
    run = clean()
    run.relations["keys"] = pa.table(
        {"tbl": ["meds"], "col": ["key"], "position": pa.array([1], pa.int64())}
    )
    run.tables["meds"][4]["key"] = run.tables["meds"][2]["key"]
    assert found(run, tmp_path, "source.keys") == ["meds:5"]


def test_days_and_diagnoses_of_staged_rows(tmp_path: Path) -> None:
    run = clean()
    run.tables["meds"] = [
        {"key": code, "note": day}
        for code, day in (
            ("E11.9", "2015-10-01"),
            ("250.00", "2015-09-30"),
            ("250.00", "2015-10-01"),
            ("E11.9", "09/30/2015"),
            ("I10", "1899-12-31"),
            ("I10", "2026-01-18"),
        )
    ]
    days = {"meds.note": {"from": "1900-01-01"}}
    assert found(run, tmp_path / "a", "source.dates", dates=days) == ["meds:5 note", "meds:6 note"]
    codes = {"meds.key": "note"}
    assert found(run, tmp_path / "b", "source.diagnoses", diagnoses=codes) == [
        "meds:3 key",
        "meds:4 key",
        "meds:5 key",
    ]
