"""The chains that are killed: the delivering stages on a run made by hand, and the whole way."""

from __future__ import annotations

from pathlib import Path

from migrate.store.workspace import create_project
from migrate.targets.embedded import EmbeddedTarget
from tests.crash.harness import Chain
from tests.loads import make_project, practice
from tests.small_project import PROFILE

DELIVERING = ("plan", "sign", "load", "verify", "rollback", "load", "verify")
WHOLE_WAY = (
    ("extract",),
    ("map",),
    ("validate",),
    ("reconcile",),
    ("report",),
    ("plan",),
    ("sign", "--as", "Pat Invented", "--role", "clinical"),
    ("load",),
    ("verify",),
    ("reconcile",),
    ("report",),
    ("rollback",),
    ("load",),
    ("verify",),
)
_SETTINGS = """
[project]
name = "Tiny Practice"
timezone = "America/Chicago"
[source]
from = "export"
profile = "tiny"
exported_at = "2026-01-31T00:00:00Z"
"""


def delivering(folder: Path) -> Chain:
    """The delivering stages over a practice of a few bundles, without the stages before."""
    prepared = folder / "prepared"
    make_project(prepared, practice(6, 3))
    EmbeddedTarget(prepared / "target.db").close()
    return Chain(prepared, [("stage", verb, "{}") for verb in DELIVERING])


def whole_way(folder: Path, patients: int = 40) -> Chain:
    """Every stage, by the command line, from an export of three tables."""
    prepared = folder / "prepared"
    project = create_project(prepared, _SETTINGS, bytes(range(32)))
    (project.folder / "mappings/profile.yml").write_text(PROFILE)
    export = project.folder / "export"
    export.mkdir()
    people = range(1, patients + 1)
    tables = {
        "patients": ["patient_id,name,code", *(f"P{n},Invented {n},x" for n in people)],
        "visits": [
            "visit_id,patient_id,visit_date",
            *(f"V{n}-{v},P{n},2024-0{v}-11" for n in people for v in range(1, 5)),
            "V0,P0,2024-01-01",
        ],
        "charges": [
            "charge_id,patient_id,amount,voided",
            *(f"C{n},P{n},{n}.50,{'Y' if n % 7 == 0 else 'N'}" for n in people),
        ],
    }
    for name, lines in tables.items():
        (export / f"{name}.csv").write_text("\n".join(lines) + "\n")
    (project.folder / "accepted.csv").write_text(
        "code,where,count,reason,by,role\n"
        "MAP010,visits,1,for this test,Pat Invented,clinical\n"
        f"CHK027,completeness.visit-provider,{4 * patients},none here,Pat Invented,clinical\n"
    )
    EmbeddedTarget(prepared / "target.db").close()
    return Chain(prepared, [("-C", "{}", *words) for words in WHOLE_WAY])
