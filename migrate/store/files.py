"""Writing files so that a crash leaves the old one or the new one, never half of one."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from migrate.errors import NeedsPerson, disk_is_full

_CHUNK = 1 << 20


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, as hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def text_digest(*texts: str) -> str:
    """SHA-256 over texts, each with its length before it, as hexadecimal."""
    digest = hashlib.sha256()
    for text in texts:
        raw = text.encode()
        digest.update(f"{len(raw)}:".encode())
        digest.update(raw)
    return digest.hexdigest()


def write_atomically(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put ``content`` at ``path`` by a rename; raises NeedsPerson when the disk is full."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with full_disk_in_words(path):
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        sync_folder(path.parent)


def write_json(path: Path, document: object) -> None:
    """A JSON document with sorted keys and a line end, written atomically."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    write_atomically(path, orjson.dumps(document, option=options))


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def folder_replaced(folder: Path) -> Iterator[Path]:
    """A fresh folder to fill, which takes the place of ``folder`` when the block ends well.

    What a killed process left beside it is removed first, what a failed block left at once.
    Raises NeedsPerson on a full disk.
    """
    beside = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    with full_disk_in_words(folder):
        try:
            yield beside
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        old = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        beside.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
        sync_folder(folder.parent)


@contextmanager
def full_disk_in_words(path: Path) -> Iterator[None]:
    """Turns 'no space left' and 'quota exceeded' into a message with what to do."""
    try:
        yield
    except OSError as error:
        if not disk_is_full(error):
            raise
        raise NeedsPerson(
            "PRJ010",
            f"the disk is full (while writing {path.name})",
            kept="every finished stage; the unfinished one will be done again",
            try_="free some space, then run the same command again",
        ) from None
