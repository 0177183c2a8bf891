"""Charts stay out of sight until they are whole, also when the load is cut off anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from migrate.core.hiding import HIDINGS, TAG, Hiding, hidden
from migrate.core.ports import Capabilities, Receipt, Write
from migrate.core.references import owner, references
from migrate.errors import AskedWrongly
from migrate.stages.hiding import Veil
from migrate.stages.wanted import wanted_contents
from migrate.store.workspace import Project, Run
from migrate.targets.embedded import EmbeddedTarget
from tests.loads import (
    load_run,
    make_project,
    plan_and_sign,
    practice,
    through,
    verify_run,
    wanted,
)


class Watched(EmbeddedTarget):
    """Takes three at a time; a refused id; cut off before or after one of its calls."""

    refused = ""
    cut_at = 0
    after = False
    log: list[dict[tuple[str, str], dict[str, object]]]

    def capabilities(self) -> Capabilities:
        return replace(super().capabilities(), max_bundle=3)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        self.cut_at -= 1
        if self.cut_at == 0 and not self.after:
            raise KeyboardInterrupt
        taken = [one for one in writes if one.id != self.refused]
        found = {(one.type, one.id): one for one in super().apply(taken)}
        if self.cut_at == 0:
            raise KeyboardInterrupt
        self.log.append(self.held())
        refusal = Receipt("", self.refused, "refused", None, "422")
        return [found.get((one.type, one.id)) or replace(refusal, type=one.type) for one in writes]

    def held(self) -> dict[tuple[str, str], dict[str, object]]:
        refs = [("Patient", f"p{n}") for n in range(3)]
        refs += [("Encounter", f"p{n}-e{m}") for n in range(3) for m in range(2)]
        refs += [("Observation", f"p{n}-o{m}") for n in range(3) for m in range(2)]
        return {
            (one.type, one.id): json.loads(one.content)
            for one in self.read(refs)
            if one.content is not None
        }


class Case:
    def __init__(self, folder: Path, how: str | None) -> None:
        self.project = make_project(folder, practice(3, 2))
        self.hide(how)
        self.log: list[dict[tuple[str, str], dict[str, object]]] = []
        self.run = plan_and_sign(self.project)

    def hide(self, how: str | None) -> None:
        settings = self.project.folder / "migration.toml"
        lines = [o for o in settings.read_text().splitlines() if "hide_until_whole" not in o]
        if how is not None:
            lines.insert(lines.index("[target]") + 1, f'hide_until_whole = "{how}"')
        settings.write_text("\n".join(lines))
        self.project = Project.open(self.project.folder)

    def load(self, **settings: object):  # type: ignore[no-untyped-def]
        def opened(target: EmbeddedTarget) -> Watched:
            target.close()
            made = Watched(self.project.folder / "target.db")
            made.log = self.log
            for name, value in settings.items():
                setattr(made, name, value)
            return made

        return load_run(self.project, self.run, through(opened))  # type: ignore[arg-type]


def seen(held: dict[tuple[str, str], dict[str, object]]) -> Iterator[str]:
    """The patients that the practice's views show."""
    for (kind, identity), one in held.items():
        meta = one.get("meta")
        tags = meta.get("tag", []) if isinstance(meta, dict) else []
        if kind == "Patient" and TAG not in tags and one.get("active") is not False:
            yield identity


def charts(run: Run) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for (kind, identity), line in wanted(run).items():
        patient = owner(kind, identity, line, references(line))
        if patient is not None:
            found.setdefault(patient, set()).add((kind, identity))
    return found


def only_whole_charts_were_seen(case: Case) -> bool:
    whole = charts(case.run)
    moments: Iterable[dict[tuple[str, str], dict[str, object]]] = case.log
    return all(whole[patient] <= set(held) for held in moments for patient in seen(held))


@pytest.mark.parametrize("how", HIDINGS)
def test_a_chart_is_seen_when_it_is_whole(tmp_path: Path, how: Hiding) -> None:
    case = Case(tmp_path / "p", how)
    result = case.load()
    assert result.ready and result.loaded["Patient"] == 3
    assert only_whole_charts_were_seen(case)
    assert any(("Patient", "p0") in held and "p0" not in set(seen(held)) for held in case.log)
    assert verify_run(case.project, case.run).ready
    assert not case.load().written


def test_without_it_charts_are_seen_in_pieces(tmp_path: Path) -> None:
    case = Case(tmp_path / "p", None)
    assert case.load().ready
    assert not only_whole_charts_were_seen(case)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("how", HIDINGS)
def test_a_load_that_is_cut_off_anywhere_goes_on(tmp_path: Path, how: Hiding, after: bool) -> None:
    for at in range(1, 11):
        case = Case(tmp_path / f"p{at}", how)
        try:
            case.load(cut_at=at, after=after)
        except KeyboardInterrupt:
            assert case.load().ready
        assert only_whole_charts_were_seen(case)
        assert verify_run(case.project, case.run).ready


def test_a_plan_made_again_in_the_middle_shows_nothing_early(tmp_path: Path) -> None:
    case = Case(tmp_path / "p", "tag")
    with pytest.raises(KeyboardInterrupt):
        case.load(cut_at=3)
    plan_and_sign(case.project, case.run)
    assert case.load().ready
    assert only_whole_charts_were_seen(case) and verify_run(case.project, case.run).ready


def test_a_chart_that_lacks_something_stays_hidden_and_is_said(tmp_path: Path) -> None:
    case = Case(tmp_path / "p", "tag")
    result = case.load(refused="p1-o1")
    codes = {(one.id, one.code) for one in result.not_written}
    assert codes == {("p1-o1", "LOD021"), ("p1", "LOD025")}
    assert sorted(seen(case.log[-1])) == ["p0", "p2"]
    assert not verify_run(case.project, case.run).ready
    case.hide(None)
    plan_and_sign(case.project, case.run)  # a signature binds the settings
    case.load(refused="p1-o1")
    assert sorted(seen(case.log[-1])) == ["p0", "p1", "p2"]
    assert case.load().ready and verify_run(case.project, case.run).ready


def test_the_hidden_form_keeps_everything_else_as_it_was_written() -> None:
    line = b'{"resourceType":"Patient","id":"p","extension":[{"url":"u","valueDecimal":7.10}],'
    line += b'"meta":{"tag":[{"code":"a"}],"source":"s"}}'
    tag, inactive = hidden(line, "tag"), hidden(line, "inactive")
    assert b'"valueDecimal":7.10}' in tag and b'"valueDecimal":7.10}' in inactive
    assert json.loads(tag)["meta"] == {"tag": [{"code": "a"}, TAG], "source": "s"}
    assert json.loads(inactive) == {**json.loads(line), "active": False}


def test_words_that_mean_nothing_and_targets_that_cannot_hide(tmp_path: Path) -> None:
    case = Case(tmp_path / "p", "tag")
    with pytest.raises(AskedWrongly) as caught:
        case.hide("somehow")
    assert caught.value.code == "PRJ006"
    target = EmbeddedTarget(tmp_path / "target.db")
    abilities = replace(target.capabilities(), versions=False)
    target.close()
    with wanted_contents(case.run.folder) as contents, pytest.raises(AskedWrongly) as refused:
        Veil("tag", contents, abilities)
    assert refused.value.code == "LOD060"
