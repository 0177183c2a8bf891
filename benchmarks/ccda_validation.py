"""Judges the FHIR of a folder of C-CDA documents with HL7's validator and US Core, by source.

    python -m benchmarks.ccda_validation SHARED [FOLDER [EVERY]]      (``make ccda-validate``)

``FOLDER`` (default: the corpus's 11 sources) is mapped once; a resource belongs to the source
whose file holds its first row. ``EVERY`` n validates every n-th resource of a type only, for a
first look. Prints, by source, resources and errors by message and element, without values.
Errors of the kinds in ``benchmarks/ccda_validation.csv`` (message, element, a piece of its
text) are set aside and counted: each has its reason there. Exits 1 when another error remains.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.one_project import map_export
from benchmarks.reference_validation import BATCH, Verdict, issues_of, summary

_LIST = Path(__file__).with_name("ccda_validation.csv")
_INDEX = re.compile(r"\[\d+\]")
_SOURCES = """
    SELECT l.type || '/' || l.id, arg_min(split_part(r._file, '/', 1), l.row)
    FROM read_parquet('{run}/lineage.parquet') l
    JOIN ({rows}) r ON r.tbl = l.tbl AND r._row = l.row
    WHERE l.role IN ('anchor', 'member') GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A kind of error that is no fault of the FHIR, with its reason."""

    message: str
    element: str
    piece: str
    text: str

    def fits(self, issue: Mapping[str, Any]) -> bool:
        """Whether an issue of the validator is of this kind."""
        return (
            issue.get("messageId") == self.message
            and _INDEX.sub("", str(issue.get("expression", ""))) == self.element
            and self.piece in str(issue.get("diagnostics", ""))
        )


def set_aside() -> list[SetAside]:
    """The kinds of ``ccda_validation.csv``."""
    with _LIST.open(encoding="utf-8", newline="") as lines:
        return [SetAside(**row) for row in csv.DictReader(lines)]


def sources_of(run: Path) -> Mapping[str, str]:
    """The source (first folder of the file) of every resource."""
    rows = " UNION ALL ".join(
        f"SELECT '{path.stem}' AS tbl, _row, _file FROM read_parquet('{path}')"
        for path in sorted((run / "staged").glob("*.parquet"))
    )
    found = duckdb.connect().execute(_SOURCES.format(run=run, rows=rows)).fetchall()
    return dict(found)


def resources(fhir: Path, every: int) -> Iterator[bytes]:
    """Every n-th line of each type."""
    for path in sorted(fhir.glob("*.ndjson")):
        with path.open("rb") as lines:
            yield from (line for n, line in enumerate(lines) if n % every == 0)


def validate(
    shared: Path, run: Path, work: Path, every: int, aside: Counter[str]
) -> dict[str, Verdict]:
    """The validator's verdict on each source; ``aside`` counts what has a listed reason."""
    sources = sources_of(run)
    known = set_aside()
    verdicts: dict[str, Verdict] = {}
    batch: list[bytes] = []

    def judge() -> None:
        path = work / "batch.ndjson"
        path.write_bytes(b"".join(batch))
        for line in batch:
            whole = json.loads(line)
            source = sources.get(f"{whole['resourceType']}/{whole['id']}", "")
            verdicts.setdefault(source, Verdict()).resources += 1
        for issue in issues_of(shared / "reference" / "validate.sh", [path]):
            if reason := next((each for each in known if each.fits(issue)), None):
                aside[reason.text] += 1
            elif not issue.get("summary"):
                source = sources.get(str(issue.get("resource", "")), "")
                verdicts.setdefault(source, Verdict()).add(issue)
        batch.clear()
        done = sum(verdict.resources for verdict in verdicts.values())
        errors = sum(verdict.errors.total() for verdict in verdicts.values())
        print(f"{done} resources, {errors} errors so far", file=sys.stderr, flush=True)

    for line in resources(run / "fhir", every):
        batch.append(line)
        if len(batch) == BATCH:
            judge()
    if batch:
        judge()
    return verdicts


def main(arguments: list[str]) -> int:
    """Map a folder, validate it, and print the verdicts; 0 when no error remains."""
    if not arguments or not (Path(arguments[0]) / "reference" / "validate.sh").is_file():
        print(
            "usage: python -m benchmarks.ccda_validation SHARED [FOLDER [EVERY]]", file=sys.stderr
        )
        return 2
    shared = Path(arguments[0])
    folder = Path(arguments[1]) if len(arguments) > 1 else shared / "corpus" / "ccda"
    every = int(arguments[2]) if len(arguments) > 2 else 1
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        run = map_export(work / "project", folder, "ccda")
        aside: Counter[str] = Counter()
        verdicts = validate(shared, run, work, every, aside)
    for source in sorted(verdicts):
        print(summary(source or "no source", verdicts[source]), flush=True)
    for text, times in aside.most_common():
        print(f"set aside {times} times: {text}")
    errors = sum(verdict.errors.total() for verdict in verdicts.values())
    print(f"all: {sum(v.resources for v in verdicts.values())} resources, {errors} errors")
    return 0 if verdicts and not errors else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
