"""Commands that change no stage: status, compare, explain, crosswalk, bundle, archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from migrate.cli.frame import Session, command
from migrate.cli.output import table_lines
from migrate.errors import NotReady


def add_to(cli: click.Group) -> None:
    """Add the commands of this module."""
    _add_rehearsals(cli)
    _add_questions(cli)
    _add_bundle(cli)
    _add_archive(cli)


def _add_rehearsals(cli: click.Group) -> None:
    @command(cli, "status")
    def status(session: Session) -> None:
        """Each stage of the run with its state, and what comes next."""
        from migrate.stages import status as stage

        project = session.project()
        run = session.run() if project.runs() or session.run_name else None
        found = stage.run(project, run)
        rows = [(s.stage, s.state, (s.digest or "")[:12], s.ended or "") for s in found.stages]
        session.result(
            found.document(),
            f"project: {project.settings.name}",
            f"run:     {found.run or 'none yet'} ({len(found.runs)} in all)",
            *table_lines(("stage", "state", "digest", "time"), rows),
            *_history(found.history),
            f"next:    {found.next or 'nothing: loaded and verified'}",
        )

    @command(cli, "compare")
    @click.argument("earlier")
    @click.argument("later", required=False)
    def compare(session: Session, earlier: str, later: str | None) -> None:
        """What changed from run EARLIER to run LATER (the newest): fixed, new, how far to go."""
        from migrate.report.text import changes_lines
        from migrate.stages import rehearsals as stage

        project = session.project()
        session.frame.run = project.run(later or session.run_name)
        found = stage.compare(project.run(earlier), session.frame.run)
        session.result(found.document(), *changes_lines(found.changes))


def _add_questions(cli: click.Group) -> None:
    @command(cli, "explain")
    @click.argument("what", required=False)
    def explain(session: Session, what: str | None) -> None:
        """An issue CODE in words, a resource's sources (TYPE/ID), or a source row (FILE:ROW)."""
        from migrate.stages import explain as stage

        if what is None:
            rows = [(entry.code, entry.severity, entry.title) for entry in stage.all_codes()]
            codes = [{"code": c, "severity": s, "title": t} for c, s, t in rows]
            session.result({"codes": codes}, *(f"{c}  {s:<8} {t}" for c, s, t in rows))
            return
        found = stage.code(what) if stage.is_code(what) else stage.address(session.run(), what)
        session.result(found.document(), found.title, *(f"  {line}" for line in found.lines))

    @command(cli, "crosswalk")
    @click.argument("name")
    @click.option("--worklist", is_flag=True, help="Write the missing codes as a CSV to fill in.")
    def crosswalk(session: Session, name: str, worklist: bool) -> None:
        """The codes that a crosswalk lacks, most frequent first."""
        from migrate.stages import crosswalk as stage

        found = stage.run(session.project(), session.run(), name)
        rows = [(m.source, m.table, m.column, m.outcome, m.rows) for m in found.misses]
        lines = table_lines(("local code", "table", "column", "outcome", "rows"), rows)
        if worklist:
            path = stage.write_worklist(session.project(), found)
            lines.append(f"worklist: {path} (fill in system, code, equivalence and reviewer)")
        session.result(found.document(), f"{found.entries} entries", *lines)


def _add_bundle(cli: click.Group) -> None:
    @command(cli, "bundle")
    @click.argument("folder", type=click.Path(path_type=Path))
    @click.option("--size", type=click.IntRange(1, 10_000), default=500, show_default=True)
    def bundle(session: Session, folder: Path, size: int) -> None:
        """Write the run's resources as FHIR transaction bundles, in an order that can be loaded."""
        from migrate.stages import bundle as stage

        made = stage.run(session.run(), folder, size, session.progress)
        session.result(
            made.document(), f"{made.bundles} bundles of {made.resources} resources: {made.folder}"
        )


def _add_archive(cli: click.Group) -> None:
    @command(cli, "archive")
    @click.argument("folder", type=click.Path(path_type=Path))
    @click.option("--check", is_flag=True, help="Read an archive against its digests instead.")
    def archive(session: Session, folder: Path, check: bool) -> None:
        """Write the old system's rows as charts to keep for the years of retention; or check one.

        FOLDER holds a page a patient, an index, the scans and a list of digests. --check needs no
        project: every file is read, and what was changed, lost or added is named.
        """
        from migrate.stages import archive as stage

        if check:
            found = stage.check(folder)
            lines = [
                f"{words} {name}"
                for words, names in (
                    ("changed:", found.changed),
                    ("missing:", found.missing),
                    ("added:  ", found.added),
                )
                for name in names
            ]
            said = "whole" if found.whole else "NOT whole"
            session.frame.ready = found.whole
            session.result(
                found.document(),
                *lines,
                f"{said}: {found.files:,} files, {found.rows:,} of {found.rows_promised:,} rows",
                f"digest: {found.digest}",
            )
            if not found.whole:
                raise click.exceptions.Exit(NotReady.exit_code)
            return
        made = stage.run(session.project(), session.run(), folder, session.progress)
        session.result(
            made.document(),
            f"archive: {made.folder}",
            f"{made.patients:,} charts, {made.rows:,} rows, {made.unreadable:,} unreadable rows, "
            f"{made.documents:,} documents ({made.documents_absent:,} could not be copied)",
            f"digest: {made.digest} (keep it apart from the archive)",
            f"check:  ehr-migrate archive --check {folder}",
        )


def _history(lines: Sequence[Mapping[str, object]]) -> list[str]:
    """The rehearsals so far, where there are several."""
    if len(lines) < 2:
        return []
    from migrate.report import words

    header = ("run", *(title.lower() for title in words.HISTORY.values()))
    rows = [(line["run"], *(line[name] for name in words.HISTORY)) for line in lines]
    return ["", *table_lines(header, rows), ""]
