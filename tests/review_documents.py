"""Two invented C-CDA documents of one patient through extraction, mapping and drawing."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from migrate.stages import extract, init, mapping
from migrate.stages.progress import Silent
from migrate.stages.review import draw
from migrate.store.workspace import Project, Run
from tests.ccda_documents import allergy, document, problem, section

SCRATCH = tempfile.TemporaryDirectory(prefix="review-ccda-")  # removed when the session ends
HOSTILE = (
    '<table onclick="alert(1)"><thead><tr><th>Allergen</th><th>Reaction</th></tr></thead><tbody>'
    '<tr><td colspan="2" style="position:fixed">Invented nut</td></tr></tbody></table>'
    "<paragraph>&lt;script&gt;alert(1)&lt;/script&gt;\u202egnp.exe</paragraph>"
    '<linkHtml href="javascript:alert(1)">more</linkHtml>'
    '<content revised="delete">penicillin</content>'
)


@functools.cache
def drawn_documents() -> tuple[Project, Run]:
    """The project of the documents with a sheet drawn."""
    folder = Path(SCRATCH.name)
    export = folder / "export"
    export.mkdir()
    allergies = section("48765-2", allergy(), text=HOSTILE)
    (export / "one.xml").write_bytes(document(allergies))
    later = section("11450-4", problem(), text="<list><item>Old problem</item></list>")
    (export / "two.xml").write_bytes(document(later, name="d2", time="20210102030405+0000"))
    request = init.InitRequest(
        folder / "project", str(export), "ccda", exported_at="2026-01-01T00:00:00Z"
    )
    project = init.run(request)
    project = Project.open(project.folder)
    run = extract.run(project, Silent()).run
    run = mapping.run(project, run, Silent()).run
    draw.run(project, run, draw.Wish(seed="test", planted=0), Silent())
    return project, run
