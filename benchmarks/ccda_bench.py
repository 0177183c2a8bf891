"""What survives of a folder of CDA documents, by source, against a walk of its own over the XML.

    python -m benchmarks.ccda_bench SHARED [FOLDER…]      (``make ccda-bench``)

Each folder (default: the corpus's 11 sources and Synthea's documents) is taken from ``init`` to
``map`` three times: twice as it is, once with its files renamed and in another order. Printed by
source (the first folder of a file's path): documents converted or held back with a reason, entries
with a fate, coded facts, quantities, dates and narrative words that are found again **in a
resource of the entry or section that says them**, whole documents kept; then references without
a target, ids and lines over the runs, and the extractor's speed beside lxml's bare parse of the
same bytes in CPU time. ``MISSES=FILE`` writes where facts were missed: source, kind, element path
and number, no values. Exits 1 where a figure of ``WANTED`` is missed.
"""

from __future__ import annotations

import csv
import hashlib
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from benchmarks.ccda_source import Code, Document, Entry, documents, words
from benchmarks.ccda_target import Said, Target, carries, section_words
from benchmarks.one_project import map_export
from migrate.core.ports import ExtractRequest
from migrate.extractors.ccda import CcdaExtractor

WANTED: Mapping[str, float] = {
    "documents": 1,
    "entries": 1,
    "codes": 0.95,
    "quantities": 1,
    "dates": 0.99,
    "words": 1,
    "kept whole": 1,
}
SPEED = 100
_MAPS = "corpus/ccda/ccda_on_fhir/input/maps"
_FHIR = "{http://hl7.org/fhir}"


@dataclass(slots=True)
class Tally:
    """Found and all, a kind of figure; and where it was missed."""

    found: Counter[str] = field(default_factory=Counter)
    all: Counter[str] = field(default_factory=Counter)
    misses: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, kind: str, found: int, out_of: int, where: str = "") -> None:
        """Counts one comparison."""
        self.found[kind] += found
        self.all[kind] += out_of
        if found < out_of:
            self.misses[kind, where] += out_of - found

    def reached(self, kind: str) -> bool:
        """Whether the figure wanted is reached."""
        return self.found[kind] >= WANTED[kind] * self.all[kind]


def concept_maps(shared: Path) -> dict[Code, set[str]]:
    """The target codes that HL7's guide gives for a source code (its maps ``CF-*``)."""
    found: dict[Code, set[str]] = {}
    for path in sorted((shared / _MAPS).glob("ConceptMap-CF-*.xml")):
        for group in etree.parse(path).iter(f"{_FHIR}group"):
            for element in group.iter(f"{_FHIR}element"):
                code = (_value(group, "source"), _value(element, "code"))
                targets = {_value(each, "code") for each in element.iter(f"{_FHIR}target")}
                found.setdefault(code, set()).update(targets)
    return found


def _value(element: etree._Element, name: str) -> str:
    return next((each.get("value") or "" for each in element.findall(f"{_FHIR}{name}")), "")


def measure(document: Document, target: Target, maps: Mapping[Code, set[str]], to: Tally) -> None:
    """Compares a document with the resources at its addresses."""
    file = document.path
    header = [each for each in target.header(file) if each]
    held = (file, "/") in target.rejected
    to.note("documents", int(bool(header) != held), 1)
    named = [target.resources[each] for each in header if each.startswith("DocumentReference/")]
    if document.readable:
        to.note("kept whole", int(any(carries(each, document.content) for each in named)), 1)
    _facts(document.header, target.said(header), maps, to)
    for entry in document.entries:
        rows = list(target.under(file, entry.at))
        to.note("entries", int(bool(rows) or (file, entry.at) in target.rejected), 1)
        _facts(entry, target.said(rows), maps, to)
    for at, narrative in document.sections:
        own = [target.resources[each] for each in target.at(file, at) if each]
        said = words("\n".join(map(section_words, own)))
        to.note("words", (narrative & said).total(), narrative.total(), at.count("/") * "/")


def _facts(entry: Entry, said: Said, maps: Mapping[Code, set[str]], to: Tally) -> None:
    for code, path in entry.codes:
        to.note("codes", int(said.code(code, maps)), 1, f"{path} {code[0]}")
    for (number, unit), path in entry.quantities:
        to.note("quantities", int(said.quantity(number, unit)), 1, path)
    for moment, path in entry.dates:
        to.note("dates", int(said.date(moment)), 1, path)


def shuffled(folder: Path, copy: Path) -> None:
    """The same files under names that sort in another order."""
    for path in folder.rglob("*"):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            mark = hashlib.sha256(name.encode()).hexdigest()[:12]
            to = copy / mark[:1] / f"{mark}{path.suffix}"
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)


def lines(run: Path) -> dict[str, str]:
    """Every resource's digest by its type and id."""
    found = {}
    for path in sorted((run / "fhir").glob("*.ndjson")):
        for line in path.open("rb"):
            key = line.split(b'"id":"', 1)[1].split(b'"', 1)[0].decode()
            found[f"{path.stem}/{key}"] = hashlib.sha256(line).hexdigest()
    return found


def speed(folder: Path, contents: Iterable[bytes]) -> tuple[float, float, int]:
    """CPU seconds of the extractor and of lxml's bare parse, the best of three; documents."""
    held = list(contents)
    ours, bare = [], []
    for _ in range(3):
        start = time.process_time()
        for content in held:
            etree.fromstring(content, etree.XMLParser(huge_tree=True))
        bare.append(time.process_time() - start)
        start = time.process_time()
        for _event in CcdaExtractor().extract(ExtractRequest(str(folder))):
            pass
        ours.append(time.process_time() - start)
    return min(ours), min(bare), len(held)


def _runs(folder: Path, work: Path) -> list[Path]:
    key = work / "id.key"
    key.write_bytes(secrets.token_bytes(32))
    key.chmod(0o600)
    copy = work / "shuffled"
    shuffled(folder, copy)
    places = [("once", folder), ("twice", folder), ("other", copy)]
    return [map_export(work / name, source, "ccda", id_key=key) for name, source in places]


def bench(shared: Path, folder: Path) -> bool:
    """Measures a folder and prints its table; whether every figure was reached."""
    maps = concept_maps(shared)
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory() as scratch:
        runs = _runs(folder, Path(scratch))
        once, twice, other = (lines(run) for run in runs)
        target = Target(runs[0])
        contents = []
        for document in documents(folder):
            source = document.path.partition("/")[0] if "/" in document.path else folder.name
            measure(document, target, maps, tallies.setdefault(source, Tally()))
            if document.readable:
                contents.append(document.content)
    good = _table(tallies)
    dangling = target.dangling()
    print(f"rows {target.rows:,}, without a fate {target.fateless}; references {dangling} dangling")
    print(
        f"resources {len(once):,}; ids that differ: second run {len(once.keys() ^ twice.keys())}, "
        f"shuffled files {len(once.keys() ^ other.keys())}; lines that differ: "
        f"{_changed(once, twice)}, {_changed(once, other)}"
    )
    ours, bare, count = speed(folder, contents)
    print(
        f"extractor {count / ours:.0f} documents a second and core, lxml bare {count / bare:.0f}, "
        f"ratio {ours / bare:.1f} ({sum(map(len, contents)) / count / 1000:.0f} kB a document)"
    )
    _write_misses(folder, tallies)
    same = once.keys() == twice.keys() == other.keys()
    return good and same and not dangling and not target.fateless and count / ours >= SPEED


def _changed(one: Mapping[str, str], other: Mapping[str, str]) -> int:
    return sum(other.get(key, digest) != digest for key, digest in one.items())


def _table(tallies: Mapping[str, Tally]) -> bool:
    print(f"{'source':<22}" + "".join(f"{kind:>18}" for kind in WANTED))
    for source in sorted(tallies):
        tally = tallies[source]
        cells = (
            f"{tally.found[kind]:,}/{tally.all[kind]:,}{'' if tally.reached(kind) else ' !'}"
            for kind in WANTED
        )
        print(f"{source:<22}" + "".join(f"{cell:>18}" for cell in cells))
    return all(tally.reached(kind) for tally in tallies.values() for kind in WANTED)


def _write_misses(folder: Path, tallies: Mapping[str, Tally]) -> None:
    if name := os.environ.get("MISSES"):
        with Path(name).open("a", newline="", encoding="utf-8") as out:
            for source, tally in sorted(tallies.items()):
                for (kind, where), times in tally.misses.most_common():
                    csv.writer(out).writerow((folder.name, source, kind, where, times))


def main(arguments: list[str]) -> int:
    """Measure folders; 0 when every figure is reached."""
    if not arguments or not (Path(arguments[0]) / _MAPS).is_dir():
        print("usage: python -m benchmarks.ccda_bench SHARED [FOLDER…]", file=sys.stderr)
        return 2
    shared = Path(arguments[0])
    usual = [shared / "corpus/ccda", shared / "corpus/csv/synthea_ma/ccda"]
    folders = [Path(each) for each in arguments[1:]] or usual
    reached = []
    for folder in folders:
        print(f"\n{folder.name}")
        reached.append(bench(shared, folder))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
