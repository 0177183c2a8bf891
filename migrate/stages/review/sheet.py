"""A drawn sheet with its verdicts: what is shown, what is judged, what that proves."""

from __future__ import annotations

import datetime
import sqlite3
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from migrate.core.review.progress import VERDICTS, Judged, ReviewProgress, newest, progress_of
from migrate.errors import AskedWrongly, MigrateError, NeedsPerson
from migrate.report.lists import csv_text
from migrate.stages.review.draw import mapped_digest
from migrate.store.files import write_atomically
from migrate.store.reviews import WORKLIST_FILE, ReviewFolder, Verdict

if TYPE_CHECKING:
    from migrate.store.workspace import Run

LONGEST_NOTE = 4_000
_WORK = frozenset({"wrong", "unsure"})
_WORKLIST = ("rule", "table", "row", "file", "at", "chart", "item", "verdict", "note", "by", "when")


class Sheet:
    """An open review; verdicts are taken by several threads."""

    def __init__(self, folder: ReviewFolder, document: dict[str, Any]) -> None:
        self._folder = folder
        self.document = document
        self._parts = folder.parts()
        self._planted = {(one.chart, one.item): one.planted for one in folder.items()}
        self._given: dict[tuple[int, str], list[Verdict]] = defaultdict(list)
        for verdict in folder.verdicts():
            self._given[verdict.chart, verdict.item].append(verdict)
        self._lock = threading.Lock()
        self._progress: ReviewProgress | None = None

    @property
    def charts(self) -> int:
        """How many charts the sheet has."""
        return len(self._parts)

    def judged(self, chart: int, item: str) -> Judged:
        """What holds of an item now."""
        given = self._given.get((chart, item), ())
        return newest(self._planted[chart, item], [(v.verdict, v.note, v.planted) for v in given])

    def progress(self) -> ReviewProgress:
        """How far the review is and what it proves."""
        if self._progress is None:
            self._progress = self._counted()
        return self._progress

    def _counted(self) -> ReviewProgress:
        by_chart: dict[int, list[Judged]] = defaultdict(list)
        for chart, item in self._planted:
            by_chart[chart].append(self.judged(chart, item))
        return progress_of(self._parts, by_chart, int(self.document["population"]))

    def open_charts(self) -> list[tuple[int, str, int, int]]:
        """(number, part, items, items without a verdict) of every chart, in working order."""
        items: dict[int, list[bool]] = defaultdict(list)
        for chart, item in self._planted:
            items[chart].append(not self.judged(chart, item).verdict)
        return [(n, part, len(items[n]), sum(items[n])) for n, part in self._parts.items()]

    def next_chart(self, after: int = 0) -> int:
        """The first unfinished chart behind this one, or from the start; 0: all are finished."""
        waiting = [number for number, _, _, left in self.open_charts() if left]
        return next((number for number in waiting if number > after), (waiting or [0])[0])

    def chart(self, number: int) -> dict[str, Any] | None:
        """A chart as it is to be shown now: verdicts beside the items, planted lines in place."""
        body = self._folder.chart(number)
        if body is None:
            return None
        for item in body["items"]:
            state = self.judged(number, item["id"])
            plan = item.pop("planted")
            item |= {
                "verdict": state.verdict,
                "note": state.note,
                "found": state.planted == "found",
            }
            if plan is not None and state.planted != "found":
                item["elements"][plan["line"]]["value"] = plan["value"]
        return body

    def judge(self, chart: int, item: str, verdict: str, note: str, by: str) -> Judged:
        """Write a verdict down, and give what holds now. Raises ValueError for a wrong one."""
        if (chart, item) not in self._planted or verdict not in VERDICTS:
            raise ValueError("no such item or verdict")
        if len(note) > LONGEST_NOTE:
            raise ValueError(f"a note has at most {LONGEST_NOTE:,} characters")
        with self._lock:
            shown = self._planted[chart, item] and self.judged(chart, item).planted != "found"
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            given = Verdict(chart, item, verdict, note, by, now, shown)
            before = self.judged(chart, item).verdict
            self._folder.add(given)
            self._given[chart, item].append(given)
            self._progress = None
            after = self.judged(chart, item)
            if {before, after.verdict} & _WORK:
                self._write_worklist()
            return after

    def _write_worklist(self) -> None:
        """``worklist.csv``: a line a source row of every item that is wrong or unsure."""
        lines = []
        for (chart, item), given in sorted(self._given.items()):
            state, last = self.judged(chart, item), given[-1]
            if state.verdict not in _WORK:
                continue
            body = self._folder.chart(chart) or {"items": []}
            shown = next(one for one in body["items"] if one["id"] == item)
            for row in shown["rows"] or [{"table": "", "row": "", "file": "", "at": ""}]:
                address = (row["table"], row["row"], row["file"], row["at"])
                said = (state.verdict, state.note, last.by, last.at)
                lines.append((shown["rule"], *address, chart, item, *said))
        path = self._folder.folder / WORKLIST_FILE
        write_atomically(path, csv_text(_WORKLIST, lines).encode())


def open_sheet(run: Run) -> Sheet | None:
    """The run's drawn sheet; None when there is none.

    Raises AskedWrongly (REV003) when the charts were made again since it was drawn, NeedsPerson
    (REV006) when its files are damaged.
    """
    folder = ReviewFolder(run.folder)
    try:
        document = folder.sheet()
        if document is None:
            return None
        sheet = Sheet(folder, document)
        drawn = document["mapped"]
    except (ValueError, KeyError, TypeError, AssertionError, sqlite3.Error):
        raise NeedsPerson(
            "REV006",
            "the files of the chart review are damaged",
            kept="the files as they are",
            try_="put them back from a copy, or move the review folder away and draw anew",
        ) from None
    if drawn != mapped_digest(run):
        raise AskedWrongly(
            "REV003",
            "the charts were made again after the sheet was drawn",
            kept="the old sheet and its verdicts, in the run's review folder",
            try_="move the review folder away, then: ehr-migrate review",
        )
    return sheet


def status(sheet: Sheet) -> dict[str, Any]:
    """The published document of a review: how it was drawn, how far it is, what it proves."""
    now, drawn = sheet.progress(), sheet.document
    return {
        "population": drawn["population"],
        "asked": {"at_most": drawn["at_most"], "charts": drawn["needed"]},
        "sheet": {
            name: drawn[name]
            for name in ("seed", "random", "risk", "minutes", "estimate_minutes", "can_prove")
        },
        "strata": [
            {
                "stratum": name.partition(":")[0],
                "charts": size,
                "drawn": drawn["drawn_strata"].get(name, 0),
            }
            for name, size in drawn["strata"].items()
        ],
        "charts": {
            "all": now.charts,
            "finished": now.finished,
            "wrong": now.wrong_charts,
            "unsure": now.unsure_charts,
        },
        "items": {"all": now.items, "judged": now.judged, "wrong": now.wrong, "unsure": now.unsure},
        "planted": {"judged": now.attention.judged, "found": now.attention.found},
        "claim": {
            "confidence": 0.95,
            "charts": now.claim.charts,
            "wrong": now.claim.wrong,
            "waiting": now.beyond,
            "if_all_seen": now.claim.if_all_seen,
            "proved": now.claim.proved,
        },
        "complete": now.complete,
        "statement": statement(sheet),
    }


def statement(sheet: Sheet) -> list[str]:
    """What the review proves so far, in the practice's words."""
    now, drawn = sheet.progress(), sheet.document
    size, claim = int(drawn["population"]), now.claim
    lines = [
        f"{now.finished:,} of {now.charts:,} charts are judged, {now.judged:,} of {now.items:,} "
        "items; "
        f"{now.wrong_charts:,} charts have something wrong, {now.unsure_charts:,} something unsure"
    ]
    if not claim.charts:
        return [*lines, "this sample proves nothing yet: no chart drawn by chance is finished"]
    lines.append(
        f"{claim.charts:,} charts drawn by chance out of {size:,} count, {claim.wrong:,} of them "
        f"not right: at 95% confidence at most {_percent(claim.if_all_seen)} of charts are "
        "wrong, if the reader overlooked nothing"
    )
    if claim.proved is None:
        lines.append("no planted difference has come up yet, so attention is not measured")
    else:
        lines.append(
            f"{now.attention.found} of {now.attention.judged} planted differences were noticed; "
            f"counting that in, this sample proves at most {_percent(claim.proved)}"
        )
    if now.beyond:
        lines.append(
            f"{now.beyond:,} finished charts count once the skipped ones before them are judged"
        )
    return lines


def in_words(run: Run) -> tuple[bool, list[str]]:
    """Whether the run's review is complete, and what to say of it to whoever signs."""
    try:
        sheet = open_sheet(run)
    except MigrateError as error:
        return False, [f"chart review: {error.message}; it proves nothing about these charts"]
    if sheet is None:
        return False, ["no chart review was done: nobody has compared charts by eye"]
    return sheet.progress().complete, [f"chart review: {line}" for line in statement(sheet)]


def _percent(share: float) -> str:
    """A bound, rounded up: it must not promise more than is proved.

    >>> _percent(0.00997), _percent(0.5)
    ('1.0%', '50.0%')
    """
    thousandths = -(-round(share * 1e9) // 10**6)
    return f"{thousandths / 10:.1f}%"
