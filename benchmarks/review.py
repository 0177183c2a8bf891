"""Chart review of a large run: how long the sheet takes to draw, and a chart to open.

``python -m benchmarks.review [PATIENTS]`` makes a run of that many invented patients (100,000)
with ten problems and ten measurements each, draws a sheet for the claim "at most 1%", and opens
every chart of it through the server, as a browser would.
"""

from __future__ import annotations

import http.client
import resource
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb

from migrate.core.model import Manifest, SourceColumn, SourceFile, SourceTable
from migrate.stages.progress import Silent
from migrate.stages.review import draw
from migrate.stages.review.serve import ReviewServer, Service
from migrate.stages.review.sheet import Sheet, open_sheet
from migrate.store.manifest import write_manifest
from migrate.store.workspace import Project, Run, create_project

EACH = 10
LIMIT_S = 0.5
SETTINGS = """
[project]
name = "Large Practice"
timezone = "UTC"
[source]
from = "export"
profile = "large"
exported_at = "2026-01-01T00:00:00Z"
"""
PROFILE = """
profile: large
source: {system: large, timezone: UTC, dates: ["%Y-%m-%d"]}
patients: patients
tables:
  patients: {key: pid, patient: pid}
  problems: {key: id, patient: pid}
  measurements: {key: id, patient: pid}
resources:
  - rule: patient
    type: Patient
    from: patients
    map: {name: [{family: name}], birthDate: born}
  - rule: problem
    type: Condition
    from: problems
    map: {subject: {reference: patients, column: pid}, code: {text: text}, recordedDate: day}
  - rule: measurement
    type: Observation
    from: measurements
    map:
      status: {constant: final}
      code: {text: text}
      subject: {reference: patients, column: pid}
      effectiveDateTime: day
"""
_ID = "'r' || lpad({number}::VARCHAR, 36, '0')"
TABLES = {
    "patients": ("Patient", "patient", 1, ("pid", "name", "born")),
    "problems": ("Condition", "problem", EACH, ("id", "pid", "text", "day")),
    "measurements": ("Observation", "measurement", EACH, ("id", "pid", "text", "day")),
}


def main() -> int:
    """Make, draw, open; print the figures; 1 where a chart took longer than it may."""
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="bench-review-") as scratch:
        project, run = make(Path(scratch) / "project", patients)
        size = sum(path.stat().st_size for path in run.folder.rglob("*") if path.is_file())
        start = time.perf_counter()
        draw.run(project, run, draw.Wish(seed="bench"), Silent())
        drawn = time.perf_counter() - start
        sheet = open_sheet(run)
        assert sheet is not None
        times = opened(sheet)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{patients:,} patients, run of {size / 1e9:.2f} GB, {len(times)} charts drawn")
    print(f"drawing the sheet: {drawn:.1f} s, peak memory {peak:.2f} GiB")
    print(
        f"opening a chart: median {1000 * statistics.median(times):.0f} ms, "
        f"slowest {1000 * max(times):.0f} ms (limit {1000 * LIMIT_S:.0f})"
    )
    return int(max(times) > LIMIT_S)


def opened(sheet: Sheet) -> list[float]:
    """Seconds that each chart of the sheet takes, page and all."""
    with ReviewServer(Service(sheet, "Large Practice", "nobody"), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        times = []
        for number in range(1, sheet.charts + 1):
            start = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
            cookie = {"Cookie": f"review={server.service.cookie}"}
            connection.request("GET", f"/chart/{number}", headers=cookie)
            answer = connection.getresponse()
            body = answer.read()
            times.append(time.perf_counter() - start)
            connection.close()
            assert answer.status == 200 and b"article" in body
        server.shutdown()
    return times


def make(folder: Path, patients: int) -> tuple[Project, Run]:
    """A project with a mapped run of so many patients, written without mapping it."""
    project = create_project(folder, SETTINGS, bytes(32))
    (folder / "mappings/profile.yml").write_text(PROFILE)
    run = project.new_run("ab" * 20)
    for part in ("staged", "fhir"):
        (run.folder / part).mkdir()
    with duckdb.connect() as db:
        for table in TABLES:
            _staged(db, run, table, patients)
            _resources(db, run, table)
        _accounts(db, run)
    tables = tuple(
        SourceTable(
            table,
            table,
            tuple(SourceColumn(name, name) for name in columns),
            (SourceFile(f"{table}.csv", "0" * 64, 1),),
            patients * each,
        )
        for table, (_, _, each, columns) in TABLES.items()
    )
    manifest = Manifest("delimited", "2026-01-01T00:00:00Z", "0" * 64, "0", tables)
    write_manifest(run.staged / "manifest.json", manifest)
    run.finish("map", {"profile": "0" * 64}, list(run.fhir.glob("*.ndjson")), {})
    return project, run


def _staged(db: duckdb.DuckDBPyConnection, run: Run, table: str, patients: int) -> None:
    each = TABLES[table][2]
    shuffled = f"(n * 7919) % {patients}"
    cells = (
        "n::VARCHAR AS pid, 'Invented-' || n AS name, "
        "(date '1940-01-01' + (n % 30000)::INTEGER)::VARCHAR AS born"
        if each == 1
        else f"n::VARCHAR AS id, ({shuffled})::VARCHAR AS pid, 'finding ' || n % 500 AS text, "
        "(date '2015-01-01' + (n % 4000)::INTEGER)::VARCHAR AS day"
    )
    db.execute(
        f"CREATE TABLE {table} AS SELECT {cells}, n + 1 AS _row, '{table}.csv' AS _file, "
        f"(n + 2)::VARCHAR AS _at FROM range({patients * each}) t(n)"
    )
    db.execute(f"COPY {table} TO '{run.staged / f'{table}.parquet'}' (FORMAT parquet)")


def _resources(db: duckdb.DuckDBPyConnection, run: Run, table: str) -> None:
    kind = TABLES[table][0]
    own, patient = _ID.format(number="_row"), _ID.format(number="(pid::BIGINT + 1)")
    rest = (
        """ || '","name":[{"family":"' || name || '"}],"birthDate":"' || born || '"}'"""
        if table == "patients"
        else f""" || '","subject":{{"reference":"Patient/' || {patient} || '"}},"code":{{"text":"'
             || text || '"}},"recordedDate":"' || day || '"}}'"""
    )
    lines = f"""SELECT '{{"resourceType":"{kind}","id":"' || {own}{rest} FROM {table}"""
    path = run.fhir / f"{kind}.ndjson"
    db.execute(f"COPY ({lines}) TO '{path}' (FORMAT csv, HEADER false, QUOTE '', DELIMITER '\x01')")


def _accounts(db: duckdb.DuckDBPyConnection, run: Run) -> None:
    patient = _ID.format(number="(pid::BIGINT + 1)")
    own = _ID.format(number="_row")
    fates = " UNION ALL ".join(
        f"SELECT '{table}' AS tbl, _row AS row, 'mapped' AS fate, NULL::VARCHAR AS code, "
        f"NULL::VARCHAR AS reason, '{rule}' AS rule, {patient} AS patient FROM {table}"
        for table, (_, rule, _, _) in TABLES.items()
    )
    lineage = " UNION ALL ".join(
        f"SELECT '{kind}' AS type, {own} AS id, '{table}' AS tbl, _row AS row, '{rule}' AS rule, "
        f"'anchor' AS role FROM {table}"
        for table, (kind, rule, _, _) in TABLES.items()
    )
    for name, select in (("fates", fates), ("lineage", lineage)):
        path = run.file(f"{name}.parquet")
        db.execute(f"COPY ({select} ORDER BY tbl, row) TO '{path}' (FORMAT parquet)")


if __name__ == "__main__":
    sys.exit(main())
