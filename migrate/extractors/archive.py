"""The files of an export: a folder (with all below it), a zip archive, or one file.

Nothing is unpacked to disk. A zip is read under limits on count, depth, path and ratio, because
a small archive can hold terabytes; links that lead out of the export are not followed.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from migrate.errors import AskedWrongly, NeedsPerson

BLOCK = 1 << 20
MAX_FILES = 200_000
MAX_DEPTH = 32
MAX_RATIO = 200
_TABLE_ENDINGS = frozenset({"csv", "tsv", "tab", "psv", "dat", "del", "unl"})
RATIO_FREE = 64 << 20  # below this size a high ratio harms nobody


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of an export: its path inside it (with ``/``), its size, and how to open it.

    ``refused`` says why it is listed but not read (a link that leads outside).
    """

    path: str
    size: int
    open: Callable[[], BinaryIO]
    refused: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]

    def blocks(self, skip: int = 0) -> Iterator[bytes]:
        """The file's bytes after the first ``skip``, in blocks. Raises NeedsPerson (EXT021)."""
        with reading(self.path), self.open() as stream:
            left = self.size
            if skip:
                left -= len(stream.read(skip))
            while block := stream.read(BLOCK):
                left -= len(block)
                if left < 0:
                    raise _damaged(self.path, "is longer than the archive says")
                yield block


def told(path: str) -> str:
    """A file in a message: by name where it is a table, else by its kind.

    Scans and letters are often named after the patient.
    """
    name = path.rsplit("/", 1)[-1]
    ending = name.rpartition(".")[2].lower()
    return f"file '{path}'" if ending in _TABLE_ENDINGS else f"a file *.{ending[:5]}"


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Turns the faults of a damaged file or archive into a message for people."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as fault:
        raise _damaged(path, f"cannot be unpacked ({type(fault).__name__})") from None
    except RuntimeError as fault:  # zipfile's word for an encrypted member
        if "encrypted" not in str(fault) and "password" not in str(fault):
            raise
        raise _damaged(path, "is encrypted") from None
    except PermissionError:
        raise AskedWrongly(
            "EXT001",
            f"{told(path)} of the export may not be read",
            try_="give yourself the right to read it, then run again",
        ) from None
    except OSError as fault:
        raise _damaged(path, f"cannot be read ({type(fault).__name__})") from None


def open_export(source: str) -> list[ExportFile]:
    """The files of an export, sorted by path. Raises AskedWrongly (EXT001), NeedsPerson."""
    root = Path(source)
    if root.is_dir():
        return _folder(root)
    if not root.is_file():
        raise AskedWrongly(
            "EXT001",
            f"there is no folder, file or archive '{source}'",
            try_="check [source] from in migration.toml, and that the drive is attached",
        )
    if is_zip(root):
        return _zip(root)
    return [ExportFile(root.name, root.stat().st_size, _opener(root))]


def is_zip(path: Path) -> bool:
    """Whether a file is a zip archive by its first and last bytes (not an office document)."""
    office = {".docx", ".xlsx", ".pptx", ".odt", ".ods"}
    return path.suffix.lower() not in office and zipfile.is_zipfile(path)


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _folder(root: Path) -> list[ExportFile]:
    home = root.resolve()
    found = []
    for folder, folders, names in os.walk(root, followlinks=False):
        folders.sort()
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in [*linked, *names]:
            path = Path(folder, name)
            inside = path.relative_to(root).as_posix()
            found.append(_folder_file(path, inside, home))
        if len(found) > MAX_FILES:
            raise _refused(f"more than {MAX_FILES} files")
    return sorted(found, key=lambda file: file.path)


def _folder_file(path: Path, inside: str, home: Path) -> ExportFile:
    refused = None
    size = 0
    if path.is_symlink() and (path.is_dir() or not path.resolve().is_relative_to(home)):
        refused = "a link that leads to another folder"
    else:
        try:
            status = path.stat()
        except OSError:
            return ExportFile(inside, 0, _opener(path), "a link to nothing")
        size = status.st_size
        if not stat.S_ISREG(status.st_mode):
            refused = "no ordinary file"
    return ExportFile(inside, size, _opener(path), refused)


def _zip(path: Path) -> list[ExportFile]:
    with reading(path.name):
        archive = zipfile.ZipFile(path)
    members = [info for info in archive.infolist() if not info.is_dir()]
    if len(members) > MAX_FILES:
        raise _refused(f"more than {MAX_FILES} files")
    seen: set[str] = set()
    for info in members:
        _check_member(info)
        if info.filename in seen:
            raise _damaged(info.filename, "is twice in the archive")
        seen.add(info.filename)
    files = [
        ExportFile(info.filename, info.file_size, _member_opener(archive, info)) for info in members
    ]
    return sorted(files, key=lambda file: file.path)


def _check_member(info: zipfile.ZipInfo) -> None:
    parts = PurePosixPath(info.filename).parts
    outside = info.filename.startswith("/") or ".." in parts or "\\" in info.filename
    if outside or (parts and parts[0].endswith(":")):
        raise _refused("a member whose path leads outside the archive")
    if len(parts) > MAX_DEPTH:
        raise _refused(f"folders nested deeper than {MAX_DEPTH}")
    if info.file_size > RATIO_FREE and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise _refused(f"a member packed more than {MAX_RATIO} times")
    if info.flag_bits & 1:
        raise _damaged(info.filename, "is encrypted")


def _member_opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: archive.open(info)  # type: ignore[return-value]


def _refused(why: str) -> NeedsPerson:
    return NeedsPerson(
        "EXT020",
        f"the export was not opened: it holds {why}",
        try_="unpack it by hand if you trust it, and name the folder as the export",
    )


def _damaged(path: str, why: str) -> NeedsPerson:
    return NeedsPerson(
        "EXT021",
        f"{told(path)} {why}",
        kept="nothing of this export was staged",
        try_="ask the vendor for the file again, or unpack it by hand and name the folder",
    )
