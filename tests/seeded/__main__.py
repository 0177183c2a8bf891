"""``make seeded-faults``: every kind of wrong, ``SEEDS`` of each, and the shares that were found.

``--side fhir`` or ``staged`` takes half of it, ``--family`` one family of kinds; ``--missed OUT``
only the kinds that a list written with ``--out`` shows as missed. Exits 1 where a safety, identity
or money fault was missed, or more than one in a hundred of all, or where the clean practice shows
what its answer key does not name.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.golden.riverbend import RIVERBEND, lines_of
from tests.seeded.practice import Practice, practice
from tests.seeded.sowing import Kind, Result, kinds, sow_output
from tests.seeded.staged import sow_staged

GRAVE = ("safety", "identity", "money")


def main(wanted: list[Kind], seeds: int, out: Path | None) -> int:
    """Sow, judge, tell."""
    riverbend = practice()
    beyond = beyond_the_key(riverbend)
    print(f"clean practice: {len(beyond)} findings beyond the answer key", flush=True)
    output = [kind for kind in wanted if kind.side == "fhir"]
    rows = [kind for kind in wanted if kind.side == "staged"]
    with tempfile.TemporaryDirectory(prefix="seeded-") as scratch:
        results = sow_output(riverbend, output, seeds, Path(scratch), tell)
        results += sow_staged(riverbend, rows, seeds, Path(scratch), tell)
    if out is not None:
        write(results, out)
    for line in missed(results):
        print(line)
    for line in shares(results):
        print(line)
    good = all(r.found == r.sown for r in results if r.kind.family in GRAVE)
    sown, found = sum(r.sown for r in results), sum(r.found for r in results)
    return 0 if good and not beyond and found >= 0.99 * sown else 1


def tell(text: str) -> None:
    """Progress, seen at once also in a file."""
    print(text, flush=True)


def chosen(arguments: argparse.Namespace) -> list[Kind]:
    """The kinds that the command line asks for."""
    wanted = kinds("fhir") + kinds("staged")
    if arguments.missed:
        with arguments.missed.open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        missed_before = {(x["side"], x["kind"]) for x in lines if x["sown"] != x["found"]}
        wanted = [kind for kind in wanted if (kind.side, kind.name) in missed_before]
    sides, families = arguments.side, arguments.family
    wanted = [kind for kind in wanted if not sides or kind.side == sides]
    return [kind for kind in wanted if not families or kind.family in families]


def beyond_the_key(riverbend: Practice) -> set[tuple[str, str, int]]:
    """What checks find in the clean practice at rows that the answer key does not give them."""
    key = {
        (line["expected_code"], line["table"], int(line["row"]))
        for line in lines_of(RIVERBEND / "answer_key.csv")
        if "." in line["expected_code"]
    }
    found = {(p[0], p[3] or "", p[4] or 0) for p in riverbend.clean.places}
    return found - key


def missed(results: list[Result]) -> list[str]:
    """The kinds that were not found each time."""
    return [
        f"missed {r.sown - r.found} of {r.sown}  {r.kind.family}  {r.kind.name} ({r.kind.target})"
        for r in results
        if r.found < r.sown
    ]


def shares(results: list[Result]) -> list[str]:
    """By family: kinds, wrongs, found, found at the very place."""
    totals: dict[str, Counter[str]] = {}
    for r in results:
        for family in (r.kind.family, "all"):
            counts = totals.setdefault(family, Counter())
            counts.update(kinds=1, sown=r.sown, found=r.found, exact=r.exact)
    return [
        f"{family:9} {c['kinds']:4} kinds {c['sown']:6} sown {c['found']:6} found "
        f"({c['found'] / max(c['sown'], 1):.2%}) {c['exact']:6} at the very place"
        for family, c in sorted(totals.items())
    ]


def write(results: list[Result], out: Path) -> None:
    """One line a kind, as CSV."""
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("side", "target", "family", "kind", "sown", "found", "exact", "by"))
        for r in results:
            kind = (r.kind.side, r.kind.target, r.kind.family, r.kind.name)
            writer.writerow((*kind, r.sown, r.found, r.exact, " ".join(sorted(r.checks))))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.seeded")
    parser.add_argument("seeds", type=int)
    parser.add_argument("--side", choices=("fhir", "staged"))
    parser.add_argument("--family", action="append")
    parser.add_argument("--missed", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    sys.exit(main(chosen(given), given.seeds, given.out))
