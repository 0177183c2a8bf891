"""``make handover-proof``: a layout over a run's resources: package, way back, losses.

Arguments: a folder with ``<Type>.ndjson``, and names of layouts.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.handover.losses import held, losses_as_listed, losses_by_plain_python
from tests.handover.packages import make_package, read_back, shipped_layout


def main(fhir: Path, layouts: list[str]) -> int:
    """Print what came back and what the list of losses says; 0 when both are exact."""
    wrong = 0
    for name in layouts:
        layout = shipped_layout(name)
        with tempfile.TemporaryDirectory(prefix="proof-") as scratch:
            folder = Path(scratch)
            package = make_package(layout, fhir, folder / "made")
            found, _ = read_back(package, layout.files, package.folder, folder)
            listed, reasons = losses_as_listed(layout, fhir, folder)
        plainly = losses_by_plain_python(layout, held(fhir))
        off = [(one.file, dict(one.outcomes), one.absent) for one in found if one.outcomes]
        handed, arrived = (sum(getattr(o, n) for o in found) for n in ("handed", "arrived"))
        same = set(listed) == plainly and len(listed) == len(plainly)
        sys.stdout.write(
            f"{name}: {handed:,} rows handed over, {arrived:,} came back as they were; "
            f"{len(listed):,} facts listed as not carried, "
            f"{'exactly the difference' if same else 'NOT the difference'}; "
            f"reasons {sorted(reasons)}\n"
        )
        for one in off:
            sys.stdout.write(f"  {one}\n")
        wrong += bool(off) + (not same) + (handed != arrived)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2:]))
