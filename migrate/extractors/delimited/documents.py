"""Files of an export that are no tables: staged whole, as rows of ``export_files``.

``export_files`` is a table that every extractor of files may make: one row a file, with its
content in base64, so that profiles join documents to their index like any other table.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator

import pyarrow as pa

from migrate.core.model import SourceColumn, SourceFile, SourceTable
from migrate.core.ports import ExtractEvent, OtherFile, Rows, TableDone
from migrate.extractors.archive import ExportFile, told
from migrate.extractors.delimited.problems import problem
from migrate.extractors.delimited.survey import looks_binary

TABLE = "export_files"
COLUMNS = ("path", "name", "bytes", "sha256", "sha1_base64", "content_type", "base64")
LARGEST = 512 << 20  # one cell must be held in memory
_BATCH = 8 << 20

_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"{\\rtf", "application/rtf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"PGDMP", "application/octet-stream"),
    (b"<?xml", "application/xml"),
    (b"\xef\xbb\xbf<?xml", "application/xml"),
    (b"MSH|", "application/hl7-v2"),
    (b"RIFF", "audio/wav"),
    (b"ID3", "audio/mpeg"),
)
_SUFFIX = {
    ".pdf": "application/pdf",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".rtf": "application/rtf",
    ".html": "text/html",
    ".htm": "text/html",
    ".xml": "application/xml",
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".sql": "application/sql",
    ".hl7": "application/hl7-v2",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
    ".gz": "application/gzip",
    ".dcm": "application/dicom",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
}
NEVER_TABLES = frozenset(_SUFFIX) - {".txt"}
_OFFICE = ("application/vnd.openxmlformats", "application/msword", "application/vnd.ms-excel")


def magic(head: bytes) -> str | None:
    """The content type that a file's first bytes prove, or None."""
    if head[128:132] == b"DICM":
        return "application/dicom"
    return next((kind for start, kind in _MAGIC if head.startswith(start)), None)


def content_type(name: str, head: bytes) -> str:
    """The content type of a file by its bytes, then by its name."""
    by_name = _SUFFIX.get(suffix_of(name))
    proven = magic(head)
    if proven and not (by_name and by_name.startswith(_OFFICE)):
        return proven
    plain = b"\0" not in head and not looks_binary(head)
    return by_name or proven or ("text/plain" if plain else "application/octet-stream")


def suffix_of(name: str) -> str:
    """The lower-case ending of a file name, with its dot; empty where it has none."""
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and stem else ""


def other_file(file: ExportFile, reason: str) -> OtherFile:
    """A file that is listed and not staged, with the reason."""
    digest = hashlib.sha256()
    if file.refused is None:
        for block in file.blocks():
            digest.update(block)
    return OtherFile(SourceFile(file.path, digest.hexdigest(), file.size, dialect=reason))


def document_events(files: Iterable[tuple[ExportFile, str]]) -> Iterator[ExtractEvent]:
    """Rows of ``export_files`` for files with their content types, and its ``TableDone``.

    Yields an ``OtherFile`` for each as well. Nothing at all when there are no files.
    """
    sources: list[SourceFile] = []
    filled = dict.fromkeys(COLUMNS, 0)
    held: list[tuple[str | None, ...]] = []
    held_bytes = 0
    for file, kind in files:
        cells, source = _row(file, kind)
        if cells[-1] is None:
            yield problem("EXT025", f"{told(file.path)} is larger than {LARGEST >> 20} MiB")
        sources.append(source)
        held.append(cells)
        held_bytes += len(cells[-1] or "")
        for name, cell in zip(COLUMNS, cells, strict=True):
            filled[name] += bool(cell)
        yield OtherFile(source)
        if held_bytes > _BATCH:
            yield _rows(held, len(sources) - len(held) + 1)
            held, held_bytes = [], 0
    if held:
        yield _rows(held, len(sources) - len(held) + 1)
    if sources:
        columns = tuple(SourceColumn(name, name, None, filled[name]) for name in COLUMNS)
        yield TableDone(
            SourceTable(TABLE, TABLE, columns, tuple(sources), len(sources), primary_key=("path",))
        )


def _row(file: ExportFile, kind: str) -> tuple[tuple[str | None, ...], SourceFile]:
    sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    keep = file.size <= LARGEST
    content = bytearray()
    for block in file.blocks():
        sha256.update(block)
        sha1.update(block)
        if keep:
            content += block
    source = SourceFile(file.path, sha256.hexdigest(), file.size, dialect=f"document, {kind}")
    cells = (
        file.path,
        file.name,
        str(file.size),
        sha256.hexdigest(),
        b64encode(sha1.digest()).decode(),
        kind,
        b64encode(content).decode() if keep else None,
    )
    return cells, source


def _rows(held: list[tuple[str | None, ...]], first: int) -> Rows:
    columns = [pa.array(column, pa.string()) for column in zip(*held, strict=True)]
    count = len(held)
    address = [
        pa.array(range(first, first + count), pa.int64()),
        columns[0],
        pa.repeat(pa.scalar("1", pa.string()), count),
    ]
    names = [*COLUMNS, "_row", "_file", "_at"]
    return Rows(TABLE, pa.RecordBatch.from_arrays([*columns, *address], names=names))
