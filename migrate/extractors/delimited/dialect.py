"""How a delimited file is written: delimiter, quoting, line ends; found out or declared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from migrate.extractors.delimited.layout import layout_of
from migrate.extractors.delimited.quotes import regions
from migrate.extractors.delimited.settings import FileSettings
from migrate.extractors.delimited.survey import Survey

DELIMITERS = (",", "\t", "|", ";", "^")
TABLE_SUFFIXES = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".psv": "|"}
TEXT_SUFFIXES = frozenset({".txt", ".dat", ".asc", ".del", ".out", ".unl", ""})
_SAMPLE_LINES = 200
_NAMES = {",": "comma", "\t": "tab", "|": "pipe", ";": "semicolon", "^": "caret"}
_LINE_END_NAMES = {"lf": "LF or CR LF", "crlf": "CR LF only", "cr": "CR"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one file is written. ``quote`` and ``escape`` None: there is none.

    ``line_end``: ``lf`` (LF, with or without a CR before it), ``crlf`` (a bare LF is data) or
    ``cr``.
    """

    delimiter: str
    quote: str | None
    escape: str | None
    line_end: str

    @property
    def newline(self) -> bytes:
        """The last byte of a line end."""
        return b"\r" if self.line_end == "cr" else b"\n"

    def words(self) -> str:
        """The dialect for the report."""
        delimiter = _NAMES.get(self.delimiter, self.delimiter)
        quote = f"quote {self.quote}" if self.quote else "no quotes"
        escape = f", escape {self.escape}" if self.escape else ""
        return f"{delimiter}, {quote}{escape}, line end {_LINE_END_NAMES[self.line_end]}"


def find_dialect(
    survey: Survey, settings: FileSettings, suffix: str, forced: bool
) -> Dialect | None:
    """The dialect of a text file, or None where the text is no table.

    ``forced``: the project's settings name this very file, so it is a table.
    """
    line_end = settings.line_end or _line_end(survey)
    lines = _sample_lines(survey.head, line_end, whole=len(survey.head) < survey.size)
    delimiter = _delimiter(lines, suffix, settings.delimiter, forced)
    if delimiter is None:
        return None
    declared_quote = {None: None, "none": None, "rfc": '"'}.get(settings.quote, settings.quote)
    declared_escape = None if settings.escape in (None, "none") else settings.escape
    if settings.quote is not None:
        return Dialect(delimiter, declared_quote, declared_escape, line_end)
    rfc = Dialect(delimiter, '"', None, line_end)
    quote, escape = _quoting(survey.quote_lines, delimiter, lines)
    if (quote is None or escape) and _quotes_in_order(survey.head, rfc):
        return rfc
    if settings.escape is not None:
        quote, escape = '"', declared_escape
    return Dialect(delimiter, quote, escape, line_end)


def _line_end(survey: Survey) -> str:
    if survey.cr and survey.lf == 0:
        return "cr"
    lone = survey.cr - survey.crlf
    if lone > survey.lf:
        first = re.search(rb'"(?:[^"]|"")*+"|\r\n?|\n', survey.head)
        while first and first[0].startswith(b'"'):
            first = re.compile(rb'"(?:[^"]|"")*+"|\r\n?|\n').search(survey.head, first.end())
        if first and first[0] == b"\r" and not survey.head.startswith(b"\r", first.end()):
            return "cr"
    return "lf"


def _sample_lines(head: bytes, line_end: str, whole: bool) -> list[str]:
    """Physical lines of the sample without their ends; a line cut by its end is left out."""
    end = b"\r" if line_end == "cr" else b"\n"
    lines = head.split(end)
    if whole and len(lines) > 1:
        lines.pop()
    text = [line.removesuffix(b"\r").decode("utf-8", "replace") for line in lines[:_SAMPLE_LINES]]
    return [line for line in text if line]


@cache
def _field(delimiter: str) -> re.Pattern[str]:
    """One field and what ends it; a quoted one only where its quotes are in order."""
    one = re.escape(delimiter)
    return re.compile(rf'(?:"((?:[^"]|"")*+)"|([^{one}\n]*+))({one}|\n|\Z)')


def split_records(text: str, delimiter: str) -> Iterator[list[str]]:
    """The records of a text with LF line ends, read leniently: a broken quote is text."""
    fields: list[str] = []
    pattern = _field(delimiter)
    at = 0
    while True:
        match = pattern.match(text, at)
        assert match is not None  # the plain form matches anything, also nothing
        quoted, plain, end = match.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        at = match.end()
        if end != delimiter:
            yield fields
            fields = []
            if at >= len(text):
                return


def split_line(line: str, delimiter: str) -> list[str]:
    """The fields of one physical line, quotes honoured where they are in order."""
    if '"' not in line:
        return line.split(delimiter)
    return next(split_records(line, delimiter))


def _delimiter(lines: list[str], suffix: str, declared: str | None, forced: bool) -> str | None:
    """The declared delimiter or the one that fits best; None: the text is no table."""
    usual = declared or TABLE_SUFFIXES.get(suffix)
    if not lines:
        return usual
    scores = {}
    for candidate in (declared,) if declared else DELIMITERS:
        share, width = _consistency(lines, candidate)
        if width > 1:
            scores[candidate] = (share >= 0.8, candidate == usual, round(share, 1), width)
    best = max(scores, key=lambda key: scores[key], default=None)
    if suffix in TABLE_SUFFIXES or forced:
        return best or usual or ","
    if best is None or suffix not in TEXT_SUFFIXES or len(lines) < 2:
        return None
    share, _ = _consistency(lines, best)
    return best if share >= 0.9 and _plausible_header(split_line(lines[0], best)) else None


def _consistency(lines: list[str], delimiter: str) -> tuple[float, int]:
    """The share of lines, or of records, that have as many fields as the first, and how many."""
    width = len(split_line(lines[0], delimiter))
    by_line = [len(split_line(line, delimiter)) for line in lines]
    share = by_line.count(width) / len(by_line)
    if share < 1:
        records = [len(row) for row in split_records("\n".join(lines), delimiter)]
        share = max(share, records.count(width) / max(len(records), 1))
    return share, width


def _plausible_header(names: list[str]) -> bool:
    return len({name.strip().lower() for name in names}) == len(names) and all(
        re.search(r"[A-Za-z]", name) and len(name) <= 64 and len(name.split()) <= 5
        for name in names
    )


def _quotes_in_order(head: bytes, dialect: Dialect) -> bool:
    """Whether the sample has quoted fields, and no quote in it is out of place."""
    if b'"' not in head:
        return False
    head = head[: head.rfind(dialect.newline) + 1]
    found = regions(np.frombuffer(head, np.uint8), head, None, layout_of(dialect, 0, ()))
    return bool(found.inside.any()) and found.bad == len(head)


def _quoting(
    quote_lines: tuple[bytes, ...], delimiter: str, lines: list[str]
) -> tuple[str | None, str | None]:
    """Quote and escape character, from the lines of the whole file that hold a double quote.

    RFC 4180 unless the file speaks against it: backslashes before quotes without which its
    lines would not read; or, in a file that is not comma-separated, quotes that begin a field
    and never end one, while the plain split gives the right number of fields.
    """
    width = len(split_line(lines[0], delimiter)) if lines else 0
    one = re.escape(delimiter.encode())
    rfc = re.compile(rb'(?:(?:"(?:[^"]|"")*+"|(?!")[^%b]*+)(?:%b|\Z))*\Z' % (one, one))
    slash = re.compile(
        rb'(?:(?:"(?:[^"\\]|\\.|"")*+"|(?!")(?:[^%b\\]|\\.)*+)(?:%b|\Z))*\Z' % (one, one)
    )
    begins = re.compile(rb'(?:\A|%b)"' % one)
    votes: Counter[str] = Counter()
    for line in quote_lines:
        if not begins.search(line):
            continue
        if b'\\"' in line and slash.match(line) and not (rfc.match(line)):
            votes["slash"] += 1
        elif rfc.match(line):
            votes["rfc"] += 1
        elif line.count(delimiter.encode()) == width - 1:
            votes["none"] += 1
    if votes["slash"] > votes["rfc"] // 10:
        return '"', "\\"
    if delimiter != "," and votes["none"] > 0 and votes["rfc"] == 0:
        return None, None
    return '"', None
