"""Friday's signature on Sunday: a hundred generated later exports, a hundred right decisions."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from migrate.core.gate import AcceptedFinding, Finding, Gate
from migrate.core.limits import Limits, Observed, breaches
from migrate.core.reconcile.document import stored
from migrate.core.reconcile.sheet import MoneyLine, PatientBalance, Reconciliation
from migrate.errors import NeedsPerson
from migrate.stages import load, plan, sign
from migrate.stages.progress import Silent
from migrate.store.files import write_json
from migrate.store.workspace import Project, Run
from tests.loads import add_run, make_project, practice
from tests.run_folder import write_misses

MOST = 3
SEEN = Finding("CHK500", "safety.allergies", 2, "safety", "seen on Friday")
ACCEPTED = AcceptedFinding("CHK500", "safety.allergies", 9, "looked at", "Ada Example", "clinical")
Resource = dict[str, object]


@dataclass(frozen=True)
class Later:
    """One later export: what is different, and whether Friday's signature holds for it."""

    charts: int = 0
    shared: int = 0
    vanished: int = 0
    code: bool = False
    safety: int = 2
    cents: int = 0
    blocked: bool = False
    settings: bool = False

    @property
    def right(self) -> bool:
        """The decision that is right."""
        return (
            self.charts <= MOST
            and self.shared <= MOST
            and not self.vanished
            and not self.code
            and self.safety <= 2
            and self.cents == 0
            and not self.blocked
            and not self.settings
        )


def generated(seed: int) -> list[Later]:
    """A hundred of them, about half inside; the borders are often met."""
    chance = random.Random(seed)
    found = []
    for _ in range(100):
        one = Later(charts=chance.choice((0, 1, 2, 3, 3)), shared=chance.choice((0, 0, 1)))
        if chance.random() < 0.5:
            worse: list[dict[str, object]] = [
                {"charts": chance.choice((4, 4, 7))},
                {"shared": 4},
                {"vanished": 1},
                {"code": True},
                {"safety": chance.choice((3, 9))},
                {"cents": chance.choice((1, -1, 100))},
                {"blocked": True},
                {"settings": True},
            ]
            for change in chance.sample(worse, chance.choice((1, 1, 2))):
                one = replace(one, **change)  # type: ignore[arg-type]
        elif chance.random() < 0.3:
            one = replace(one, safety=chance.choice((0, 1)))
        found.append(one)
    return found


def resources(one: Later | None) -> list[Resource]:
    """The practice of ten charts and five shared records, with the differences of a later one."""
    made = practice(10, 1)
    made += [{"resourceType": "Location", "id": f"l{n}", "name": "Invented"} for n in range(5)]
    if one is None:
        return made
    for n in range(one.charts):
        visit = next(r for r in made if r["id"] == f"p{n}-e0")
        visit["status"] = "in-progress"
    for n in range(one.shared):
        next(r for r in made if r["id"] == f"l{n}")["name"] = "Invented anew"
    gone = {f"p{9 - n}-o0" for n in range(one.vanished)}
    return [r for r in made if r["id"] not in gone]


def judged(safety: int, blocked: bool):  # type: ignore[no-untyped-def]
    """A gate with the accepted safety finding, closed or not."""
    seen = ((replace(SEEN, count=safety), ACCEPTED),) if safety else ()
    closed = (Finding("REC001", "run", 1, "error", "closed"),) if blocked else ()
    return lambda _project, _run: Gate(closed, seen, ())


def finish(run: Run, cents: int, codes: Sequence[str]) -> Run:
    """What reconciling and mapping leave: a sheet with one measure, the unmapped codes."""
    line = MoneyLine(
        "charges", "USD", "", Decimal("10.00"), Decimal("10.00") - Decimal(cents) / 100
    )
    sheet = Reconciliation(
        tables=(), resources=(), fates=(), months=(), money=(line,), controls=(),
        controls_given=False, balance=PatientBalance(), patient_table="", money_scope="full",
    )  # fmt: skip
    write_json(run.file("reconciliation.json"), stored(sheet))
    run.finish("reconcile", {}, [run.file("reconciliation.json")], {})
    run.file("misses.parquet").unlink()
    write_misses(run.folder, [("allergen", code, "a", "c", "keep-text", 1) for code in codes])
    return run


def friday(folder: Path) -> Project:
    """A project whose first run is signed with limits and loaded."""
    project = make_project(folder, resources(None))
    run = finish(project.run(None), 0, ["known"])
    gate = judged(2, blocked=False)
    plan.run(project, run, Silent(), judge=gate)
    sign.run(project, run, "Ada Example", "clinical", limits=MOST, judge=gate)
    assert load.run(project, run, Silent(), judge=gate).ready
    return project


def sunday(project: Project, one: Later) -> list[str] | NeedsPerson:
    """Bring a later export and load it: the signatures used, or the refusal."""
    run = finish(add_run(project, resources(one)), one.cents, ["known", "new"][: 1 + one.code])
    gate = judged(one.safety, one.blocked)
    if one.settings:
        path = project.folder / "migration.toml"
        path.write_text(path.read_text() + "# edited after signing\n")
    plan.run(project, run, Silent(), judge=gate)
    try:
        done = load.run(project, run, Silent(), judge=gate, pause=lambda _: None)
    except NeedsPerson as refused:
        return refused
    assert done.ready
    return done.signoffs


def test_a_hundred_later_exports_a_hundred_right_decisions(tmp_path: Path) -> None:
    found = generated(20261125)
    assert 35 < sum(one.right for one in found) < 65
    first = friday(tmp_path / "friday")
    wrong = []
    for number, one in enumerate(found):
        project = Project.open(Path(shutil.copytree(first.folder, tmp_path / f"sunday-{number}")))
        answer = sunday(project, one)
        if isinstance(answer, NeedsPerson):
            right = not one.right and answer.code == "LOD071" and bool(answer.details)
        else:
            right = one.right and answer == ["0001-clinical.json"]
        if not right:
            wrong.append((one, answer))
    assert wrong == []


def test_several_later_exports_together_may_not_creep_out_of_the_limits(tmp_path: Path) -> None:
    project = friday(tmp_path / "work")
    assert sunday(project, Later(charts=2)) == ["0001-clinical.json"]
    assert sunday(project, Later(charts=3)) == ["0001-clinical.json"]
    refused = sunday(project, Later(charts=4))
    assert isinstance(refused, NeedsPerson) and refused.details == ("4 charts differ, 3 may",)


def test_a_signature_of_its_own_needs_no_limits(tmp_path: Path) -> None:
    project = friday(tmp_path / "work")
    assert isinstance(sunday(project, Later(charts=5)), NeedsPerson)
    run, gate = project.run(None), judged(2, blocked=False)
    sign.run(project, run, "Ada Example", "clinical", judge=gate)
    assert load.run(project, run, Silent(), judge=gate).signoffs == ["0002-clinical.json"]


def test_an_edited_file_of_the_signed_run_ends_its_limits(tmp_path: Path) -> None:
    project = friday(tmp_path / "work")
    first = project.run(None)
    write_misses(first.folder, [("allergen", "any", "a", "c", "keep-text", 1)])
    refused = sunday(project, Later())
    assert isinstance(refused, NeedsPerson)
    assert refused.details == ("the files of the signed run are not as they were signed",)


def test_without_limits_a_later_export_needs_a_signature(tmp_path: Path) -> None:
    project = make_project(tmp_path / "work", resources(None))
    run, gate = finish(project.run(None), 0, []), judged(2, blocked=False)
    plan.run(project, run, Silent(), judge=gate)
    sign.run(project, run, "Ada Example", "clinical", judge=gate)
    refused = sunday(project, Later())
    assert isinstance(refused, NeedsPerson) and refused.code == "LOD010"


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Observed(3, 3), 0),
        (Observed(4), 1),
        (Observed(0, 4), 1),
        (Observed(0, undecided=1, codes=1), 2),
        (Observed(0, safety={"a": 2}, money={"charges": "0.01"}), 0),
        (Observed(0, safety={"a": 3, "b": 1}, money={"charges": "0.02", "other": "1"}), 4),
    ],
)
def test_each_breach_has_its_words(seen: Observed, words: int) -> None:
    assert len(breaches(Limits(3, {"a": 2}, {"charges": "0.01"}), seen)) == words
