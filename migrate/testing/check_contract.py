"""The contract of a check pack, as tests: subclass, say how to get one, and run with pytest.

    class TestMyPack(CheckPackContract):
        def pack(self) -> CheckPack:
            return my_pack.pack()

``damaged`` may give the path of a run folder in which each check of the pack finds something;
then it is also held that checks find the same each time and leak no cell of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from migrate.core.issues import catalogue
from migrate.core.ports import Check, CheckPack, Facts, Outcome
from migrate.core.suites import SuiteText, choose
from migrate.engine.judging import open_judged

CATEGORIES = ("conformance", "completeness", "plausibility", "safety", "money")
PLACE_COLUMNS = ["type", "id", "tbl", "row", "column", "element"]
_SHORTEST_SECRET = 6


class CheckPackContract:
    """Every pack passes these."""

    def pack(self) -> CheckPack:
        """The pack."""
        raise NotImplementedError

    def damaged(self, folder: Path) -> Path | None:
        """A run folder with faults, made below ``folder``; None where there is none to show."""
        del folder
        return None

    def settings(self) -> Mapping[str, Mapping[str, object]]:
        """Settings by check id for the damaged run; the defaults where not named."""
        return {}

    def test_names_codes_and_categories(self) -> None:
        checks = list(self.pack().checks())
        assert checks and self.pack().name
        ids = [check.id for check in checks]
        assert len(set(ids)) == len(ids)
        for check in checks:
            assert check.id.count(".") == 1 and check.id == check.id.lower()
            assert check.category in CATEGORIES
            assert check.code in catalogue(), f"{check.id}: unknown issue code {check.code}"

    def test_suites_are_valid_and_choose_checks_that_exist(self) -> None:
        checks = {check.id: check for check in self.pack().checks()}
        for name, text in self.pack().suites().items():
            assert choose([SuiteText(f"{name}.yml", text)], checks), f"{name} chooses nothing"

    def test_nothing_examined_is_said_and_nothing_raised(self, tmp_path: Path) -> None:
        with open_judged(tmp_path) as facts:
            for check in self.pack().checks():
                found = check.run(facts, check.defaults)
                assert (found.examined, found.failed) == (0, 0), check.id

    def test_counts_addresses_and_issues_fit_together(self, tmp_path: Path) -> None:
        with self._damage(tmp_path) as facts:
            for check, found in self._found(facts):
                assert found.failed >= 0, check.id
                assert len(found.issues) <= max(found.failed, 0), check.id
                assert all(part.failed >= 0 for part in found.parts), check.id
                if found.places is not None:
                    assert found.places.column_names == PLACE_COLUMNS, check.id
                    assert found.places.num_rows == found.failed, check.id
                for issue in found.issues:
                    assert issue.code == check.code, check.id

    def test_the_same_run_gives_the_same_findings(self, tmp_path: Path) -> None:
        with self._damage(tmp_path) as facts:
            first = [_told(found) for _, found in self._found(facts)]
            assert first == [_told(found) for _, found in self._found(facts)]

    def test_no_cell_of_the_run_is_told(self, tmp_path: Path) -> None:
        with self._damage(tmp_path) as facts:
            secrets = _cells(tmp_path)
            for check, found in self._found(facts):
                told = _told(found)
                assert not [secret for secret in secrets if secret in told], check.id

    @contextmanager
    def _damage(self, folder: Path) -> Iterator[Facts]:
        run = self.damaged(folder)
        if run is None:
            pytest.skip("the pack shows no damaged run")
        with open_judged(run) as facts:
            yield facts

    def _found(self, facts: Facts) -> Iterator[tuple[Check, Outcome]]:
        for check in self.pack().checks():
            yield check, check.run(facts, {**check.defaults, **self.settings().get(check.id, {})})


def _told(found: Outcome) -> str:
    """All that a check says, as text; ids of resources are keyed digests and may be told."""
    places = [] if found.places is None else found.places.drop_columns(["id"]).to_pylist()
    issues = [
        (issue.code, issue.message, issue.address.table, issue.address.row, issue.rows)
        for issue in found.issues
    ]
    return repr((found.examined, found.failed, found.parts, issues, places))


def _cells(folder: Path) -> list[str]:
    """The cells of the staged tables that are long enough to be told from ordinary words."""
    found: set[str] = set()
    for path in sorted(folder.rglob("staged/*.parquet")):
        table = pq.read_table(path)
        for name in table.column_names:
            if not name.startswith("_"):
                found |= {cell for cell in table.column(name).to_pylist() if cell}
    return sorted(cell for cell in found if len(cell) >= _SHORTEST_SECRET)
