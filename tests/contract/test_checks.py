"""The check-pack contract over the shipped pack, with one fault of each kind in a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from migrate.packs.validators import pack

from migrate.core.ports import CheckPack
from migrate.testing.check_contract import CheckPackContract
from tests.unit.validators.seeded import clean
from tests.unit.validators.test_faults import CASES, SETTINGS


class TestStandardPack(CheckPackContract):
    def pack(self) -> CheckPack:
        return pack()

    def settings(self) -> Mapping[str, Mapping[str, object]]:
        return SETTINGS

    def damaged(self, folder: Path) -> Path:
        run = clean()
        for _, name, fault, _ in CASES:
            if name not in (
                "lines_that_are_no_resource",
                "ids_of_the_wrong_form",
                "lost_and_moved",
            ):
                fault(run)
        for table in run.tables.values():
            for number, row in enumerate(table):
                row["note"] = row["note"] and f"Private thing {number}"
        return run.write(folder / "run")
