"""Draws the sheet of a review: which charts, shown how, with which planted differences."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.core.review.claim import sample_size, upper_share
from migrate.core.review.sampling import draw, planted_places, seconds_of, strata_sizes
from migrate.errors import AskedWrongly
from migrate.stages.mapping import project_profile, staged_manifest
from migrate.store.files import folder_replaced, text_digest
from migrate.store.lock import writing
from migrate.store.reviews import FOLDER, ReviewFolder, write_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run

PLANTED = 10
AT_MOST = 0.01


@dataclass(frozen=True, slots=True)
class Wish:
    """What to draw: a claim (share of wrong charts to rule out), a seed, minutes to spend, and
    how many planted differences. ``seed`` None: one is made and written down."""

    at_most: float = AT_MOST
    seed: str | None = None
    minutes: int | None = None
    planted: int = PLANTED


def mapped_digest(run: Run) -> str:
    """One digest over what the mapping wrote. Raises AskedWrongly when it has not ended."""
    manifest = run.manifest("map")
    if manifest is None:
        raise AskedWrongly("PRJ007", "the run is not mapped yet", try_="ehr-migrate map")
    return text_digest(*(f"{name}={manifest.outputs[name]}" for name in sorted(manifest.outputs)))


def run(project: Project, run: Run, wish: Wish, progress: Progress) -> ReviewFolder:
    """Draw the sheet and write it into ``review/``, in place of one without verdicts.

    Raises AskedWrongly (REV001 a sheet with verdicts on these charts is there; REV002 no
    charts).
    """
    from migrate.engine.facts import open_facts
    from migrate.stages.review.candidates import candidates
    from migrate.stages.review.charts import Charts

    digest = mapped_digest(run)
    folder = ReviewFolder(run.folder)
    manifest = staged_manifest(run)
    profile = project_profile(project, manifest)
    seed = wish.seed or secrets.token_hex(8)
    with writing(project.folder), open_facts(run.folder) as facts:
        _refuse_begun(folder, digest)
        progress.start("finding charts")
        every = candidates(facts, profile, manifest.exported_at)
        if not every:
            raise AskedWrongly(
                "REV002", "the run has no patient, so no chart", try_="ehr-migrate status"
            )
        size = sample_size(wish.at_most, len(every))
        drawn = draw(every, seed, size, wish.minutes)
        progress.start("gathering the drawn charts", len(drawn))
        charts = Charts(facts, profile, drawn, seed)
        places = set(planted_places(len(drawn), wish.planted, seed))
        random = sum(1 for one in drawn if one.part == "random")
        sheet = {
            "seed": seed,
            "mapped": digest,
            "population": len(every),
            "at_most": wish.at_most,
            "needed": size,
            "random": random,
            "risk": len(drawn) - random,
            "minutes": wish.minutes,
            "estimate_minutes": -(-seconds_of(drawn) // 60),
            "can_prove": upper_share(random, 0, len(every), 0.05),
            "strata": strata_sizes(every),
            "drawn_strata": strata_sizes([one.candidate for one in drawn]),
        }

        def filled() -> Iterator[dict[str, object]]:
            for n, one in enumerate(drawn):
                yield charts.chart(n + 1, one, plant=n in places)
                progress.advance()

        with folder_replaced(run.folder / FOLDER) as fresh:
            write_sheet(fresh, sheet, filled())
        progress.done()
    return folder


def _refuse_begun(folder: ReviewFolder, digest: str) -> None:
    """Verdicts are not thrown away: those of the same charts keep their sheet."""
    sheet = folder.sheet()
    if sheet is None or sheet["mapped"] != digest or next(folder.verdicts(), None) is None:
        return
    raise AskedWrongly(
        "REV001",
        "a review of these charts has begun already",
        kept="the sheet and every verdict",
        try_="ehr-migrate review goes on with it; move the run's review folder away to start anew",
    )
