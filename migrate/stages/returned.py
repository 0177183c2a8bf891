"""``verify --from EXPORT``: the new EHR's own export, read back and compared fact by fact.

The export goes through the same extractors as the old system's did, so the proof does not lean
on what loaded the data. It serves import desks, and FHIR targets as well.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from migrate.core.ports import ExtractRequest
from migrate.errors import AskedWrongly
from migrate.stages.desk import is_handover, layout_named, layout_of
from migrate.stages.package import handed_folder
from migrate.stages.source import choose_extractor
from migrate.store.audit import append
from migrate.store.files import write_json
from migrate.store.lock import writing
from migrate.store.staging import stage
from migrate.targets.handover.sheets import as_csv
from migrate.targets.handover.tables import Handed

if TYPE_CHECKING:
    from migrate.core.layouts.ast import Layout
    from migrate.engine.returned import Compared
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run

DEFAULT_LAYOUT = "spreadsheet-desk"
FOLDER = "handover/returned"
COMPARED_FILE = "handover/compared.parquet"
COMPARED_TABLE = "handover/compared.csv"
COMPARED_SUM = "handover/compared.json"
_CODES = {"missing": "HND030", "changed": "HND031", "doubled": "HND032", "extra": "HND033"}


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What the comparison found, file by file; ``table`` lists every difference by address."""

    files: tuple[Compared, ...]
    table: Path

    @property
    def ready(self) -> bool:
        """Whether everything handed over is there as it was, once, and nothing else."""
        return not any(
            one.outcomes or (one.absent if one.there else one.handed) for one in self.files
        )

    @property
    def residual(self) -> int:
        """Rows handed over that are neither there as they were, nor changed, nor missing."""
        return sum(
            one.handed - one.arrived - one.outcomes["changed"] - one.outcomes["missing"]
            for one in self.files
            if one.there
        )

    def findings(self) -> Counter[str]:
        """Issue code → how many."""
        found: Counter[str] = Counter()
        for one in self.files:
            for outcome, number in one.outcomes.items():
                found[_CODES[outcome]] += number
            if not one.there:
                found["HND034"] += one.handed
            else:
                found["HND034"] += len(one.absent)
        return Counter({code: number for code, number in found.items() if number})

    def document(self) -> dict[str, object]:
        """Counts by file and outcome; columns that are not as they were or not there."""
        return {
            "verified": self.ready,
            "residual": self.residual,
            "findings": dict(sorted(self.findings().items())),
            "files": [
                {
                    "file": one.file,
                    "handed": one.handed,
                    "arrived": one.arrived,
                    "in_export": one.there,
                    "outcomes": dict(sorted(one.outcomes.items())),
                    "changed_columns": dict(sorted(one.changed.items())),
                    "absent_columns": list(one.absent) if one.there else [],
                }
                for one in self.files
            ],
        }

    def lines(self) -> list[str]:
        """The comparison in words."""
        handed, arrived = (sum(getattr(o, n) for o in self.files) for n in ("handed", "arrived"))
        lines = [f"handed over {handed:,} rows; {arrived:,} are there as they were"]
        for one in self.files:
            if not one.there and not one.handed:
                continue
            if not one.there:
                lines.append(f"HND034: {one.file}: the export has no such table")
                continue
            words = [f"{number:,} {outcome}" for outcome, number in sorted(one.outcomes.items())]
            if words:
                named = f" ({', '.join(sorted(one.changed))})" if one.changed else ""
                lines.append(f"{one.file}: {', '.join(words)}{named}")
            if one.absent:
                lines.append(f"HND034: {one.file}: not in the export: {', '.join(one.absent)}")
        if not self.ready:
            lines.append(f"addresses on both sides: {self.table}")
        return lines


def run(
    project: Project,
    run: Run,
    export: str,
    progress: Progress,
    *,
    extractor: str | None = None,
    layout: str | None = None,
) -> ReadBack:
    """Read an export of the new EHR and compare it with what was handed over or loaded.

    Raises AskedWrongly (EXT001, EXT002, HND002, HND021, PRJ040) and what the extractor raises.
    """
    from migrate.engine.returned import compare

    if layout is not None:
        desk = layout_named(project, layout)
    else:
        desk = layout_of(project) if is_handover(project) else layout_named(project, DEFAULT_LAYOUT)
    with writing(project.folder):
        folder = run.file(FOLDER)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        handed = _handed(project, run, desk, folder)
        progress.start("reading the new EHR's export")
        staged = _staged(Path(export), desk, extractor, folder)
        progress.done()
        progress.start("comparing", len(desk.files))
        out, scratch = run.file(COMPARED_FILE), folder / ".scratch"
        found = compare(desk.files, handed, staged, out, scratch)
        progress.done()
        result = ReadBack(tuple(found), run.file(COMPARED_TABLE))
        _write(run, result)
        facts = {"run": run.id, "layout": desk.name, "findings": dict(result.findings())}
        append(project.folder, "verify from export", "ehr-migrate", facts)
    return result


def _handed(project: Project, run: Run, desk: Layout, folder: Path) -> Path:
    """The rows handed over: the package's, or those of the run's own resources."""
    if is_handover(project):
        handed = handed_folder(project, run)
        if not all((handed / f"{file.name}.parquet").is_file() for file in desk.files):
            raise AskedWrongly(
                "HND021", "no package of this layout was made yet", try_="ehr-migrate load"
            )
        return handed
    handed = folder / "handed"
    handed.mkdir(mode=0o700)
    for name, table in _views(run.fhir, desk, folder):
        _keep(handed, name, table, desk)
    return handed


def _views(fhir: Path, desk: Layout, folder: Path) -> Iterator[tuple[str, Iterator[pa.Table]]]:
    from migrate.engine.desk import DeskViews

    with DeskViews(fhir, desk, folder / ".scratch") as views:
        for file in desk.files:
            yield file.name, views.rows(file)


def _keep(folder: Path, name: str, tables: Iterator[pa.Table], desk: Layout) -> None:
    file = next(one for one in desk.files if one.name == name)
    with Handed(folder / f"{name}.parquet", [column.name for column in file.columns]) as keeper:
        done = 0
        for table in tables:
            lines = list(range(done + 1, done + table.num_rows + 1))
            keeper.keep(table, [f"{file.type}.ndjson"] * table.num_rows, lines)
            done += table.num_rows


def _staged(export: Path, desk: Layout, named: str | None, folder: Path) -> dict[str, Path]:
    """The export's tables by name: FHIR bulk data by the layout's views, all else extracted."""
    if named is None and export.is_dir() and any(export.glob("*.ndjson")):
        tables = folder / "fhir"
        tables.mkdir(mode=0o700)
        for name, rows in _views(export, desk, folder):
            _keep(tables, name, rows, desk)
            _as_staged(tables / f"{name}.parquet")
        return {file.name.replace("-", "_"): tables / f"{file.name}.parquet" for file in desk.files}
    export = as_csv(export, folder / "sheets")
    extractor = choose_extractor(str(export), named)
    staged, rejects = folder / "staged", folder / "rejects"
    request = ExtractRequest(str(export))
    stage(
        extractor.extract(request),
        staged,
        rejects,
        extractor=extractor.name,
        exported_at="",
        digest=None,
    )
    return {path.stem: path for path in sorted(staged.glob("*.parquet"))}


def _as_staged(path: Path) -> None:
    """Rows of views with the address columns of a staged table."""
    table = pq.read_table(path)
    table = table.rename_columns(
        [
            "_at" if name == "_id" else "_element" if name == "_at" else name
            for name in table.column_names
        ]
    )
    pq.write_table(table, path)


def _write(run: Run, result: ReadBack) -> None:
    found = pq.read_table(run.file(COMPARED_FILE))
    with run.file(COMPARED_TABLE).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(found.column_names)
        for batch in found.to_batches():
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    write_json(run.file(COMPARED_SUM), result.document())
