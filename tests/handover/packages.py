"""Packages of the sample practice for tests: made once a session, read back as an export."""

from __future__ import annotations

import csv
import functools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate.core.layouts.ast import Layout, LayoutFile
from migrate.core.layouts.load import load_layout
from migrate.core.ports import ExtractRequest
from migrate.engine.charts import charts, keep_rows
from migrate.engine.desk import DeskViews
from migrate.engine.returned import Compared, compare
from migrate.packs import mappings_folder
from migrate.stages.source import choose_extractor
from migrate.store.layouts import find_layout
from migrate.store.staging import stage
from migrate.targets.handover.ccd import Author
from migrate.targets.handover.papers import CcdWriter
from migrate.targets.handover.tables import write_table
from tests.golden.riverbend import FREEZE_DAY, mapped_riverbend

SCRATCH = tempfile.TemporaryDirectory(prefix="handover-")  # removed when the session ends


@dataclass(frozen=True, slots=True)
class Package:
    """A package without its papers: its files, what they say, and the resources behind them."""

    layout: Layout
    fhir: Path
    folder: Path
    handed: Path


def shipped_layout(name: str) -> Layout:
    """A shipped layout."""
    source = find_layout(name, mappings_folder(), None)
    assert source is not None
    return load_layout(source)


def make_package(layout: Layout, fhir: Path, folder: Path) -> Package:
    """The files of a layout over resources."""
    made = Package(layout, fhir, folder / "package", folder / "handed")
    made.folder.mkdir(parents=True)
    made.handed.mkdir()
    with DeskViews(fhir, layout, folder / "scratch") as views:
        for file in layout.files:
            if file.format in ("csv", "xlsx"):
                write_table(made.folder, made.handed, file, layout, views.rows(file))
        _make_ccds(made, views, folder / "kept")
    return made


def _make_ccds(made: Package, views: DeskViews, kept: Path) -> None:
    files = [file for file in made.layout.files if file.format == "ccd"]
    if not files:
        return
    kept.mkdir()
    rows = sum(keep_rows(kept / f"{one.name}.parquet", views.rows(one), one) for one in files)
    author = Author("Riverbend Family Medicine", "riverbend", "ehr-migrate", FREEZE_DAY)
    with CcdWriter(made.folder, made.handed, files[0], files[1:], author) as writer:
        for chart in charts(files[0], files[1:], kept, kept / "scratch"):
            writer.write(chart.patient, chart.rows)
    assert sum(one.rows for one in writer.written()) == rows


@functools.cache
def riverbend_package() -> Package:
    """The sample practice for the generic spreadsheet desk."""
    folder = Path(SCRATCH.name) / "riverbend"
    return make_package(shipped_layout("spreadsheet-desk"), mapped_riverbend().run / "fhir", folder)


@functools.cache
def some_charts(number: int = 12) -> Path:
    """The resources of so many patients of the sample practice, and all that belongs to none."""
    whole = mapped_riverbend().run / "fhir"
    folder = Path(SCRATCH.name) / f"charts-{number}"
    folder.mkdir()
    patients = (whole / "Patient.ndjson").read_bytes().splitlines()[:number]
    ids = [b"Patient/" + line.split(b'"', 8)[7] for line in patients]
    (folder / "Patient.ndjson").write_bytes(b"\n".join(patients) + b"\n")
    for path in sorted(whole.glob("*.ndjson")):
        lines = path.read_bytes().splitlines(keepends=True)
        if path.stem != "Patient":
            kept = [one for one in lines if b"Patient/" not in one or any(i in one for i in ids)]
            (folder / path.name).write_bytes(b"".join(kept))
    return folder


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a package's CSV file."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    return rows[0], rows[1:]


def write_rows(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A CSV file as a new EHR would export it."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


def read_back(
    package: Package, files: Sequence[LayoutFile], export: Path, folder: Path
) -> tuple[list[Compared], Path]:
    """An export through the extractor that it needs, compared with the package."""
    extractor = choose_extractor(str(export), None)
    events = extractor.extract(ExtractRequest(str(export)))
    staged = folder / "staged"
    stage(events, staged, folder / "rejects", extractor="any", exported_at="", digest=None)
    tables = {path.stem: path for path in staged.glob("*.parquet")}
    out = folder / "compared.parquet"
    return compare(files, package.handed, tables, out, folder / "scratch"), out
