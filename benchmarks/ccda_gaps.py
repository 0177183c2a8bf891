"""What US Core asks for and C-CDA documents do not say: a run's gaps against a committed list.

    python -m benchmarks.ccda_gaps RUN [write]

A gap is an element with a data-absent-reason, or a resource without a profile's claim of a type
that US Core profiles. Prints type, element and number; exits 1 where a kind is not in
``benchmarks/ccda_gaps.csv``, and writes that list with ``write``.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

LIST = Path(__file__).with_name("ccda_gaps.csv")
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_UNCLAIMED = "(claims no profile)"
_NOT_PROFILED = frozenset({"Composition", "DeviceUseStatement", "FamilyMemberHistory"})


def gaps(fhir: Path) -> Counter[tuple[str, str]]:
    """Type and element (lists without numbers) of every gap below a run's ``fhir`` folder."""
    found: Counter[tuple[str, str]] = Counter()
    for path in sorted(fhir.glob("*.ndjson")):
        for line in path.open("rb"):
            resource = json.loads(line)
            for element in _absent(resource, ""):
                found[path.stem, element] += 1
            if path.stem not in _NOT_PROFILED and "profile" not in resource.get("meta", {}):
                found[path.stem, _UNCLAIMED] += 1
    return found


def _absent(value: object, at: str) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _absent(each, at)
    elif isinstance(value, dict):
        if value.get("url") == _ABSENT:
            yield at.removesuffix(".extension")
        for name, each in value.items():
            yield from _absent(each, f"{at}.{name.removeprefix('_')}".removeprefix("."))


def main(arguments: list[str]) -> int:
    """Print a run's gaps; 0 when the list has every kind."""
    if not arguments or not (Path(arguments[0]) / "fhir").is_dir():
        print("usage: python -m benchmarks.ccda_gaps RUN [write]", file=sys.stderr)
        return 2
    found = gaps(Path(arguments[0]) / "fhir")
    if arguments[1:] == ["write"]:
        with LIST.open("w", encoding="utf-8", newline="") as lines:
            rows = ((*kind, found[kind]) for kind in sorted(found))
            csv.writer(lines, lineterminator="\n").writerows((("type", "element", "times"), *rows))
    with LIST.open(encoding="utf-8", newline="") as lines:
        known = {(row["type"], row["element"]) for row in csv.DictReader(lines)}
    for kind in sorted(found):
        print(
            f"{found[kind]:>7,}  {'.'.join(kind)}{'' if kind in known else '  (not in the list)'}"
        )
    return 0 if found.keys() <= known else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
