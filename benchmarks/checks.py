"""``make bench-checks``: compiled checks against fhir.resources, all checks against mapping.

Generated data (:mod:`benchmarks.observations`): so many observations, with their patients and
visits. The same lines are read by the ``fhir.resources`` models (a sample of them, which is enough
for a rate) and by the compiled rules, both in one thread; then every check of the standard suite
is run over the whole run, and compared with the time that mapping it took. CPU seconds of this
process, since the machine may be shared.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from benchmarks.observations import CONTEXT, KEY, profile, stage
from migrate.core.conformance import Scan

ROWS = 1_000_000
SAMPLE = 5_000
WANTED_RATIO = 20.0


def mapped(folder: Path, rows: int) -> tuple[Path, float]:
    """A mapped run of so many observations, and the CPU seconds that the mapping took."""
    from migrate.engine.run import run_mapping

    stage(folder, rows)
    checked, catalogue = profile(folder / "staged")
    started = time.process_time()
    run_mapping(
        checked,
        catalogue,
        folder / "staged",
        folder,
        id_key=KEY,
        context=CONTEXT,
        workers=2,
    )
    return folder, time.process_time() - started


def lines_of(path: Path) -> Iterable[bytes]:
    """The lines of a file of resources, as the checks get them."""
    with path.open("rb") as handle:
        for line in handle:
            yield line.rstrip(b"\n")


def by_models(path: Path) -> float:
    """CPU seconds a line of the fhir.resources model, warmed up."""
    from fhir.resources.R4B import get_fhir_model_class

    model = get_fhir_model_class(path.stem)
    sample = list(islice(lines_of(path), SAMPLE + 100))
    for line in sample[:100]:
        model.model_validate_json(line)
    started = time.process_time()
    for line in sample[100:]:
        model.model_validate_json(line)
    return (time.process_time() - started) / max(len(sample) - 100, 1)


def by_rules(path: Path) -> tuple[int, int, float]:
    """Lines, findings and CPU seconds a line of the compiled rules, compiling them included."""
    lines = 0

    def counted() -> Iterable[bytes]:
        nonlocal lines
        for line in lines_of(path):
            lines += 1
            yield line

    started = time.process_time()
    findings = sum(1 for _ in Scan().findings(path.stem, counted()))
    return lines, findings, (time.process_time() - started) / max(lines, 1)


def all_checks(run: Path) -> dict[str, float]:
    """CPU seconds of each check of the standard pack, in order; facts are made on the way."""
    from migrate.engine.judging import open_judged
    from migrate.plugins import packs

    spent: dict[str, float] = {}
    with open_judged(run) as facts:
        for pack in packs():
            for check in pack.checks():
                started = time.process_time()
                check.run(facts, check.defaults)
                spent[check.id] = time.process_time() - started
    return spent


def main(arguments: list[str]) -> int:
    """Print the ratios; 1 where one misses what is wanted."""
    rows = int(arguments[0]) if arguments else ROWS
    with tempfile.TemporaryDirectory() as work:
        run, mapping = mapped(Path(work) / "run", rows)
        path = run / "fhir" / "Observation.ndjson"
        models = by_models(path)
        lines, findings, rules = by_rules(path)
        ratio = models / rules
        print(f"{lines:,} observations, {findings:,} findings")
        print(f"fhir.resources {models * 1e6:.1f} µs a line, compiled rules {rules * 1e6:.1f} µs")
        print(f"ratio {ratio:.1f} (wanted: at least {WANTED_RATIO:.0f})")
        spent = all_checks(run)
        share = sum(spent.values()) / mapping
        print(
            f"mapping {mapping:.1f} s CPU, all {len(spent)} checks {sum(spent.values()):.1f} s CPU"
        )
        print(f"share {share:.2f} (wanted: at most 1)")
        for name, seconds in sorted(spent.items(), key=lambda entry: -entry[1])[:12]:
            print(f"  {seconds:8.1f} s  {name}")
    return 0 if ratio >= WANTED_RATIO and share <= 1 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
