"""The contract of a target, as tests: subclass, say how to open one, and run with pytest.

    class TestMyTarget(TargetContract):
        def open(self, folder: Path) -> Target:
            return open_target(str(folder / "store"), {})

``open`` is called several times with one folder within a test; each call must see what the ones
before have written.
"""

from __future__ import annotations

from pathlib import Path

from migrate.core.compare import same
from migrate.core.ports import Receipt, Stored, Target, Write

_REF = ("Patient", "r1")


def patient(identity: str, **more: object) -> bytes:
    """A small resource; ``more`` are texts of further elements."""
    pairs = "".join(f',"{name}":"{value}"' for name, value in more.items())
    return f'{{"resourceType":"Patient","id":"{identity}"{pairs}}}'.encode()


class TargetContract:
    """Every target passes these; what it cannot do, its capabilities must say."""

    def open(self, folder: Path) -> Target:
        """A target that keeps what it holds in ``folder``."""
        raise NotImplementedError

    def test_identity_stays_with_the_store(self, tmp_path: Path) -> None:
        first = self.open(tmp_path / "one")
        name = first.identity()
        first.close()
        again, other = self.open(tmp_path / "one"), self.open(tmp_path / "two")
        assert again.identity() == name != other.identity()
        again.close()
        other.close()

    def test_what_is_put_can_be_read_after_reopening(self, tmp_path: Path) -> None:
        content = patient("r1", gender="other", language="de-\\u00fc")
        first = self.open(tmp_path)
        receipt = put(first, content, None)
        assert (receipt.type, receipt.id, receipt.outcome) == (*_REF, "created")
        first.close()
        again = self.open(tmp_path)
        now = read(again)
        assert same(content, now.content)
        assert now.version == receipt.version is not None
        again.close()

    def test_what_is_not_there_has_no_content_and_no_version(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        assert read(target) == Stored(*_REF, None, None)
        target.close()

    def test_reading_keeps_the_order_asked_for(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        target.apply([Write("put", "Patient", f"r{n}", patient(f"r{n}"), None) for n in range(5)])
        refs = [("Patient", f"r{n}") for n in (3, 9, 0, 4)]
        assert [(one.type, one.id) for one in target.read(refs)] == refs
        target.close()

    def test_the_same_again_is_unchanged(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        first = put(target, patient("r1"), None)
        again = put(target, patient("r1"), first.version)
        assert (again.outcome, again.version) == ("unchanged", first.version)
        target.close()

    def test_an_update_needs_the_version_it_replaces(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        first = put(target, patient("r1"), None)
        second = put(target, patient("r1", gender="male"), first.version)
        assert second.outcome == "updated" and second.version != first.version
        for wrong in (None, first.version, "no such version"):
            refused = put(target, patient("r1", gender="female"), wrong)
            assert refused.outcome == "conflict"
        assert same(patient("r1", gender="male"), read(target).content)
        target.close()

    def test_a_conflict_does_not_stop_the_others(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        put(target, patient("r1"), None)
        if not target.capabilities().transactions:
            receipts = target.apply(
                [
                    Write("put", "Patient", "r1", patient("r1", gender="male"), None),
                    Write("put", "Patient", "r2", patient("r2"), None),
                ]
            )
            assert [one.outcome for one in receipts] == ["conflict", "created"]
            assert same(patient("r1"), read(target).content)
        target.close()

    def test_receipts_are_in_the_order_of_the_writes(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        ids = [f"r{n}" for n in (4, 1, 3, 0, 2)]
        receipts = target.apply([Write("put", "Patient", n, patient(n), None) for n in ids])
        assert [one.id for one in receipts] == ids
        assert target.count("Patient") in (None, 5)
        target.close()

    def test_deleting_and_putting_again(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        made = put(target, patient("r1"), None)
        if target.capabilities().delete:
            wrong = target.apply([Write("delete", *_REF, None, "no such version")])[0]
            assert wrong.outcome == "conflict"
            gone = target.apply([Write("delete", *_REF, None, made.version)])[0]
            assert gone.outcome == "deleted"
            assert read(target) == Stored(*_REF, None, None)
            assert target.count("Patient") in (None, 0)
            again = put(target, patient("r1"), None)
            assert again.outcome == "created"
            if target.capabilities().versions:
                assert again.version != made.version
        target.close()

    def test_updates_and_new_ones_in_one_call(self, tmp_path: Path) -> None:
        target = self.open(tmp_path)
        put(target, patient("r1"), None)
        version = read(target).version
        new = patient("r9")
        writes = [
            Write("put", *_REF, patient("r1", gender="male"), version),
            Write("put", "Patient", "r9", new, None),
        ]
        assert [one.outcome for one in target.apply(writes)] == ["updated", "created"]
        assert same(new, next(iter(target.read([("Patient", "r9")]))).content)
        target.close()


def put(target: Target, content: bytes, if_version: str | None) -> Receipt:
    """Put the test's resource."""
    return target.apply([Write("put", *_REF, content, if_version)])[0]


def read(target: Target) -> Stored:
    """The test's resource as it is now."""
    return next(iter(target.read([_REF])))
