"""``validate``: the run judged by the suites that ``migration.toml`` chooses.

Writes ``checks.json`` (every check with its counts, verdict, fields and the first addresses),
``findings/<check>.parquet`` with the addresses of all that failed (type, id, tbl, row, column,
element) and ``gaps.json`` (what the run holds of USCDI v3 and of US Core's must-support elements).
No chart value is in any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson

from migrate.core.gate import Finding, judge
from migrate.core.issues import code as issue_code
from migrate.core.ports import Outcome
from migrate.core.suites import Choice, SuiteText, choose, verdict
from migrate.errors import AskedWrongly, MigrateError
from migrate.stages.mapping import project_profile, staged_manifest
from migrate.stages.secondpath import second_path, second_path_file
from migrate.stages.suites import chosen_suites
from migrate.store.files import file_digest, folder_replaced, text_digest, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.core.gate import AcceptedFinding
    from migrate.core.ports import Check, Facts
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run

CHECKS_FILE = "checks.json"
GAPS_FILE = "gaps.json"
FINDINGS = "findings"
NOT_RUN, BROKEN = "CHK092", "CHK091"
_PUBLISHED = (
    "id",
    "category",
    "severity",
    "examined",
    "failed",
    "threshold",
    "verdict",
    "waived_by",
    "code",
)


@dataclass(frozen=True, slots=True)
class Validation:
    """What the checks said; ``accepted`` is the project's list, for ``waived_by``."""

    run: Run
    checks: tuple[Mapping[str, Any], ...]
    accepted: tuple[AcceptedFinding, ...]
    skipped: bool

    def published(self) -> list[dict[str, Any]]:
        """The checks in the form of ``validate --json``."""
        waived = {
            (finding.code, finding.where): f"{entry.by} ({entry.role})"
            for finding, entry in judge(_findings(self.checks), self.accepted).accepted
        }
        lines = [{name: check[name] for name in _PUBLISHED} for check in self.checks]
        for line in lines:
            line["waived_by"] = line["waived_by"] or waived.get((line["code"], line["id"]))
        return lines

    def document(self) -> dict[str, object]:
        """The published part of ``validate --json``."""
        return {"checks": self.published(), "findings": FINDINGS, "skipped": self.skipped}

    def lines(self) -> list[str]:
        """The same in words: how many of each verdict, then what did not pass."""
        verdicts = ("pass", "warn", "fail", "not-applicable")
        counts = {name: sum(check["verdict"] == name for check in self.checks) for name in verdicts}
        said = [", ".join(f"{count} {name}" for name, count in counts.items() if count)]
        for check in self.checks:
            if check["verdict"] in ("warn", "fail"):
                title = issue_code(check["code"]).title
                figures = f"{check['failed']:,} of {check['examined']:,}"
                said.append(f"  {check['verdict']}  {check['id']}: {title} ({figures})")
        return said


def run(project: Project, run: Run, progress: Progress, *, force: bool = False) -> Validation:
    """Judge a mapped run. Raises AskedWrongly when it is not mapped or a suite is not valid."""
    from migrate.plugins import packs
    from migrate.stages.gate import ACCEPTED, accepted_findings

    mapped = run.manifest("map")
    if mapped is None:
        raise AskedWrongly("PRJ007", "nothing is mapped yet", try_="ehr-migrate map")
    found = packs()
    texts = chosen_suites(project, found)
    checks = {check.id: check for pack in found for check in pack.checks()}
    choices = choose(texts, checks)
    inputs = {
        "map": text_digest(*(f"{name}={mapped.outputs[name]}" for name in sorted(mapped.outputs))),
        "input": mapped.inputs.get("input", ""),
        "profile": mapped.inputs.get("profile", ""),
        "suites": _digest_of(texts, checks),
    }
    second = second_path_file(project, project_profile(project, staged_manifest(run)))
    if second is not None:
        inputs["second path"] = file_digest(second)
    skipped = not force and run.up_to_date("validate", inputs)
    if skipped:
        progress.note("validate: nothing has changed, skipped")
    else:
        _validate(project, run, choices, checks, inputs, progress)
    accepted = accepted_findings(project.folder / ACCEPTED)
    return Validation(run, _read(run) or (), accepted, skipped)


def last_validation(run: Run, accepted: Sequence[AcceptedFinding]) -> Validation | None:
    """What the checks said since the last mapping; None when they have not run."""
    checks = _read(run) if run.manifest("validate") is not None else None
    return None if checks is None else Validation(run, checks, tuple(accepted), skipped=True)


def findings(run: Run) -> tuple[Finding, ...]:
    """What the checks found, warnings too; ``where`` is the check's id.

    A run that was not validated since its mapping is itself a finding.
    """
    checks = _read(run) if run.manifest("validate") is not None else None
    if checks is None:
        title = issue_code(NOT_RUN).title
        return (Finding(NOT_RUN, "run", 1, "error", f"{title}: ehr-migrate validate"),)
    return tuple(_findings(checks))


def gap_document(facts: Facts) -> dict[str, object]:
    """``gaps.json``: elements of USCDI v3 and of US Core, each with the resources that hold it."""
    from migrate.core.gaps import must_support, uscdi
    from migrate.engine.gaps import held

    standards = {"uscdi": uscdi(), "us_core": must_support()}
    return {name: [h.document() for h in held(facts, asked)] for name, asked in standards.items()}


def elements_held(run: Run) -> Mapping[str, Any]:
    """``gaps.json`` of the run as it was validated last; empty without."""
    path = run.file(GAPS_FILE)
    if run.manifest("validate") is None or not path.is_file():
        return {}
    found: dict[str, Any] = orjson.loads(path.read_bytes())
    return found


def _findings(checks: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for check in checks:
        if check["verdict"] in ("warn", "fail"):
            title = issue_code(check["code"]).title
            yield Finding(
                check["code"], check["id"], max(check["failed"], 1), check["severity"], title
            )


def _read(run: Run) -> tuple[Mapping[str, Any], ...] | None:
    path = run.file(CHECKS_FILE)
    return tuple(orjson.loads(path.read_bytes())["checks"]) if path.is_file() else None


def _digest_of(texts: Sequence[SuiteText], checks: Mapping[str, Check]) -> str:
    return text_digest(*(text.text for text in texts), *sorted(checks))


def _validate(
    project: Project,
    run: Run,
    choices: Sequence[Choice],
    checks: Mapping[str, Check],
    inputs: Mapping[str, str],
    progress: Progress,
) -> None:
    from migrate.engine.judging import open_judged
    from migrate.stages.claims import last_export, profile_relations

    run.unfinish("validate", "report", "plan")
    manifest = staged_manifest(run)
    profile = project_profile(project, manifest)
    relations = {**profile_relations(profile, manifest), **last_export(project, run, manifest)}
    definitions = second_path(second_path_file(project, profile))
    with (
        folder_replaced(run.file(FINDINGS)) as folder,
        open_judged(run.folder, relations, definitions=definitions) as facts,
    ):
        entries = carry_out(facts, choices, checks, folder, progress)
        write_json(run.file(GAPS_FILE), gap_document(facts))
    write_json(run.file(CHECKS_FILE), {"checks": entries})
    counts: dict[str, int] = {}
    for entry in entries:
        counts[str(entry["verdict"])] = counts.get(str(entry["verdict"]), 0) + 1
    outputs = [run.file(CHECKS_FILE), run.file(GAPS_FILE), *run.file(FINDINGS).glob("*.parquet")]
    run.finish("validate", inputs, outputs, {"verdicts": counts})


def carry_out(
    facts: Facts,
    choices: Sequence[Choice],
    checks: Mapping[str, Check],
    folder: Path,
    progress: Progress,
) -> list[dict[str, object]]:
    """Run the chosen checks; their entries for ``checks.json``, their addresses in ``folder``."""
    progress.start("checking", len(choices))
    entries = []
    for choice in choices:
        check = checks[choice.id]
        outcome = _outcome(check, facts, choice)
        if outcome is not None and outcome.places is not None and outcome.failed:
            from pyarrow import parquet

            parquet.write_table(outcome.places, folder / f"{choice.id}.parquet")
        entries.append(_entry(check, choice, outcome))
        progress.advance()
    progress.done()
    return entries


def _outcome(check: Check, facts: Facts, choice: Choice) -> Outcome | None:
    """What a check found; None when it broke, which is a finding and never a pass."""
    if choice.off:
        return Outcome(0, 0)
    try:
        return check.run(facts, {**check.defaults, **choice.settings})
    except MigrateError as error:
        if error.exit_code != 101:
            raise
        return None
    except Exception:  # its text may quote a chart
        return None


def _entry(check: Check, choice: Choice, outcome: Outcome | None) -> dict[str, object]:
    known: dict[str, object] = {
        "id": check.id,
        "category": check.category,
        "severity": choice.severity,
        "threshold": choice.threshold.document(),
        "waived_by": choice.waived_by,
    }
    if outcome is None:
        severity = "error" if choice.severity == "warning" else choice.severity
        broken = {"severity": severity, "code": BROKEN, "verdict": "fail"}
        return known | broken | {"examined": 0, "failed": 0, "parts": [], "issues": []}
    return known | {
        "code": check.code,
        "verdict": verdict(choice, outcome),
        "examined": outcome.examined,
        "failed": outcome.failed,
        "parts": [asdict(part) for part in outcome.parts],
        "issues": [
            {
                "code": issue.code,
                "message": issue.message,
                "rows": issue.rows,
                **{name: value for name, value in asdict(issue.address).items() if value},
            }
            for issue in outcome.issues
        ],
    }
