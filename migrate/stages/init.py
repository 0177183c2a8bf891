"""``init``: make a migration project for an export."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path

from migrate.errors import AskedWrongly
from migrate.stages.source import choose_extractor
from migrate.store.workspace import ID_KEY_FILE, Project, create_project

_TEMPLATE = """\
# A migration project. No secrets here: they come from the environment, a file or the keyring.

[project]
name = {name}
# the site's zone, for times that the export writes without one (default: the profile's)
{timezone}

[source]
from = {location}
profile = {profile}
exported_at = {exported_at}   # the instant that the export stands for

[source.options]
{all_tables}
# encoding = "cp1252"              # and delimiter, quote, null_tokens, ignore, dictionary

[target]
kind = {kind}
address = {address}

[gates]
suites = ["standard"]

[money]
scope = "full"                     # none, balance-forward, open-items or full

[signoff]
# require = {{clinical = 1, billing = 1}}   # default: one signature of any role
# valid_days = 90                            # how long a signature holds
# review = true                              # nobody signs before the chart review is finished
"""


@dataclass(frozen=True, slots=True)
class InitRequest:
    """What ``init`` was asked for; ``target`` is ``kind:address``."""

    folder: Path
    location: str
    profile: str
    name: str | None = None
    timezone: str | None = None
    exported_at: str | None = None
    target: str = "embedded:target.db"
    id_key: Path | None = None
    controls: Path | None = None
    accepted: Path | None = None
    all_tables: bool = False


def run(request: InitRequest) -> Project:
    """Make the project. Raises AskedWrongly for a missing export, key file or instant."""
    location = export_location(request.location)
    kind, _, address = request.target.partition(":")
    text = _TEMPLATE.format(
        name=json.dumps(request.name or request.folder.resolve().name, ensure_ascii=False),
        timezone=_timezone(request.timezone),
        location=json.dumps(location, ensure_ascii=False),
        profile=json.dumps(request.profile),
        exported_at=json.dumps(export_instant(request.exported_at, location)),
        all_tables=_all_tables(request),
        kind=json.dumps(kind),
        address=json.dumps(address),
    )
    copies = {
        name: _read(path)
        for name, path in (("controls.csv", request.controls), ("accepted.csv", request.accepted))
        if path is not None
    }
    project = create_project(request.folder, text, _key(request.id_key))
    for name, content in copies.items():
        (project.folder / name).write_bytes(content)
    return project


def key_file(project: Project) -> Path:
    """Where the id key lies: the team backs it up."""
    return project.folder / ID_KEY_FILE


def _timezone(named: str | None) -> str:
    if named is None:
        return '# timezone = "America/Chicago"'
    return f"timezone = {json.dumps(named)}"


def _all_tables(request: InitRequest) -> str:
    if "://" not in request.location:
        if request.all_tables:
            raise AskedWrongly(
                "PRJ009", "--all-tables is for a database", try_="leave it out: all files are read"
            )
        return ""
    return f"all_tables = {str(request.all_tables).lower()}   # false: those that the profile names"


def export_location(named: str) -> str:
    """The absolute path or the URL of an export. Raises AskedWrongly (EXT001)."""
    if "://" in named:
        choose_extractor(named, None)
        scheme, _, file = named.partition(":///")
        relative = scheme.startswith("sqlite") and file and not file.startswith("/")
        return f"{scheme}:///{Path(file).resolve()}" if relative else named
    path = Path(named)
    if not path.exists():
        raise AskedWrongly(
            "EXT001",
            "the export is not where --from says",
            try_="check the path, and that the drive is attached",
        )
    return str(path.resolve())


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise AskedWrongly("PRJ009", f"there is no file {path.name}", try_="check the path")
    return path.read_bytes()


def _key(path: Path | None) -> bytes | None:
    if path is None:
        return None
    key = _read(path)
    if len(key) != 32:
        raise AskedWrongly(
            "PRJ003",
            f"an id key is 32 bytes long, this file has {len(key)}",
            try_=f"use the {ID_KEY_FILE} of another project, or leave --id-key out for a new one",
        )
    return key


def export_instant(named: str | None, location: str) -> str:
    """The instant that an export stands for: as named, or the time of its newest file.

    Raises AskedWrongly (PRJ009) for a text that is no instant with a zone.
    """
    if named is not None:
        try:
            instant = datetime.datetime.fromisoformat(named)
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            raise AskedWrongly(
                "PRJ009",
                "--exported-at is not an instant with a zone",
                try_="write it like 2026-01-15T18:00:00-06:00",
            )
        return named
    if "://" in location:
        return datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat()
    path = Path(location)
    files = [path] if path.is_file() else [entry for entry in path.rglob("*") if entry.is_file()]
    newest = max((entry.stat().st_mtime for entry in files), default=0.0)
    return datetime.datetime.fromtimestamp(int(newest), datetime.UTC).isoformat()
