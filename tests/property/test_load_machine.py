"""Exports, loads over a failing target, rollbacks and other people's edits, in any order."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from migrate.core.compare import same
from migrate.core.ports import Write
from migrate.errors import FailedForNow
from migrate.stages import rollback
from migrate.stages.progress import Silent
from migrate.store.journal import Memory
from migrate.targets.embedded import EmbeddedTarget
from migrate.targets.faulty import Fault, FaultyTarget
from tests.loads import (
    add_run,
    held,
    load_run,
    make_project,
    plan_and_sign,
    practice,
    through,
    verify_run,
    wanted,
)

FAULTS = st.builds(
    Fault,
    st.integers(1, 4),
    st.sampled_from(
        ["before", "after", "partial", "unknown before", "unknown after", "conflict", "reordered"]
    ),
    st.integers(0, 4),
)
REFS = st.sampled_from([(str(one["resourceType"]), str(one["id"])) for one in practice(2, 1)])


class Loading(RuleBasedStateMachine):
    """``theirs``: what somebody else wrote last, by (type, id); None where they deleted it."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.project = make_project(self.folder / "work", practice(2, 1))
        self.theirs: dict[tuple[str, str], bytes | None] = {}
        self.edits = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @rule(language=st.sampled_from(["en", "es", "fr"]), patients=st.integers(1, 2))
    def another_export(self, language: str, patients: int) -> None:
        resources = practice(patients, 1)
        for one in resources[::2]:
            one["language"] = language
        add_run(self.project, resources)

    @rule(faults=st.lists(FAULTS, max_size=3))
    def sign_and_load(self, faults: list[Fault]) -> None:
        run = plan_and_sign(self.project)
        opening = through(lambda target: FaultyTarget(target, faults, 3))
        try:
            loaded = load_run(self.project, run, opening)
        except FailedForNow:
            loaded = load_run(self.project, run)
        now, planned = held(self.project), wanted(run)
        left = {(one.type, one.id): one.code for one in loaded.not_written}
        for ref, content in planned.items():
            if ref not in left:
                assert now[ref] == content
        foreign = {ref for ref, code in left.items() if code == "LOD020"}
        assert foreign <= {ref for ref, mine in self.theirs.items() if mine != planned.get(ref)}
        assert len(foreign) > 0 or not left, "only what points at something foreign is held back"
        assert load_run(self.project, run).written.total() == 0
        found = {off.code for off in verify_run(self.project, run).listed}
        assert found <= ({"LOD020", "LOD032", "LOD035"} if left else {"LOD032"})

    @rule(number=st.integers(0, 3), faults=st.lists(FAULTS, max_size=2))
    def roll_back(self, number: int, faults: list[Fault]) -> None:
        runs = [run for run in self.project.runs() if run.journal.exists()]
        if not runs:
            return
        run = runs[number % len(runs)]
        opening = through(lambda target: FaultyTarget(target, faults, 3))

        def undo(how: object) -> None:
            rollback.run(self.project, run, Silent(), opening=how, pause=lambda _: None)  # type: ignore[arg-type]

        try:
            undo(opening)
        except FailedForNow:
            undo(through(lambda target: target))

    @rule(ref=REFS, delete=st.booleans())
    def somebody_changes(self, ref: tuple[str, str], delete: bool) -> None:
        target = EmbeddedTarget(self.project.folder / "target.db")
        now = next(iter(target.read([ref])))
        self.edits += 1
        content = orjson.dumps({"resourceType": ref[0], "id": ref[1], "edit": self.edits})
        if delete and now.content is not None:
            target.apply([Write("delete", *ref, None, now.version)])
            if self.known(ref, target.identity()):
                self.theirs[ref] = None
            else:
                self.theirs.pop(ref, None)  # nobody can tell that it ever was there
        else:
            target.apply([Write("put", *ref, content, now.version)])
            self.theirs[ref] = content
        target.close()

    def known(self, ref: tuple[str, str], identity: str) -> bool:
        """Whether our receipts say that we left something there."""
        with closing(Memory([run.journal for run in self.project.runs()], identity)) as memory:
            known = memory.known(*ref)
        return known is not None and known.digest is not None

    @invariant()
    def what_others_wrote_is_never_written_over(self) -> None:
        if not hasattr(self, "theirs"):
            return
        now = held(self.project)
        for ref, content in self.theirs.items():
            if content is None:
                assert ref not in now
            else:
                assert same(content, now.get(ref))


Loading.TestCase.settings = settings(deadline=None, max_examples=12, stateful_step_count=10)
TestLoading = Loading.TestCase
