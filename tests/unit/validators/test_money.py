"""Ledgers, money by group, and cells of the staged tables."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from migrate.core.reconcile.groups import grouped, restored_group
from migrate.core.secondpath import read_definitions
from migrate.engine.judging import open_judged
from migrate.engine.moneylines import GROUPS, money_by
from migrate.errors import AskedWrongly

from .seeded import CHECKS, Seeded, clean, judged, places

LINES = """
CREATE VIEW second.money_lines AS
SELECT what AS measure, 'ledger' AS tbl, _row AS row, amount, account, patient, payer,
  provider, day, bucket FROM staged.ledger;
"""
NAMES = ("what", "amount", "account", "patient", "payer", "provider", "day", "bucket")
ROWS = (
    ("charges", "100.00", "A1", "p1", "P1", "D1", "2020-01-05", None),
    ("charges", "$1,050.50", "A2", "p2", None, "D1", "2020-02-05", None),
    ("payments", "60.00", "A1", "p1", "P1", "D1", "2020-02-01", None),
    ("adjustments", "15.00", "A1", "p1", "P1", "D1", "2020-02-01", None),
    ("balance", "30.00", "A1", "p1", None, None, None, "0-30"),
    ("credits", "5.00", "A1", "p1", None, None, None, None),
    ("balance", "1050.50", "A2", "p2", None, None, None, "91+"),
)


def ledger(*rows: tuple[str | None, ...], fates: dict[int, str] | None = None) -> Seeded:
    """A run whose only table is a ledger; fates by row, else mapped."""
    run = Seeded()
    run.tables["ledger"] = [dict(zip(NAMES, row, strict=True)) for row in rows]
    told = fates or {}
    run.fates = [
        ("ledger", n, told.get(n, "mapped"), None, None, "r", None) for n in range(1, len(rows) + 1)
    ]
    return run


def asked(run: Seeded, folder: Path, by: str | None = None) -> Any:
    """The ledger check's outcome, or the money table of a group."""
    definitions, wrong = read_definitions(LINES, "x.sql")
    assert wrong == ()
    with open_judged(run.write(folder), run.relations, definitions=definitions) as facts:
        if by is None:
            return CHECKS["money.ledger"].run(facts, {})
        table = money_by(facts, by)
        assert table is not None
        return table.to_pylist()


def test_a_ledger_that_adds_up_is_clean(tmp_path: Path) -> None:
    found = asked(ledger(*ROWS), tmp_path)
    assert (found.examined, places(found)) == (2, [])


@pytest.mark.parametrize("row", range(5))
def test_a_cent_in_any_entry_shows_at_the_account(tmp_path: Path, row: int) -> None:
    name, amount, *rest = ROWS[row]
    wrong = str(Decimal(amount.strip("$").replace(",", "")) + Decimal("0.01"))
    found = asked(ledger(*ROWS[:row], (name, wrong, *rest), *ROWS[row + 1 :]), tmp_path)
    assert places(found) == ["ledger:7" if rest[0] == "A2" else "ledger:5"]


def test_an_account_may_add_up_with_its_held_back_rows_or_without(tmp_path: Path) -> None:
    stray = ("payments", "7.00", "A1", "p1", "P1", "D1", "2020-03-01", None)
    held = ledger(*ROWS, stray, fates={8: "rejected"})
    assert asked(held, tmp_path / "a").failed == 0
    needed = ledger(*ROWS, fates={3: "rejected"})
    assert asked(needed, tmp_path / "b").failed == 0
    assert asked(ledger(*ROWS, stray), tmp_path / "c").failed == 1


def test_without_money_lines_nothing_is_examined(tmp_path: Path) -> None:
    assert judged(clean(), tmp_path, "money.ledger").examined == 0
    with open_judged(clean().write(tmp_path / "b")) as facts:
        assert money_by(facts, "payer") is None


def test_every_amount_has_a_place_in_each_group(tmp_path: Path) -> None:
    run = ledger(*ROWS, fates={2: "rejected", 3: "excluded", 4: ""})
    run.fates = [fate for fate in run.fates if fate[2]]
    lines = {by: asked(run, tmp_path / by, by) for by in GROUPS}
    charges = {
        by: {line["group"]: line["source"] for line in found if line["measure"] == "charges"}
        for by, found in lines.items()
    }
    assert charges["payer"] == {"P1": Decimal("100.00"), "": Decimal("1050.50")}
    assert charges["month"] == {"2020-01": Decimal("100.00"), "2020-02": Decimal("1050.50")}
    assert [line["group"] for line in lines["aging"]] == ["0-30", "91+"]
    told = {line.measure: line.document() for line in grouped("patient", lines["patient"])}
    assert told["charges"]["held_back"] == "1050.50"
    assert (told["charges"]["groups"], told["charges"]["partly"]) == (2, 1)
    assert (told["payments"]["left_behind"], told["payments"]["moved"]) == ("60.00", "0.00")
    assert told["adjustments"]["unaccounted"] == "15.00"
    assert {line["by"] for line in told.values()} == {"patient"}


def test_a_row_that_stands_twice_is_combined(tmp_path: Path) -> None:
    import pyarrow as pa

    run = ledger(ROWS[0], ROWS[0], fates={2: "merged"})
    names = ["what", "account", "day"]
    run.relations["keys"] = pa.table(
        {"tbl": ["ledger"] * 3, "col": names, "position": pa.array([1, 2, 3], pa.int64())}
    )
    (line,) = asked(run, tmp_path, "payer")
    assert (line["source"], line["moved"], line["combined"]) == (200, 100, 100)


def test_a_kept_line_comes_back_as_it_was(tmp_path: Path) -> None:
    from dataclasses import asdict

    (line, *_) = grouped("payer", asked(ledger(*ROWS), tmp_path, "payer"))
    kept = {name: str(v) if isinstance(v, Decimal) else v for name, v in asdict(line).items()}
    assert restored_group(kept) == line


def test_periods_of_service_count_for_coverage(tmp_path: Path) -> None:
    run = clean()
    run.add("pol", "p1", "Coverage", "v1", {"period": {"start": "2020-01-01", "end": "2020-12-31"}})
    for name, day in (("k1", "2020-06-01"), ("k2", "2021-06-01")):
        claim = {
            "insurance": [{"coverage": {"reference": "Coverage/v1"}}],
            "item": [{"servicedPeriod": {"start": day}}],
        }
        run.add("claims", "p1", "Claim", name, claim)
    found = judged(run, tmp_path, "money.coverage-in-force")
    assert (found.examined, places(found)) == (2, ["Claim/k2 claims:2 insurance"])


# --- cells ------------------------------------------------------------------------------------


def test_staged_codes_have_the_form_of_their_system(tmp_path: Path) -> None:
    run = clean()
    for row, code in zip(
        run.tables["vitals"], ("29463-7", "29463-8", "x", None, "old", ""), strict=True
    ):
        row["note"] = code
    settings = {"columns": {"vitals.note": {"system": "loinc", "where": "note <> 'old'"}}}
    found = judged(run, tmp_path / "a", "source.codes", settings)
    assert (found.examined, places(found)) == (3, ["vitals:2 note", "vitals:3 note"])
    with pytest.raises(AskedWrongly, match="not known") as caught:
        judged(run, tmp_path / "b", "source.codes", {"columns": {"vitals.note": "leech"}})
    assert caught.value.code == "CHK090"


@pytest.mark.parametrize(
    "text", ["Ren\u00c3\u00a9e", "it\u00e2\u20ac\u2122s", "a\ufffdb", "a\x07b", "98\u00c2\u00b0"]
)
def test_text_that_was_read_wrongly_is_found(tmp_path: Path, text: str) -> None:
    run = clean()
    run.tables["problems"][1]["note"] = text
    found = judged(run, tmp_path, "source.encoding")
    assert places(found) == ["problems:2 note"]


@pytest.mark.parametrize(
    "text",
    [
        "Ren\u00e9e",
        "\u00c3ngela \u00c2ngelo",
        "37.2 \u00b0C",
        "a\tb\r\nc",
        "\u6f22\u5b57",
        "\u20ac5",
    ],
)
def test_good_text_is_left_alone(tmp_path: Path, text: str) -> None:
    run = clean()
    run.tables["problems"][1]["note"] = text
    assert judged(run, tmp_path, "source.encoding").failed == 0


def test_content_of_nobody_is_found(tmp_path: Path) -> None:
    run = clean()
    del run.resource("Observation", "w1-p2")["subject"]
    found = judged(run, tmp_path, "safety.no-patient")
    assert places(found) == ["Observation/w1-p2 vitals:5"]
