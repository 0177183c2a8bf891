"""The sample practice: the generator writes what is committed, and the answer key fits it."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from sample_data.generate import build
from sample_data.generate.world import FREEZE

RIVERBEND = Path(__file__).resolve().parents[2] / "sample_data" / "riverbend"
EXPORT = RIVERBEND / "export"
CHANGED_BY_DEFECT = {"EXT010", "EXT011", "EXT013", "EXT014"}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def key() -> list[dict[str, str]]:
    return rows(RIVERBEND / "answer_key.csv")


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return build()


def test_generator_writes_the_committed_bytes(made: dict[str, bytes]) -> None:
    kept = {
        path.relative_to(RIVERBEND).as_posix(): path.read_bytes()
        for path in RIVERBEND.rglob("*")
        if path.is_file() and path.name != "accepted.csv"
    }
    assert sorted(made) == sorted(kept)
    assert [path for path, content in made.items() if kept[path] != content] == []


def test_second_build_is_the_same(made: dict[str, bytes]) -> None:
    assert build() == made


def test_export_is_small_and_wide() -> None:
    tables = list(EXPORT.glob("*.csv"))
    assert len(tables) >= 20
    assert sum(path.stat().st_size for path in EXPORT.rglob("*") if path.is_file()) < 3_000_000
    assert {path.suffix for path in EXPORT.rglob("docs/*/*")} == {".pdf", ".tif", ".rtf", ".txt"}


def test_key_has_enough_rows_of_enough_kinds() -> None:
    kinds = Counter(line["defect"] for line in key())
    assert len(kinds) >= 15
    assert sum(kinds.values()) >= 40


def test_every_key_row_is_where_it_says(made: dict[str, bytes]) -> None:
    for line in key():
        if line["table"] == "export_files":
            assert (EXPORT / line["key"]).is_file()
            continue
        text = made[f"export/{line['table']}.csv"].decode("utf-8-sig")
        first = line["key"].split("|")[0]
        if line["expected_code"] in CHANGED_BY_DEFECT or line["table"] in broken_tables():
            assert f"\n{first}," in text, line
        else:
            lines = list(csv.reader(text.splitlines(keepends=True)))
            assert lines[int(line["row"])][0] == first, line


def broken_tables() -> set[str]:
    """Tables whose quotes are broken on purpose: a plain reader cannot count their rows."""
    return {line["table"] for line in key() if line["expected_code"] == "EXT011"}


def test_no_real_looking_numbers(made: dict[str, bytes]) -> None:
    text = b"\n".join(content for path, content in made.items() if path.endswith(".csv")).decode()
    assert set(re.findall(r"\b(\d{3})-\d{2}-\d{4}\b", text)) == {"900"}
    phones = re.findall(r"\(?\b\d{3}\)?[- ](\d{3})-\d{4}\b", text)
    assert phones
    assert set(phones) == {"555"}


def test_provider_numbers_have_their_check_digit() -> None:
    for row in rows(EXPORT / "providers.csv"):
        digits = [int(digit) for digit in "80840" + row["NPI"]]
        doubled = [d * 2 - 9 * (d > 4) if i % 2 else d for i, d in enumerate(reversed(digits))]
        assert sum(doubled) % 10 == 0, row["PROV_ID"]


def test_book_goes_on_after_freeze_day() -> None:
    days = {row["APPT_DT"][6:] + row["APPT_DT"][:5] for row in rows(EXPORT / "appointments.csv")}
    assert max(days) > FREEZE.strftime("%Y%m/%d")


def test_three_controls_disagree() -> None:
    controls = {row["name"]: row["value"] for row in rows(RIVERBEND / "controls.csv")}
    patients = Counter(row["STATUS"] for row in rows(EXPORT / "patients.csv"))
    visits = Counter(row["START_DTTM"][:4] for row in rows(EXPORT / "encounters.csv"))
    documents = Counter(row["CATEGORY"] for row in rows(EXPORT / "documents.csv"))
    assert int(controls["patients inactive"]) == patients["I"] + 3
    assert int(controls["visits 2017"]) == visits["2017"] + 6
    assert int(controls["documents lab"]) == documents["LAB"] + 2
    assert int(controls["patients active"]) == patients["A"]
    assert int(controls["visits 2019"]) == visits["2019"]
