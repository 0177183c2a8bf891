"""The ``review`` command."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

import click

from migrate.cli.frame import Session, command
from migrate.cli.output import say
from migrate.errors import AskedWrongly

if TYPE_CHECKING:
    from migrate.stages.review.sheet import Sheet

PERCENT = click.FloatRange(0, 100, min_open=True, max_open=True)


def add_to(cli: click.Group) -> None:
    """Add the command of this module."""

    @command(cli, "review")
    @click.option("--as", "name", metavar="NAME", help="Who judges; the account's name if none.")
    @click.option(
        "--at-most",
        type=PERCENT,
        metavar="PERCENT",
        help="The claim: at most so many percent of charts are wrong (1 takes up to 299 charts).",
    )
    @click.option(
        "--minutes", type=click.IntRange(1), metavar="N", help="Draw what fits this time."
    )
    @click.option("--seed", metavar="TEXT", help="Draw the same charts again.")
    @click.option("--planted", type=click.IntRange(0, 200), help="Planted differences (10).")
    @click.option("--draw-only", is_flag=True, help="Draw the sheet; serve nothing.")
    @click.option("--status", "only_status", is_flag=True, help="How far it is; draws nothing.")
    @click.option("--port", type=click.IntRange(0, 65535), default=0, help="A port of your choice.")
    def review(session: Session, **options: Any) -> None:
        """Compare drawn charts with what the old system had, in a browser on this machine."""
        _review(session, **options)


def _review(
    session: Session,
    *,
    name: str | None,
    draw_only: bool,
    only_status: bool,
    port: int,
    **wish: Any,
) -> None:
    from migrate.stages.review import sheet as stage

    found = stage.open_sheet(session.run())
    if found is None and only_status:
        raise AskedWrongly("REV005", "no sheet is drawn yet", try_="ehr-migrate review --draw-only")
    asked = any(value is not None for value in wish.values())
    if found is None or (asked and not only_status):
        found = _draw(session, wish)
    if only_status or draw_only:
        session.result(stage.status(found), *_lines(found), *stage.statement(found))
        return
    _serve(session, found, name or getpass.getuser(), port)


def _draw(session: Session, wish: dict[str, Any]) -> Sheet:
    from migrate.stages.review import draw
    from migrate.stages.review import sheet as stage

    given = {key: value for key, value in wish.items() if value is not None}
    if "at_most" in given:
        given["at_most"] = given["at_most"] / 100
    draw.run(session.project(), session.run(), draw.Wish(**given), session.progress)
    sheet = stage.open_sheet(session.run())
    assert sheet is not None
    return sheet


def _lines(sheet: Sheet) -> list[str]:
    drawn = sheet.document
    return [
        f"sheet: {drawn['random']:,} charts by chance of {drawn['population']:,}, and "
        f"{drawn['risk']:,} chosen for risk; seed {drawn['seed']}",
        f"       about {drawn['estimate_minutes']:,} minutes for a careful reader; if all are "
        f"right it proves at most {100 * drawn['can_prove']:.1f}% wrong",
    ]


def _serve(session: Session, sheet: Sheet, by: str, port: int) -> None:
    from migrate.stages.review import sheet as stage
    from migrate.stages.review.serve import ReviewServer, Service

    title = session.project().settings.name
    with ReviewServer(Service(sheet, title, by), port) as server:
        session.result(
            stage.status(sheet) | {"url": server.url},
            *_lines(sheet),
            f"open:  {server.url}",
            "       (this link opens once; Ctrl-C ends the review, verdicts are kept)",
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            if not session.json:
                say("", *stage.statement(sheet))
