"""Judges all FHIR of an export with HL7's reference validator and US Core 6.1.0, offline.

    python -m benchmarks.reference_validation SHARED [NAME…]      (``make validate-reference``)

``SHARED`` is the folder with ``reference/validate.sh`` (Java 17) and the corpus; names are keys
of ``EXPORTS``, all of them by default. Prints errors by message, type and element, without
values, and how many were set aside because the code system's content is not there offline.
Exits 1 when an error remains, or when nothing was validated.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any

from benchmarks.one_project import map_export

ROOT = Path(__file__).resolve().parent.parent
EXPORTS: Mapping[str, tuple[str, str]] = {
    "synthea": ("corpus/csv/synthea_ma/csv", "synthea-csv"),
    "riverbend": ("sample_data/riverbend/export", "riverbend-csv"),
}
# The reference's README: contents that are absent offline. LOINC answers and NUCC, too, are
# licensed or not packaged.
ABSENT_SYSTEMS = (
    "http://snomed.info/sct",
    "http://loinc.org",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://hl7.org/fhir/sid/cvx",
    "http://nucc.org/provider-taxonomy",
)
OFFLINE_MESSAGE = "Error_validating_code_running_without_terminology_services"
BATCH = 4_000
_INDEX = re.compile(r"\[\d+\]")


@dataclass(slots=True)
class Verdict:
    """What the validator said of one export."""

    resources: int = 0
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    offline: Counter[str] = field(default_factory=Counter)
    warnings: int = 0
    examples: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, issue: Mapping[str, Any]) -> None:
        """Count one issue, or take the summary's number of resources."""
        if issue.get("summary"):
            self.resources += issue["resources"]
            self.warnings += issue.get("warning", 0)
        elif issue.get("severity") not in ("error", "fatal"):
            return
        elif checkable_offline(issue):
            element = _INDEX.sub("", str(issue.get("expression", "")))
            kind = (str(issue.get("messageId", "no id")), element)
            self.errors[kind] += 1
            self.examples.setdefault(kind, str(issue.get("resource", "")))
        else:
            self.offline[str(issue.get("messageId"))] += 1


def checkable_offline(issue: Mapping[str, Any]) -> bool:
    """Whether an error is about more than a code whose system's content is not here."""
    if issue.get("messageId") != OFFLINE_MESSAGE:
        return True
    return not any(system in issue.get("diagnostics", "") for system in ABSENT_SYSTEMS)


def batches(fhir: Path, work: Path) -> Iterator[Path]:
    """The resources of a run in files of ``BATCH`` lines: the validator keeps what it has seen."""
    lines = (line for path in sorted(fhir.glob("*.ndjson")) for line in path.open("rb"))
    for number in count(1):
        batch = list(islice(lines, BATCH))
        if not batch:
            return
        path = work / f"batch-{number}.ndjson"
        path.write_bytes(b"".join(batch))
        yield path


def issues_of(validate: Path, files: Iterable[Path]) -> Iterator[Mapping[str, Any]]:
    """The validator's errors as it finds them, and its summary."""
    arguments = [str(validate), "-level", "error", *map(str, files)]
    with subprocess.Popen(
        arguments,
        env={"XMX": "6g", **os.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        for line in process.stdout or ():
            if line.startswith("{"):
                yield json.loads(line)


def validate_run(shared: Path, fhir: Path, work: Path) -> Verdict:
    """Validate every resource of a run's ``fhir`` folder."""
    verdict = Verdict()
    for path in batches(fhir, work):
        for issue in issues_of(shared / "reference" / "validate.sh", [path]):
            verdict.add(issue)
        done = f"{verdict.resources} resources, {verdict.errors.total()} errors so far"
        print(done, file=sys.stderr, flush=True)
    return verdict


def validate_export(shared: Path, name: str, work: Path) -> Verdict:
    """Map an export in a project at ``work`` and validate every resource."""
    export, profile = EXPORTS[name]
    folder = shared / export if export.startswith("corpus/") else ROOT / export
    run = map_export(work / "project", folder, profile)
    return validate_run(shared, run / "fhir", work)


def summary(name: str, verdict: Verdict) -> str:
    """The verdict for people, without chart values."""
    lines = [
        f"{name}: {verdict.resources} resources, {verdict.errors.total()} errors, "
        f"{verdict.offline.total()} about codes not checkable offline, "
        f"{verdict.warnings} warnings"
    ]
    for (message, element), times in verdict.errors.most_common():
        first = verdict.examples[message, element]
        lines.append(f"  {times:>6}  {message}  {element}  (first: {first})")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Validate the named exports; 0 when no error remains in any of them."""
    if not arguments or not (Path(arguments[0]) / "reference" / "validate.sh").is_file():
        print("usage: python -m benchmarks.reference_validation SHARED [NAME…]", file=sys.stderr)
        return 2
    clean = True
    for name in arguments[1:] or EXPORTS:
        with tempfile.TemporaryDirectory() as scratch:
            verdict = validate_export(Path(arguments[0]), name, Path(scratch))
        print(summary(name, verdict), flush=True)
        clean = clean and verdict.resources > 0 and not verdict.errors
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
