"""A migration project on disk: its settings, its keys, its runs.

A *run* is one combination of export, profile and tool version; its folder holds all that was
made of it. A changed export or profile opens a new run, so that runs can be compared.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from migrate import __version__
from migrate.core.identity import fingerprint
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.store.files import file_digest, write_atomically, write_json
from migrate.store.settings import SETTINGS_FILE, ProjectSettings, read_settings

RUN_NAME = re.compile(r"^(\d{4})-[0-9a-f]{6}$")
ID_KEY_FILE = "id.key"
EXPORT_FILE = "export.json"


@dataclass(frozen=True, slots=True)
class StageManifest:
    """What a finished stage read and wrote; written last, so without it the stage is not done.

    ``inputs`` and ``outputs`` map names (paths relative to the run folder for outputs) to
    SHA-256 digests; ``facts`` are counts for `status`, never chart values.
    """

    stage: str
    tool_version: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One run's folder; names every file that the stages agree on."""

    id: str
    folder: Path

    @property
    def staged(self) -> Path:
        """Staged tables, ``<table>.parquet``, and the extraction's manifest."""
        return self.folder / "staged"

    @property
    def mapped(self) -> Path:
        """The folder that the mapping fills: fhir/, lineage, fates, notes, misses."""
        return self.folder

    @property
    def fhir(self) -> Path:
        """``<Type>.ndjson`` files."""
        return self.folder / "fhir"

    def rejects(self, stage: str) -> Path:
        """``<table>.parquet`` of the rows that a stage (extract, map) held back."""
        return self.folder / "rejects" / stage

    def file(self, name: str) -> Path:
        """A file of the run folder: lineage.parquet, fates.parquet, checks.json, plan.json …"""
        return self.folder / name

    @property
    def report(self) -> Path:
        """The report folder."""
        return self.folder / "report"

    @property
    def journal(self) -> Path:
        """The journal of loads and rollbacks (SQLite)."""
        return self.folder / "journal.db"

    def manifest(self, stage: str) -> StageManifest | None:
        """The manifest of a finished stage, or None."""
        path = self.folder / "manifests" / f"{stage}.json"
        if not path.exists():
            return None
        return StageManifest(**orjson.loads(path.read_bytes()))

    def finish(
        self, stage: str, inputs: Mapping[str, str], outputs: list[Path], facts: object
    ) -> None:
        """Write a stage's manifest, with the digests of what it wrote."""
        digests = {
            str(path.relative_to(self.folder)): file_digest(path) for path in sorted(outputs)
        }
        document = StageManifest(stage, __version__, dict(inputs), digests, dict(facts))  # type: ignore[call-overload]
        write_json(self.folder / "manifests" / f"{stage}.json", asdict(document))

    def unfinish(self, *stages: str) -> None:
        """Forget that stages were finished, before their outputs are touched."""
        for stage in stages:
            (self.folder / "manifests" / f"{stage}.json").unlink(missing_ok=True)

    def up_to_date(self, stage: str, inputs: Mapping[str, str]) -> bool:
        """Whether a stage was finished with these inputs and this tool, and its files are there."""
        manifest = self.manifest(stage)
        return (
            manifest is not None
            and manifest.tool_version == __version__
            and dict(manifest.inputs) == dict(inputs)
            and all((self.folder / name).exists() for name in manifest.outputs)
        )


@dataclass(frozen=True, slots=True)
class Project:
    """An opened project folder."""

    folder: Path
    settings: ProjectSettings

    @staticmethod
    def open(folder: Path) -> Project:
        """Open a project. Raises AskedWrongly (none here), NeedsPerson (others can read it)."""
        folder = folder.resolve()
        path = folder / SETTINGS_FILE
        if not path.is_file():
            raise AskedWrongly(
                "PRJ001",
                f"no migration project here ({SETTINGS_FILE} is missing)",
                try_="ehr-migrate init FOLDER --from EXPORT, or name a project with -C",
            )
        if folder.stat().st_mode & 0o077:
            raise NeedsPerson(
                "PRJ002",
                "other users of this machine can read the project folder",
                try_=f"chmod 700 {folder.name}",
            )
        return Project(folder, read_settings(path))

    def id_key(self) -> bytes:
        """The 32 bytes that make ids. Raises NeedsPerson when the file is gone or not whole."""
        path = self.folder / ID_KEY_FILE
        if not path.is_file() or len(key := path.read_bytes()) != 32:
            raise NeedsPerson(
                "PRJ003",
                f"the project's id key ({ID_KEY_FILE}) is missing or not 32 bytes long",
                try_="put back the copy kept when the project was made; a new key gives new ids",
            )
        return key

    def id_key_fingerprint(self) -> str:
        """The key's public name."""
        return fingerprint(self.id_key())

    def source(self) -> str:
        """The export's path (made absolute) or URL."""
        named = self.settings.source.location
        if "://" in named:
            return named
        return str((self.folder / named).resolve())

    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        folder = self.folder / "runs"
        if not folder.is_dir():
            return []
        names = sorted(entry.name for entry in folder.iterdir() if RUN_NAME.match(entry.name))
        return [Run(name, folder / name) for name in names]

    def latest(self) -> Run | None:
        """The newest run, or None."""
        runs = self.runs()
        return runs[-1] if runs else None

    def run(self, name: str | None) -> Run:
        """The run of this name (or its number), the newest for None. Raises AskedWrongly."""
        runs = self.runs()
        if name is None and runs:
            return runs[-1]
        for run in runs:
            if name is not None and (run.id == name or run.id.split("-")[0] == name.zfill(4)):
                return run
        what = "there is no run yet" if name is None else "there is no such run"
        raise AskedWrongly(
            "PRJ004", what, try_="ehr-migrate extract, or ehr-migrate status for the runs"
        )

    def new_run(
        self, digest: str, *, staged_from: Run | None = None, export: bytes | None = None
    ) -> Run:
        """Open a run for a digest; staged data may be taken over from another by link.

        ``export`` is the text of its EXPORT_FILE, where it is not of the project's own export.
        """
        runs = self.runs()
        number = int(runs[-1].id[:4]) + 1 if runs else 1
        run = Run(f"{number:04d}-{digest[:6]}", self.folder / "runs" / f"{number:04d}-{digest[:6]}")
        beside = run.folder.with_name(f".{run.id}.part")
        shutil.rmtree(beside, ignore_errors=True)
        (beside / "manifests").mkdir(parents=True)
        if staged_from is not None:
            for part in ("staged", "rejects/extract"):
                if (staged_from.folder / part).is_dir():
                    shutil.copytree(staged_from.folder / part, beside / part, copy_function=os.link)
            shutil.copy2(staged_from.folder / "manifests/extract.json", beside / "manifests")
            if staged_from.file(EXPORT_FILE).is_file():
                export = staged_from.file(EXPORT_FILE).read_bytes()
        if export is not None:
            write_atomically(beside / EXPORT_FILE, export)
        beside.rename(run.folder)
        return run


def create_project(folder: Path, settings_text: str, id_key: bytes | None) -> Project:
    """Make a project folder (0700), settings and id key. Raises AskedWrongly if one is there."""
    if (folder / SETTINGS_FILE).exists():
        raise AskedWrongly(
            "PRJ005",
            "there is a migration project in this folder already",
            try_="name another folder, or go on with: ehr-migrate -C FOLDER status",
        )
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for part in ("mappings", "runs", "signoffs"):
        (folder / part).mkdir(exist_ok=True)
    if not (folder / ID_KEY_FILE).exists():
        write_atomically(folder / ID_KEY_FILE, id_key or secrets.token_bytes(32))
    write_atomically(folder / SETTINGS_FILE, settings_text.encode())
    return Project.open(folder)
