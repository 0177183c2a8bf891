"""dBase and FoxPro tables (``.dbf``, memos in ``.dbt`` or ``.fpt``); dbfread reads their headers.

Cells are what the record holds: text without the blanks that fill its field, numbers as their
digits, dates as ``YYYYMMDD``, logical values as their letter; binary integers, doubles, currency
(four places) and instants of Visual FoxPro are written out, bytes as ``0x`` and hexadecimal digits.
A blank field is NULL, as is one that FoxPro's null flags say is. Records that are marked as deleted
and still lie in the file are rows too: column ``dbf_deleted`` holds their ``*``.

Field knowledge: "Table File Structure" in Visual FoxPro's help; "Table file (.dbf) structure" in
dBase's.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from migrate.core.issues import Issue
from migrate.core.model import unique_names
from migrate.core.ports import RowReject, Rows
from migrate.errors import NeedsPerson
from migrate.extractors.sqldump.cells import Cell, hex_text
from migrate.extractors.sqldump.ddl import TableText
from migrate.extractors.sqldump.problems import damaged
from migrate.extractors.sqldump.tables import Catalogue, Sink

COMPANIONS = (".dbt", ".fpt", ".cdx", ".mdx", ".ndx", ".ntx", ".idx", ".dbc", ".dct", ".dcx")
MARK = "dbf_deleted"
_FOXPRO = (0x30, 0x31, 0x32)
_SYSTEM, _NULLABLE = 1, 2
_BLOCK_RECORDS = 4_000
_JULIAN = 1_721_425  # the Julian day number of day 0 of Python's ordinals
_Read = Callable[[bytes], Cell]


def table_events(
    path: Path, memo: Path | None, inside: str, catalogue: Catalogue, encoding: str | None
) -> Iterator[Rows | RowReject | Issue]:
    """The rows of a table. ``memo``: its memo file; ``encoding``: instead of what the header says.

    Raises NeedsPerson: EXT033 (dbfread is not installed), EXT021 (damaged, encrypted, dBase 7,
    memo missing).
    """
    made = _header(path, inside, encoding)
    with ExitStack() as open_files:
        memos = _memos(made, memo, inside, open_files)
        layout = _layout(made, memos)
        parts = tuple(inside.rsplit(".", 1)[0].split("/"))
        table = catalogue.define(parts, _text(layout))
        table.declared = made.header.numrecords
        if table.wanted:
            stream = open_files.enter_context(path.open("rb"))
            stream.seek(made.header.headerlen)
            yield from _rows(stream, made, layout, Sink(table, inside, made.encoding))


def _header(path: Path, inside: str, encoding: str | None) -> Any:
    try:
        from dbfread import DBF, FieldParser
    except ImportError:
        raise NeedsPerson(
            "EXT033",
            f"file '{inside}' is a dBase table, and the reader for it is not installed",
            kept="nothing of this export was staged",
            try_="pip install 'ehr-migrate[dbase]'",
        ) from None

    # types that dbfread does not read are read here
    any_type = type("AnyType", (FieldParser,), {"field_type_supported": lambda *_: True})
    try:
        made = DBF(
            str(path),
            encoding=encoding,
            ignorecase=False,
            parserclass=any_type,
            ignore_missing_memofile=True,
            char_decode_errors="replace",
        )
    except (ValueError, LookupError, struct.error, TypeError) as fault:
        raise damaged(inside, f"is a damaged table ({type(fault).__name__})") from None
    if made.header.dbversion & 7 == 4:
        raise damaged(inside, "is a table of dBase 7, which is not read")
    if made.header.encryption_flag:
        raise damaged(inside, "is encrypted")
    width = 1 + sum(field.length for field in made.fields)
    if not made.fields or width > made.header.recordlen:
        raise damaged(inside, "is a damaged table (its fields do not fit its records)")
    return made


class _Db4Memos:
    """Memos of dBase IV, whose file says how long a block is (dbfread takes 512 for granted)."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        head = self._file.read(22)
        self._size = struct.unpack("<H", head[20:22])[0] or 512 if len(head) == 22 else 512

    def __getitem__(self, block: int) -> bytes:
        self._file.seek(block * self._size)
        head = self._file.read(8)
        if head[:4] != b"\xff\xff\x08\x00":
            raise OSError("no memo begins there")
        length = struct.unpack("<L", head[4:])[0] - 8
        text = self._file.read(max(length, 0))
        if len(text) != length:
            raise OSError("the memo ends early")
        return text


def _memos(made: Any, memo: Path | None, inside: str, open_files: ExitStack) -> Any:
    """The memo file, to be indexed by block."""
    from dbfread.memo import DB3MemoFile, VFPMemoFile

    kinds = {field.type for field in made.fields}
    needed = kinds & set("MGPW") or ("B" in kinds and made.header.dbversion not in _FOXPRO)
    if not needed:
        return {}
    if memo is None:
        raise damaged(inside, "keeps long texts in a memo file (.dbt, .fpt) that is missing")
    version = made.header.dbversion
    try:
        if version in (*_FOXPRO, 0xF5, 0xFB):
            return open_files.enter_context(VFPMemoFile(str(memo)))
        if version == 0x83:
            return open_files.enter_context(DB3MemoFile(str(memo)))
        return _Db4Memos(open_files.enter_context(memo.open("rb")))
    except (struct.error, OSError) as fault:
        raise damaged(inside, f"has a damaged memo file ({type(fault).__name__})") from None


# --- fields ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Field:
    """Where a field lies in a record, and its bits in FoxPro's null flags (-1: none)."""

    name: str
    declared: str
    start: int
    end: int
    read: _Read
    long_bit: int
    null_bit: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """The fields of a table; ``flags`` is where the null flags lie."""

    fields: tuple[_Field, ...]
    flags: slice | None


def _layout(made: Any, memos: Any) -> _Layout:
    names = unique_names([MARK, *(field.name for field in made.fields)])[1:]
    foxpro = made.header.dbversion in _FOXPRO
    found, flags, at, bit = [], None, 1, 0
    for name, each in zip(names, made.fields, strict=True):
        marks = each.reserved1 & 0xFF if foxpro else 0
        end = at + each.length
        if each.type == "0" and marks & _SYSTEM:
            flags = slice(at, end)
            at = end
            continue
        long_bit = null_bit = -1
        if foxpro and each.type in "VQ":
            long_bit, bit = bit, bit + 1
        if marks & _NULLABLE:
            null_bit, bit = bit, bit + 1
        size = f"({each.length}{f',{each.decimal_count}' if each.decimal_count else ''})"
        own = each.name if unique_names([each.name]) == [name] else name
        read = _reader(each.type, foxpro, memos)
        found.append(_Field(own, each.type + size, at, end, read, long_bit, null_bit))
        at = end
    return _Layout(tuple(found), flags)


def _text(layout: _Layout) -> TableText:
    columns: dict[str, str | None] = {field.name: field.declared for field in layout.fields}
    return TableText((), {**columns, MARK: "deletion mark"})


def _reader(kind: str, foxpro: bool, memos: Any) -> _Read:
    """How the bytes of a field become a cell; raises ValueError, struct.error or OSError."""
    if kind in "MGPW" or (kind == "B" and not foxpro):
        return lambda raw: _memo(raw, memos, text=kind == "M")
    binary: dict[str, _Read] = {
        "I": lambda raw: str(struct.unpack("<i", raw)[0]).encode(),
        "+": lambda raw: str(struct.unpack("<i", raw)[0]).encode(),
        "B": lambda raw: repr(struct.unpack("<d", raw)[0]).encode(),
        "O": lambda raw: repr(struct.unpack("<d", raw)[0]).encode(),
        "Y": _currency,
        "T": _moment,
        "@": _moment,
        "L": lambda raw: None if raw in (b"?", b" ", b"\0") else raw,
        "V": bytes,
        "Q": hex_text,
        "0": hex_text,
    }
    return binary.get(kind, _padded if kind == "C" else _bare)


def _padded(raw: bytes) -> Cell:
    return raw.rstrip(b"\0 ") or None


def _bare(raw: bytes) -> Cell:
    return raw.strip(b"\0 ") or None


def _currency(raw: bytes) -> Cell:
    whole = struct.unpack("<q", raw)[0]
    units, part = divmod(abs(whole), 10_000)
    return f"{'-' if whole < 0 else ''}{units}.{part:04}".encode()


def _moment(raw: bytes) -> Cell:
    if not raw.strip(b"\0 "):
        return None
    day, ms = struct.unpack("<LL", raw)
    if not day:
        return None
    # FoxPro keeps instants as seconds in a double, so the milliseconds may be one off a second
    ms = round(ms, -3) if (ms + 1) % 1000 < 3 else ms
    moment = dt.datetime.fromordinal(day - _JULIAN) + dt.timedelta(milliseconds=ms)
    return moment.isoformat(" ", "milliseconds" if moment.microsecond else "seconds").encode()


def _memo(raw: bytes, memos: Any, *, text: bool) -> Cell:
    if len(raw) == 4:
        block = struct.unpack("<I", raw)[0]
    else:
        block = int(raw.strip(b"\0 ") or b"0")
    found = memos[block] if block else None
    if found is None:
        return None
    return bytes(found) if text else hex_text(bytes(found))


# --- records ---------------------------------------------------------------------------------


def _rows(stream: Any, made: Any, layout: _Layout, sink: Sink) -> Iterator[Rows | RowReject]:
    size, number = made.header.recordlen, 0
    rest = made.header.numrecords
    while rest > 0 and (block := stream.read(size * min(rest, _BLOCK_RECORDS))):
        for start in range(0, len(block), size):
            record = block[start : start + size]
            if len(record) < size:
                if record.strip(b"\x1a\0 "):
                    yield from sink.reject(number + 1, record, "EXT013")
                break
            number += 1
            try:
                cells = [_cell(field, record, layout.flags) for field in layout.fields]
            except (ValueError, OverflowError, struct.error, OSError):
                yield from sink.reject(number, record, "EXT010")
                continue
            mark = None if record[:1] == b" " else record[:1]
            yield from sink.add([*cells, mark], number, record)
        rest -= _BLOCK_RECORDS
    yield from sink.flush()


def _cell(field: _Field, record: bytes, flags: slice | None) -> Cell:
    raw = record[field.start : field.end]
    bits = int.from_bytes(record[flags], "little") if flags else 0
    if field.null_bit >= 0 and bits >> field.null_bit & 1:
        return None
    if field.long_bit >= 0 and bits >> field.long_bit & 1:
        raw = raw[: raw[-1]]
    return field.read(raw)
