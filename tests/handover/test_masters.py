"""Masters that the new EHR has already: matched by identifier, else decided by people."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.masters import CREATE, Entry, identifier_form, match
from migrate.errors import AskedWrongly
from migrate.stages import desk, masters
from migrate.store.workspace import Run
from tests.handover.desks import QUIET, desk_project
from tests.small_project import small_project


def entry(identity: str, name: str, *identifiers: str, birth: str = "") -> Entry:
    return Entry(identity, frozenset(map(identifier_form, identifiers)), name, birth)


def practice() -> dict[str, tuple[list[Entry], list[Entry]]]:
    """12 providers, 40 payers and 25 patients that are there already, some without a number."""
    rng = random.Random(5)
    made = {}
    for kind, count in (("providers", 12), ("payers", 40), ("patients", 25)):
        ours = [
            entry(
                f"r{n}",
                f"{kind} Person{n:02d} Quill{n:02d}",
                f"{kind[:2]}-{n:04d}",
                birth=f"19{n + 30}-01-02",
            )
            for n in range(count)
        ]
        theirs = []
        for n, one in enumerate(ours):
            numbers = one.identifiers if rng.random() < 0.7 else frozenset({f"OTHER{n}"})
            name = one.name if rng.random() < 0.6 else one.name.upper().replace(" QUILL", ", QUILL")
            theirs.append(Entry(f"t{n}", numbers, name, one.birth))
        rng.shuffle(theirs)
        made[kind] = (ours, theirs)
    return made


@pytest.mark.parametrize("kind", ["providers", "payers", "patients"])
def test_nothing_that_is_there_already_is_made_again(kind: str) -> None:
    ours, theirs = practice()[kind]
    found = match(ours, theirs, {}, may_be_new=kind == "patients")
    assert {one.how for one in found} == {"identifier", "open"}
    for one in found:
        right = f"t{one.ours.id[1:]}"
        if one.how == "identifier":
            assert one.their_id == right
        else:
            assert right in [proposal.id for proposal in one.proposals]
    decided = {one.ours.id: f"t{one.ours.id[1:]}" for one in found if one.how == "open"}
    after = match(ours, theirs, decided, may_be_new=kind == "patients")
    assert sorted(one.their_id for one in after) == sorted(one.id for one in theirs)


def test_a_patient_whom_nobody_resembles_is_new_a_payer_never_by_itself() -> None:
    theirs = [entry("t1", "Great Basin Benefit Plan", "1")]
    stranger = entry("r1", "Zebulon Oddfellow", "9")
    assert match([stranger], theirs, {}, may_be_new=True)[0].how == "new"
    assert match([stranger], theirs, {}, may_be_new=False)[0].how == "open"
    assert match([stranger], theirs, {"r1": CREATE}, may_be_new=False)[0].how == "decided"


def test_the_same_number_with_another_birthday_is_not_sure() -> None:
    ours = entry("r1", "Ada Quill", "7", birth="1950-01-01")
    theirs = [entry("t1", "Bob Stone", "7", birth="1999-01-01")]
    found = match([ours], theirs, {}, may_be_new=True)[0]
    assert (found.how, [p.id for p in found.proposals]) == ("open", ["t1"])


def test_two_of_ours_never_share_one_of_theirs_unseen() -> None:
    ours = [entry("r1", "Ada", "7"), entry("r2", "Ada", "7")]
    found = match(ours, [entry("t1", "Ada", "7")], {}, may_be_new=True)
    assert [one.how for one in found] == ["open", "open"]


def test_a_decision_for_what_is_not_there_stays_open() -> None:
    found = match(
        [entry("r1", "Ada", "7")], [entry("t1", "Ada", "7")], {"r1": "t9"}, may_be_new=True
    )
    assert found[0].how == "open"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=8)), max_size=8), st.booleans())
def test_every_entry_has_one_outcome_and_no_id_is_made_up(
    pairs: list[tuple[str, str]], new: bool
) -> None:
    ours = [entry(f"r{n}", name, number) for n, (number, name) in enumerate(pairs)]
    theirs = [entry(f"t{n}", name, number) for n, (number, name) in enumerate(reversed(pairs))]
    found = match(ours, theirs, {}, may_be_new=new)
    assert [one.ours for one in found] == ours
    known = {one.id for one in theirs}
    assert all(one.their_id in known for one in found if one.how == "identifier")
    assert all(not one.their_id for one in found if one.how in ("new", "open"))


def test_lists_are_read_and_the_worklist_closes_the_gate(tmp_path: Path) -> None:
    lists = {
        "masters/providers.csv": "their_id,name,identifier\nP1,Quill Ada,1000000103\n",
        "masters/providers-decided.csv": "our_id,their_id\nr2,create\n",
    }
    (tmp_path / "project" / "masters").mkdir(parents=True)
    project, run = small_project(tmp_path, files=lists)
    ours = [
        {"record_id": "r1", "identifiers": "1000000103", "name": "Quill Ada", "birth": None},
        {"record_id": "r2", "identifiers": "2", "name": "Stone Bob", "birth": None},
        {"record_id": "r3", "identifiers": "3", "name": "Quill Ada", "birth": None},
    ]
    run.file("handover").mkdir()
    masters.write_matched(run, masters.match_masters(project, {"providers": ours}))
    rows = masters.read_matched(run, "providers")
    assert [(row["outcome"], row["their_id"]) for row in rows] == [
        ("identifier", "P1"),
        ("decided", ""),
        ("open", ""),
    ]
    assert rows[2]["proposal_1_id"] == "P1"
    assert [(f.code, f.where, f.count) for f in masters.findings(run)] == [
        ("HND040", "providers", 1)
    ]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "", "their_id\n1\n"])
def test_a_list_without_its_columns_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "project" / "masters").mkdir(parents=True)
    project, _ = small_project(tmp_path, files={"masters/payers.csv": text})
    with pytest.raises(AskedWrongly) as caught:
        masters.match_masters(project, {})
    assert caught.value.code == "HND041"
    assert "payers.csv" in caught.value.message


def test_words_of_the_old_lists_are_matched_once_each(tmp_path: Path) -> None:
    project = desk_project(tmp_path / "work")
    run = project.run(None)
    visits = [("NEW", "New patient"), ("FU", "Follow-up"), ("FU", "Follow-up"), ("", "Walk-in")]
    lines = [
        {"resourceType": "Appointment", "id": f"a{n}", "appointmentType": kind(code, text)}
        for n, (code, text) in enumerate(visits)
    ]
    lines += [{"resourceType": "DocumentReference", "id": "d1", "type": kind("LAB", "Lab report")}]
    add_resources(run, lines)
    lists = {
        "appointment-types": "their_id,name,identifier\n7,Follow up,FU\n8,New patient visit,NP\n",
        "document-categories": "their_id,name,identifier\n3,Laboratory,lab\n",
        "users": "their_id,name,identifier\nU1,Invented,\n",
    }
    (project.folder / "masters").mkdir()
    for name, text in lists.items():
        (project.folder / "masters" / f"{name}.csv").write_text(text)
    desk.losses(project, run, QUIET)

    def outcome(kind: str) -> dict[str, tuple[str, str]]:
        rows = masters.read_matched(run, kind)
        return {row["our_id"]: (row["outcome"], row["their_id"]) for row in rows}

    assert outcome("appointment-types") == {
        "NEW": ("open", ""),
        "FU": ("identifier", "7"),
        "Walk-in": ("open", ""),
    }
    assert outcome("document-categories") == {"Lab report": ("identifier", "3")}
    assert outcome("users") == {"doc": ("open", "")}
    waiting = {f.where: f.count for f in masters.findings(run)}
    assert waiting == {"appointment-types": 2, "users": 1}


def kind(code: str, text: str) -> dict[str, object]:
    return {"text": text} | ({"coding": [{"code": code}]} if code else {})


def add_resources(run: Run, resources: Sequence[Mapping[str, object]]) -> None:
    """More resources in a mapped run."""
    for one in resources:
        with (run.fhir / f"{one['resourceType']}.ndjson").open("ab") as stream:
            stream.write(orjson.dumps(one) + b"\n")
    run.finish("map", {"profile": "digest"}, list(run.fhir.glob("*.ndjson")), {})


def test_an_offset_that_a_desk_drops_is_a_loss(tmp_path: Path) -> None:
    project = desk_project(tmp_path / "work")
    run = project.run(None)
    times = ["2026-01-02T09:30:00-06:00", "2026-01-02T09:30:00Z", "2026-01-02", "2026"]
    add_resources(
        run,
        [
            {"resourceType": "Procedure", "id": f"x{n}", "performedDateTime": time}
            for n, time in enumerate(times)
        ],
    )
    path = project.folder / "mappings/handover/mini/layout.yml"
    more = (
        "  - file: done\n    from: Procedure\n    key: [record_id]\n    columns:\n"
        "      - {column: record_id, path: id}\n"
        "      - {column: at, path: performedDateTime, as: datetime}\n"
    )
    text = path.read_text() + more
    for style, lost in (("iso", 0), ("us", 2), ("compact", 2)):
        path.write_text(text.replace("dates: iso", f"dates: {style}"))
        found = desk.losses(project, run, QUIET)
        assert sum(one.facts for one in found if one.reason == "zone") == lost
        told = [(f.where, f.count, f.severity) for f in desk.loss_findings(found)]
        assert (("Procedure", 2, "warning") in told) is bool(lost)
