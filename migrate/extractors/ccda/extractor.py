"""The extractor of CDA documents: every file in turn, all tables side by side."""

from __future__ import annotations

import gc
import hashlib
from base64 import b64encode
from collections.abc import Iterator

from migrate.core.issues import Address, Issue, code
from migrate.core.model import SourceFile
from migrate.core.ports import Detection, ExtractEvent, ExtractRequest, OtherFile
from migrate.errors import MigrateError
from migrate.extractors.archive import ExportFile, open_export, told
from migrate.extractors.ccda.document import read_document
from migrate.extractors.ccda.facts import Found
from migrate.extractors.ccda.feed import TableFeed
from migrate.extractors.ccda.layout import COLUMNS
from migrate.extractors.ccda.values import Cells
from migrate.extractors.ccda.versions import EntryVersions
from migrate.extractors.ccda.xml import NotReadable, looks_like_cda

_HEAD = 1 << 16
_LARGEST = 512 << 20
_KINDS = {"pdf": "application/pdf", "xml": "application/xml", "json": "application/json"}


class CcdaExtractor:
    """A folder (and all below it), a zip archive or one file of CDA R2 documents.

    Documents are known by their content, whatever the file's name. Every file is kept whole in
    ``export_files`` as well. The tables are those of :mod:`migrate.extractors.ccda.layout`.
    """

    name = "ccda"

    def detect(self, source: str) -> Detection | None:
        """How many of the files are CDA documents, by their first bytes."""
        try:
            files = [file for file in open_export(source) if file.refused is None and file.size]
            documents = sum(looks_like_cda(_head(file)) for file in files)
        except (MigrateError, OSError):
            return None
        if not documents:
            return None
        share = documents / len(files)
        return Detection(
            round(0.52 + 0.46 * share, 3), f"{documents} of {len(files)} files are CDA documents"
        )

    def extract(self, request: ExtractRequest) -> Iterator[ExtractEvent]:
        """Yield rows and rejects document by document, then every table.

        Raises AskedWrongly (EXT001) and NeedsPerson (EXT020, EXT021).
        """
        wanted = request.tables
        reading = _Reading(
            {name: TableFeed(name) for name in COLUMNS if wanted is None or name in wanted}
        )
        documents = 0
        for file in open_export(request.source):
            if file.refused is not None:
                yield _issue("EXT022", f"{told(file.path)} was not read: {file.refused}", file.path)
                continue
            documents += 1
            yield from reading.file(file)
        if not documents:
            yield _issue("EXT002", "no document was found in the export", None)
        yield from reading.finish()


class _Reading:
    """The tables of one extraction, and each patient's newest header."""

    def __init__(self, feeds: dict[str, TableFeed]) -> None:
        self.feeds = feeds
        self.newest: dict[str, tuple[tuple[str, str], Cells, SourceFile, str]] = {}
        self.versions = EntryVersions()

    def file(self, file: ExportFile) -> Iterator[ExtractEvent]:
        """All events of one file."""
        keep = file.size <= _LARGEST
        content = b"".join(file.blocks()) if keep else b""
        cda = keep and looks_like_cda(content[:_HEAD])
        sha256 = hashlib.sha256(content).hexdigest() if keep else _digest(file)
        kind = "CDA document" if cda else "document"
        source = SourceFile(file.path, sha256, file.size, dialect=kind)
        if not keep:
            yield _issue("EXT025", f"{told(file.path)} is larger than 512 MiB", file.path)
        if cda:
            yield from self._document(content, source)
        yield from self._add("export_files", _whole(file, content, sha256, cda), source, "1")
        yield OtherFile(source)

    def _document(self, content: bytes, source: SourceFile) -> Iterator[ExtractEvent]:
        try:
            found = _read(content)
        except NotReadable as fault:
            feed = self.feeds.get("documents")
            if feed is not None:
                yield feed.reject(source, "/", fault.code, content)
                yield _issue(
                    fault.code, f"{told(source.path)}: {code(fault.code).title}", source.path
                )
            return
        for table, at, cells in found.all():
            if table == "patients":
                yield from self._header(cells, source, at, found)
            else:
                yield from self._add(table, cells, source, at)
        for held in found.rejects:
            feed = self.feeds.get(held.table)
            if feed is not None:
                yield feed.reject(source, held.at, held.code, held.raw)
                message = f"an entry of {told(source.path)}: {code(held.code).title}"
                yield _issue(held.code, message, source.path, held.table, held.at)

    def _header(
        self, cells: Cells, source: SourceFile, at: str, found: Found
    ) -> Iterator[ExtractEvent]:
        """Keeps the newest header of a patient back, and hands an older one on."""
        key = cells["key"] or ""
        rank = ((cells["document_time"] or "")[:14], found.document)
        mine = (rank, cells, source, at)
        known = self.newest.get(key)
        self.newest[key] = mine if known is None or known[0] < rank else known
        if known is not None:
            _, older, file, place = known if self.newest[key] is mine else mine
            yield from self._add("patient_headers", older, file, place)

    def _add(self, table: str, cells: Cells, source: SourceFile, at: str) -> Iterator[ExtractEvent]:
        feed = self.feeds.get(table)
        if feed is not None:
            yield from feed.add(cells, source, at)
        if table == "entry_ids":
            self.versions.note(cells)

    def finish(self) -> Iterator[ExtractEvent]:
        """The patients, then every table's rest and end."""
        for key in sorted(self.newest):
            _, cells, source, at = self.newest[key]
            yield from self._add("patients", cells, source, at)
        for table, ids in self.versions.found():
            message = f"{ids} ids of entries have several versions; each version is kept"
            yield _issue("EXT043", message, None, table)
        for feed in self.feeds.values():
            yield from feed.flush()
            yield feed.done()


def _read(content: bytes) -> Found:
    """A document's rows. What is read has no circles, and looking for some in a million cells costs
    a sixth of the time; so nothing is collected until the document is done."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return read_document(content)
    finally:
        if collects:
            gc.enable()


def _head(file: ExportFile) -> bytes:
    with file.open() as stream:
        return stream.read(_HEAD)


def _digest(file: ExportFile) -> str:
    digest = hashlib.sha256()
    for block in file.blocks():
        digest.update(block)
    return digest.hexdigest()


def _whole(file: ExportFile, content: bytes, sha256: str, cda: bool) -> Cells:
    ending = file.name.rpartition(".")[2].lower()
    kind = "application/xml" if cda else _KINDS.get(ending, "application/octet-stream")
    sha1 = hashlib.sha1(content, usedforsecurity=False).digest()
    return {
        "path": file.path,
        "name": file.name,
        "bytes": str(file.size),
        "sha256": sha256,
        "sha1_base64": b64encode(sha1).decode(),
        "content_type": kind,
        "base64": b64encode(content).decode() or None,
    }


def _issue(
    name: str, message: str, file: str | None, table: str | None = None, at: str | None = None
) -> Issue:
    return Issue(name, code(name).severity, message, Address(table=table, file=file, at=at))
