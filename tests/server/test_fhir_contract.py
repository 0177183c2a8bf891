"""The target contract over FHIR servers of several habits."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from migrate.core.ports import Target, Write
from migrate.targets.fhir import open_target
from migrate.testing.target_contract import TargetContract, patient, put, read
from tests.server.fhir_server import Habits, State, serving


class _Served(TargetContract):
    """A folder is a server here: the same one for the same folder, another for another."""

    habits: ClassVar[dict[str, object]] = {}

    @pytest.fixture(autouse=True)
    def servers(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            self._stack, self._known = stack, dict[Path, tuple[str, State]]()
            yield

    def open(self, folder: Path) -> Target:
        if folder not in self._known:
            habits = Habits(**self.habits)  # type: ignore[arg-type]
            self._known[folder] = self._stack.enter_context(serving(habits))
        base, self.state = self._known[folder]
        folder.mkdir(parents=True, exist_ok=True)
        remembered = str(folder / "abilities.json")
        return open_target(base, {"remembered": remembered}, pause=lambda _: None)


class TestGood(_Served):
    pass


class TestBatchesOnly(_Served):
    habits: ClassVar[dict[str, object]] = {"transactions": False, "most_entries": 30}

    def test_it_is_found_out(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        found = target.capabilities()
        assert (found.transactions, found.client_ids, found.delete) == (False, True, True)
        assert found.max_bundle == 4 * 4 * 25
        assert self.state.held() == {}
        target.close()


class TestOneByOne(_Served):
    habits: ClassVar[dict[str, object]] = {"batches": False, "transactions": False}


class TestIdsOfItsOwn(_Served):
    habits: ClassVar[dict[str, object]] = {"client_ids": False}

    def test_our_id_is_an_identifier_there_and_nothing_else_differs(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        assert not target.capabilities().client_ids
        assert self.state.held() == {}
        made = put(target, patient("r1"), None)
        (identity,) = {ref[1] for ref in self.state.held()}
        assert identity != "r1" and made.outcome == "created"
        assert read(target).id == "r1"
        target.close()


class TestIdsOfItsOwnAndBatchesOnly(_Served):
    habits: ClassVar[dict[str, object]] = {"client_ids": False, "transactions": False}


class TestIdsOfItsOwnOneByOne(_Served):
    habits: ClassVar[dict[str, object]] = {
        "client_ids": False,
        "transactions": False,
        "batches": False,
    }


class TestAsHapi(_Served):
    habits: ClassVar[dict[str, object]] = {"if_none_match": False, "match_makes": True}

    def test_what_was_deleted_is_made_again_and_what_is_there_is_left(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        made = target.apply([_patient(n, None) for n in range(4)])
        target.apply([Write("delete", "Patient", f"r{n}", None, made[n].version) for n in (0, 1)])
        again = target.apply([_patient(n, None, "male") for n in range(6)])
        assert [one.outcome for one in again] == [
            "created", "created", "conflict", "conflict", "created", "created",
        ]  # fmt: skip
        held = {identity: one["gender"] for (_, identity), one in self.state.held().items()}
        assert held == {"r0": "male", "r1": "male", "r2": "female", "r3": "female"} | {
            "r4": "male", "r5": "male",
        }  # fmt: skip
        target.close()


class TestNoConditions(_Served):
    habits: ClassVar[dict[str, object]] = {"if_match": False, "if_none_match": False}


class TestNoConditionsAndLaggingSearch(_Served):
    habits: ClassVar[dict[str, object]] = {
        "if_match": False,
        "if_none_match": False,
        "lagging_search": True,
    }

    def test_receipts_are_in_the_order_of_the_writes(self, tmp_path: Path) -> None:
        """The count lags; everything else holds."""
        target = self.open(tmp_path)
        target.apply([Write("put", "Patient", f"r{n}", patient(f"r{n}"), None) for n in range(5)])
        assert target.count("Patient") == 4
        assert read(target).version is None or put(target, patient("r1"), "1").version == "1"
        target.close()

    def test_deleting_and_putting_again(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        made = put(target, patient("r1"), None)
        gone = target.apply([Write("delete", "Patient", "r1", None, made.version)])[0]
        assert (gone.outcome, read(target).content) == ("deleted", None)
        target.close()


def _patient(number: int, version: str | None, gender: str = "female") -> Write:
    return Write("put", "Patient", f"r{number}", patient(f"r{number}", gender=gender), version)
