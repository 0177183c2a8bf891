"""``make handover-faults``: every kind of fault, so many times, each found or not."""

from __future__ import annotations

import sys

from tests.handover.faults import FAULTS
from tests.handover.packages import riverbend_package
from tests.handover.trial import tables_of, trial


def main(times: int) -> int:
    """Print a line a kind; 0 when all was found and nothing beside it."""
    package = riverbend_package()
    tables = tables_of(package)
    missed = beside = damaged = 0
    for kind in FAULTS:
        results = [trial(package, tables, kind, seed) for seed in range(times)]
        sums = [sum(column) for column in zip(*results, strict=True)]
        whole = sum(1 for one in results if one[0] and one[0] == one[1])
        sys.stdout.write(
            f"{kind:40} {whole}/{times} found whole; {sums[1]} of {sums[0]} rows, "
            f"{sums[2]} beside them\n"
        )
        damaged += sums[0]
        missed += times - whole
        beside += sums[2]
    sys.stdout.write(
        f"{len(FAULTS)} kinds x {times}: {damaged} rows damaged, {missed} exports with one "
        f"missed, {beside} false\n"
    )
    return 1 if missed or beside else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1])))
