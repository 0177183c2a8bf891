"""The pack in the guide is a pack: it passes the contract, and finds what it says."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import migrate
from migrate.core.ports import CheckPack
from migrate.core.suites import SuiteText, choose
from migrate.engine.judging import open_judged
from migrate.testing.check_contract import CheckPackContract
from tests.unit.validators.seeded import clean

PAGE = Path(migrate.__file__).parent / "guide" / "checks.md"
MOST_LINES = 60


def code() -> str:
    """The example's source."""
    found = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert len(found) == 1
    return str(found[0])


def example() -> Any:
    """The example as a module."""
    module = ModuleType("sunday_pack")
    exec(compile(code(), "sunday_pack.py", "exec", dont_inherit=True), module.__dict__)
    return module


def sundays(folder: Path) -> Path:
    """A run with one visit on a Sunday: 2020-03-01 is one."""
    run = clean()
    run.resource("Encounter", "e-p2")["period"] = {"start": "2020-03-02T09:00:00-06:00"}
    return run.write(folder / "run")


class TestExample(CheckPackContract):
    def pack(self) -> CheckPack:
        pack: CheckPack = example().SundayPack()
        return pack

    def damaged(self, folder: Path) -> Path:
        return sundays(folder)


def test_it_is_short() -> None:
    assert len(code().splitlines()) <= MOST_LINES


def test_it_finds_the_sunday(tmp_path: Path) -> None:
    pack = example().SundayPack()
    checks = {check.id: check for check in pack.checks()}
    (choice,) = choose([SuiteText("sunday.yml", pack.suites()["sunday"])], checks)
    with open_judged(sundays(tmp_path)) as facts:
        check = checks[choice.id]
        found = check.run(facts, {**check.defaults, **choice.settings})
    assert (found.examined, found.failed) == (2, 1)
    assert found.places.to_pylist()[0]["id"] == "e-p1"
    assert found.issues[0].address.resource == "Encounter/e-p1"
