"""A drawn sheet of the sample practice: complete, repeatable, durable, and honest about plants."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from migrate.errors import AskedWrongly, NeedsPerson
from migrate.stages.progress import Silent
from migrate.stages.review import draw
from migrate.stages.review.candidates import ALWAYS, MOST_ITEMS, NOT_CLINICAL
from migrate.stages.review.sheet import Sheet, in_words, open_sheet, status
from migrate.store.reviews import ReviewFolder
from migrate.store.workspace import Project, Run
from tests.review_project import WISH, drawn_riverbend, fresh_copy, sheet_of


@pytest.fixture(scope="module")
def drawn() -> Sheet:
    return sheet_of(Project.open(drawn_riverbend()).run(None))


@pytest.fixture
def copy(tmp_path: Path) -> tuple[Project, Run]:
    return fresh_copy(tmp_path / "project")


def charts(sheet: Sheet) -> list[dict[str, Any]]:
    found = [sheet.chart(n) for n in range(1, sheet.charts + 1)]
    return [chart for chart in found if chart is not None]


def test_a_chart_shows_every_row_and_resource_of_its_patient(drawn: Sheet) -> None:
    run = Project.open(drawn_riverbend()).run(None)
    lineage = pq.read_table(run.file("lineage.parquet")).to_pylist()
    fates = pq.read_table(run.file("fates.parquet")).to_pylist()
    small = [c for c in charts(drawn) if not c["more"]]
    assert small, "no chart of the sheet is shown whole"
    for chart in small:
        own = {(f["tbl"], f["row"]): f for f in fates if f["patient"] == chart["patient"]}
        made = {
            f"{e['type']}/{e['id']}"
            for e in lineage
            if (e["tbl"], e["row"]) in own and e["type"] not in NOT_CLINICAL and e["role"] != "join"
        }
        shown = {item["id"] for item in chart["items"] if not item["fate"]}
        assert made == shown
        rows = {(r["table"], r["row"]) for item in chart["items"] for r in item["rows"]}
        tables = {e["tbl"] for e in lineage if e["type"] not in NOT_CLINICAL}
        lost = {
            at
            for at, fate in own.items()
            if at[0] in tables and fate["fate"] != "mapped" and at not in rows
        }
        assert not lost


def test_long_charts_keep_what_hurts_most(drawn: Sheet) -> None:
    run = Project.open(drawn_riverbend()).run(None)
    long = [c for c in charts(drawn) if c["more"]]
    assert long
    for chart in long:
        kinds = Counter(item["kind"] for item in chart["items"])
        assert sum(kinds.values()) >= MOST_ITEMS
        for kind in ("AllergyIntolerance", "MedicationRequest", "Condition", "Immunization"):
            assert kind in ALWAYS
            lines = (run.fhir / f"{kind}.ndjson").read_text().splitlines()
            wanted = sum(f'"Patient/{chart["patient"]}"' in line for line in lines)
            assert kinds[kind] == wanted


def test_cells_are_what_was_staged_and_every_item_has_an_address(drawn: Sheet) -> None:
    run = Project.open(drawn_riverbend()).run(None)
    chart = charts(drawn)[0]
    for item in chart["items"]:
        assert item["rule"]
        for row in item["rows"]:
            path = run.staged / f"{row['table']}.parquet"
            staged = pq.read_table(path, filters=[("_row", "=", row["row"])]).to_pylist()[0]
            assert (row["file"], row["at"]) == (staged["_file"], staged["_at"])
            assert all(staged[cell["column"]] == cell["value"] for cell in row["cells"])
            filled = {c for c, value in staged.items() if value and not c.startswith("_")}
            assert filled == {cell["column"] for cell in row["cells"]}


def test_the_same_seed_draws_the_same_sheet(drawn: Sheet, copy: tuple[Project, Run]) -> None:
    project, run = copy
    draw.run(project, run, WISH, Silent())
    assert charts(sheet_of(run)) == charts(drawn)
    draw.run(project, run, draw.Wish(at_most=0.3, seed="another"), Silent())
    assert [c["patient"] for c in charts(sheet_of(run))] != [c["patient"] for c in charts(drawn)]


def test_minutes_say_what_fits_and_what_that_proves(copy: tuple[Project, Run]) -> None:
    project, run = copy
    draw.run(project, run, draw.Wish(at_most=0.05, seed="s", minutes=60), Silent())
    told = status(sheet_of(run))
    assert told["sheet"]["estimate_minutes"] <= 60
    assert told["sheet"]["random"] < told["asked"]["charts"]
    assert 0.05 < told["sheet"]["can_prove"] < 1
    assert told["claim"]["if_all_seen"] == 1.0 and told["claim"]["proved"] is None


# --- verdicts ---------------------------------------------------------------------------------


def judge_all(sheet: Sheet, *, notice: bool) -> None:
    for chart in range(1, sheet.charts + 1):
        body = sheet._folder.chart(chart)
        assert body is not None
        for item in body["items"]:
            if item["planted"] and notice:
                now = sheet.judge(chart, item["id"], "wrong", "", "Dr Invented")
                assert (now.verdict, now.planted) == ("", "found")
            sheet.judge(chart, item["id"], "right", "", "Dr Invented")


@pytest.mark.parametrize("notice", [True, False])
def test_planted_differences_measure_attention(copy: tuple[Project, Run], notice: bool) -> None:
    sheet = sheet_of(copy[1])
    planted = {
        (chart, item["id"]): item["planted"]
        for chart in range(1, sheet.charts + 1)
        for item in (sheet._folder.chart(chart) or {})["items"]
        if item["planted"]
    }
    assert len(planted) == WISH.planted == len({chart for chart, _ in planted})
    (chart, item), plan = next(iter(planted.items()))
    shown = next(i for i in (sheet.chart(chart) or {})["items"] if i["id"] == item)
    assert shown["elements"][plan["line"]]["value"] == plan["value"]
    assert "planted" not in shown
    judge_all(sheet, notice=notice)
    now = sheet.progress()
    assert now.complete and now.wrong_charts == 0
    assert (now.attention.judged, now.attention.found) == (4, 4 if notice else 0)
    assert now.claim.proved is not None
    assert now.claim.proved == 1.0 if not notice else now.claim.if_all_seen < now.claim.proved < 1
    shown = next(i for i in (sheet.chart(chart) or {})["items"] if i["id"] == item)
    assert (shown["elements"][plan["line"]]["value"] == plan["value"]) is not notice
    assert in_words(copy[1])[0]


def test_nothing_planted_stands_in_the_resources(drawn: Sheet) -> None:
    manifest = Project.open(drawn_riverbend()).run(None).manifest("map")
    assert manifest is not None
    assert drawn.document["mapped"] == draw.mapped_digest(Project.open(drawn_riverbend()).run(None))


def test_verdicts_outlive_a_kill_and_the_newest_counts(copy: tuple[Project, Run]) -> None:
    run = copy[1]
    sheet = sheet_of(run)
    item = (sheet.chart(1) or {})["items"][-1]["id"]
    sheet.judge(1, item, "wrong", "=HYPERLINK(1)", "Dr Invented")
    path = ReviewFolder(run.folder).folder / "verdicts.jsonl"
    path.write_bytes(path.read_bytes() + b'{"chart":1,"item":"half')
    again = sheet_of(run)
    assert again.judged(1, item).verdict == "wrong"
    again.judge(1, item, "unsure", "", "Dr Invented")
    lines = path.read_bytes().splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == ["wrong", "unsure"]
    assert sheet_of(run).judged(1, item).verdict == "unsure"


def test_wrong_items_become_a_worklist_that_a_spreadsheet_may_open(
    copy: tuple[Project, Run],
) -> None:
    sheet = sheet_of(copy[1])
    item = (sheet.chart(1) or {})["items"][-1]
    sheet.judge(1, item["id"], "wrong", "=HYPERLINK(1)", "Dr Invented")
    path = ReviewFolder(copy[1].folder).folder / "worklist.csv"
    lines = list(csv.DictReader(path.read_text().splitlines()))
    assert [(ln["rule"], ln["table"], ln["row"]) for ln in lines] == [
        (item["rule"], row["table"], str(row["row"])) for row in item["rows"]
    ]
    assert {line["note"] for line in lines} == {"'=HYPERLINK(1)"}
    sheet.judge(1, item["id"], "right", "", "Dr Invented")
    assert len(path.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("chart", "item", "verdict", "note"),
    [
        (1, "Patient/none", "right", ""),
        (99, "x", "right", ""),
        (1, None, "fine", ""),
        (1, None, "right", "n" * 4_001),
    ],
)
def test_rubbish_is_no_verdict(
    copy: tuple[Project, Run], chart: int, item: str | None, verdict: str, note: str
) -> None:
    sheet = sheet_of(copy[1])
    real = (sheet.chart(1) or {})["items"][0]["id"]
    with pytest.raises(ValueError, match=r"no such|at most"):
        sheet.judge(chart, item or real, verdict, note, "Dr Invented")
    assert not (ReviewFolder(copy[1].folder).folder / "verdicts.jsonl").exists()


# --- messages ---------------------------------------------------------------------------------


def test_a_begun_review_is_not_drawn_again(copy: tuple[Project, Run]) -> None:
    project, run = copy
    sheet = sheet_of(run)
    sheet.judge(1, (sheet.chart(1) or {})["items"][0]["id"], "right", "", "Dr Invented")
    with pytest.raises(AskedWrongly) as refused:
        draw.run(project, run, WISH, Silent())
    assert refused.value.code == "REV001"
    assert sheet_of(run).progress().judged == 1


def test_a_sheet_of_older_charts_proves_nothing(copy: tuple[Project, Run]) -> None:
    run = copy[1]
    manifest = run.manifest("map")
    assert manifest is not None
    path = run.fhir / "Patient.ndjson"
    whole = path.read_bytes()
    path.unlink()
    path.write_bytes(whole + b"\n")
    run.finish("map", manifest.inputs, list(run.fhir.glob("*.ndjson")), manifest.facts)
    with pytest.raises(AskedWrongly) as refused:
        open_sheet(run)
    assert refused.value.code == "REV003"
    complete, words = in_words(run)
    assert not complete and "proves nothing" in words[0]


@pytest.mark.parametrize("name", ["sheet.json", "charts.db", "verdicts.jsonl"])
def test_damaged_files_are_said(copy: tuple[Project, Run], name: str) -> None:
    path = ReviewFolder(copy[1].folder).folder / name
    path.write_bytes(b"\x00rubbish\n")
    with pytest.raises(NeedsPerson) as refused:
        open_sheet(copy[1])
    assert refused.value.code == "REV006"
