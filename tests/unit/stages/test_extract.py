"""The extract stage: skipped when nothing changed, a new run when the export did."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.errors import AskedWrongly, MigrateError
from migrate.stages import extract
from migrate.stages.progress import Silent
from migrate.store.workspace import Project, create_project

SETTINGS = """
[project]
name = "Tiny"
timezone = "UTC"
[source]
from = "{location}"
profile = "tiny"
exported_at = "2026-01-31T00:00:00Z"
{more}
"""


class Notes(Silent):
    """Progress that keeps its sentences."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def note(self, sentence: str) -> None:
        """Keep it."""
        self.sentences.append(sentence)


def project(folder: Path, more: str = "", location: str = "export") -> Project:
    """A project beside an export of two tables."""
    export = folder / "export"
    export.mkdir(exist_ok=True)
    (export / "a.csv").write_bytes(b"id,x\n1,2\n3\n")
    (export / "b.csv").write_bytes(b"id,x\n")
    source = folder / location
    text = SETTINGS.format(location=source, more=more)
    return create_project(folder / "work", text, b"k" * 32)


def test_extract_stages_and_says_what(tmp_path: Path) -> None:
    done = extract.run(project(tmp_path), Silent())
    assert not done.skipped
    document = done.document()
    assert document["extractor"] == "delimited"
    assert document["tables"] == [
        {
            "table": name,
            "source": name,
            "files": [f"{name}.csv"],
            "file_count": 1,
            "columns": 2,
            "rows": rows,
            "rejected": rejected,
            "declared_rows": None,
        }
        for name, rows, rejected in (("a", 1, 1), ("b", 0, 0))
    ]
    assert "1 rows staged, 1 held back" in done.lines()[0]
    manifest = done.run.manifest("extract")
    assert manifest is not None
    assert manifest.inputs["input"] == done.manifest.input_digest
    assert "rejects/extract/a.parquet" in manifest.outputs


def test_unchanged_is_skipped_with_a_word(tmp_path: Path) -> None:
    made = project(tmp_path)
    first, notes = extract.run(made, Silent()), Notes()
    again = extract.run(made, notes)
    assert (again.skipped, again.run, again.manifest) == (True, first.run, first.manifest)
    assert again.issues == first.issues
    assert notes.sentences == ["extract: nothing has changed, skipped"]


def test_one_changed_byte_opens_a_new_run(tmp_path: Path) -> None:
    made = project(tmp_path)
    first = extract.run(made, Silent())
    (tmp_path / "export/a.csv").write_bytes(b"id,x\n1,3\n3\n")
    second = extract.run(made, Silent())
    assert not second.skipped
    assert second.run.id != first.run.id
    assert second.manifest.input_digest != first.manifest.input_digest
    assert (first.run.staged / "manifest.json").exists()


def test_changed_settings_open_a_new_run(tmp_path: Path) -> None:
    made = project(tmp_path)
    first = extract.run(made, Silent())
    path = made.folder / "migration.toml"
    path.write_text(path.read_text() + '[source.options]\nignore = ["b.csv"]\n')
    second = extract.run(Project.open(made.folder), Silent())
    assert second.run.id != first.run.id
    assert [table.name for table in second.manifest.tables] == ["a"]


def test_an_unfinished_run_is_taken_up(tmp_path: Path) -> None:
    made = project(tmp_path)
    first = extract.run(made, Silent())
    first.run.unfinish("extract")
    again = extract.run(made, Silent())
    assert (again.skipped, again.run) == (False, first.run)


@pytest.mark.parametrize(
    ("location", "code"), [("missing", "EXT001"), ("nothing", "EXT002"), ("empty.csv", "EXT002")]
)
def test_what_cannot_be_read_is_said(tmp_path: Path, location: str, code: str) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "empty.csv").touch()
    made = project(tmp_path, location=location)
    with pytest.raises(AskedWrongly) as caught:
        extract.run(made, Silent())
    assert caught.value.code == code
    assert caught.value.try_


def test_an_unknown_extractor_is_refused(tmp_path: Path) -> None:
    made = project(tmp_path, more='extractor = "papyrus"')
    with pytest.raises(MigrateError) as caught:
        extract.run(made, Silent())
    assert caught.value.exit_code == 2
