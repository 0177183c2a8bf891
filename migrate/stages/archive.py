"""``archive``: the old system's rows as pages that stay readable for the years of retention.

A folder with an index, a chart a patient, pages of the rows that are nobody's, the scans and
letters of the export, ``archive.json`` with the counts, and ``MANIFEST.sha256`` over all of it
(the format of ``sha256sum``, so that it can be checked without this tool). Nothing in it needs
a network, a script or this tool to be read.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from migrate import __version__
from migrate.errors import AskedWrongly
from migrate.report import archive as pages
from migrate.report import archive_words
from migrate.stages.mapping import project_profile, staged_manifest
from migrate.store.archived import (
    ArchivedRow,
    UnreadableRow,
    archived_rows,
    label_columns,
    owner_columns,
    unreadable_rows,
)
from migrate.store.files import file_digest, folder_replaced
from migrate.store.people import People
from migrate.store.sealed import FACTS, SEALS, SealCheck, opened, seal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrate.core.model import Manifest
    from migrate.core.profiles.ast import Profile
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run

SCHEMA_VERSION = "1"
ROWS_A_PAGE, BYTES_A_PAGE, PEOPLE_A_PAGE = 500, 1 << 20, 1000
CHARTS_A_FOLDER = 1000
# Kinds of files that a viewer opens and that run nothing in a browser; others become .bin.
OPENED = frozenset({".pdf", ".tif", ".tiff", ".png", ".jpg", ".jpeg", ".gif", ".txt", ".rtf"})


@dataclass(frozen=True, slots=True)
class Archived:
    """What was written: where, how many charts, rows and files, and the digest to keep apart."""

    folder: Path
    patients: int
    rows: int
    unreadable: int
    files: int
    documents: int
    documents_absent: int
    digest: str

    def document(self) -> dict[str, object]:
        """The published form."""
        return {
            "folder": str(self.folder),
            "patients": self.patients,
            "rows": self.rows,
            "unreadable": self.unreadable,
            "files": self.files,
            "documents": self.documents,
            "documents_absent": self.documents_absent,
            "digest": self.digest,
        }


def run(project: Project, run: Run, folder: Path, progress: Progress) -> Archived:
    """Write the archive of a run to a folder that is not there yet, is empty, or is an archive.

    Raises AskedWrongly (PRJ012) for a folder with anything else in it, (PRJ007) when nothing is
    staged, NeedsPerson on a full disk.
    """
    folder = folder.resolve()
    if folder.exists() and not _replaceable(folder):
        raise AskedWrongly(
            "PRJ012",
            "the folder for the archive holds something else",
            kept="everything in it",
            try_="name a folder that is empty or not there yet",
        )
    manifest = staged_manifest(run)
    profile = project_profile(project, manifest)
    folder.parent.mkdir(parents=True, exist_ok=True)
    progress.start("writing the archive")
    with folder_replaced(folder) as fresh, tempfile.TemporaryDirectory(dir=run.folder) as scratch:
        fresh.chmod(0o700)
        writing = _Writing(project, run, manifest, profile, fresh, Path(scratch))
        facts = writing.write()
        digest, files = seal(fresh, facts)
    progress.done()
    return Archived(
        folder,
        writing.charts,
        writing.rows,
        writing.unreadable,
        files,
        writing.documents,
        writing.absent,
        digest,
    )


def check(folder: Path) -> SealCheck:
    """Read an archive against its list of digests; needs no project.

    Raises AskedWrongly (PRJ012) when the folder is no archive.
    """
    found = opened(folder, pages.ROW_MARK) if folder.is_dir() else None
    if found is None:
        raise AskedWrongly(
            "PRJ012",
            f"this folder is no archive: {FACTS} or {SEALS} is missing or not readable",
            try_="name the folder that ehr-migrate archive wrote",
        )
    return found


def _replaceable(folder: Path) -> bool:
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else {"a file"}
    return not names or {FACTS, SEALS} <= names


class _Writing:
    """One archive on its way to the disk."""

    def __init__(
        self,
        project: Project,
        run: Run,
        manifest: Manifest,
        profile: Profile,
        folder: Path,
        scratch: Path,
    ) -> None:
        self._project, self._run, self._manifest, self._profile = project, run, manifest, profile
        self._folder, self._scratch = folder, scratch
        self.charts = self.rows = self.unreadable = self.documents = self.absent = 0
        self._columns = [[c.source_name or c.name for c in t.columns] for t in manifest.tables]
        self._titles = [table.source_name or table.name for table in manifest.tables]
        self._counts = [0] * len(manifest.tables)
        names = [table.name for table in manifest.tables]
        self._people_at = names.index(profile.patients) if profile.patients in names else -1
        self._labels = label_columns(manifest.tables[self._people_at]) if names else ()
        self._links: dict[str, str] = {}

    def write(self) -> dict[str, object]:
        """All pages; the facts of the archive."""
        papers = list(self._papers())
        nobody: list[tuple[str, str]] = []
        with (
            closing(People(self._scratch)) as people,
            closing(
                archived_rows(self._run.folder, self._manifest, self._profile, self._scratch)
            ) as found,
        ):
            for patient, rows in groupby(found, key=lambda row: row.patient):
                if patient is None:
                    nobody += self._nobodys(rows)
                else:
                    people.add(*self._chart(patient, list(rows)))
            nobody += self._unreadable()
            lists = self._index(people)
        self._front(lists, nobody, papers)
        return self._facts()

    # --- charts ------------------------------------------------------------------------------

    def _chart(self, patient: str, rows: list[ArchivedRow]) -> tuple[str, str, str, int]:
        self.charts += 1
        number = self.charts
        path = f"charts/{number // CHARTS_A_FOLDER:04}/{number:07}.html"
        label = self._label(rows)
        title = archive_words.ARCHIVE_CHART.format(patient=patient)
        body = (
            [pages.paragraph(label)]
            if label
            else [pages.paragraph(archive_words.ARCHIVE_NO_PERSON)]
        )
        for table, lines in groupby(rows, key=lambda row: row.table):
            body += self._section(table, list(lines), "../../")
        self._put(path, pages.page(title, "../../index.html", self._project.settings.name, body))
        return label, patient, path, len(rows)

    def _label(self, rows: list[ArchivedRow]) -> str:
        own = next((row for row in rows if row.table == self._people_at), None)
        return " ".join(own.cells[n] or "" for n in self._labels).strip() if own else ""

    def _section(self, table: int, rows: list[ArchivedRow], up: str) -> Iterable[str]:
        self._counts[table] += len(rows)
        self.rows += len(rows)
        lines = [pages.Line(row.at, row.fate, row.cells) for row in rows]
        return pages.section(self._titles[table], self._columns[table], lines, (up, self._links))

    # --- rows of nobody ------------------------------------------------------------------------

    def _nobodys(self, rows: Iterable[ArchivedRow]) -> Iterator[tuple[str, str]]:
        for table, lines in groupby(rows, key=lambda row: row.table):
            for number, part in enumerate(_portions(lines), 1):
                path = f"tables/{table:04}-{number:06}.html"
                title = archive_words.ARCHIVE_TABLE.format(table=self._titles[table], number=number)
                body = self._section(table, part, "../")
                self._put(
                    path, pages.page(title, "../index.html", self._project.settings.name, body)
                )
                yield title, path

    def _unreadable(self) -> Iterator[tuple[str, str]]:
        for place, table in enumerate(self._manifest.tables):
            rows = unreadable_rows(self._run.folder, table.name)
            for number, part in enumerate(_chunks(rows), 1):
                self.unreadable += len(part)
                path = f"unreadable/{place:04}-{number:06}.html"
                title = archive_words.ARCHIVE_UNREADABLE.format(
                    table=self._titles[place], number=number
                )
                heads = (archive_words.ARCHIVE_AS_IT_STOOD, archive_words.ARCHIVE_CODE)
                lines = [
                    pages.Line(row.at, "rejected", (row.raw.decode("utf-8", "replace"), row.code))
                    for row in part
                ]
                body = pages.section(self._titles[place], heads, lines, ("", {}))
                self._put(
                    path, pages.page(title, "../index.html", self._project.settings.name, body)
                )
                yield title, path

    # --- scans and letters -----------------------------------------------------------------------

    def _papers(self) -> Iterator[tuple[str, str | None]]:
        """Copies of the export's other files, as far as it is a folder that still holds them."""
        source = self._project.source()
        for number, file in enumerate(self._manifest.other_files, 1):
            here = None if "://" in source else Path(source, file.path)
            if here is None or not here.is_file() or file_digest(here) != file.sha256:
                self.absent += 1
                yield file.path, None
                continue
            suffix = here.suffix.lower() if here.suffix.lower() in OPENED else ".bin"
            path = f"documents/{number:07}{suffix}"
            (self._folder / "documents").mkdir(exist_ok=True)
            shutil.copyfile(here, self._folder / path)
            self.documents += 1
            self._links[pages.document_key(file.path)] = path
            yield file.path, path

    # --- the way in ------------------------------------------------------------------------------

    def _index(self, people: People) -> list[tuple[str, str]]:
        lists = []
        heads = archive_words.ARCHIVE_PEOPLE_HEADS
        for number, part in enumerate(people.by_label(PEOPLE_A_PAGE), 1):
            path = f"people/{number:06}.html"
            first, last = part[0][0] or part[0][1], part[-1][0] or part[-1][1]
            title = archive_words.ARCHIVE_PEOPLE.format(first=first[:40], last=last[:40])
            rows = (
                (
                    (label or archive_words.ARCHIVE_NAMELESS, f"../{chart}"),
                    (key, None),
                    (f"{many:,}", None),
                )
                for label, key, chart, many in part
            )
            body = pages.index_table(heads, rows)
            self._put(path, pages.page(title, "../index.html", self._project.settings.name, body))
            lists.append((title, path))
        return lists

    def _front(
        self,
        lists: list[tuple[str, str]],
        nobody: list[tuple[str, str]],
        papers: list[tuple[str, str | None]],
    ) -> None:
        name = self._project.settings.name
        said = archive_words.ARCHIVE_INTRO.format(
            patients=f"{self.charts:,}", rows=f"{self.rows:,}", unreadable=f"{self.unreadable:,}"
        )
        body = [pages.paragraph(said), pages.paragraph(archive_words.ARCHIVE_CHECK)]
        for head, rows in (
            (archive_words.ARCHIVE_BY_NAME, lists),
            (archive_words.ARCHIVE_NOBODYS, nobody),
        ):
            body += pages.index_table((head,), (((title, path),) for title, path in rows))
        if papers:
            body += [
                pages.paragraph(archive_words.ARCHIVE_PAPERS.format(absent=f"{self.absent:,}"))
            ]
            body += pages.index_table(
                (archive_words.ARCHIVE_PAPER,), (((title, path),) for title, path in papers)
            )
        title = f"{name}: {archive_words.ARCHIVE_TITLE}"
        self._put("index.html", pages.page(title, "index.html", name, body))

    def _facts(self) -> dict[str, object]:
        return {
            "schema_version": SCHEMA_VERSION,
            "tool_version": __version__,
            "project": self._project.settings.name,
            "run": self._run.id,
            "input_digest": self._manifest.input_digest,
            "exported_at": self._manifest.exported_at,
            "patient_columns": dict(owner_columns(self._manifest, self._profile)),
            "patients": self.charts,
            "rows": self.rows,
            "unreadable": self.unreadable,
            "documents": self.documents,
            "documents_absent": self.absent,
            "tables": [
                {
                    "table": table.name,
                    "staged": table.rows,
                    "written": written,
                    "unreadable": table.rejected,
                }
                for table, written in zip(self._manifest.tables, self._counts, strict=True)
            ],
        }

    def _put(self, path: str, text: str) -> None:
        where = self._folder / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text, "utf-8", errors="surrogateescape")


def _portions(rows: Iterable[ArchivedRow]) -> Iterator[list[ArchivedRow]]:
    """Rows a page: so many, or fewer when they are long."""
    part: list[ArchivedRow] = []
    size = 0
    for row in rows:
        part.append(row)
        size += sum(len(cell) for cell in row.cells if cell)
        if len(part) >= ROWS_A_PAGE or size > BYTES_A_PAGE:
            yield part
            part, size = [], 0
    if part:
        yield part


def _chunks(rows: Iterable[UnreadableRow]) -> Iterator[list[UnreadableRow]]:
    part: list[UnreadableRow] = []
    for row in rows:
        part.append(row)
        if len(part) >= ROWS_A_PAGE:
            yield part
            part = []
    if part:
        yield part
