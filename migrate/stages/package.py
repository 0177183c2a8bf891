"""The package of an import desk, made after a load of what was loaded. Same input, same bytes."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from migrate import __version__
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.stages.canary import went_first
from migrate.stages.desk import Loss, every_layout, layout_of, words_of
from migrate.stages.masters import KINDS, read_matched
from migrate.stages.portion import WHOLE, Portion, chart_of
from migrate.store.files import file_digest, folder_replaced, text_digest, write_json
from migrate.store.lock import writing
from migrate.store.plans import read_plan
from migrate.targets.handover.archive import encrypt, write_manifest, write_zip
from migrate.targets.handover.ccd import Author
from migrate.targets.handover.letter import Letter, letter_text
from migrate.targets.handover.papers import CcdWriter
from migrate.targets.handover.scans import ScanWriter
from migrate.targets.handover.tables import (
    Written,
    add_handed,
    write_part,
    write_table,
)
from migrate.targets.handover.target import write_holdings

if TYPE_CHECKING:
    from migrate.core.layouts.ast import Layout, LayoutFile
    from migrate.engine.desk import DeskViews
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run

HANDED = ".handed"
CANARY_HANDED = ".handed-canary"
PACKAGE_FILE = "handover/package.json"
CANARY_FILE = "handover/canary-package.json"
_STAGE = "package"
_CANARY_STAGE = "canary-package"
_OPEN = "work-"
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


def handed_folder(project: Project, run: Run) -> Path:
    """What was handed over last: the whole, or the canary's chart where only that went."""
    folder = package_folder(project)
    if run.manifest(_STAGE) is None and run.manifest(_CANARY_STAGE) is not None:
        return folder / CANARY_HANDED
    return folder / HANDED


def run(project: Project, run: Run, progress: Progress, *, canary: str | None = None) -> Packed:
    """Make the package of what the target holds, unless nothing has changed.

    With ``canary``, a Patient's id, a package of that chart alone; the package after it, of the
    same run and layout, has all but that chart.

    Raises AskedWrongly (HND002, HND020), NeedsPerson (HND020, PRJ010).
    """
    folder, layout = package_folder(project), layout_of(project)
    recipients = _recipients(project)
    with writing(project.folder):
        inputs = _inputs(run, layout, recipients)
        first = _gone_first(project, run, inputs)
        portion = _portion(run, canary or first, alone=canary is not None)
        inputs |= {"chart": canary or first or ""}
        stage = _CANARY_STAGE if canary else _STAGE
        name = f"{layout.name}-{run.id}{'-canary' if canary else ''}"
        archive = folder / f"{name}.zip{'.age' if recipients else ''}"
        kept = run.file(CANARY_FILE if canary else PACKAGE_FILE)
        if run.up_to_date(stage, inputs) and archive.is_file():
            return _again(kept, folder / name, archive)
        run.unfinish(stage)
        maker = _Maker(project, run, layout, folder, progress, portion)
        hands = folder / (CANARY_HANDED if canary else HANDED)
        with folder_replaced(hands) as handed, folder_replaced(folder / name) as part:
            written, work = maker.fill(part, handed)
            if first and not canary:
                add_handed(handed, folder / CANARY_HANDED, f"{name}-canary")
        write_zip(folder / name, folder / f"{name}.zip")
        if recipients:
            encrypt(folder / f"{name}.zip", recipients)
        packed = Packed(folder / name, archive, tuple(written), work)
        kept.parent.mkdir(exist_ok=True, mode=0o700)
        write_json(kept, packed.document() | {"digest": file_digest(archive)})
        run.finish(stage, inputs, [kept], {"open_work": work})
    return packed


def _inputs(run: Run, layout: Layout, recipients: Sequence[str]) -> dict[str, str]:
    return {
        "plan": read_plan(run).steps_digest,
        "layout": layout.digest,
        "recipients": text_digest(*recipients),
        "every": every_layout().digest,
        "masters": text_digest(*(str(read_matched(run, kind)) for kind in KINDS)),
    }


def _gone_first(project: Project, run: Run, inputs: dict[str, str]) -> str | None:
    """The patient whose chart this run has handed over by this layout already."""
    patient = went_first(project, run)
    if patient and run.up_to_date(_CANARY_STAGE, inputs | {"chart": patient}):
        return patient
    return None


def _portion(run: Run, patient: str | None, *, alone: bool) -> Portion:
    return Portion(chart_of(run, patient), alone=alone) if patient else WHOLE


def _again(file: Path, folder: Path, archive: Path) -> Packed:
    import orjson

    kept = orjson.loads(file.read_bytes())
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
        self,
        project: Project,
        run: Run,
        layout: Layout,
        folder: Path,
        progress: Progress,
        portion: Portion,
    ) -> None:
        self._project, self._run, self._layout = project, run, layout
        self._folder, self._progress, self._portion = folder, progress, portion
        self._patients = 0
        self._open = Counter[str]()
        self._scans: dict[str, int] = {}

    def fill(self, part: Path, handed: Path) -> tuple[list[Written], int]:
        """Write all files of the package; what they hold, and how much work is open."""
        from migrate.engine.desk import DeskViews

        held = self._folder / ".fhir"
        shutil.rmtree(held, ignore_errors=True)
        held.mkdir(mode=0o700)
        try:
            counts = write_holdings(self._folder, held)
            self._patients = self._portion.resources("Patient", counts.get("Patient", 0))
            self._progress.start("making the package", len(self._layout.files) + 2)
            with DeskViews(held, self._layout, self._folder / ".scratch") as views:
                written = [
                    self._file(views, file, part, handed)
                    for file in self._layout.files
                    if file.format != "ccd"
                ]
                written += self._documents_of_patients(views, part, handed)
            with DeskViews(held, every_layout(), self._folder / ".scratch") as views:
                work = self._every(views, part)
                written.append(self._balances(views, part, handed))
            self._progress.done()
        finally:
            shutil.rmtree(held, ignore_errors=True)
        self._papers(part, written, work)
        return written, work

    def _rows(self, views: DeskViews, file: LayoutFile) -> Iterator[pa.Table]:
        return self._portion.rows(views.rows(file), file.type)

    def _file(self, views: DeskViews, file: LayoutFile, part: Path, handed: Path) -> Written:
        if file.format == "documents":
            writer = ScanWriter(part, file, self._layout)
            written = writer.write(handed, self._rows(views, file))
            self._scans[f"{file.name}: documents"] = writer.documents
            self._scans[f"{file.name}: pages"] = writer.pages
            self._scans |= {f"{file.name}: {state}": n for state, n in writer.states.items()}
        else:
            written = write_table(part, handed, file, self._layout, self._rows(views, file))
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
            rows = {
                f.name: keep_rows(kept / f"{f.name}.parquet", self._rows(views, f), f)
                for f in files
            }
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

    def _every(self, views: DeskViews, part: Path) -> int:
        every = every_layout()
        names = [column.name for column in every.files[0].columns]
        there = {row["our_id"]: row["their_id"] for row in read_matched(self._run, "patients")}
        tables = self._rows(views, every.files[0])
        listed = (
            (there.get(row[0] or ""), *row)
            for table in tables
            for row in zip(*(table.column(name).to_pylist() for name in names), strict=True)
        )
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
        works = _works()
        write_part(part / "open-work.csv", _WORK, self._open_work(views, works), every)
        kinds = [(_kind(file), str(self._open[_kind(file)]), self._why(file)) for file in works]
        write_part(part / "open-work-kinds.csv", ("kind", "open", "why_none"), kinds, every)
        self._progress.advance()
        return self._open.total()

    def _balances(self, views: DeskViews, part: Path, handed: Path) -> Written:
        """What each account owed on freeze day, whatever the desk takes."""
        every = every_layout()
        file = next(one for one in every.files if one.name == "open-balances")
        return write_table(part, handed, file, every, self._rows(views, file))

    def _why(self, file: LayoutFile) -> str:
        """Why a kind of work has no line: the list mentions every kind."""
        if self._open[_kind(file)]:
            return ""
        if (self._run.fhir / f"{file.type}.ndjson").is_file():
            return "none open"
        return "no such records came from the old export"

    def _open_work(
        self, views: DeskViews, files: Sequence[LayoutFile]
    ) -> Iterator[tuple[str | None, ...]]:
        for file in files:
            for table in self._rows(views, file):
                self._open[_kind(file)] += table.num_rows
                cells = [table.column(name).to_pylist() for name in _WORK[1:]]
                for row in zip(*cells, strict=True):
                    yield (_kind(file), *row)

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
        self._portion.copy_alerts(self._run, part / "alerts.csv")
        missing = _missing(self._portion.losses(self._run))
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
            no_work={_kind(f): self._why(f) for f in _works() if not self._open[_kind(f)]},
            missing=missing,
            canary=self._portion.alone,
            canary_gone=bool(self._portion.chart) and not self._portion.alone,
        )
        (part / "COVER-LETTER.txt").write_text(letter_text(letter), "utf-8")
        write_manifest(part)


def _works() -> list[LayoutFile]:
    return [file for file in every_layout().files if file.name.startswith(_OPEN)]


def _kind(file: LayoutFile) -> str:
    return file.name.removeprefix(_OPEN).replace("-", " ")


def _missing(losses: Sequence[Loss]) -> list[tuple[str, int, str]]:
    """(resource type, facts, why) by type and reason."""
    found: dict[tuple[str, str], int] = {}
    for one in losses:
        key = (one.type, words_of(one))
        found[key] = found.get(key, 0) + one.facts
    return [(kind, facts, why) for (kind, why), facts in sorted(found.items())]
