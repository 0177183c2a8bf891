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
from migrate.engine.desk import DeskViews
from migrate.engine.returned import Compared, compare
from migrate.extractors.delimited import DelimitedExtractor
from migrate.packs import mappings_folder
from migrate.store.layouts import find_layout
from migrate.store.staging import stage
from migrate.targets.handover.tables import write_table
from tests.golden.riverbend import mapped_riverbend

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
    """The table files of a layout over resources."""
    made = Package(layout, fhir, folder / "package", folder / "handed")
    made.folder.mkdir(parents=True)
    made.handed.mkdir()
    with DeskViews(fhir, layout, folder / "scratch") as views:
        for file in layout.files:
            write_table(made.folder, made.handed, file, layout, views.rows(file))
    return made


@functools.cache
def riverbend_package() -> Package:
    """The sample practice for the generic spreadsheet desk."""
    folder = Path(SCRATCH.name) / "riverbend"
    return make_package(shipped_layout("spreadsheet-desk"), mapped_riverbend().run / "fhir", folder)


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
    """An export through the delimited extractor, compared with the package."""
    events = DelimitedExtractor().extract(ExtractRequest(str(export)))
    staged = folder / "staged"
    stage(events, staged, folder / "rejects", extractor="delimited", exported_at="", digest=None)
    tables = {path.stem: path for path in staged.glob("*.parquet")}
    out = folder / "compared.parquet"
    return compare(files, package.handed, tables, out, folder / "scratch"), out
