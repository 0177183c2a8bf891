"""The zip of a package: the same files give the same bytes; encrypted with age on request."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

from migrate.errors import AskedWrongly, NeedsPerson

STAMP = (1980, 1, 1, 0, 0, 0)
MANIFEST = "MANIFEST.sha256"
_CHUNK = 1 << 20
_PACKED = frozenset({".pdf", ".tif", ".tiff", ".jpg", ".png", ".zip", ".xlsx"})


def write_manifest(folder: Path) -> int:
    """``MANIFEST.sha256`` over all files of a folder (``sha256sum -c`` reads it); how many."""
    lines = []
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        lines.append(f"{file_sha256(path)}  {name}\n")
    (folder / MANIFEST).write_text("".join(lines), "utf-8")
    return len(lines)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, as hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def write_zip(folder: Path, path: Path) -> None:
    """All files of a folder in one zip, in the order of their names, without their times."""
    with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
        for file in [*_files(folder), folder / MANIFEST]:
            entry = zipfile.ZipInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}", STAMP)
            entry.external_attr = 0o600 << 16
            stored = file.suffix.lower() in _PACKED
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            entry.file_size = file.stat().st_size
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as stream:
                while chunk := source.read(_CHUNK):
                    stream.write(chunk)


def encrypt(path: Path, recipients: Sequence[str]) -> Path:
    """``path`` encrypted beside it as ``.age``; the plain file is removed.

    Raises NeedsPerson (HND020) without the extra part, AskedWrongly for a key that is none.
    """
    try:
        import pyrage
    except ImportError:
        raise NeedsPerson(
            "HND020",
            "encryption was asked for, but the part 'age' is not installed",
            kept="the package, not encrypted",
            try_="pip install 'ehr-migrate[age]'",
        ) from None
    try:
        keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    except pyrage.RecipientError:
        raise AskedWrongly(
            "HND020",
            "an entry under [target.options] encrypt is no public key of age",
            try_="a key that begins with age1, made by `age-keygen`",
        ) from None
    closed = path.with_name(f"{path.name}.age")
    with path.open("rb") as plain, closed.open("wb") as stream:
        pyrage.encrypt_io(plain, stream, keys)
    path.unlink()
    return closed


def _files(folder: Path) -> list[Path]:
    """All files of a package but the manifest and half-written ones, by name."""
    found = [
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".") and path != folder / MANIFEST
    ]
    found.sort(key=lambda path: path.relative_to(folder).as_posix())
    return found
