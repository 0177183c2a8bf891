"""Crosswalk coverage by rows and by codes; units that do not fit what a code measures."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from migrate.packs.validators.unitkinds import kind_of

from migrate.core.ports import Outcome
from migrate.engine.judging import open_judged

from .seeded import CHECKS, Seeded, clean, judged, observation, places


def covered(run: Seeded, folder: Path, check: str, misses: list[tuple[str, str, int]]) -> Outcome:
    """What a coverage check says: the column is ``problems.note``, some codes were missed."""
    columns = pa.table({"crosswalk": ["dx"], "tbl": ["problems"], "col": ["note"]})
    path = run.write(folder / "run")
    missed = {
        "crosswalk": ["dx" for _ in misses],
        "source": [source for source, _, _ in misses],
        "tbl": ["problems" for _ in misses],
        "column": ["note" for _ in misses],
        "outcome": [outcome for _, outcome, _ in misses],
        "rows": [rows for _, _, rows in misses],
    }
    pq.write_table(pa.table(missed), path / "misses.parquet")
    with open_judged(path, {"crosswalked": columns}) as facts:
        return CHECKS[check].run(facts, CHECKS[check].defaults)


@pytest.mark.parametrize(
    ("check", "examined", "failed"),
    [("terminology.crosswalk-rows", 22, 4), ("terminology.crosswalk-codes", 3, 2)],
)
def test_coverage_counts_rows_and_codes(
    check: str, examined: int, failed: int, tmp_path: Path
) -> None:
    run = clean()
    for number in range(20):
        run.add(
            "problems", "p1", "Condition", f"x{number}", dict(run.resource("Condition", "c-p1"))
        )
    notes = ["A"] * 3 + ["B"] + ["kept"] * 18
    for row, note in zip(run.tables["problems"], notes, strict=True):
        row["note"] = note
    missed = [("A", "text", 3), ("A", "MAP012", 3), ("B", "text", 1)]
    found = covered(run, tmp_path, check, missed)
    assert (found.examined, found.failed) == (examined, failed)
    assert [(part.name, part.failed) for part in found.parts] == [("problems.note", failed)]
    assert [(issue.address.column, issue.rows) for issue in found.issues] == [("note", failed)]


def test_a_crosswalk_may_be_asked_by_several_columns(tmp_path: Path) -> None:
    columns = pa.table(
        {"crosswalk": ["dx", "dx"], "tbl": ["problems", "gone"], "col": ["key,note", "note"]}
    )
    with open_judged(clean().write(tmp_path / "run"), {"crosswalked": columns}) as facts:
        found = CHECKS["terminology.crosswalk-codes"].run(facts, {})
    assert [(part.name, part.examined) for part in found.parts] == [("problems.key,note", 2)]


def test_a_crosswalk_that_lacks_nothing_passes(tmp_path: Path) -> None:
    found = covered(clean(), tmp_path, "terminology.crosswalk-rows", [])
    assert (found.examined, found.failed, found.issues) == (2, 0, ())


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("mg/dL", "g/L", True),
        ("mg/dL", "mmol/L", False),
        ("10*3/uL", "/uL", True),
        ("10*9/L", "10*3/uL", True),
        ("kg/m2", "kg/cm2", True),
        ("mm[Hg]", "kPa", True),
        ("[degF]", "Cel", True),
        ("meq/L", "mmol/L", False),
        ("%", "1", True),
        ("U/L", "[iU]/L", False),
        ("mL/min/{1.73_m2}", "mL/min", True),
    ],
)
def test_units_of_one_kind_convert_into_each_other(left: str, right: str, same: bool) -> None:
    assert (kind_of(left) == kind_of(right)) is same
    assert kind_of(left) is not None


def test_headings_of_icd_pass_where_a_suite_says_so(tmp_path: Path) -> None:
    run = clean()
    run.resource("Condition", "c-p1")["code"]["coding"][0]["code"] = "E11"
    run.resource("Condition", "c-p2")["code"]["coding"][0]["code"] = "E11.77"
    found = judged(run, tmp_path, "terminology.icd-10-cm", {"headings": True})
    assert places(found) == ["Condition/c-p2 problems:2 coding"]


def test_the_unit_of_another_kind_is_found(tmp_path: Path) -> None:
    run = clean()
    for number in range(24):
        unit = "mmol/L" if number == 7 else ("g/L" if number % 2 else "mg/dL")
        result = observation("p1", "2345-7", 5.0, unit, "2020-03-01T09:00:00-06:00")
        run.add("labs", "p1", "Observation", f"g{number}", result)
    found = judged(run, tmp_path, "terminology.unit-kind", CHECKS["terminology.unit-kind"].defaults)
    assert places(found) == ["Observation/g7 labs:8 value"]
    assert (found.examined, found.failed) == (24, 1)
