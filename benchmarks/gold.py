"""Compares what the `synthea-csv` profile makes with the same generator's own FHIR.

    python -m benchmarks.gold CORPUS        (``make gold``)

``CORPUS`` is the folder ``csv/synthea_ma`` of the corpus: ``csv/`` is taken through extraction
and mapping in a temporary project, and the facts of the result are compared, as multisets, with
those of ``expected_fhir/*.json.gz``. Prints a table; exits 1 when a kind of fact is below its
bar.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clinical_facts import FACTS, Fact, Resource, facts_of
from benchmarks.one_project import map_export

BAR = 0.995
OBSERVATION_BAR = 0.97


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two multisets of facts agree."""

    kind: str
    expected: int
    made: int
    common: int

    @property
    def recall(self) -> float:
        """The share of expected facts that were made."""
        return self.common / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """The share of made facts that were expected."""
        return self.common / self.made if self.made else 1.0

    @property
    def bar(self) -> float:
        """What both must reach. Observations lose to the export: it rounds to one decimal."""
        return OBSERVATION_BAR if self.kind == "observations" else BAR

    @property
    def reached(self) -> bool:
        """Whether both are at the bar or above; nothing expected proves nothing."""
        return self.expected > 0 and min(self.recall, self.precision) >= self.bar


def expected_resources(folder: Path) -> Iterator[Resource]:
    """The resources of all bundles of the generator's own FHIR output."""
    for path in sorted(folder.glob("*.json.gz")):
        for entry in json.loads(gzip.decompress(path.read_bytes()))["entry"]:
            yield entry["resource"]


def made_resources(fhir: Path) -> Iterator[Resource]:
    """The resources of a run's ``fhir`` folder."""
    for path in sorted(fhir.glob("*.ndjson")):
        for line in path.read_bytes().splitlines():
            yield json.loads(line)


def compare(expected: dict[str, Counter[Fact]], made: dict[str, Counter[Fact]]) -> list[Agreement]:
    """One line a kind of fact."""
    return [
        Agreement(
            kind,
            expected[kind].total(),
            made[kind].total(),
            (expected[kind] & made[kind]).total(),
        )
        for kind in FACTS
    ]


def agreements(corpus: Path, work: Path) -> list[Agreement]:
    """Map ``corpus/csv`` in a project at ``work`` and compare it with ``corpus/expected_fhir``."""
    run = map_export(work, corpus / "csv", "synthea-csv")
    return compare(
        facts_of(expected_resources(corpus / "expected_fhir")),
        facts_of(made_resources(run / "fhir")),
    )


def table(lines: list[Agreement]) -> str:
    """The comparison for people."""
    rows = [f"{'facts':<16}{'expected':>9}{'made':>7}{'recall':>8}{'precision':>11}{'bar':>7}"]
    rows += [
        f"{a.kind:<16}{a.expected:>9}{a.made:>7}{a.recall:>8.4f}{a.precision:>11.4f}"
        f"{a.bar:>7}{'' if a.reached else '  below'}"
        for a in lines
    ]
    return "\n".join(rows)


def main(arguments: list[str]) -> int:
    """Print the table; 0 when every bar is reached, 1 otherwise, 2 without a corpus."""
    corpus = Path(arguments[0]) if len(arguments) == 1 else Path()
    if not (corpus / "expected_fhir").is_dir():
        print("usage: python -m benchmarks.gold FOLDER_WITH_csv_AND_expected_fhir", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        lines = agreements(corpus, Path(scratch) / "project")
    print(table(lines))
    return 0 if all(line.reached for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
