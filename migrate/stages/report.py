"""``report``: one page for the practice and the team, with JSON and CSV of the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import orjson

from migrate import __version__
from migrate.core.gate import Finding, judge
from migrate.core.issues import catalogue
from migrate.core.reconcile.coverage import column_fates
from migrate.core.reconcile.findings import findings_of
from migrate.errors import AskedWrongly
from migrate.report.elements import element_lines
from migrate.report.facts import AlertCount, CodedShare, CodeGap, NoteLine, ReportFacts
from migrate.report.html import report_page
from migrate.report.lists import csv_text, report_lists
from migrate.report.one_page import summary_pdf
from migrate.report.view import report_document
from migrate.report.words import PDF_FILE
from migrate.stages import evidence, gate, validate
from migrate.stages.aged import AGING, AgedAccounts, aged_accounts
from migrate.stages.mapping import project_profile, staged_manifest
from migrate.stages.moneytable import NAMELESS, money_file
from migrate.stages.reconcile import AFTER, read_sheet
from migrate.stages.rehearsals import history
from migrate.store.alerting import alerting
from migrate.store.coding import coded_shares
from migrate.store.files import file_digest, folder_replaced, text_digest
from migrate.store.landed import VERIFY_FILE
from migrate.store.ledger import Ledger
from migrate.store.sides import misses, notes

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.core.gate import Gate
    from migrate.core.model import Manifest
    from migrate.core.reconcile.sheet import Reconciliation
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run

PAGE = "index.html"
STAGES = ("extract", "map", "validate", "reconcile")
Edition = Literal["before", "after"]
_FOLDERS: dict[Edition, str] = {"before": "report", "after": "report-after"}


@dataclass(frozen=True, slots=True)
class Page:
    """Where the page lies that was asked for; ``skipped`` when nothing had changed."""

    path: Path
    skipped: bool


def run(project: Project, run: Run, progress: Progress) -> Page:
    """Write the report before loading (``report/``), and after a load ``report-after/`` too.

    The report before loading is bound by signatures, so what is learnt later never changes it.
    Each folder has index.html, summary.pdf (one page), report.json and lists/*.csv; they hold
    counts and names of tables and no chart value, so they may be mailed. ``evidence/`` is the page
    before loading with the values behind the counts.

    Raises AskedWrongly when the run has not been reconciled.
    """
    if read_sheet(run) is None:
        raise AskedWrongly("PRJ007", "the run is not reconciled yet", try_="ehr-migrate reconcile")
    page = _write(project, run, "before", progress)
    if run.file(AFTER).is_file():
        page = _write(project, run, "after", progress)
    return page


def _write(project: Project, run: Run, edition: Edition, progress: Progress) -> Page:
    folder = run.file(_FOLDERS[edition])
    stage = _FOLDERS[edition]
    inputs = _inputs(project, run, edition)
    if run.up_to_date(stage, inputs):
        progress.note(f"{stage}: nothing has changed, skipped")
        return Page(folder / PAGE, skipped=True)
    progress.start("writing the report")
    run.unfinish(stage)
    facts = _facts(project, run, edition)
    aged = _aged(project, run, facts.manifest)
    facts = replace(facts, aged=aged.totals if aged else ())
    document = report_document(facts)
    with folder_replaced(folder) as fresh:
        (fresh / "lists").mkdir()
        (fresh / PAGE).write_text(report_page(document), "utf-8")
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
        (fresh / "report.json").write_bytes(orjson.dumps(document, option=options))
        (fresh / PDF_FILE).write_bytes(summary_pdf(document))
        lists = report_lists(facts.sheet, document)
        header = ("standard", "group", "element", "present", "of", "state")
        lists["elements.csv"] = csv_text(header, element_lines(facts.elements))
        lists |= {
            money_file(by): path.read_text("utf-8")
            for by in NAMELESS
            if (path := run.file("reconciliation") / money_file(by)).is_file()
        }
        for name, text in lists.items():
            (fresh / "lists" / name).write_text(text, "utf-8", newline="")
    folders = [folder]
    if edition == "before":
        profile = project_profile(project, facts.manifest)
        differing = aged.differences if aged else ()
        folders.append(evidence.write(run, document, facts.manifest, profile, differing))
    outputs = [path for made in folders for path in made.rglob("*") if path.is_file()]
    run.finish(stage, inputs, outputs, {"ready": facts.gate.ready})
    progress.done()
    return Page(folder / PAGE, skipped=False)


def _inputs(project: Project, run: Run, edition: Edition) -> dict[str, str]:
    inputs = {stage: _stage_digest(run, stage) for stage in STAGES}
    accepted = project.folder / gate.ACCEPTED
    inputs["accepted"] = file_digest(accepted) if accepted.is_file() else ""
    by_account = project.folder / AGING
    inputs["aging"] = file_digest(by_account) if by_account.is_file() else ""
    settings = project.settings
    target = f"{settings.target.kind}:{settings.target.address}"
    inputs["settings"] = text_digest(settings.name, target)
    earlier = [one for one in project.runs() if one.id < run.id]
    inputs["rehearsals"] = text_digest(
        *(_stage_digest(one, stage) for one in earlier for stage in ("validate", "reconcile"))
    )
    if edition == "after":
        inputs["after"] = file_digest(run.file(AFTER))
        verified = run.file(VERIFY_FILE)
        inputs["verify"] = file_digest(verified) if verified.is_file() else ""
    return inputs


def _stage_digest(run: Run, stage: str) -> str:
    """One digest over what a stage wrote; '' when it has not ended."""
    manifest = run.manifest(stage)
    if manifest is None:
        return ""
    return text_digest(*(f"{name}={manifest.outputs[name]}" for name in sorted(manifest.outputs)))


def _facts(project: Project, run: Run, edition: Edition) -> ReportFacts:
    manifest = staged_manifest(run)
    profile = project_profile(project, manifest)
    accepted = gate.accepted_findings(project.folder / gate.ACCEPTED)
    checked = validate.last_validation(run, accepted)
    settings = project.settings
    return ReportFacts(
        edition=edition,
        project=settings.name,
        run=run.id,
        tool_version=__version__,
        profile=profile.name,
        profile_digest=profile.digest,
        id_key=project.id_key_fingerprint(),
        target=f"{settings.target.kind}:{settings.target.address}",
        manifest=manifest,
        sheet=_sheet(run, edition),
        gate=gate.evaluate(project, run) if edition == "before" else _arrival(run),
        findings=gate.findings(run),
        checks=() if checked is None else checked.published(),
        columns=column_fates(profile, manifest.tables),
        coded=tuple(CodedShare(*share) for share in coded_shares(run.fhir)),
        alerting=_alerting(run),
        code_gaps=_code_gaps(run),
        notes=_notes(run),
        rehearsals=history(project, run),
        stages={stage: digest for stage in STAGES if (digest := _stage_digest(run, stage))},
        elements=validate.elements_held(run),
    )


def _aged(project: Project, run: Run, manifest: Manifest) -> AgedAccounts | None:
    profile = project_profile(project, manifest)
    with Ledger(run.folder, manifest, profile) as ledger:
        return aged_accounts(project, ledger, manifest, profile)


def _alerting(run: Run) -> tuple[AlertCount, ...]:
    with alerting(run.fhir) as view:
        return tuple(AlertCount(*line) for line in view.counts())


def _arrival(run: Run) -> Gate:
    """What speaks against the load being whole: missing records, differences at reading back."""
    findings = [f for f in findings_of(_sheet(run, "after")) if f.code == "REC030"]
    path = run.file(VERIFY_FILE)
    off = orjson.loads(path.read_bytes())["findings"] if path.is_file() else {}
    for code, count in off.items():
        known = catalogue().get(code)
        findings.append(Finding(code, "target", count, "error", known.title if known else code))
    return judge(findings, ())


def _sheet(run: Run, edition: Edition) -> Reconciliation:
    sheet = read_sheet(run, after=edition == "after")
    assert sheet is not None
    return sheet


def _code_gaps(run: Run) -> tuple[CodeGap, ...]:
    """Misses without their codes, which are values of the export."""
    gaps: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for miss in misses(run.folder):
        counts = gaps[miss.crosswalk, miss.table, miss.column, miss.outcome]
        counts[0] += 1
        counts[1] += miss.rows
    lines = [CodeGap(*key, codes, rows) for key, (codes, rows) in gaps.items()]
    return tuple(sorted(lines, key=lambda gap: (-gap.rows, gap.crosswalk, gap.table, gap.column)))


def _notes(run: Run) -> tuple[NoteLine, ...]:
    """What was noticed, rules of one column added up, most rows first."""
    rows: dict[tuple[str, str, str], int] = defaultdict(int)
    for note in notes(run.folder):
        rows[note.code, note.table, note.column] += note.rows
    lines = [NoteLine(*key, count) for key, count in rows.items()]
    return tuple(sorted(lines, key=lambda note: (-note.rows, note.code, note.table, note.column)))
