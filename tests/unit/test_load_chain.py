"""Plan, sign, load, verify over a small run made by hand."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from migrate.core.gate import AcceptedFinding, Finding, Gate, judge
from migrate.core.ports import Write
from migrate.errors import AskedWrongly, FailedForNow, NeedsPerson, NotReady
from migrate.stages import load, plan, sign, verify
from migrate.stages.progress import Silent
from migrate.store import audit
from migrate.store.lock import LOCK_FILE
from migrate.store.plans import steps_of
from migrate.store.workspace import Project, Run
from migrate.targets.embedded import EmbeddedTarget
from tests.loads import (
    add_run,
    chart,
    held,
    load_run,
    make_project,
    open_gate,
    plan_and_sign,
    practice,
    verify_run,
    wanted,
    write_resources,
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "work")


def edit(project: Project, kind: str, identity: str, content: bytes | None) -> None:
    """Somebody else changes or deletes a resource in the target."""
    target = EmbeddedTarget(project.folder / "target.db")
    now = next(iter(target.read([(kind, identity)])))
    op = "delete" if content is None else "put"
    receipt = target.apply([Write(op, kind, identity, content, now.version)])[0]
    assert receipt.outcome in ("created", "updated", "deleted")
    target.close()


def test_everything_of_a_run_arrives_and_is_read_back(project: Project) -> None:
    run = plan_and_sign(project)
    loaded = load_run(project, run)
    assert loaded.ready
    assert held(project) == wanted(run)
    found = verify_run(project, run)
    assert found.ready, found.document()
    assert found.read_back.total() == len(wanted(run)) == loaded.written.total()
    assert all(one.found == one.expected for one in found.searches)


def test_a_second_load_writes_nothing_and_is_not_refused(project: Project) -> None:
    run = plan_and_sign(project)
    load_run(project, run)
    before = run.file(load.LOAD_FILE).read_bytes()
    again = load_run(project, run)
    assert again.ready and not again.written
    assert again.done_before == len(wanted(run))
    assert run.file(load.LOAD_FILE).read_bytes() == before


def test_a_new_plan_after_the_load_leaves_everything_and_needs_no_new_signature(
    project: Project,
) -> None:
    run = plan_and_sign(project)
    load_run(project, run)
    made = plan.run(project, run, Silent(), judge=open_gate)
    assert made.plan.reasons == {"same": len(wanted(run))}
    again = load_run(project, run)
    assert again.ready and not again.written


def test_references_resolve_at_every_moment(project: Project) -> None:
    run = project.run(None)
    plan.run(project, run, Silent(), judge=open_gate)
    seen: set[str] = set()
    contents = wanted(run)
    for step in steps_of(run):
        text = contents[step.type, step.id].decode()
        for ref in ("Practitioner/doc", f"Patient/{step.patient}"):
            assert f'"{ref}"' not in text or ref in seen
        seen.add(f"{step.type}/{step.id}")
    units = [step.unit for step in steps_of(run)]
    assert units == sorted(units)


def test_load_without_signature_is_refused_and_touches_nothing(project: Project) -> None:
    run = project.run(None)
    plan.run(project, run, Silent(), judge=open_gate)
    with pytest.raises(NeedsPerson) as refusal:
        load_run(project, run)
    assert refusal.value.code == "LOD010" and refusal.value.exit_code == 21
    assert held(project) == {}


def test_load_without_plan_is_asked_wrongly(project: Project) -> None:
    with pytest.raises(AskedWrongly) as wrong:
        load_run(project, project.run(None))
    assert wrong.value.code == "LOD001"


SIGNED_FILES = {
    "staged/manifest.json": "the export as staged",
    "fhir/Patient.ndjson": "the resources to load",
    "lineage.parquet": "the resources to load",
    "fates.parquet": "the resources to load",
    "report/index.html": "the report before loading",
    "checks.json": "the report before loading",
    "reconciliation.json": "the report before loading",
    "plan.json": "the plan",
    "plan.parquet": "the plan",
    "../../migration.toml": "the project's settings",
    "../../accepted.csv": "the accepted findings",
    "../../controls.csv": "the export as staged",
    "../../mappings/local.yml": "the mapping profile",
}


@pytest.mark.parametrize("name", SIGNED_FILES)
def test_one_byte_changed_after_signing_is_named(project: Project, name: str) -> None:
    for made in ("accepted.csv", "controls.csv", "mappings/local.yml"):
        (project.folder / made).write_bytes(b"text\n")
    run = plan_and_sign(project)
    path = run.folder / name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(NeedsPerson) as refusal:
        load_run(project, run)
    assert refusal.value.exit_code == 21
    assert SIGNED_FILES[name] in refusal.value.message
    assert path.name in refusal.value.message
    assert held(project) == {}


def test_another_id_key_after_signing_is_named(project: Project) -> None:
    run = plan_and_sign(project)
    (project.folder / "id.key").write_bytes(bytes(reversed(range(32))))
    with pytest.raises(NeedsPerson, match="the id key changed: fingerprint"):
        load_run(project, run)


def test_another_target_after_signing_is_refused(project: Project) -> None:
    run = plan_and_sign(project)
    (project.folder / "target.db").rename(project.folder / "old.db")
    with pytest.raises(NeedsPerson) as refusal:
        load_run(project, run)
    assert refusal.value.code == "LOD002"


def test_an_edited_signature_is_not_genuine(project: Project) -> None:
    run = plan_and_sign(project)
    path = next((project.folder / "signoffs").glob("*.json"))
    path.write_bytes(path.read_bytes().replace(b"Pat Invented", b"Pam Invented"))
    with pytest.raises(NeedsPerson) as refusal:
        load_run(project, run)
    assert refusal.value.code == "LOD012" and path.name in refusal.value.message


def test_a_file_beside_the_signed_report_is_no_change(project: Project) -> None:
    run = plan_and_sign(project)
    (run.report / "after-loading.html").write_bytes(b"later\n")
    assert load_run(project, run).ready


def test_a_new_resource_file_after_signing_is_a_change(project: Project) -> None:
    run = plan_and_sign(project)
    (run.fhir / "Device.ndjson").write_bytes(b'{"resourceType":"Device","id":"d"}\n')
    with pytest.raises(NeedsPerson, match=r"fhir/Device\.ndjson"):
        load_run(project, run)


@pytest.mark.parametrize(("name", "role"), [(None, "clinical"), ("Pat", None), ("Pat", "wizard")])
def test_sign_needs_name_and_known_role(
    project: Project, name: str | None, role: str | None
) -> None:
    run = project.run(None)
    plan.run(project, run, Silent(), judge=open_gate)
    with pytest.raises(AskedWrongly) as wrong:
        sign.run(project, run, name, role, judge=open_gate)
    assert wrong.value.code == "LOD014" and wrong.value.exit_code == 2


def closed(_project: Project, _run: Run) -> Gate:
    return judge([Finding("MAP012", "allergies", 3, "error", "codes")], [])


def safety_accepted(_project: Project, _run: Run) -> Gate:
    entry = AcceptedFinding("SAF001", "doses", 2, "looked at", "Dr Invented", "clinician")
    return judge([Finding("SAF001", "doses", 2, "safety", "high doses")], [entry])


def test_sign_refuses_while_the_gate_is_closed(project: Project) -> None:
    run = project.run(None)
    plan.run(project, run, Silent(), judge=closed)
    with pytest.raises(NotReady) as refusal:
        sign.run(project, run, "Pat Invented", "clinical", judge=closed)
    assert refusal.value.exit_code == 10 and "MAP012" in refusal.value.details[0]
    assert any(
        "NOT READY" in line for line in sign.statement_of(project, run, judge=closed).lines()
    )


def test_sign_wants_a_report_of_the_present_list(project: Project) -> None:
    run = project.run(None)
    plan.run(project, run, Silent(), judge=open_gate)
    page = [run.report / "index.html"]
    (project.folder / "accepted.csv").write_bytes(b"code\n")
    for inputs in (None, {"accepted": ""}):
        run.unfinish("report")
        if inputs is not None:
            run.finish("report", inputs, page, {})
        with pytest.raises(NotReady) as refusal:
            sign.run(project, run, "Pat Invented", "clinical", judge=open_gate)
        assert refusal.value.code == "LOD017"


def test_accepted_safety_findings_need_a_clinical_signature(project: Project) -> None:
    run = project.run(None)
    plan.run(project, run, Silent(), judge=safety_accepted)
    signed = sign.run(project, run, "Bo Invented", "biller", judge=safety_accepted)
    assert signed.missing == ("1 of role clinical",)
    with pytest.raises(NeedsPerson) as refusal:
        load_run(project, run)
    assert refusal.value.code == "LOD013"
    signed = sign.run(project, run, "Dr Invented", "physician", judge=safety_accepted)
    assert signed.signoff.role == "clinical" and signed.missing == ()
    assert load_run(project, run).ready


def test_roles_that_the_project_requires(tmp_path: Path) -> None:
    project = make_project(tmp_path / "work")
    settings = project.folder / "migration.toml"
    settings.write_text(
        settings.read_text() + "\n[signoff]\nrequire = {clinical = 1, billing = 1}\n"
    )
    project = Project.open(project.folder)
    run = plan_and_sign(project, role="clinician")
    with pytest.raises(NeedsPerson, match="1 of role billing"):
        load_run(project, run)
    sign.run(project, run, "Bo Invented", "biller", judge=open_gate)
    assert load_run(project, run).ready


def test_signing_the_same_again_makes_no_second_file(project: Project) -> None:
    run = plan_and_sign(project)
    sign.run(project, run, "Pat Invented", "clinical", judge=open_gate)
    assert len(list((project.folder / "signoffs").iterdir())) == 1


def test_what_somebody_else_put_there_is_left_alone(project: Project) -> None:
    theirs = b'{"resourceType":"Patient","id":"p0","active":false}'
    edit(project, "Patient", "p0", theirs)
    run = plan_and_sign(project)
    loaded = load_run(project, run)
    assert not loaded.ready
    assert [(one.type, one.id, one.code) for one in loaded.not_written] == [
        ("Patient", "p0", "LOD020")
    ]
    assert held(project) == wanted(run) | {("Patient", "p0"): theirs}
    assert verify_run(project, run).findings == {"LOD020": 1}


def test_somebody_is_quicker_between_plan_and_load(project: Project) -> None:
    run = plan_and_sign(project)
    theirs = b'{"resourceType":"Patient","id":"p1","active":false}'
    edit(project, "Patient", "p1", theirs)
    loaded = load_run(project, run)
    assert [(one.id, one.code) for one in loaded.not_written] == [("p1", "LOD020")]
    assert held(project)["Patient", "p1"] == theirs


def test_a_later_run_updates_what_is_ours_and_only_that(project: Project) -> None:
    load_run(project, plan_and_sign(project))
    edit(project, "Patient", "p1", b'{"resourceType":"Patient","id":"p1","edited":true}')
    edit(project, "Observation", "p2-o0", None)
    changed = practice()
    for one in changed:
        one["language"] = "en"
    run = add_run(project, changed)
    made = plan.run(project, run, Silent(), judge=open_gate)
    assert made.plan.reasons == {
        "changed by us": len(changed) - 2,
        "changed by somebody else": 1,
        "deleted by somebody else": 1,
    }
    sign.run(project, run, "Pat Invented", "clinical", judge=open_gate)
    loaded = load_run(project, run)
    assert len(loaded.not_written) == 2
    assert loaded.counts()["updated"] == {
        "Encounter": 6,
        "Observation": 5,
        "Organization": 1,
        "Patient": 2,
        "Practitioner": 1,
    }


def test_what_points_at_a_missing_resource_is_held_back(project: Project) -> None:
    load_run(project, plan_and_sign(project))
    edit(project, "Encounter", "p0-e0", None)
    changed = [*practice(), *chart("p9", 0)]
    changed.append(
        {
            "resourceType": "Procedure",
            "id": "late",
            "subject": {"reference": "Patient/p0"},
            "encounter": {"reference": "Encounter/p0-e0"},
        }
    )
    run = plan_and_sign(project, add_run(project, changed))
    loaded = load_run(project, run)
    assert sorted((one.type, one.code) for one in loaded.not_written) == [
        ("Encounter", "LOD020"),
        ("Procedure", "LOD022"),
    ]
    assert ("Patient", "p9") in held(project)


def test_a_plan_that_does_more_than_the_signed_one_needs_a_new_signature(
    project: Project,
) -> None:
    edit(project, "Patient", "p0", b'{"resourceType":"Patient","id":"p0","active":false}')
    run = plan_and_sign(project)
    edit(project, "Patient", "p0", None)
    plan.run(project, run, Silent(), judge=open_gate)
    with pytest.raises(NeedsPerson, match="the plan changed"):
        load_run(project, run)
    sign.run(project, run, "Pat Invented", "clinical", judge=open_gate)
    assert load_run(project, run).ready


def test_somebody_deletes_between_plan_and_load_what_new_ones_point_at(project: Project) -> None:
    load_run(project, plan_and_sign(project))
    changed = practice(encounters=3)
    changed[2]["language"] = "en"
    run = plan_and_sign(project, add_run(project, changed))
    edit(project, "Patient", "p0", None)
    loaded = load_run(project, run)
    assert sorted((one.type, one.id, one.code) for one in loaded.not_written) == [
        ("Encounter", "p0-e2", "LOD022"),
        ("Observation", "p0-o2", "LOD022"),
        ("Patient", "p0", "LOD020"),
    ]
    assert {("Encounter", "p1-e2"), ("Encounter", "p2-e2")} < held(project).keys()


def test_verify_lists_lost_changed_and_foreign(project: Project) -> None:
    run = plan_and_sign(project)
    load_run(project, run)
    edit(project, "Observation", "p0-o0", None)
    other = orjson.loads(wanted(run)["Observation", "p0-o1"])
    other["valueQuantity"]["value"] = 17
    edit(project, "Observation", "p0-o1", orjson.dumps(other))
    edit(project, "Patient", "stranger", b'{"resourceType":"Patient","id":"stranger"}')
    found = verify_run(project, run)
    assert not found.ready
    assert found.findings == {"LOD030": 1, "LOD031": 1, "LOD033": 1}
    changed = next(off for off in found.listed if off.code == "LOD031")
    assert (changed.id, changed.elements) == (
        "p0-o1",
        ("Observation.valueQuantity.value changed",),
    )
    assert run.manifest("verify") is None


def test_verify_lists_what_an_earlier_run_left(project: Project) -> None:
    load_run(project, plan_and_sign(project))
    run = plan_and_sign(project, add_run(project, practice(2)))
    load_run(project, run)
    found = verify_run(project, run)
    assert found.findings == {"LOD032": len(chart("p2"))}
    assert {off.id for off in found.listed} == {str(one["id"]) for one in chart("p2")}


def test_read_back_gives_what_the_target_holds(project: Project) -> None:
    run = plan_and_sign(project)
    load_run(project, run)
    got = {(one.type, one.id): one.content for one in verify.read_back(project, run)}
    assert got == wanted(run)


def test_damaged_resource_files_are_refused(project: Project) -> None:
    run = project.run(None)
    write_resources(run, [*practice(1), *practice(1)])
    with pytest.raises(NeedsPerson) as refusal:
        plan.run(project, run, Silent(), judge=open_gate)
    assert refusal.value.code == "LOD005"


def circle() -> list[dict[str, object]]:
    """A visit and its diagnosis that point at each other."""
    visit = {"reference": "Encounter/p0-e0"}
    diagnosis = {"condition": {"reference": "Condition/c"}}
    found = practice(1, 1)
    next(one for one in found if one["id"] == "p0-e0")["diagnosis"] = [diagnosis]
    return [*found, {"resourceType": "Condition", "id": "c", "encounter": visit}]


def test_references_in_a_circle_go_together(tmp_path: Path) -> None:
    project = make_project(tmp_path / "work", circle())
    run = plan_and_sign(project)
    knots = {step.id: step.knot for step in steps_of(run)}
    assert knots["c"] == knots["p0-e0"]
    assert load_run(project, run).ready


def test_a_circle_that_the_target_cannot_take_is_refused_at_planning(tmp_path: Path) -> None:
    project = make_project(tmp_path / "work", circle())
    settings = project.folder / "migration.toml"
    settings.write_text(settings.read_text().replace('"embedded"', '"ndjson"'))
    project = Project.open(project.folder)
    with pytest.raises(NeedsPerson) as refusal:
        plan.run(project, project.run(None), Silent(), judge=open_gate)
    assert refusal.value.code == "LOD024"


def test_the_ndjson_folder_takes_a_run_but_proves_nothing(project: Project) -> None:
    settings = project.folder / "migration.toml"
    text = settings.read_text().replace('"embedded"', '"ndjson"').replace("target.db", "out")
    settings.write_text(text)
    project = Project.open(project.folder)
    run = plan_and_sign(project)
    assert load_run(project, run).ready
    found = verify_run(project, run)
    assert found.findings == {"LOD034": 1} and not found.ready
    for path in run.fhir.glob("*.ndjson"):
        lines = (project.folder / "out" / path.name).read_bytes().splitlines()
        assert sorted(lines) == sorted(path.read_bytes().splitlines())


def test_a_second_writer_is_refused(project: Project) -> None:
    import fcntl

    with (project.folder / LOCK_FILE).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(FailedForNow) as refusal:
            load_run(project, project.run(None))
    assert refusal.value.code == "PRJ008"


def test_audit_chain_closes_and_shows_tampering(project: Project) -> None:
    run = plan_and_sign(project)
    load_run(project, run)
    verify_run(project, run)
    path = project.folder / audit.AUDIT_FILE
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert [line["what"] for line in lines] == ["sign", "load begins", "load ends", "verify"]
    assert b"Invented-p0" not in path.read_bytes()
    assert audit.damaged_lines(project.folder) == []
    path.write_bytes(path.read_bytes().replace(b'"clinical"', b'"billing!"'))
    assert audit.damaged_lines(project.folder) == [1]


def test_audit_goes_on_after_a_half_written_line(project: Project) -> None:
    audit.append(project.folder, "one", "me", {})
    with (project.folder / audit.AUDIT_FILE).open("ab") as handle:
        handle.write(b'{"n": 2, "half')
    audit.append(project.folder, "two", "me", {})
    assert audit.damaged_lines(project.folder) == []
