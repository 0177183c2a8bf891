"""``extract``: keep the export as staged tables, as text, interpreting nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from migrate.core.ports import ExtractEvent, ExtractRequest, TableDone
from migrate.core.profiles.declared import declared_tables
from migrate.errors import FailedForNow
from migrate.plugins import profile_library
from migrate.stages.source import (
    choose_extractor,
    kinds_of_files,
    named_files,
    source_digest,
    source_state,
)
from migrate.store.exports import current_export
from migrate.store.files import text_digest
from migrate.store.staging import counts, read_issues, read_manifest, stage, staged_outputs

if TYPE_CHECKING:
    from migrate.core.issues import Issue
    from migrate.core.model import Manifest
    from migrate.stages.progress import Progress
    from migrate.store.exports import Export
    from migrate.store.workspace import Project, Run

_LATER = ("map", "validate", "reconcile", "report", "plan")


@dataclass(frozen=True, slots=True)
class Extracted:
    """What is staged now; ``skipped`` when the export and its settings had not changed."""

    run: Run
    manifest: Manifest
    issues: tuple[Issue, ...]
    skipped: bool

    def document(self) -> dict[str, object]:
        """extractor, tables with rows and rejects, other files, issues, skipped."""
        return {
            "extractor": self.manifest.extractor,
            "tables": [
                {
                    "table": table.name,
                    "source": table.source_name,
                    "files": [file.path for file in named_files(table.files)],
                    "file_count": len(table.files),
                    "columns": len(table.columns),
                    "rows": table.rows,
                    "rejected": table.rejected,
                    "declared_rows": table.declared_rows,
                }
                for table in self.manifest.tables
            ],
            "other_files": kinds_of_files(self.manifest.other_files),
            "issues": [
                {
                    "code": issue.code,
                    "severity": issue.severity,
                    "message": issue.message,
                    "rows": issue.rows,
                }
                for issue in self.issues
            ],
            "skipped": self.skipped,
        }

    def lines(self) -> list[str]:
        """The result for a terminal."""
        total = counts(self.manifest)
        lines = ["nothing has changed since it was staged"] if self.skipped else []
        lines += [
            f"{total['tables']} tables, {total['rows']:,} rows staged, "
            f"{total['rejected']:,} held back, {total['other_files']} other files"
        ]
        lines += [
            f"{issue.severity}[{issue.code}]: {issue.message}"
            for issue in self.issues
            if issue.severity != "info"
        ]
        if total["rejected"]:
            lines.append(f"kept: {self.run.rejects('extract')}")
        return lines


def run(project: Project, progress: Progress, export: Export | None = None) -> Extracted:
    """Stage the project's export, unless nothing has changed; a changed export opens a new run.

    ``export`` is a later one than the project is about now.

    Raises AskedWrongly (EXT001, EXT002, EXT023, EXT026, PRJ040), NeedsPerson (EXT020, EXT021,
    EXT024) and FailedForNow (EXT028, the export changed while it was read).
    """
    export = export or current_export(project)
    source = export.location
    extractor = choose_extractor(source, project.settings.source.extractor)
    progress.start("looking at the export")
    state, digest = source_state(source), source_digest(source)
    progress.done()
    inputs = _inputs(project, extractor.name, export.exported_at, digest)
    run = _run_for(project, inputs, export)
    if digest is not None and run.up_to_date("extract", inputs):
        progress.note("extract: nothing has changed, skipped")
        return _outcome(run, skipped=True)
    run.unfinish("extract", *_LATER)
    request = ExtractRequest(source, project.settings.source.options, _chosen(project, source))
    progress.start("extracting")
    staged = stage(
        _watched(extractor.extract(request), progress),
        run.staged,
        run.rejects("extract"),
        extractor=extractor.name,
        exported_at=export.exported_at,
        digest=digest,
    )
    progress.done()
    if state != source_state(source):
        raise FailedForNow(
            "EXT028",
            "the export changed while it was read",
            kept="nothing of it is used",
            try_="wait until the copying has ended, then run the same command again",
        )
    inputs.setdefault("input", staged.manifest.input_digest)
    outputs = staged_outputs(run.staged, run.rejects("extract"))
    run.finish("extract", inputs, outputs, dict(counts(staged.manifest)))
    return _outcome(run, skipped=False)


def _inputs(
    project: Project, extractor: str, exported_at: str, digest: str | None
) -> dict[str, str]:
    """What an extraction depends on; without ``input`` where only reading can tell."""
    source = project.settings.source
    options = orjson.dumps(dict(source.options), option=orjson.OPT_SORT_KEYS).decode()
    settings = text_digest(extractor, exported_at, options)
    return {"settings": settings} | ({} if digest is None else {"input": digest})


def _chosen(project: Project, location: str) -> frozenset[str] | None:
    """Of a database only the tables that the profile names, unless all are asked for."""
    source = project.settings.source
    if "://" not in location or source.options.get("all_tables") is True:
        return None
    return declared_tables(source.profile, profile_library(project.folder)).named or None


def _run_for(project: Project, inputs: dict[str, str], export: Export) -> Run:
    """The newest run where it is this export's, finished or begun; else a new one."""
    newest = project.latest()
    digest = text_digest(*(inputs[name] for name in sorted(inputs)))
    if newest is not None:
        manifest = newest.manifest("extract")
        if manifest is not None and dict(manifest.inputs) == inputs:
            return newest
        if manifest is None and newest.id.endswith(digest[:6]):
            return newest
    return project.new_run(digest, export=export.text(project))


def _watched(events: Iterable[ExtractEvent], progress: Progress) -> Iterator[ExtractEvent]:
    for event in events:
        if isinstance(event, TableDone):
            progress.advance()
        yield event


def _outcome(run: Run, *, skipped: bool) -> Extracted:
    manifest = read_manifest(run.staged / "manifest.json")
    return Extracted(run, manifest, read_issues(run.staged), skipped)
