"""``make bench``: the engine against plain Python and against its own floor, as ratios.

Generated data, nothing of anybody's chart: observation rows with a patient, a visit, a local
code, a date-time of the site and a decimal. Everything is timed in one run on one machine, the
best of a few rounds, in processes of their own (so that peak memory is each one's own).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import concatenation, plain_python
from benchmarks.observations import CONTEXT, KEY, profile, stage

ROWS, MORE_ROWS = 500_000, 2_000_000
LIMITS = {
    "speed": ("times faster than plain Python", 6.0, True),
    "text": ("times the floor for the text alone", 1.5, False),
    "memory": ("GiB peak memory", 1.0, False),
    "growth": (f"times the time for {MORE_ROWS // ROWS} times the rows", 4.4, False),
}


def engine(folder: Path, workers: int) -> None:
    """Map the staged rows: ids, references, lineage, fates, order and all files."""
    from migrate.engine.run import run_mapping

    checked, catalogue = profile(folder / "staged")
    run_mapping(
        checked,
        catalogue,
        folder / "staged",
        folder / "out",
        id_key=KEY,
        context=CONTEXT,
        workers=workers,
    )


def measured(work: Callable[..., None], *args: object) -> tuple[float, float]:
    """(seconds, peak GiB) of a piece of work in a process of its own."""
    receiving, sending = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=_alone, args=(sending, work, args)
    )
    process.start()
    sending.close()
    answer: tuple[float, float] = receiving.recv()
    process.join()
    return answer


def _alone(sending: object, work: Callable[..., None], args: tuple[object, ...]) -> None:
    started = time.perf_counter()
    work(*args)
    seconds = time.perf_counter() - started
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sending.send((seconds, kib / 2**20))  # type: ignore[attr-defined]


def run(rows: int, more: int, rounds: int, workers: int) -> dict[str, float]:
    """The four figures."""
    with tempfile.TemporaryDirectory(prefix="ehr-migrate-bench-") as name:
        small, large = Path(name) / "small", Path(name) / "large"
        stage(small, rows)
        ours, python, text = [], [], []
        for _ in range(rounds):
            ours.append(measured(engine, small, workers))
            python.append(measured(plain_python.map_rows, small)[0])
            text.append(concatenation.ratio(small, workers))
        plain_python.assert_same(small)
        best = min(seconds for seconds, _ in ours)
        say(f"{rows:,} rows: engine {best:.2f} s, plain Python {min(python):.2f} s")
        figures = {
            "speed": min(python) / best,
            "text": min(text),
            "memory": max(peak for _, peak in ours),
        }
        if more:
            stage(large, more)
            seconds, peak = min(measured(engine, large, workers) for _ in range(rounds))
            say(f"{more:,} rows: engine {seconds:.2f} s, peak {peak:.2f} GiB")
            figures |= {"growth": seconds / best, "memory": max(peak, figures["memory"])}
    return figures


def say(text: str) -> None:
    """A line of progress on stderr."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Print the ratios; exit 10 where one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--more", type=int, default=MORE_ROWS, help="0: leave growth out")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = run(options.rows, options.more, options.rounds, options.workers)
    met = {
        name: value >= LIMITS[name][1] if LIMITS[name][2] else value <= LIMITS[name][1]
        for name, value in figures.items()
    }
    if options.json:
        print(json.dumps({"figures": figures, "met": met}))
    for name, value in figures.items() if not options.json else ():
        words, limit, at_least = LIMITS[name]
        sign = "≥" if at_least else "≤"
        print(f"{value:6.2f} {words} ({sign} {limit}) {'ok' if met[name] else 'MISSED'}")
    return 0 if all(met.values()) else 10


if __name__ == "__main__":
    sys.exit(main())
