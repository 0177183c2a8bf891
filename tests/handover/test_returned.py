"""`verify --from`: an export of the new EHR in every form, and what its options do."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from migrate.errors import AskedWrongly, MigrateError
from migrate.stages import desk, load, package, returned
from migrate.store.workspace import Project, Run
from migrate.targets.handover.archive import encrypt
from tests.handover.desks import QUIET, desk_project
from tests.handover.packages import read_rows, write_rows
from tests.loads import plan_and_sign

Tables = dict[str, tuple[list[str], list[list[str]]]]


@pytest.fixture
def handed(tmp_path: Path) -> tuple[Project, Run, Tables]:
    """A package of the small desk, and its tables."""
    project = desk_project(tmp_path / "work", more="live = false\n")
    run = plan_and_sign(project)
    load.run(project, run, QUIET, pause=lambda _: None)
    packed = package.run(project, run, QUIET)
    tables = {name: read_rows(packed.folder / f"{name}.csv") for name in ("people", "weights")}
    return project, run, tables


def as_csv(tables: Tables, folder: Path) -> Path:
    folder.mkdir()
    for name, (header, rows) in tables.items():
        write_rows(folder / f"{name}.csv", header, rows)
    return folder


def as_workbooks(tables: Tables, folder: Path) -> Path:
    """A workbook a table, as people's spreadsheets are: dates and numbers are no texts there."""
    openpyxl = pytest.importorskip("openpyxl", reason="the extra part 'xlsx' is not installed")
    folder.mkdir()
    for name, (header, rows) in tables.items():
        book = openpyxl.Workbook()
        book.active.append(header)
        for row in rows:
            book.active.append([typed(head, cell) for head, cell in zip(header, row, strict=True)])
        book.save(folder / f"{name}.xlsx")
    return folder


def typed(head: str, cell: str) -> object:
    if head == "born" and cell:
        return datetime.datetime.fromisoformat(cell)
    return float(cell) if head == "weight" else cell


def as_one_workbook(tables: Tables, folder: Path) -> Path:
    openpyxl = pytest.importorskip("openpyxl", reason="the extra part 'xlsx' is not installed")
    folder.mkdir()
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, (header, rows) in tables.items():
        sheet = book.create_sheet(name)
        for row in [header, *rows]:
            sheet.append(row)
    book.save(folder / "export.xlsx")
    return folder / "export.xlsx"


def as_database(tables: Tables, folder: Path) -> Path:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "export.db")) as base:
        for name, (header, rows) in tables.items():
            base.execute(f"CREATE TABLE {name} ({', '.join(f'{one} TEXT' for one in header)})")
            marks = ", ".join("?" * len(header))
            base.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        base.commit()
    return folder / "export.db"


FORMS = (as_csv, as_workbooks, as_one_workbook, as_database)


@pytest.mark.parametrize("form", FORMS)
def test_an_export_in_any_form_proves_the_package(
    handed: tuple[Project, Run, Tables], tmp_path: Path, form: Callable[[Tables, Path], Path]
) -> None:
    project, run, tables = handed
    same = returned.run(project, run, str(form(tables, tmp_path / "same")), QUIET)
    assert (same.ready, same.residual, sum(one.arrived for one in same.files)) == (True, 0, 9)
    header, rows = tables["people"]
    tables["people"] = (header, [[*rows[0][:2], "1951-02-01"], *rows[2:], rows[2]])
    changed = returned.run(project, run, str(form(tables, tmp_path / "other")), QUIET)
    assert changed.findings() == {"HND030": 1, "HND031": 1, "HND032": 1}


def test_fhir_bulk_data_proves_it_too(handed: tuple[Project, Run, Tables], tmp_path: Path) -> None:
    project, run, _ = handed
    folder = tmp_path / "bulk"
    folder.mkdir()
    for path in run.fhir.glob("*.ndjson"):
        (folder / path.name).write_bytes(path.read_bytes())
    assert returned.run(project, run, str(folder), QUIET).ready
    lines = (folder / "Observation.ndjson").read_bytes().splitlines(keepends=True)
    (folder / "Observation.ndjson").write_bytes(b"".join(lines[1:]))
    assert returned.run(project, run, str(folder), QUIET).findings() == {"HND030": 1}


def test_the_extractor_and_the_layout_can_be_named(
    handed: tuple[Project, Run, Tables], tmp_path: Path
) -> None:
    project, run, tables = handed
    export = as_csv(tables, tmp_path / "export")
    assert returned.run(project, run, str(export), QUIET, extractor="delimited").ready
    assert returned.run(project, run, str(export), QUIET, layout="mini").ready
    with pytest.raises(AskedWrongly) as unknown:
        returned.run(project, run, str(export), QUIET, layout="none-such")
    assert unknown.value.code == "HND002"
    with pytest.raises(AskedWrongly) as other:
        returned.run(project, run, str(export), QUIET, layout="ccda-desk")
    assert other.value.code == "HND021"
    with pytest.raises(MigrateError):
        returned.run(project, run, str(export), QUIET, extractor="none-such")
    with pytest.raises(MigrateError):
        returned.run(project, run, str(tmp_path / "not-there"), QUIET)


def test_a_broken_or_mixed_up_workbook_is_told(
    handed: tuple[Project, Run, Tables], tmp_path: Path
) -> None:
    project, run, tables = handed
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "people.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(AskedWrongly) as caught:
        returned.run(project, run, str(folder), QUIET)
    assert caught.value.code == "HND035"
    both = as_workbooks(tables, tmp_path / "both")
    write_rows(both / "people.csv", *tables["people"])
    with pytest.raises(AskedWrongly) as mixed:
        returned.run(project, run, str(both), QUIET)
    assert mixed.value.code == "HND035"


def test_the_zip_is_encrypted_for_those_who_are_named(tmp_path: Path) -> None:
    pyrage = pytest.importorskip("pyrage", reason="the extra part 'age' is not installed")
    ours, theirs = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    plain = tmp_path / "package.zip"
    plain.write_bytes(b"PK" + bytes(range(256)) * 1000)
    content = plain.read_bytes()
    closed = encrypt(plain, [str(ours.to_public())])
    assert (closed.name, plain.exists()) == ("package.zip.age", False)
    assert content[:200] not in closed.read_bytes()
    assert pyrage.decrypt(closed.read_bytes(), [ours]) == content
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(closed.read_bytes(), [theirs])


def test_a_key_that_is_none_is_told_and_the_package_stays(tmp_path: Path) -> None:
    pytest.importorskip("pyrage", reason="the extra part 'age' is not installed")
    plain = tmp_path / "package.zip"
    plain.write_bytes(b"PK")
    with pytest.raises(AskedWrongly) as caught:
        encrypt(plain, ["age1nothing"])
    assert (caught.value.code, plain.exists()) == ("HND020", True)


def test_an_encrypted_package_is_asked_for_in_the_settings(tmp_path: Path) -> None:
    pyrage = pytest.importorskip("pyrage", reason="the extra part 'age' is not installed")
    key = pyrage.x25519.Identity.generate()
    more = f'live = false\nencrypt = ["{key.to_public()}"]\n'
    project = desk_project(tmp_path / "work", more=more)
    run = plan_and_sign(project)
    load.run(project, run, QUIET, pause=lambda _: None)
    packed = package.run(project, run, QUIET)
    assert packed.archive.suffix == ".age"
    assert not packed.archive.with_suffix("").exists()
    assert pyrage.decrypt(packed.archive.read_bytes(), [key]).startswith(b"PK")


def test_a_layout_does_not_take_the_name_of_a_file_that_every_package_has(tmp_path: Path) -> None:
    project = desk_project(tmp_path / "work")
    path = project.folder / "mappings/handover/mini/layout.yml"
    path.write_text(path.read_text().replace("file: people", "file: patients"))
    with pytest.raises(AskedWrongly) as caught:
        desk.layout_of(project)
    assert caught.value.code == "HND002"
