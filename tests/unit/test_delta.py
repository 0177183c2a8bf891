"""A later export: what is new, changed and gone, and what becomes of it in the target."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from migrate.errors import AskedWrongly
from migrate.stages import delta, dry_run, load, rollback, verify
from migrate.stages.progress import Silent
from migrate.store.workspace import Project
from migrate.targets.embedded import EmbeddedTarget
from tests.later import (
    begin,
    catch_up,
    deliver,
    make_project,
    planned,
    practice,
    without,
    without_checks,
)
from tests.loads import held, wanted
from tests.unit.test_rollback import edit


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    without_checks(monkeypatch)


def gone(rule: str) -> str:
    return f'[delta]\ngone = "{rule}"\n'


def later(project: Project, number: int = 2) -> delta.Delta:
    """P1 renamed, one visit more, V2-1 gone, C2 voided, P4 gone with all that is his."""
    tables = practice()
    tables["patients"]["P1"] = "P1,Renamed 1,x"
    tables["visits"]["V1-9"] = "V1-9,P1,2024-09-11"
    tables["visits"] = without(tables["visits"], ["V2-1", "V4-1", "V4-2", "V4-3"])
    tables["charges"]["C2"] = "C2,P2,2.50,Y"
    tables["charges"] = without(tables["charges"], ["C4"])
    tables["patients"] = without(tables["patients"], ["P4"])
    return catch_up(project, tables, number)


def test_the_difference_is_of_content_and_the_plan_asks_about_what_is_gone(tmp_path: Path) -> None:
    project = begin(tmp_path / "work")
    made = later(project)
    tables = {one.name: (one.new, one.changed, one.gone, one.same) for one in made.tables}
    assert tables == {"patients": (0, 1, 1, 2), "visits": (1, 0, 4, 8), "charges": (0, 1, 1, 2)}
    kinds = {one.name: (one.new, one.changed, one.gone, one.same) for one in made.resources}
    assert kinds == {
        "Patient": (0, 1, 1, 2),
        "Encounter": (1, 0, 4, 8),
        "ChargeItem": (0, 0, 2, 2),
        "Provenance": (0, 0, 1, 3),
    }
    assert made.against == project.runs()[0].id
    plan = made.whole.planned.plan
    assert plan.counts["gone"] == {"ChargeItem": 2, "Encounter": 4, "Patient": 1, "Provenance": 1}
    assert plan.reasons["gone from the export"] == 7 and plan.reasons["left out now"] == 1
    assert (plan.total("create"), plan.total("update")) == (1, 1)


def test_undecided_they_stay_and_verify_says_so(tmp_path: Path) -> None:
    project = begin(tmp_path / "work")
    before = held(project)
    later(project)
    with pytest.raises(AssertionError):
        deliver(project)
    found = verify.run(project, project.run(None), Silent())
    assert found.findings == {"LOD032": 8}
    assert held(project).keys() > before.keys()


@pytest.mark.parametrize("rule", ["delete", "entered-in-error", "inactive", "keep"])
def test_a_rule_decides_and_a_second_delta_writes_nothing(tmp_path: Path, rule: str) -> None:
    project = begin(tmp_path / "work", RULES.get(rule, gone(rule)))
    before = held(project)
    plan = later(project).whole.planned.plan
    assert plan.total("gone") == 0
    run = deliver(project)
    now = held(project)
    extra = {ref: content for ref, content in now.items() if ref not in wanted(run)}
    if rule == "delete":
        assert now == wanted(run)
    elif rule == "keep":
        assert extra == {ref: before[ref] for ref in extra} and len(extra) == 8
    else:
        kinds = {(ref[0], state(content)) for ref, content in extra.items()}
        assert kinds == KINDS[rule]
    again = later(project)
    assert again.whole.run.id == run.id
    assert load.run(project, run, Silent()).written.total() == 0
    assert again.whole.planned.plan.total("create", "update", "retire", "delete") == 0
    assert verify.run(project, run, Silent()).ready


KEEP = '[delta.gone]\ndefault = "keep"\nEncounter = "entered-in-error"\n'
RULES = {
    "inactive": f'{KEEP}Patient = "inactive"\n',
    "entered-in-error": f'{KEEP}ChargeItem = "entered-in-error"\n',
}
KINDS = {
    "entered-in-error": {
        ("ChargeItem", "entered-in-error"),
        ("Encounter", "entered-in-error"),
        ("Patient", None),
        ("Provenance", None),
    },
    "inactive": {
        ("ChargeItem", "billable"),
        ("Encounter", "entered-in-error"),
        ("Patient", "False"),
        ("Provenance", None),
    },
}


def state(content: bytes) -> str | None:
    resource = orjson.loads(content)
    found = resource.get("status", resource.get("active"))
    return None if found is None else str(found)


@pytest.mark.parametrize("rule", ["delete", "entered-in-error"])
def test_rolling_a_delta_back_gives_the_first_load_again(tmp_path: Path, rule: str) -> None:
    settings = '[delta.gone]\ndefault = "keep"\nChargeItem = "entered-in-error"\n'
    project = begin(tmp_path / "work", gone(rule) if rule == "delete" else settings)
    before = held(project)
    later(project)
    run = deliver(project)
    after = held(project)
    undone = rollback.run(project, run, Silent(), pause=lambda _: None)
    assert undone.ready
    assert held(project) == before
    planned(project)
    deliver(project)
    assert held(project) == after


def test_what_somebody_edited_is_never_taken_away(tmp_path: Path) -> None:
    project = begin(tmp_path / "work", gone("delete"))
    encounter = next(ref for ref in held(project) if ref[0] == "Encounter")
    theirs = edit(project, *encounter)
    catch_up(project, practice() | {"visits": {}} | {"visits": {"V9": "V9,P1,2024-01-01"}})
    plan = planned(project).plan
    assert plan.reasons["gone, but changed by somebody else"] == 1
    run = project.run(None)
    from migrate.stages import sign

    sign.run(project, run, "Pat Invented", "clinical")
    done = load.run(project, run, Silent(), pause=lambda _: None)
    assert [(one.code, one.why) for one in done.not_written] == [
        ("LOD020", "gone, but changed by somebody else")
    ]
    assert held(project)[encounter] == theirs


def test_nothing_is_undone_on_a_doubt(tmp_path: Path) -> None:
    project = begin(tmp_path / "work", gone("delete"))
    tables = practice()
    del tables["charges"]
    write = catch_up(project, {**tables, "charges": {}})
    assert write.whole.planned.plan.reasons["its table is not there"] == 4
    tables = practice()
    tables["charges"]["C1"] = "C1,P1,not money,N"
    tables["charges"] = without(tables["charges"], ["C2"])
    found = catch_up(project, tables, 3).whole.planned.plan
    assert found.reasons["held back now"] == 1 and found.total("delete") == 1


def test_only_a_new_instant_changes_nothing(tmp_path: Path) -> None:
    project = begin(tmp_path / "work")
    found = catch_up(project, practice(), 2)
    assert found.whole.run.id != project.runs()[0].id
    assert found.rows() == []
    third = catch_up(project, practice(), 3)
    assert third.rows() == [] and third.against == found.whole.run.id
    assert set(third.whole.planned.plan.counts) == {"leave"}


def test_what_comes_back_is_as_it_was(tmp_path: Path) -> None:
    project = begin(tmp_path / "work", gone("entered-in-error"))
    first = held(project)
    tables = practice()
    tables["visits"] = without(tables["visits"], ["V1-1"])
    catch_up(project, tables)
    deliver(project)
    assert held(project) != first
    catch_up(project, practice(), 3)
    deliver(project)
    assert held(project) == first


def test_after_a_delta_the_project_is_about_the_later_export(tmp_path: Path) -> None:
    project = begin(tmp_path / "work")
    run = later(project).whole.run
    assert dry_run.run(project, Silent()).run.id == run.id
    settings = project.folder / "migration.toml"
    settings.write_text(settings.read_text().replace("2026-01-31", "2026-03-01"))
    assert dry_run.run(Project.open(project.folder), Silent()).run.id not in {
        one.id for one in project.runs()[:2]
    }


def test_there_must_be_something_to_be_later_than(tmp_path: Path) -> None:
    project = make_project(tmp_path / "work", practice())
    with pytest.raises(AskedWrongly) as refused:
        catch_up(project, practice())
    assert refused.value.code == "PRJ007"


def test_versions_say_that_nothing_was_written_twice(tmp_path: Path) -> None:
    project = begin(tmp_path / "work", gone("delete"))
    later(project)
    deliver(project)
    target = EmbeddedTarget(project.folder / "target.db")
    rows = target._db.execute("SELECT max(version) FROM resources").fetchall()
    target.close()
    assert rows == [(2,)]
