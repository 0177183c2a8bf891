"""The second path sees what the mapping lost, changed, made up or moved to another chart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrate.core.secondpath import read_definitions
from migrate.engine.judging import open_judged
from migrate.errors import AskedWrongly

from .seeded import CHECKS, Seeded, clean, places

SQL = """
CREATE VIEW second.patient_number AS SELECT 'urn:oid:2.999.7' AS system;
CREATE VIEW second.medications AS SELECT key, 'meds' AS tbl, _row AS row,
  'M-' || split_part(key, '-', 2) AS patient,
  'Seedopril 10 mg tablet' AS label, 'active' AS status, '10.0' AS dose,
  (2018 + substr(key, 2, 1)::INTEGER) || '-04-01' AS started FROM staged.meds;
CREATE VIEW second.results AS SELECT * FROM staged.not_in_this_export;
"""


def judged(run: Seeded, folder: Path, sql: str = SQL) -> list[str]:
    definitions, wrong = read_definitions(sql, "x.sql")
    assert wrong == ()
    with open_judged(run.write(folder / "run"), definitions=definitions) as facts:
        outcome = CHECKS["safety.medications"].run(facts, {})
        assert CHECKS["safety.results"].run(facts, {}).examined == 0
    assert outcome.examined == len(run.tables["meds"]) - sum(
        f[2] in ("rejected", "excluded") for f in run.fates
    )
    assert outcome.failed == len(places(outcome))
    return places(outcome)


def test_the_clean_run_says_the_same_twice(tmp_path: Path) -> None:
    assert judged(clean(), tmp_path) == []


def stopped(run: Seeded) -> None:
    run.resource("MedicationRequest", "m0-p1")["status"] = "stopped"


def tenfold(run: Seeded) -> None:
    resource = run.resource("MedicationRequest", "m0-p1")
    resource["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] = 100


def moved(run: Seeded) -> None:
    run.resource("MedicationRequest", "m0-p1")["subject"] = {"reference": "Patient/p2"}


def lost(run: Seeded) -> None:
    del run.resources["MedicationRequest"]["m0-p1"]


def made_up(run: Seeded) -> None:
    whole: dict[str, Any] = json.loads(json.dumps(run.resource("MedicationRequest", "m0-p1")))
    run.resources["MedicationRequest"]["x"] = whole | {"id": "x"}


def all_gone(run: Seeded) -> None:
    del run.resources["MedicationRequest"]


def held_back(run: Seeded) -> None:
    run.fates = [(*f[:2], "rejected", *f[3:]) if f[:2] == ("meds", 1) else f for f in run.fates]
    lost(run)


def out_of_scope(run: Seeded) -> None:
    why = "only balances move (scope: balance-forward)"
    run.fates = [
        (*f[:2], "excluded", None, why, *f[5:]) if f[:2] == ("meds", 1) else f for f in run.fates
    ]
    lost(run)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (stopped, ["MedicationRequest/m0-p1 meds:1 status"]),
        (tenfold, ["MedicationRequest/m0-p1 meds:1 dose"]),
        (moved, ["MedicationRequest/m0-p1 meds:1 patient"]),
        (lost, ["meds:1"]),
        (made_up, ["MedicationRequest/x"]),
        (all_gone, [f"meds:{n}" for n in range(1, 7)]),
        (held_back, []),
        (out_of_scope, []),
    ],
)
def test_faults(tmp_path: Path, fault: Callable[[Seeded], None], expected: list[str]) -> None:
    run = clean()
    fault(run)
    assert judged(run, tmp_path) == expected


def test_unknown_columns_are_told(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly, match="CHK093"):
        judged(clean(), tmp_path, SQL.replace("AS dose", "AS dosage"))


def test_views_that_do_not_fit_are_told(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly, match="'medications' does not fit"):
        judged(clean(), tmp_path, SQL.replace("SELECT key,", "SELECT keys,"))
