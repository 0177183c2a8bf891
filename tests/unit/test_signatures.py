"""Signatures: one byte changed is found, ink is recorded, time runs out, a file speaks alone."""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.core.signoff import printed
from migrate.errors import AskedWrongly, MigrateError, NeedsPerson, NotReady
from migrate.stages import plan, sign, signatures
from migrate.stages.progress import Silent
from migrate.store.reviews import ReviewFolder, Verdict, write_sheet
from migrate.store.signing import key_fingerprint, public_key_text, signing_key
from migrate.store.workspace import Project, Run
from tests import loads

#: What no signature is over: the tool's own state, the target, pages about signatures.
NOT_BOUND = {
    "audit.jsonl",
    "target.db",
    ".lock",
    "report/certificate.html",
    "report/statement.html",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A planned project with every kind of thing that a signature is over."""
    made = loads.make_project(tmp_path / "project")
    run = made.run(None)
    (made.folder / "controls.csv").write_bytes(b"name,count\npatients,3\n")
    (made.folder / "accepted.csv").write_bytes(b"code,where,count,reason,by,role\n")
    (made.folder / "mappings/profile.yml").write_bytes(b"profile: test\n")
    (run.folder / "rejects/map").mkdir(parents=True)
    (run.folder / "rejects/map/visits.parquet").write_bytes(b"held back\n")
    (run.folder / "evidence/lists").mkdir(parents=True)
    (run.folder / "evidence/lists/alerting.csv").write_bytes(b"kind,text\r\n")
    (run.folder / "reconciliation").mkdir()
    (run.folder / "reconciliation/sheet.json").write_bytes(b"{}\n")
    review(run)
    plan.run(made, run, Silent(), judge=loads.open_gate)
    return made


def review(run: Run, verdict: str = "right") -> None:
    """One judged chart."""
    from migrate.stages.review.draw import mapped_digest

    folder = ReviewFolder(run.folder)
    folder.folder.mkdir(exist_ok=True)
    sheet = {"mapped": mapped_digest(run), "population": 3, "drawn_strata": {}, "strata": {}}
    item = {"id": "Patient/p0", "planted": None, "rows": [], "rule": "patient"}
    chart = {"number": 1, "part": "random", "patient": "p0", "items": [item]}
    for old in folder.folder.iterdir():
        old.unlink()
    write_sheet(folder.folder, sheet, [chart])
    if verdict:
        folder.add(Verdict(1, "Patient/p0", verdict, "", "Dr Invented", "2026-01-01T00:00:00Z"))


def signed(project: Project, **how: object) -> sign.Signed:
    run = project.run(None)
    return sign.run(project, run, "Dr Invented", "clinical", judge=loads.open_gate, **how)  # type: ignore[arg-type]


def bound_files(project: Project, run: Run) -> Iterator[Path]:
    for path in sorted(project.folder.rglob("*")):
        name = path.relative_to(run.folder).as_posix() if run.folder in path.parents else path.name
        if path.is_file() and name not in NOT_BOUND and not name.startswith("manifests/"):
            yield path


def refusal(project: Project) -> str | None:
    """The code of the message that refuses a load of what lies there now."""
    try:
        loads.load_run(Project.open(project.folder), project.run(None))
    except MigrateError as refused:
        return refused.code
    return None


def test_a_hundred_changed_bytes_are_a_hundred_refusals(project: Project) -> None:
    signed(project)
    run = project.run(None)
    files = list(bound_files(project, run))
    kinds = {path.name for path in files}
    assert {"verdicts.jsonl", "charts.db", "sheet.json", "controls.csv", "accepted.csv"} <= kinds
    assert {"migration.toml", "id.key", "signing.key", "plan.json", "plan.parquet"} <= kinds
    assert {"Patient.ndjson", "index.html", "lineage.parquet", "0001-clinical.json"} <= kinds
    chance = random.Random(20260125)
    places = [(path, chance.randrange(path.stat().st_size)) for path in files]
    while len(places) < 100:
        path = chance.choice(files)
        places.append((path, chance.randrange(path.stat().st_size)))
    for path, at in places:
        whole = path.read_bytes()
        changed = bytearray(whole)
        changed[at] ^= chance.choice([1, 2, 4, 8, 16, 32, 64, 128])
        path.write_bytes(bytes(changed))
        assert refusal(project) is not None, f"{path.name}, byte {at}"
        path.write_bytes(whole)
        assert not (project.folder / "target.db").exists() or not loads.held(project)
    loads.load_run(project, run)
    assert loads.held(project) == loads.wanted(run)


def test_a_verdict_after_the_signature_is_named(project: Project) -> None:
    signed(project)
    run = project.run(None)
    ReviewFolder(run.folder).add(
        Verdict(1, "Patient/p0", "wrong", "", "Dr Invented", "2026-01-02T00:00:00Z")
    )
    with pytest.raises(NeedsPerson) as refused:
        loads.load_run(project, run)
    assert refused.value.code == "LOD011"
    assert "the chart review changed: review/verdicts.jsonl" in refused.value.message


def test_what_is_accepted_says_what_the_review_proves(project: Project) -> None:
    said = signed(project).signoff.statement
    assert any("records will be created" in line for line in said)
    assert any("1 of 1 charts are judged" in line for line in said)
    assert any("at 95% confidence" in line for line in said)


@pytest.mark.parametrize("verdict", ["", "wrong"])
def test_a_review_that_is_asked_for_must_be_finished(project: Project, verdict: str) -> None:
    settings = project.folder / "migration.toml"
    settings.write_text(settings.read_text() + "\n[signoff]\nreview = true\n")
    again = Project.open(project.folder)
    review(project.run(None), verdict)
    if verdict:
        assert signed(again).missing == ()
        return
    with pytest.raises(NotReady) as refused:
        signed(again)
    assert refused.value.code == "LOD019"


def test_time_runs_out(project: Project) -> None:
    settings = project.folder / "migration.toml"
    settings.write_text(settings.read_text() + "\n[signoff]\nvalid_days = 30\n")
    again = Project.open(project.folder)
    one = signed(again).signoff
    run = again.run(None)
    start = datetime.datetime.fromisoformat(one.at)
    last, over = start + datetime.timedelta(days=29), start + datetime.timedelta(days=30)
    assert signatures.stale(run, one, one.things, last) == []
    found = signatures.stale(run, one, one.things, over)
    assert [change.words() for change in found] == [
        f"the time it holds for is over since {one.expires}"
    ]


@pytest.mark.parametrize("days", ["0", "-1", "true", '"90"', "1.5"])
def test_a_time_that_makes_no_sense_is_said(project: Project, days: str) -> None:
    settings = project.folder / "migration.toml"
    settings.write_text(settings.read_text() + f"\n[signoff]\nvalid_days = {days}\n")
    with pytest.raises(AskedWrongly) as refused:
        signed(Project.open(project.folder))
    assert refused.value.code == "PRJ006"


def test_ink_is_recorded_when_the_paper_is_of_this_state(project: Project) -> None:
    run = project.run(None)
    page = sign.print_statement(project, run, judge=loads.open_gate)
    digest = printed(sign.statement_of(project, run, judge=loads.open_gate).digest)
    assert digest in page.read_text()
    done = signed(project, ink=sign.Ink(digest.lower(), "Lee  Invented"))
    assert done.signoff.recorded_by == "Lee Invented"
    assert "in ink on paper, recorded by Lee Invented" in " ".join(done.lines())
    assert '"recorded_by":"Lee Invented"' in (project.folder / "audit.jsonl").read_text()
    assert loads.load_run(project, run).ready


@pytest.mark.parametrize("lead", ["Lee Invented", " "])
@pytest.mark.parametrize("cut", [0, 23, 24])
def test_another_paper_is_refused(project: Project, lead: str, cut: int) -> None:
    run = project.run(None)
    digest = sign.statement_of(project, run, judge=loads.open_gate).digest
    given = digest[:cut] if lead == " " or cut < 24 else "0" * 24
    with pytest.raises(NotReady) as refused:
        signed(project, ink=sign.Ink(given, lead))
    assert refused.value.code == "LOD018"
    assert not list((project.folder / "signoffs").glob("*.json"))


def test_the_certificate_lists_who_signed_and_binds_nobody(project: Project) -> None:
    run = project.run(None)
    first = signed(project)
    sign.run(project, run, "<b>Bo</b> Invented", "billing", judge=loads.open_gate)
    text = first.certificate.read_text()
    assert "Dr Invented" in text and "&lt;b&gt;Bo&lt;/b&gt; Invented" in text
    assert text.count("<strong>Holds</strong>") == 2
    assert key_fingerprint(public_key_text(signing_key(project.folder, make=False))) in text
    assert signatures.look(project, run).ready


def test_a_file_is_checked_by_itself_years_later(project: Project, tmp_path: Path) -> None:
    done = signed(project)
    alone = tmp_path / "elsewhere.json"
    alone.write_bytes(done.path.read_bytes())
    found = signatures.look_at_file(alone, None)
    assert (found.signoff, found.ours) == (done.signoff, None)
    assert found.key in done.certificate.read_text()
    assert signatures.look_at_file(alone, project).ours is True
    raw = alone.read_bytes()
    for at in range(0, len(raw), 97):
        changed = bytearray(raw)
        changed[at] ^= 1
        alone.write_bytes(bytes(changed))
        with pytest.raises(NeedsPerson):
            signatures.look_at_file(alone, None)


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"[]", b'{"public_key": 3}', b"\xff\xfe", b"null"])
def test_rubbish_is_no_signature(tmp_path: Path, rubbish: bytes) -> None:
    path = tmp_path / "it.json"
    path.write_bytes(rubbish)
    with pytest.raises(NeedsPerson) as refused:
        signatures.look_at_file(path, None)
    assert refused.value.code == "LOD012"


def test_a_seal_of_another_project_is_told_apart(project: Project, tmp_path: Path) -> None:
    done = signed(project)
    other = loads.make_project(tmp_path / "other")
    loads.plan_and_sign(other)
    assert signatures.look_at_file(done.path, other).ours is False
    assert json.loads(done.path.read_bytes())["document"]["expires"] == done.signoff.expires
