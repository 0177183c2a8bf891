"""The extractor of dumps: find the files, read each by its kind, tell of the tables at the end."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from migrate.core.model import SourceFile
from migrate.core.ports import Detection, ExtractEvent, ExtractRequest, OtherFile, TableDone
from migrate.errors import AskedWrongly, MigrateError, NeedsPerson
from migrate.extractors.sqldump import accessfile, dbasefile, sqlitefile
from migrate.extractors.sqldump.dialect import Kind, guess
from migrate.extractors.sqldump.feed import Feed
from migrate.extractors.sqldump.files import (
    DumpFile,
    Hashing,
    as_plain_file,
    digest_of,
    dump_files,
    opened,
)
from migrate.extractors.sqldump.problems import damaged, problem
from migrate.extractors.sqldump.script import Script
from migrate.extractors.sqldump.tables import Catalogue

_CUSTOM = b"PGDMP"
_TAR_ENTRY = b"toc.dat\0"
_NAMES = re.compile(
    r"(?i)\.(sql|dump|mysqldump|pg_dump|pgdump|db|db3|sqlite3?|ddl|bak)(\.(gz|gzip|zst|zip))?$"
)
_WORDS = {
    "mysql": "a MySQL or MariaDB dump",
    "postgres": "a PostgreSQL dump",
    "sqlite": "an SQLite dump",
    "tsql": "a T-SQL script",
    "file": "an SQLite database",
    "custom": "a PostgreSQL archive",
    "directory": "a PostgreSQL archive (directory)",
    "dbase": "a dBase or FoxPro table",
    "access": "an Access database",
}


class SqlDumpExtractor:
    """Dumps of MySQL/MariaDB, PostgreSQL, SQLite, SQL Server; SQLite, dBase and Access files.

    ``[source.options]``: ``dialect`` (``mysql``, ``postgres``, ``sqlite``, ``tsql``) where the
    text does not tell; ``encoding`` of dBase tables where their headers do not tell. Dumps are
    parsed and never run.
    """

    name = "sqldump"

    def detect(self, source: str) -> Detection | None:
        """Which dumps there are, by their first bytes."""
        try:
            files = [file for file in dump_files(source) if file.size]
            found = [kind for file in files if (kind := _kind_of(file, None))]
        except MigrateError:
            return None
        if not found:
            return None
        if "dbase" in found:
            files = [file for file in files if not _beside(file)]
        share = len(found) / len(files)
        if "directory" in found:
            share = 1.0
        words = ", ".join(sorted({_WORDS[kind] for kind in found}))
        return Detection(
            round(0.4 + 0.58 * share, 3), f"{len(found)} of {len(files)} files: {words}"
        )

    def extract(self, request: ExtractRequest) -> Iterator[ExtractEvent]:
        """Yield the rows file by file in the order of their paths, then all tables.

        Raises AskedWrongly (EXT001, EXT023) and NeedsPerson (EXT020, EXT021, EXT031, EXT033).
        """
        declared, encoding = _settings(request)
        files = dump_files(request.source)
        if not files:
            raise AskedWrongly(
                "EXT001",
                f"there is no folder, file or archive '{request.source}'",
                try_="check [source] from in migration.toml, and that the drive is attached",
            )
        catalogue = Catalogue(request.tables)
        told: dict[str, SourceFile] = {}
        others: list[SourceFile] = []
        archives = _directories(files)
        for file in files:
            folder = next((each for each in archives if _inside(file, each)), None)
            if folder is not None and not file.path.endswith("toc.dat"):
                others.append(_other(file, "data of a PostgreSQL archive"))
                continue
            kind = _kind_of(file, declared)
            if kind is None:
                beside = "memos or index of a table" if _beside(file) else "not a dump"
                others.append(_other(file, beside))
                continue
            if kind == "dbase":
                yield from _dbase(file, files, catalogue, told, encoding)
                continue
            yield from _File(file, kind, catalogue, told).events()
        for name, columns in catalogue.without_values():
            message = f"table {name}: the dump has no values of generated {', '.join(columns)}"
            yield problem("EXT054", message, table=name)
        used = {path for table in catalogue.finished() for path in table.files}
        for table in catalogue.finished():
            if not table.files:
                table.files.append(next(iter(told)))
                used.add(table.files[0])
            yield TableDone(catalogue.source_table(table, told))
        if not used:
            yield problem("EXT002", "no table was found in the export")
        for source in [*others, *(told[path] for path in told if path not in used)]:
            yield OtherFile(source)


def _settings(request: ExtractRequest) -> tuple[Kind | None, str | None]:
    """The dialect and the encoding, where they are set."""
    given = {name: value for name, value in request.options.items() if value != {}}
    wrong = sorted(given.keys() - {"dialect", "encoding"})
    declared, encoding = given.get("dialect"), given.get("encoding")
    if declared not in (None, "mysql", "postgres", "sqlite", "tsql"):
        wrong.append("dialect")
    if encoding is not None and not (isinstance(encoding, str) and _is_charset(encoding)):
        wrong.append("encoding")
    if wrong:
        raise AskedWrongly(
            "EXT023",
            f"[source.options] {wrong[0]} is not right for a dump",
            try_='write dialect = "mysql", "postgres", "sqlite" or "tsql", and for dBase tables '
            'encoding = "cp1252", or leave them out',
        )
    return cast("Kind | None", declared), cast("str | None", encoding)


def _is_charset(name: str) -> bool:
    try:
        return b"a".decode(name) == "a"
    except (LookupError, UnicodeError):
        return False


def _kind_of(file: DumpFile, declared: Kind | None) -> str | None:
    """What a file is: a kind of text, ``file`` (SQLite), ``custom``, ``directory`` or None."""
    try:
        head = file.head()
    except NeedsPerson:
        if _NAMES.search(file.path):
            raise
        return None
    if head.startswith(sqlitefile.MAGIC):
        return "file"
    if file.path.lower().endswith(".dbf"):
        return "dbase"
    if accessfile.is_access(head):
        return "access"
    if head.startswith(_CUSTOM):
        return "directory" if file.path.endswith("toc.dat") else "custom"
    if head[257:262] == b"ustar" and head.startswith(_TAR_ENTRY):
        return "custom"
    if not _NAMES.search(file.path) and not file.path.lower().endswith((".txt", ".gz", ".zst")):
        return None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[1:2] == b"\0":
        head = head.decode(
            "utf-16-be" if head[:1] in (b"\xfe", b"\0") else "utf-16-le", "ignore"
        ).encode()
    elif b"\0" in head[:512]:
        return None
    return (declared if guess(head) else None) or guess(head)


def _directories(files: list[DumpFile]) -> set[str]:
    """Folders that are PostgreSQL archives, as the beginnings of their files' paths."""
    tocs = [f for f in files if f.path.rsplit("/", 1)[-1] == "toc.dat"]
    return {f.path[: -len("toc.dat")] for f in tocs if f.head(5) == _CUSTOM}


def _beside(file: DumpFile) -> bool:
    """Whether a file belongs to a dBase table: its memos, an index, a catalogue."""
    return file.path.lower().endswith(dbasefile.COMPANIONS)


def _dbase(
    file: DumpFile,
    files: list[DumpFile],
    catalogue: Catalogue,
    told: dict[str, SourceFile],
    encoding: str | None,
) -> Iterator[ExtractEvent]:
    """A dBase table with its memo file, which has the table's name."""
    stem = file.path[: -len("dbf")].lower()
    names = (f"{stem}fpt", f"{stem}dbt")
    memo = next((each for each in files if each.path.lower() in names), None)
    with contextlib.ExitStack() as unpacked:
        path = unpacked.enter_context(as_plain_file(file))
        memos = unpacked.enter_context(as_plain_file(memo)) if memo else None
        yield from dbasefile.table_events(path, memos, file.path, catalogue, encoding)
    told[file.path] = SourceFile(file.path, digest_of(file), file.size, encoding, _WORDS["dbase"])


def _inside(file: DumpFile, folder: str) -> bool:
    return file.path.startswith(folder)


def _other(file: DumpFile, what: str) -> SourceFile:
    return SourceFile(file.path, digest_of(file), file.size, None, what)


class _File:
    """One file of the export, and its entry in ``told`` once it is read."""

    def __init__(
        self, file: DumpFile, kind: str, catalogue: Catalogue, told: dict[str, SourceFile]
    ) -> None:
        self._file, self._kind = file, kind
        self._catalogue, self._told = catalogue, told

    def events(self) -> Iterator[ExtractEvent]:
        """Its rows and issues."""
        file = self._file
        if self._kind == "file":
            with as_plain_file(file) as path:
                yield from sqlitefile.database_events(path, file.path, self._catalogue)
            self._tell(digest_of(file), None, None)
        elif self._kind == "access":
            with as_plain_file(file) as path:
                yield from accessfile.database_events(path, file.path, self._catalogue)
            self._tell(digest_of(file), "utf-8", None)
        elif self._kind in ("custom", "directory"):
            with _restored(file) as stream:
                yield from Script(Feed(stream), "postgres", file.path, self._catalogue).events()
            self._tell(digest_of(file), "utf-8", None)
        else:
            hashing: list[Hashing] = []
            with opened(file, hashing) as stream:
                feed = Feed(stream)
                script = Script(feed, cast("Kind", self._kind), file.path, self._catalogue)
                yield from script.events()
                digest = hashing[0].rest()
            encoding = feed.encoding if script.charset == "utf-8" else script.charset
            self._tell(digest, encoding, feed.line)

    def _tell(self, digest: str, encoding: str | None, lines: int | None) -> None:
        file = self._file
        self._told[file.path] = SourceFile(
            file.path, digest, file.size, encoding, _WORDS[self._kind], lines
        )


@contextlib.contextmanager
def _restored(file: DumpFile) -> Iterator[IO[bytes]]:
    """A PostgreSQL archive as SQL text, by ``pg_restore``, which writes and runs nothing.

    Raises NeedsPerson: EXT033 (not installed), EXT021 (it cannot read the archive).
    """
    tool = shutil.which("pg_restore")
    if tool is None:
        raise NeedsPerson(
            "EXT033",
            f"file '{file.path}' is a PostgreSQL archive, and pg_restore is not installed",
            try_="install it (Debian: apt install postgresql-client), or ask for a plain dump",
        )
    with as_plain_file(file) as path, tempfile.TemporaryFile() as said:
        place = path.parent if file.path.endswith("toc.dat") else Path(path)
        command = [tool, "--no-owner", "--no-privileges", "-f", "-", str(place)]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said
        ) as process:
            assert process.stdout is not None
            try:
                yield process.stdout
            except GeneratorExit:
                process.kill()
                raise
            if process.wait():
                raise damaged(file.path, "is an archive that pg_restore cannot read")
