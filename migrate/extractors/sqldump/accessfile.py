"""Microsoft Access databases (``.mdb``, ``.accdb``), by the programs of mdbtools.

``mdb-schema`` and ``mdb-export`` turn the file into SQL text, which is read like a dump; they
change and run nothing. Linked tables, queries, forms and attachments are not in that text.

mdbtools writes its text for MySQL with backslashes as they are, which MySQL would take for escapes:
the rows are asked for in SQLite's form, where they mean themselves.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from migrate.core.issues import Issue
from migrate.core.ports import RowReject, Rows
from migrate.errors import NeedsPerson
from migrate.extractors.sqldump.feed import Feed
from migrate.extractors.sqldump.problems import damaged
from migrate.extractors.sqldump.script import Script
from migrate.extractors.sqldump.tables import Catalogue

_EXPORT = ("mdb-export", "-I", "sqlite", "-q", "'", "-b", "hex", "-D", "%F %T", "-T", "%F %T")


def is_access(head: bytes) -> bool:
    """Whether a file that begins so is an Access database.

    >>> is_access(b"\\0\\1\\0\\0Standard ACE DB\\0")
    True
    """
    return head[4:19] in (b"Standard Jet DB", b"Standard ACE DB")


def database_events(
    path: Path, inside: str, catalogue: Catalogue
) -> Iterator[Rows | RowReject | Issue]:
    """The rows of all tables that lie in the file.

    Raises NeedsPerson: EXT033 (mdbtools is not installed), EXT021 (it cannot read the file).
    """
    if not all(map(shutil.which, ("mdb-tables", "mdb-schema", "mdb-export"))):
        raise NeedsPerson(
            "EXT033",
            f"file '{inside}' is an Access database, and mdbtools is not installed",
            kept="nothing of this export was staged",
            try_="install it (Debian: apt install mdbtools), or export the tables as CSV",
        )
    with _said(("mdb-schema", str(path), "mysql"), inside) as stream:
        yield from Script(Feed(stream), "mysql", inside, catalogue).events()
    with _said(("mdb-tables", "-1", "-t", "table", str(path)), inside) as stream:
        names = stream.read().decode("utf-8", "replace").splitlines()
    for name in names:
        table = catalogue.find((name,))
        if table is not None and not table.wanted:
            continue
        if table is not None and shutil.which("mdb-count"):
            with _said(("mdb-count", str(path), name), inside) as stream:
                table.declared = int(stream.read())
        with _said((*_EXPORT, str(path), name), inside) as stream:
            yield from Script(Feed(stream), "sqlite", inside, catalogue).events()


@contextmanager
def _said(command: tuple[str, ...], inside: str) -> Iterator[IO[bytes]]:
    """What a program writes. Raises NeedsPerson (EXT021) where it fails."""
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            raise
        if process.wait():
            raise damaged(inside, "is an Access database that mdbtools cannot read")
