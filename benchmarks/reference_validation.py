"""Judges all FHIR of an export with HL7's reference validator and US Core 6.1.0, offline.

    python -m benchmarks.reference_validation SHARED [NAME…]      (``make validate-reference``)

``SHARED`` is the folder with ``reference/validate.sh`` (Java 17) and the corpus; names are keys
of ``EXPORTS``, all of them by default. Prints errors by message, type and element, without
values, and how many were set aside because the code system's content is not there offline.
Exits 1 when an error remains, or when nothing was validated.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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
OFFLINE_MESSAGES = frozenset(
    {
        "Error_validating_code_running_without_terminology_services",
        "Terminology_TX_NoValid_Offline",
    }
)
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
            self.resources = issue["resources"]
        elif issue.get("severity") not in ("error", "fatal"):
            self.warnings += issue.get("severity") == "warning"
        elif checkable_offline(issue):
            element = _INDEX.sub("", str(issue.get("expression", "")))
            kind = (str(issue.get("messageId", "no id")), element)
            self.errors[kind] += 1
            self.examples.setdefault(kind, str(issue.get("resource", "")))
        else:
            self.offline[str(issue.get("messageId"))] += 1


def checkable_offline(issue: Mapping[str, Any]) -> bool:
    """Whether an error is about more than a code whose system's content is not here."""
    if issue.get("messageId") not in OFFLINE_MESSAGES:
        return True
    return not any(system in issue.get("diagnostics", "") for system in ABSENT_SYSTEMS)


def issues_of(validate: Path, files: Iterable[Path]) -> Iterator[Mapping[str, Any]]:
    """The validator's issues, errors and warnings, as it finds them."""
    arguments = [str(validate), "-level", "warning", *map(str, files)]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        for line in process.stdout or ():
            if line.startswith("{"):
                yield json.loads(line)


def validate_export(shared: Path, name: str, work: Path) -> Verdict:
    """Map an export in a project at ``work`` and validate every resource."""
    export, profile = EXPORTS[name]
    folder = shared / export if export.startswith("corpus/") else ROOT / export
    run = map_export(work, folder, profile)
    verdict = Verdict()
    for issue in issues_of(
        shared / "reference" / "validate.sh", sorted((run / "fhir").glob("*.ndjson"))
    ):
        verdict.add(issue)
    return verdict


def summary(name: str, verdict: Verdict) -> str:
    """The verdict for people, without chart values."""
    lines = [
        f"{name}: {verdict.resources} resources, {verdict.errors.total()} errors, "
        f"{verdict.offline.total()} about codes not checkable offline, "
        f"{verdict.warnings} warnings"
    ]
    for (message, element), count in verdict.errors.most_common():
        first = verdict.examples[message, element]
        lines.append(f"  {count:>6}  {message}  {element}  (first: {first})")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Validate the named exports; 0 when no error remains in any of them."""
    if not arguments or not (Path(arguments[0]) / "reference" / "validate.sh").is_file():
        print("usage: python -m benchmarks.reference_validation SHARED [NAME…]", file=sys.stderr)
        return 2
    clean = True
    for name in arguments[1:] or EXPORTS:
        with tempfile.TemporaryDirectory() as scratch:
            verdict = validate_export(Path(arguments[0]), name, Path(scratch) / "project")
        print(summary(name, verdict), flush=True)
        clean = clean and verdict.resources > 0 and not verdict.errors
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
