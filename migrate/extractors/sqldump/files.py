"""The files of a dump: one file, a folder, an archive; packed ones are opened as streams.

Nothing is unpacked to disk but a packed SQLite file, which cannot be read as a stream.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

from migrate.errors import NeedsPerson
from migrate.extractors.sqldump.problems import damaged

BLOCK = 1 << 20
MAX_FILES = 200_000
MAX_RATIO = 200
RATIO_FREE = 64 << 20  # below this size a high ratio harms nobody
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class DumpFile:
    """One file: its path inside the export (with ``/``), how to open its bytes as they lie.

    ``on_disk`` is the file itself where it is one; ``packed`` its size inside an archive.
    """

    path: str
    size: int
    opener: Callable[[], IO[bytes]]
    on_disk: Path | None = None

    def head(self, size: int = 1 << 16) -> bytes:
        """The first unpacked bytes. Raises NeedsPerson as :func:`opened` does."""
        with opened(self) as stream:
            return stream.read(size)


class Hashing(io.RawIOBase):
    """Passes bytes through and keeps their digest and count."""

    def __init__(self, inner: IO[bytes]) -> None:
        super().__init__()
        self._inner = inner
        self._digest = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes, counted."""
        block = self._inner.read(len(buffer))
        buffer[: len(block)] = block
        self._digest.update(block)
        self.count += len(block)
        return len(block)

    def rest(self) -> str:
        """Read what is left, and give the digest of the whole."""
        while self.read(BLOCK):
            pass
        return self._digest.hexdigest()


def digest_of(file: DumpFile) -> str:
    """SHA-256 of a file as it lies."""
    with _faults(file.path), file.opener() as stream:
        return Hashing(stream).rest()


@contextmanager
def opened(file: DumpFile, hashing: list[Hashing] | None = None) -> Iterator[BinaryIO]:
    """The unpacked bytes of a file; ``hashing`` receives what counts the bytes as they lie.

    Raises NeedsPerson: EXT021 (damaged), EXT020 (unpacks to far more than it should).
    """
    with _faults(file.path), file.opener() as raw:
        counted = Hashing(raw)
        if hashing is not None:
            hashing.append(counted)
        buffered = io.BufferedReader(counted, BLOCK)
        head = buffered.peek(4)[:4]
        if head.startswith(_GZIP):
            yield cast("BinaryIO", _Limited(gzip.GzipFile(fileobj=buffered), counted, file.path))
        elif head == _ZSTD:
            yield cast("BinaryIO", _Limited(_zstd(buffered, file.path), counted, file.path))
        else:
            yield cast("BinaryIO", buffered)


class _Limited:
    """A packed stream that refuses to grow beyond what an honest packer reaches."""

    def __init__(self, inner: Any, packed: Hashing, path: str) -> None:
        self._inner, self._packed, self._path, self._given = inner, packed, path, 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises NeedsPerson (EXT020)."""
        block: bytes = self._inner.read(size)
        self._given += len(block)
        limit = MAX_RATIO * max(self._packed.count, 1)
        if self._given > RATIO_FREE and self._given > limit:
            raise NeedsPerson(
                "EXT020",
                f"file '{self._path}' unpacks to more than {MAX_RATIO} times its size",
                try_="unpack it by hand if you trust it, and name the folder as the export",
            )
        return block


def _zstd(stream: IO[bytes], path: str) -> Any:
    try:
        import zstandard
    except ImportError:
        raise NeedsPerson(
            "EXT033",
            f"file '{path}' is packed with zstd, and the reader for it is not installed",
            try_="pip install 'ehr-migrate[zstd]', or unpack the file by hand",
        ) from None
    return zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)


@contextmanager
def _faults(path: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile) as fault:
        raise damaged(path, f"cannot be unpacked ({type(fault).__name__})") from None
    except OSError as fault:
        raise damaged(path, f"cannot be read ({type(fault).__name__})") from None
    except Exception as fault:
        if type(fault).__name__ == "ZstdError":
            raise damaged(path, "cannot be unpacked (ZstdError)") from None
        raise


def dump_files(source: str) -> list[DumpFile]:
    """The files of an export, sorted by path; none where there is no such export."""
    root = Path(source)
    if root.is_dir():
        return _folder(root)
    if not root.is_file():
        return []
    if zipfile.is_zipfile(root) and root.suffix.lower() == ".zip":
        return _archive(root)
    return [_plain(root, root.name)]


def _plain(path: Path, inside: str) -> DumpFile:
    return DumpFile(inside, path.stat().st_size, lambda: path.open("rb"), path)


def _folder(root: Path) -> list[DumpFile]:
    found = []
    for folder, folders, names in os.walk(root, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_symlink() or not stat.S_ISREG(path.stat().st_mode):
                continue
            inside = path.relative_to(root).as_posix()
            if name.lower().endswith(".zip") and zipfile.is_zipfile(path):
                found += [
                    DumpFile(f"{inside}/{each.path}", each.size, each.opener)
                    for each in _archive(path)
                ]
            else:
                found.append(_plain(path, inside))
    return sorted(found, key=lambda file: file.path)


def _archive(path: Path) -> list[DumpFile]:
    with _faults(path.name):
        archive = zipfile.ZipFile(path)
    members = [info for info in archive.infolist() if not info.is_dir()]
    for info in members:
        parts = PurePosixPath(info.filename).parts
        if info.filename.startswith("/") or ".." in parts or "\\" in info.filename:
            raise _refused("a member whose path leads outside the archive")
        if info.file_size > RATIO_FREE and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise _refused(f"a member packed more than {MAX_RATIO} times")
        if info.flag_bits & 1:
            raise damaged(info.filename, "is encrypted")
    if len(members) > MAX_FILES or len({info.filename for info in members}) < len(members):
        raise _refused("too many files, or one twice")
    return [DumpFile(info.filename, info.file_size, _member(archive, info)) for info in members]


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(info)


def _refused(why: str) -> NeedsPerson:
    return NeedsPerson(
        "EXT020",
        f"the export was not opened: it holds {why}",
        try_="unpack it by hand if you trust it, and name the folder as the export",
    )


@contextmanager
def as_plain_file(file: DumpFile) -> Iterator[Path]:
    """The file itself, or its unpacked copy in a private folder that is removed again."""
    with opened(file) as stream:
        if file.on_disk is not None and not isinstance(stream, _Limited):
            yield file.on_disk
            return
        with tempfile.TemporaryDirectory(prefix="ehr-migrate-") as folder:
            path = Path(folder, "database")
            with path.open("xb") as copy:
                shutil.copyfileobj(stream, copy, BLOCK)
            yield path
