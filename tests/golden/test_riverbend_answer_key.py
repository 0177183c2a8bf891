"""Every seeded defect of the sample practice meets the fate that the answer key says."""

from __future__ import annotations

import duckdb
import pytest

from tests.corpus.synthea import Mapped
from tests.golden.riverbend import RIVERBEND, lines_of, mapped_riverbend

Address = tuple[str, int]


@pytest.fixture(scope="module")
def riverbend() -> Mapped:
    return mapped_riverbend()


@pytest.fixture(scope="module")
def key(riverbend: Mapped) -> dict[Address, dict[str, str]]:
    """The answer key by table and row; a file's row is found by its path."""
    lines = {}
    for line in lines_of(RIVERBEND / "answer_key.csv"):
        row = int(line["row"]) if line["row"] else file_row(riverbend, line["key"])
        lines[line["table"], row] = line
    return lines


def file_row(riverbend: Mapped, path: str) -> int:
    staged = riverbend.run / "staged" / "export_files.parquet"
    ((row,),) = duckdb.sql(
        f"SELECT _row FROM read_parquet('{staged}') WHERE path = $path", params={"path": path}
    ).fetchall()
    return int(row)


def expected(key: dict[Address, dict[str, str]], fate: str, prefix: str) -> dict[Address, str]:
    return {
        address: line["expected_code"]
        for address, line in key.items()
        if line["expected_fate"] == fate and line["expected_code"].startswith(prefix)
    }


def test_extraction_holds_back_the_broken_lines_and_no_other(
    riverbend: Mapped, key: dict[Address, dict[str, str]]
) -> None:
    found = {}
    for path in (riverbend.run / "rejects" / "extract").glob("*.parquet"):
        rows = duckdb.sql(f"SELECT row, code FROM read_parquet('{path}')").fetchall()
        found.update({(path.stem, row): code for row, code in rows})
    assert found == expected(key, "rejected", "EXT")


def test_mapping_holds_back_the_seeded_rows_and_no_other(
    riverbend: Mapped, key: dict[Address, dict[str, str]]
) -> None:
    rows = riverbend.sql("SELECT tbl, row, code FROM {fates} WHERE fate = 'rejected'")
    assert {(tbl, row): code for tbl, row, code in rows} == expected(key, "rejected", "MAP")


def test_duplicates_are_combined(riverbend: Mapped, key: dict[Address, dict[str, str]]) -> None:
    wanted = expected(key, "merged", "")
    fates = {(t, r): f for t, r, f in riverbend.sql("SELECT tbl, row, fate FROM {fates}")}
    assert wanted
    assert {address: fates[address] for address in wanted} == dict.fromkeys(wanted, "merged")


def test_the_rest_is_mapped_and_noticed(
    riverbend: Mapped, key: dict[Address, dict[str, str]]
) -> None:
    wanted = expected(key, "mapped", "")
    fates = {(t, r): f for t, r, f in riverbend.sql("SELECT tbl, row, fate FROM {fates}")}
    assert {address: fates[address] for address in wanted} == dict.fromkeys(wanted, "mapped")
    noticed = {code for (code,) in riverbend.sql("SELECT DISTINCT code FROM {notes}")}
    assert {code for code in wanted.values() if code.startswith("MAP")} <= noticed


def test_every_row_has_one_fate(riverbend: Mapped) -> None:
    counted = dict(riverbend.sql("SELECT tbl, count(DISTINCT row) FROM {fates} GROUP BY 1"))
    assert riverbend.sql("SELECT tbl, row FROM {fates} GROUP BY ALL HAVING count(*) > 1") == []
    assert counted == {t.name: t.rows for t in riverbend.manifest.tables if t.rows}
