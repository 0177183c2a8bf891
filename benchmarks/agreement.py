"""Does our verdict on a resource agree with the HL7 validator's?

    python -m benchmarks.agreement SHARED [--runs FOLDER…] [--each N] [--verdicts FILE] [--within S]

Maps the Synthea and Riverbend exports (or takes mapped run folders), puts every kind of fault that
:mod:`benchmarks.conformance_faults` knows into some of their resources, and has both sides judge
all of them: does the resource have an error, yes or no. The validator's answers are kept in
``--verdicts`` by the digest of the line, so that a run that was stopped (or ``--within`` so many
seconds) goes on where it was; what it has not judged yet is not counted. ``ehr-migrate``'s side is
``migrate.core.conformance``, the pass behind the compiled checks of ``validators/``.

Prints the share that agrees and every disagreement by reason. Exits 1 below 99.5%, when we pass
what the validator fails, or when a disagreement has no reason in ``benchmarks/agreement.csv``
(side, family of fault, our family, reason).
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from benchmarks.conformance_faults import faults
from benchmarks.one_project import map_export
from benchmarks.reference_validation import EXPORTS, ROOT, checkable_offline, issues_of
from migrate.core.conformance import Scan

REASONS = Path(__file__).with_suffix(".csv")
WANTED = 0.995
_BATCH = 2_000
_LONGEST, _SAMPLE = 6_000, 60


@dataclass(frozen=True, slots=True)
class Case:
    """A line of a type; ``kind`` is "clean" or the kind of its fault."""

    type: str
    kind: str
    line: bytes

    @property
    def digest(self) -> str:
        """Names the line in the file of verdicts."""
        return blake2b(self.line, digest_size=12).hexdigest()


def clean(runs: Iterable[Path]) -> Iterator[list[Case]]:
    """Every resource of these runs, a file at a time."""
    for run in runs:
        for path in sorted((run / "fhir").glob("*.ndjson")):
            yield [Case(path.stem, "clean", line) for line in path.read_bytes().splitlines()]


def faulty(files: Iterable[Sequence[Case]], each: int) -> Iterator[Case]:
    """Every kind of fault, in resources that are as different from each other as they come."""
    chosen: dict[str, list[dict[str, Any]]] = {}
    for cases in files:
        shuffled = list(cases)
        random.Random(2).shuffle(shuffled)
        seen: Counter[object] = Counter()
        for case in shuffled:
            resource = json.loads(case.line)
            look = (tuple(resource.get("meta", {}).get("profile", [])), tuple(sorted(resource)))
            if seen[look] < 2 and len(case.line) < _LONGEST:
                seen[look] += 1
                chosen.setdefault(case.type, []).append(resource)
    for name, resources in sorted(chosen.items()):
        for fault in faults(resources[:_SAMPLE], each=each):
            yield Case(name, fault.kind, fault.line)


def judged_by_us(cases: Sequence[Case]) -> list[tuple[str, ...]]:
    """The families of problems that we find in each case."""
    found: list[set[str]] = [set() for _ in cases]
    scan = Scan()
    for name in sorted({case.type for case in cases}):
        places = [place for place, case in enumerate(cases) if case.type == name]
        for finding in scan.findings(name, (cases[place].line for place in places)):
            found[places[finding.line - 1]].add(finding.problem.family)
    return [tuple(sorted(families)) for families in found]


def judged_by_validator(
    shared: Path, cases: Sequence[Case], verdicts: Path, within: float
) -> Mapping[str, bool]:
    """Whether the validator finds an error, by digest; what is new is asked and kept."""
    known: dict[str, bool] = {}
    if verdicts.is_file():
        for line in verdicts.read_text().splitlines():
            digest, bad = line.split()
            known[digest] = bad == "1"
    waiting = list({case.digest: case for case in cases}.values())
    waiting = [case for case in waiting if case.digest not in known]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        for first in range(0, len(waiting), _BATCH):
            if time.monotonic() - started > within:
                break
            batch = waiting[first : first + _BATCH]
            path = Path(scratch) / f"batch-{first}.ndjson"
            path.write_bytes(b"".join(case.line + b"\n" for case in batch))
            known |= _asked(shared, batch, path)
            with verdicts.open("a") as handle:
                handle.writelines(f"{c.digest} {int(known[c.digest])}\n" for c in batch)
            print(f"{first + len(batch)} of {len(waiting)} asked", file=sys.stderr, flush=True)
    return known


def _asked(shared: Path, batch: Sequence[Case], path: Path) -> dict[str, bool]:
    answers = {case.digest: False for case in batch}
    for issue in issues_of(shared / "reference" / "validate.sh", [path]):
        if issue.get("summary"):
            if issue["resources"] != len(batch):
                raise RuntimeError("the validator did not judge every line")
        elif issue.get("severity") in ("error", "fatal") and checkable_offline(issue):
            answers[batch[issue["line"] - 1].digest] = True
    return answers


@dataclass(slots=True)
class Agreement:
    """What was compared; ``disagreements`` by (side, fault, our families)."""

    compared: int = 0
    clean: int = 0
    kinds: set[str] = field(default_factory=set)
    disagreements: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str, str], str] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """How much of what was compared agrees."""
        return 1 - self.disagreements.total() / max(self.compared, 1)


def compare(
    cases: Sequence[Case], ours: Sequence[tuple[str, ...]], theirs: Mapping[str, bool]
) -> Agreement:
    """Count what both sides have judged, a line once."""
    found = Agreement()
    counted: set[str] = set()
    for case, families in zip(cases, ours, strict=True):
        bad = theirs.get(case.digest)
        if bad is None:
            continue
        if case.kind != "clean":
            found.kinds.add(case.kind)
        if case.digest in counted:  # two kinds of fault may make the same line
            continue
        counted.add(case.digest)
        found.compared += 1
        found.clean += case.kind == "clean"
        if bad != bool(families):
            side = "we pass" if bad else "we fail"
            key = (side, _family(case.kind), " ".join(families))
            found.disagreements[key] += 1
            found.examples.setdefault(key, case.kind)
    return found


def _family(kind: str) -> str:
    """A fault without the element that it was put into."""
    first, _, rest = kind.partition(" ")
    return rest.partition(" ")[2] if first == "rule" else first


def reasons() -> dict[tuple[str, str, str], str]:
    """The committed list: why a disagreement is one."""
    with REASONS.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return {(row["side"], row["fault"], row["ours"]): row["reason"] for row in rows}


def report(found: Agreement) -> bool:
    """Print it; whether it is as it must be."""
    known = reasons()
    print(
        f"{found.compared} resources ({found.clean} clean, {found.compared - found.clean} with a "
        f"fault of {len(found.kinds)} kinds): {found.share:.4%} agree"
    )
    good = found.compared > 0 and found.share >= WANTED
    for key, times in sorted(found.disagreements.items()):
        good = good and key in known and key[0] == "we fail"
        reason = known.get(key, f"NO REASON GIVEN (first: {found.examples[key]})")
        print(f"  {times:>5}  {' · '.join(key)}: {reason}")
    return good


def runs_of(shared: Path, work: Path) -> list[Path]:
    """The exports of ``EXPORTS``, mapped."""
    found = []
    for name, (export, profile) in EXPORTS.items():
        folder = shared / export if export.startswith("corpus/") else ROOT / export
        found.append(map_export(work / name, folder, profile))
    return found


def main(arguments: Sequence[str]) -> int:
    """0 when both sides agree as they must."""
    parser = argparse.ArgumentParser(prog="benchmarks.agreement")
    parser.add_argument("shared", type=Path)
    parser.add_argument("--runs", type=Path, nargs="*")
    parser.add_argument("--each", type=int, default=1)
    parser.add_argument("--verdicts", type=Path, default=ROOT / ".bench" / "verdicts.txt")
    parser.add_argument("--within", type=float, default=float("inf"))
    asked = parser.parse_args(arguments)
    asked.verdicts.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        sound = list(clean(asked.runs or runs_of(asked.shared, Path(work))))
    cases = [*faulty(sound, asked.each), *(case for file in sound for case in file)]
    theirs = judged_by_validator(asked.shared, cases, asked.verdicts, asked.within)
    return 0 if report(compare(cases, judged_by_us(cases), theirs)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
