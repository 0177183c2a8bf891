"""The package of an import desk, made after a load of what was loaded. Same input, same bytes."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from migrate import __version__
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.stages.alerts import ALERTS
from migrate.stages.desk import Loss, every_layout, layout_of, read_losses, words_of
from migrate.stages.masters import KINDS, read_matched
from migrate.store.files import file_digest, folder_replaced, text_digest, write_json
from migrate.store.lock import writing
from migrate.store.plans import read_plan
from migrate.targets.handover.archive import encrypt, write_manifest, write_zip
from migrate.targets.handover.ccd import Author
from migrate.targets.handover.letter import Letter, letter_text
from migrate.targets.handover.papers import CcdWriter
from migrate.targets.handover.scans import ScanWriter
from migrate.targets.handover.tables import Handed, Written, write_part, write_table
from migrate.targets.handover.target import write_holdings

if TYPE_CHECKING:
    from migrate.core.layouts.ast import Layout, LayoutFile
    from migrate.engine.desk import DeskViews
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run

HANDED = ".handed"
PACKAGE_FILE = "handover/package.json"
_STAGE = "package"
_WORK = ("kind", "patient", "what", "since", "owner", "state", "record_id")


@dataclass(frozen=True, slots=True)
class Packed:
    """A made package: its folder, its archive, and what each file holds."""

    folder: Path
    archive: Path
    files: tuple[Written, ...]
    open_work: int
    skipped: bool = False

    def document(self) -> dict[str, object]:
        """folder, archive, rows by file, open work."""
        return {
            "folder": str(self.folder),
            "archive": str(self.archive),
            "rows": {one.name: one.rows for one in self.files},
            "open_work": self.open_work,
        }

    def lines(self) -> list[str]:
        """The package in words."""
        rows = sum(one.rows for one in self.files)
        return [
            f"package: {self.folder} ({len(self.files)} files, {rows:,} rows, "
            f"{self.open_work:,} open things)",
            f"archive: {self.archive}",
            "next: hand it to the import desk, then ehr-migrate verify --from ITS-EXPORT",
        ]


def package_folder(project: Project) -> Path:
    """The folder that the target's address names."""
    return (project.folder / project.settings.target.address).resolve()


def run(project: Project, run: Run, progress: Progress) -> Packed:
    """Make the package of what the target holds, unless nothing has changed.

    Raises AskedWrongly (HND002, HND020), NeedsPerson (HND020, PRJ010).
    """
    folder, layout = package_folder(project), layout_of(project)
    recipients = _recipients(project)
    with writing(project.folder):
        inputs = {
            "plan": read_plan(run).steps_digest,
            "layout": layout.digest,
            "recipients": text_digest(*recipients),
            "every": every_layout().digest,
            "masters": text_digest(*(str(read_matched(run, kind)) for kind in KINDS)),
        }
        name = f"{layout.name}-{run.id}"
        archive = folder / f"{name}.zip{'.age' if recipients else ''}"
        if run.up_to_date(_STAGE, inputs) and archive.is_file():
            return _again(run, folder / name, archive)
        run.unfinish(_STAGE)
        maker = _Maker(project, run, layout, folder, progress)
        with folder_replaced(folder / HANDED) as handed, folder_replaced(folder / name) as part:
            written, work = maker.fill(part, handed)
        write_zip(folder / name, folder / f"{name}.zip")
        if recipients:
            encrypt(folder / f"{name}.zip", recipients)
        packed = Packed(folder / name, archive, tuple(written), work)
        run.file("handover").mkdir(exist_ok=True, mode=0o700)
        write_json(run.file(PACKAGE_FILE), packed.document() | {"digest": file_digest(archive)})
        run.finish(_STAGE, inputs, [run.file(PACKAGE_FILE)], {"open_work": work})
    return packed


def _again(run: Run, folder: Path, archive: Path) -> Packed:
    import orjson

    kept = orjson.loads(run.file(PACKAGE_FILE).read_bytes())
    files = tuple(Written(name, rows=rows) for name, rows in kept["rows"].items())
    return Packed(folder, archive, files, kept["open_work"], skipped=True)


def _recipients(project: Project) -> tuple[str, ...]:
    given = project.settings.target.options.get("encrypt", [])
    found = [given] if isinstance(given, str) else given
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise AskedWrongly(
            "HND020",
            "[target.options] encrypt is not a list of public keys",
            try_='encrypt = ["age1…"]',
        )
    return tuple(found)


class _Maker:
    """Makes one package."""

    def __init__(
        self, project: Project, run: Run, layout: Layout, folder: Path, progress: Progress
    ) -> None:
        self._project, self._run, self._layout = project, run, layout
        self._folder, self._progress = folder, progress
        self._patients = 0
        self._scans: dict[str, int] = {}

    def fill(self, part: Path, handed: Path) -> tuple[list[Written], int]:
        """Write all files of the package; what they hold, and how much work is open."""
        from migrate.engine.desk import DeskViews

        held = self._folder / ".fhir"
        shutil.rmtree(held, ignore_errors=True)
        held.mkdir(mode=0o700)
        try:
            counts = write_holdings(self._folder, held)
            self._patients = counts.get("Patient", 0)
            self._progress.start("making the package", len(self._layout.files) + 2)
            with DeskViews(held, self._layout, self._folder / ".scratch") as views:
                written = [
                    self._file(views, file, part, handed)
                    for file in self._layout.files
                    if file.format != "ccd"
                ]
                written += self._documents_of_patients(views, part, handed)
            with DeskViews(held, every_layout(), self._folder / ".scratch") as views:
                work = self._every(views, part, handed)
            self._progress.done()
        finally:
            shutil.rmtree(held, ignore_errors=True)
        self._papers(part, written, work)
        return written, work

    def _file(self, views: DeskViews, file: LayoutFile, part: Path, handed: Path) -> Written:
        if file.format == "documents":
            writer = ScanWriter(part, file, self._layout)
            written = writer.write(handed, views.rows(file))
            self._scans[f"{file.name}: documents"] = writer.documents
            self._scans[f"{file.name}: pages"] = writer.pages
            self._scans |= {f"{file.name}: {state}": n for state, n in writer.states.items()}
        else:
            written = write_table(part, handed, file, self._layout, views.rows(file))
        self._progress.advance()
        return written

    def _documents_of_patients(self, views: DeskViews, part: Path, handed: Path) -> list[Written]:
        """A CCD a patient, where the layout has sections of one."""
        from migrate.engine.charts import charts, keep_rows

        files = [file for file in self._layout.files if file.format == "ccd"]
        heads = [file for file in files if file.section == "patients"]
        if not heads:
            return []
        rest = [file for file in files if file is not heads[0]]
        kept = self._folder / ".charts"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(mode=0o700)
        try:
            rows = {f.name: keep_rows(kept / f"{f.name}.parquet", views.rows(f), f) for f in files}
            with CcdWriter(part, handed, heads[0], rest, self._author()) as writer:
                for chart in charts(heads[0], rest, kept, self._folder / ".scratch"):
                    writer.write(chart.patient, chart.rows)
            written = writer.written()
        finally:
            shutil.rmtree(kept, ignore_errors=True)
        lost = sum(rows.values()) - sum(one.rows for one in written)
        if lost:
            raise NeedsPerson(
                "HND022",
                f"{lost} rows name a patient that is not in the package",
                kept="the last package, where there was one",
                try_="find out why these patients were not loaded, then load again",
            )
        self._progress.advance(len(files))
        return written

    def _author(self) -> Author:
        settings = self._project.settings
        system = settings.source.profile.split("/")[0]
        time = settings.source.exported_at or None
        return Author(settings.name, system, f"ehr-migrate {__version__}", time)

    def _every(self, views: DeskViews, part: Path, handed: Path) -> int:
        every = every_layout()
        names = [column.name for column in every.files[0].columns]
        with Handed(handed / "patients.parquet", names) as keeper:
            rows = _kept(views.rows(every.files[0]), names, "patients.csv", keeper)
            there = {row["our_id"]: row["their_id"] for row in read_matched(self._run, "patients")}
            listed = ((there.get(row[0] or ""), *row) for row in rows)
            write_part(part / "patients.csv", ("new_id", *names), listed, every)
        for kind in KINDS:
            rows_ = [
                (row["our_id"], row["their_id"], row["outcome"], row["name"])
                for row in read_matched(self._run, kind)
            ]
            if rows_:
                path = part / f"masters-{kind}.csv"
                write_part(path, ("record_id", "their_id", "outcome", "name"), rows_, every)
        self._progress.advance()
        work = _Counted(
            self._open_work(views, [f for f in every.files if f.name.startswith("work-")])
        )
        write_part(part / "open-work.csv", _WORK, work, every)
        self._progress.advance()
        return work.count

    def _open_work(
        self, views: DeskViews, files: Sequence[LayoutFile]
    ) -> Iterator[tuple[str | None, ...]]:
        for file in files:
            kind = file.name.removeprefix("work-").replace("-", " ")
            for table in views.rows(file):
                cells = [table.column(name).to_pylist() for name in _WORK[1:]]
                for row in zip(*cells, strict=True):
                    yield (kind, *row)

    def _papers(self, part: Path, written: Sequence[Written], work: int) -> None:
        """Control totals, what is missing, the letter and the manifest."""
        with (part / "control-totals.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("file", "measure", "total"))
            writer.writerow(("patients", "rows", self._patients))
            writer.writerow(("open-work", "rows", work))
            for one in written:
                writer.writerow((one.name, "rows", one.rows))
                writer.writerows((one.name, f"sum of {c}", str(n)) for c, n in one.sums.items())
            for name, number in self._scans.items():
                writer.writerow((*name.split(": ", 1), number))
        shutil.copyfile(self._run.file(ALERTS), part / "alerts.csv")
        missing = _missing(read_losses(self._run))
        with (part / "not-in-this-package.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("records", "facts", "why"))
            writer.writerows(missing)
        settings = self._project.settings
        letter = Letter(
            practice=settings.name,
            desk=self._layout.title,
            layout=self._layout.name,
            patients=self._patients,
            as_of=settings.source.exported_at,
            files=written,
            documents=self._scans,
            open_work=work,
            missing=missing,
        )
        (part / "COVER-LETTER.txt").write_text(letter_text(letter), "utf-8")
        write_manifest(part)


class _Counted:
    """Rows that are counted as they pass."""

    def __init__(self, rows: Iterator[tuple[str | None, ...]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[tuple[str | None, ...]]:
        for row in self._rows:
            self.count += 1
            yield row


def _kept(
    tables: Iterator[pa.Table], names: Sequence[str], called: str, keeper: Handed
) -> Iterator[tuple[str | None, ...]]:
    done = 0
    for table in tables:
        lines = list(range(done + 2, done + table.num_rows + 2))
        keeper.keep(table, [called] * table.num_rows, lines)
        done += table.num_rows
        yield from zip(*(table.column(name).to_pylist() for name in names), strict=True)


def _missing(losses: Sequence[Loss]) -> list[tuple[str, int, str]]:
    """(resource type, facts, why) by type and reason."""
    found: dict[tuple[str, str], int] = {}
    for one in losses:
        key = (one.type, words_of(one))
        found[key] = found.get(key, 0) + one.facts
    return [(kind, facts, why) for (kind, why), facts in sorted(found.items())]
