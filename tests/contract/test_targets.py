"""The target contract over the shipped targets, and what is special about each."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.core.ports import Stored, Target, Write
from migrate.errors import AskedWrongly, FailedForNow
from migrate.targets.embedded import EmbeddedTarget, open_target
from migrate.targets.faulty import Fault, FaultyTarget
from migrate.targets.ndjson import NdjsonTarget
from migrate.targets.ndjson import open_target as open_ndjson
from migrate.testing.target_contract import TargetContract, patient, put, read


class TestEmbedded(TargetContract):
    def open(self, folder: Path) -> Target:
        return open_target(str(folder / "target.db"), {})

    def test_history_is_kept(self, tmp_path: Path) -> None:
        target = EmbeddedTarget(tmp_path / "target.db")
        put(target, patient("r1"), None)
        put(target, patient("r1", gender="male"), "1")
        target.apply([Write("delete", "Patient", "r1", None, "2")])
        assert target.versions("Patient", "r1") == [
            Stored("Patient", "r1", "1", patient("r1")),
            Stored("Patient", "r1", "2", patient("r1", gender="male")),
            Stored("Patient", "r1", "3", None),
        ]
        target.close()

    def test_the_file_is_its_owners_only(self, tmp_path: Path) -> None:
        EmbeddedTarget(tmp_path / "target.db").close()
        assert (tmp_path / "target.db").stat().st_mode & 0o077 == 0

    def test_another_file_is_no_store(self, tmp_path: Path) -> None:
        (tmp_path / "target.db").write_bytes(b"no database at all, but some text\n" * 100)
        with pytest.raises(AskedWrongly):
            EmbeddedTarget(tmp_path / "target.db")

    def test_a_locked_store_fails_for_now(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("migrate.targets.embedded._WAIT_S", 0.01)
        one, two = (EmbeddedTarget(tmp_path / "target.db") for _ in range(2))
        one._db.execute("BEGIN IMMEDIATE")
        with pytest.raises(FailedForNow):
            put(two, patient("r1"), None)
        one._db.execute("ROLLBACK")
        assert put(two, patient("r1"), None).outcome == "created"
        one.close()
        two.close()


class TestNdjson(TargetContract):
    def open(self, folder: Path) -> Target:
        return open_ndjson(str(folder / "out"), {})

    def test_it_says_what_it_cannot_prove(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        assert not target.capabilities().read_back
        assert not target.capabilities().versions
        assert target.count("Patient") is None

    def test_a_line_that_a_kill_cut_is_not_there(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        target.apply([Write("put", "Patient", f"r{n}", patient(f"r{n}"), None) for n in (1, 2)])
        path = tmp_path / "out/Patient.ndjson"
        path.write_bytes(path.read_bytes()[:-3])
        again = NdjsonTarget(tmp_path / "out")
        found = list(again.read([("Patient", "r1"), ("Patient", "r2")]))
        assert [one.content for one in found] == [patient("r1"), None]
        assert path.read_bytes() == patient("r1") + b"\n"

    def test_a_foreign_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out/Patient.ndjson").write_bytes(b"text\n")
        with pytest.raises(AskedWrongly):
            self.open(tmp_path)


class TestFaultyWithoutFaults(TargetContract):
    def open(self, folder: Path) -> Target:
        return FaultyTarget(EmbeddedTarget(folder / "target.db"))


FAULTS = {
    "before": ("raises", 0),
    "after": ("raises", 3),
    "partial": ("raises", 1),
    "unknown before": (["unknown"] * 3, 0),
    "unknown after": (["unknown"] * 3, 3),
    "refuse": (["created", "refused", "created"], 2),
    "conflict": (["created", "conflict", "created"], 2),
    "missing receipt": (["created"] * 2, 3),
    "reordered": (["created"] * 3, 3),
    "lost": (["created"] * 3, 2),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_faults_do_what_they_say(tmp_path: Path, kind: str) -> None:
    inner = EmbeddedTarget(tmp_path / "target.db")
    target = FaultyTarget(inner, [Fault(1, kind, 1)])  # type: ignore[arg-type]
    writes = [Write("put", "Patient", f"r{n}", patient(f"r{n}"), None) for n in range(3)]
    answer, written = FAULTS[kind]
    if answer == "raises":
        with pytest.raises(FailedForNow):
            target.apply(writes)
    else:
        assert [one.outcome for one in target.apply(writes)] == answer
    assert inner.count("Patient") == written
    target.close()


def test_a_failing_read(tmp_path: Path) -> None:
    target = FaultyTarget(EmbeddedTarget(tmp_path / "target.db"), [Fault(2, "read fails")])
    read(target)
    with pytest.raises(FailedForNow):
        read(target)
    read(target)
    target.close()
