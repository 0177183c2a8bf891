"""The sample practice as a package: every cell, every loss, and the way back."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from tests.handover import plain
from tests.handover.faults import FAULTS
from tests.handover.losses import held, losses_as_listed, losses_by_plain_python
from tests.handover.packages import (
    Package,
    make_package,
    read_back,
    read_rows,
    riverbend_package,
    shipped_layout,
)
from tests.handover.trial import tables_of, trial

FILES = [file.name for file in shipped_layout("spreadsheet-desk").files]


@pytest.mark.parametrize("name", FILES)
def test_every_cell_is_what_the_resources_say(name: str) -> None:
    package = riverbend_package()
    file = next(one for one in package.layout.files if one.name == name)
    header, rows = read_rows(package.folder / f"{name}.csv")
    assert header == [column.name for column in file.columns]
    wanted = [
        [cell.text or "" for cell in cells]
        for _, cells in plain.rows(package.layout, file, held(package.fhir))
    ]
    assert len(rows) == len(wanted) > 0
    assert [
        [cell.removeprefix("'") if cell[:2] in ("'=", "'+", "'-", "'@") else cell for cell in row]
        for row in rows
    ] == wanted


def test_the_losses_are_exactly_what_is_not_in_the_package(tmp_path: Path) -> None:
    package = riverbend_package()
    listed, reasons = losses_as_listed(package.layout, package.fhir, tmp_path)
    assert len(listed) == len(set(listed)) > 100_000
    assert set(listed) == losses_by_plain_python(package.layout, held(package.fhir))
    assert reasons == {"left out", "zone"}


def test_the_package_comes_back_whole(tmp_path: Path) -> None:
    package = riverbend_package()
    found, _ = read_back(package, package.layout.files, package.folder, tmp_path)
    assert {
        one.file: (one.handed - one.arrived, dict(one.outcomes), one.absent) for one in found
    } == {name: (0, {}, ()) for name in FILES}
    assert sum(one.arrived for one in found) > 13_000


@functools.cache
def riverbend_tables() -> dict[str, list[dict[str, str]]]:
    return dict(tables_of(riverbend_package()))


@pytest.mark.parametrize("kind", list(FAULTS)[::4])  # all: make handover-faults
def test_damage_is_found_row_by_row(kind: str) -> None:
    damaged, found, beside = trial(riverbend_package(), riverbend_tables(), kind, 1)
    assert damaged == found > 0
    assert beside == 0


def test_the_same_resources_give_the_same_bytes(tmp_path: Path) -> None:
    package: Package = riverbend_package()
    again = make_package(package.layout, package.fhir, tmp_path / "again")
    for file in package.layout.files:
        name = f"{file.name}.csv"
        assert (again.folder / name).read_bytes() == (package.folder / name).read_bytes()
