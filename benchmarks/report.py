"""The report of a large run: how long it takes, how much memory, how large and quick its pages are.

``python -m benchmarks.report [RESOURCES] [HELD]`` makes an export of invented patients that
becomes so many resources (1,000,000), with so many rows (100,000) that must be held back for a
thousand different reasons, takes it through the command line to ``reconcile``, and measures
``report`` in a process of its own; then opens both editions in Debian's Chromium.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.one_project import EXPORTED_AT, command
from migrate.store.workspace import Project, Run

LIMIT_S, LIMIT_GIB, LIMIT_MB, LIMIT_PAGE_S = 60.0, 1.0, 20.0, 2.0
MEMORY = "600MB"
PROFILE = """
profile: large
source:
  system: large
  timezone: UTC
  dates: ["%Y-%m-%d"]
patients: patients
systems:
  rxnorm: "http://www.nlm.nih.gov/research/umls/rxnorm"
  condition-clinical: "http://terminology.hl7.org/CodeSystem/condition-clinical"
  allergy-clinical: "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
tables:
  patients: {key: pid, patient: pid}
  allergies: {key: id, patient: pid}
  medications: {key: id, patient: pid}
  problems: {key: id, patient: pid}
  charges: {key: id, patient: pid}
money:
  - measure: charges
    currency: USD
    table: charges
    column: amount
    mapped: [{type: ChargeItem, path: priceOverride.value}]
    control: "total charges"
resources:
  - rule: patient
    type: Patient
    from: patients
    map: {name: [{family: name}], birthDate: born}
  - rule: allergy
    type: AllergyIntolerance
    from: allergies
    map:
      clinicalStatus: {crosswalk: allergy, column: status}
      code:
        coding: [{crosswalk: substance, column: code, on_unmapped: keep-text}]
        text: text
      patient: {reference: patients, column: pid}
      recordedDate: day
  - rule: medication
    type: MedicationRequest
    from: medications
    map:
      status: {crosswalk: order, column: status}
      intent: {constant: order}
      medicationCodeableConcept:
        coding: [{crosswalk: drug, column: code, on_unmapped: keep-text}]
        text: text
      subject: {reference: patients, column: pid}
      authoredOn: day
  - rule: problem
    type: Condition
    from: problems
    map:
      clinicalStatus: {crosswalk: clinical, column: status}
      code: {text: text}
      subject: {reference: patients, column: pid}
      recordedDate: day
  - rule: charge
    type: ChargeItem
    from: charges
    reject: [{when: "status not in ('A', 'I')", because: charge without a known status}]
    map:
      status: {constant: billable}
      code: {text: {constant: charge}}
      subject: {reference: patients, column: pid}
      occurrenceDateTime: day
      priceOverride: {money: amount, currency: USD}
"""
HEAD = "source,system,code,display,equivalence,reviewer,comment\n"
CLINICAL = "A,{0},active,Active,equivalent,bench,\nI,{0},inactive,Inactive,equivalent,bench,\n"
CROSSWALKS = {
    "clinical": CLINICAL.format("condition-clinical"),
    "allergy": CLINICAL.format("allergy-clinical"),
    "order": "A,http://hl7.org/fhir/CodeSystem/medicationrequest-status,active,Active,equivalent,"
    "bench,\nI,http://hl7.org/fhir/CodeSystem/medicationrequest-status,stopped,Stopped,equivalent,"
    "bench,\n",
    "substance": "".join(f"s{n},rxnorm,{1000 + n},,equivalent,bench,\n" for n in range(200)),
    "drug": "".join(f"d{n},rxnorm,{5000 + n},,equivalent,bench,\n" for n in range(900)),
}
#: Table → its share of the rows, and the first letter of its local codes.
SHARES = {"allergies": (0.10, "s"), "medications": (0.25, "d"), "problems": (0.40, "p")}
CHARGES = 0.20
UNKNOWN_STATUSES = 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """What one ``report`` took, and how its pages open."""

    seconds: float
    gib: float
    megabytes: float
    pages: dict[str, float]

    def words(self) -> list[str]:
        """The figures, a line each."""
        return [
            f"report: {self.seconds:.1f} s (limit {LIMIT_S:.0f}), peak memory {self.gib:.2f} GiB "
            f"(limit {LIMIT_GIB:.0f})",
            f"largest page: {self.megabytes:.2f} MB (limit {LIMIT_MB:.0f})",
            *(
                f"{name}: usable after {seconds:.2f} s (limit {LIMIT_PAGE_S:.0f})"
                for name, seconds in self.pages.items()
            ),
        ]

    def good(self) -> bool:
        """Whether every figure is within its limit."""
        return (
            self.seconds <= LIMIT_S
            and self.gib <= LIMIT_GIB
            and self.megabytes <= LIMIT_MB
            and max(self.pages.values(), default=0) <= LIMIT_PAGE_S
        )


def main() -> int:
    """Make, reconcile, report, open; print the figures; 1 where one is missed."""
    resources = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    held = int(sys.argv[2]) if len(sys.argv) > 2 else resources // 10
    with tempfile.TemporaryDirectory(prefix="bench-report-") as scratch:
        work = prepared(Path(scratch), resources, held)
        run = work.run(None)
        made = sum(_lines(path) for path in run.fhir.glob("*.ndjson"))
        with duckdb.connect() as db:
            sql = "SELECT count(*) FROM read_parquet(?) WHERE fate = 'rejected'"
            found = db.execute(sql, [str(run.file("fates.parquet"))]).fetchone()
        print(f"{made:,} resources, {found[0] if found else 0:,} rows held back", flush=True)
        measured = measure(work, run)
    print("\n".join(measured.words()))
    return int(not measured.good())


def prepared(scratch: Path, resources: int, held: int) -> Project:
    """A project that is reconciled and not reported."""
    export = scratch / "export"
    export.mkdir()
    write_export(export, resources, held)
    folder = scratch / "project"
    options = ["--from", str(export), "--profile", "synthea-csv", "--exported-at", EXPORTED_AT]
    command("init", str(folder), *options)
    settings = folder / "migration.toml"
    settings.write_text(settings.read_text().replace('"synthea-csv"', '"large"'))
    (folder / "mappings/profile.yml").write_text(PROFILE)
    (folder / "mappings/crosswalks").mkdir(parents=True, exist_ok=True)
    for name, lines in CROSSWALKS.items():
        (folder / f"mappings/crosswalks/{name}.csv").write_text(HEAD + lines)
    for verb in ("extract", "map"):
        command("-C", str(folder), verb)
    with contextlib.suppress(subprocess.CalledProcessError):  # the gate is closed, as it must be
        command("-C", str(folder), "reconcile")
    return Project.open(folder)


def write_export(folder: Path, resources: int, held: int) -> None:
    """CSV files of invented rows: so many that can be mapped, and so many with a status that
    nobody knows, spread over the tables."""
    patients = resources - sum(int(resources * share) for share, _ in SHARES.values())
    patients -= int(resources * CHARGES)
    with duckdb.connect(config={"memory_limit": MEMORY}) as db:
        people = (
            "SELECT n AS pid, 'Invented-' || n AS name, "
            f"(date '1940-01-01' + (n % 30000)::INTEGER) AS born FROM range({patients}) t(n)"
        )
        _copy(db, people, folder / "patients.csv")
        each = held // (len(SHARES) + 1)
        for table, (share, letter) in SHARES.items():
            rows = int(resources * share)
            _copy(db, _rows(rows, each, patients, letter), folder / f"{table}.csv")
        charges = _rows(int(resources * CHARGES), each, patients, "c")
        priced = f"SELECT *, ((n % 40000) / 100)::DECIMAL(9, 2) AS amount FROM ({charges})"
        _copy(db, f"SELECT * EXCLUDE n FROM ({priced})", folder / "charges.csv", keep_n=True)


def _rows(rows: int, held: int, patients: int, letter: str) -> str:
    """Rows with codes of which one in ten has no match; the last ``held`` have a bad status."""
    status = (
        f"CASE WHEN n >= {rows} THEN 'X' || n % {UNKNOWN_STATUSES} "
        "WHEN n % 3 = 0 THEN 'I' ELSE 'A' END"
    )
    return (
        f"SELECT n, n AS id, (n * 7919) % {patients} AS pid, {status} AS status, "
        f"'{letter}' || n % 1000 AS code, 'text of {letter} ' || n % 5000 AS text, "
        "(date '2010-01-01' + (n % 5800)::INTEGER) AS day "
        f"FROM range({rows + held}) t(n)"
    )


def _copy(db: duckdb.DuckDBPyConnection, select: str, path: Path, *, keep_n: bool = False) -> None:
    shown = select if keep_n or " n, " not in select else f"SELECT * EXCLUDE n FROM ({select})"
    db.execute(f"COPY ({shown}) TO '{path}' (FORMAT csv, HEADER true)")


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def measure(project: Project, run: Run) -> Measured:
    """``report`` in a process of its own, and both pages in a browser."""
    argv = [sys.executable, "-m", "migrate.cli.main", "-C", str(project.folder), "report"]
    start = time.perf_counter()
    child = os.posix_spawn(sys.executable, argv, os.environ)
    _, state, used = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(state) not in (0, 10):
        raise RuntimeError("the report failed")
    pages = [run.report / "index.html", run.file("evidence") / "index.html"]
    largest = max(page.stat().st_size for page in pages) / 1e6
    return Measured(seconds, used.ru_maxrss / 1024**2, largest, opened(pages))


def opened(pages: list[Path]) -> dict[str, float]:
    """Seconds from asking for a page until it is drawn and answers a key."""
    from playwright.sync_api import sync_playwright

    from tests.browser.chromium import need_chromium

    found = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=need_chromium(), args=["--no-sandbox"])
        for path in pages:
            page = browser.new_page()
            start = time.perf_counter()
            page.goto(path.as_uri(), wait_until="load")
            page.keyboard.press("Tab")
            drawn = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))"
            page.evaluate(drawn)
            assert page.evaluate("document.activeElement.className") == "skip"
            found[f"{path.parent.name}/{path.name}"] = time.perf_counter() - start
            page.close()
        browser.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
