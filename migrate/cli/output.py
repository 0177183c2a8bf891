"""What goes to stdout and stderr: one JSON document, or words; and messages of four parts."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import orjson

from migrate import __version__
from migrate.errors import FailedForNow, MigrateError

if TYPE_CHECKING:
    from migrate.core.gate import Gate
    from migrate.store.workspace import Project, Run

SCHEMA_VERSION = "1"
# Control characters (a terminal obeys them) and those that turn the direction of the text.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


class Heading(str):
    """A line that a terminal shows bold."""

    __slots__ = ()


@dataclass(slots=True)
class Frame:
    """What every document says about itself; filled as a command learns it."""

    project: Project | None = None
    run: Run | None = None
    gate: Gate | None = None
    ready: bool | None = None

    def header(self) -> dict[str, object]:
        """The common part of every published document (DESIGN: command line)."""
        blocked = [] if self.gate is None else self.gate.blocked_by
        return {
            "schema_version": SCHEMA_VERSION,
            "tool_version": __version__,
            "project": self.project.settings.name if self.project else None,
            "run": self.run.id if self.run else None,
            "input_digest": _digest(self.run, "extract", "input"),
            "profile_digest": _digest(self.run, "map", "profile"),
            "target": self._target(),
            "ready": self.gate.ready if self.gate is not None else self.ready,
            "blocked_by": [
                {
                    "code": finding.code,
                    "where": finding.where,
                    "count": finding.count,
                    "severity": finding.severity,
                    "message": finding.message,
                }
                for finding in blocked
            ],
        }

    def _target(self) -> str | None:
        if self.project is None:
            return None
        return f"{self.project.settings.target.kind}:{self.project.settings.target.address}"


def _digest(run: Run | None, stage: str, name: str) -> str | None:
    manifest = run.manifest(stage) if run else None
    return manifest.inputs.get(name) if manifest else None


def emit(document: Mapping[str, object]) -> None:
    """One JSON document on stdout."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    sys.stdout.buffer.write(b"\n")
    sys.stdout.flush()


def error_document(frame: Frame, error: MigrateError) -> dict[str, object]:
    """The document of a failure."""
    retry = error.retry_after_s if isinstance(error, FailedForNow) else None
    return frame.header() | {
        "ready": False,
        "error": {
            "code": error.code,
            "message": error.message,
            "kept": error.kept,
            "try": error.try_,
            "details": list(error.details),
            "retry_after_s": retry,
        },
    }


def error_lines(error: MigrateError) -> list[str]:
    """A failure in words: what, what was kept, what to try, where to read more."""
    lines = [f"error[{error.code}]: {error.message}"]
    lines += [f"  {detail}" for detail in error.details]
    if error.kept:
        lines.append(f"  kept: {error.kept}")
    if error.try_:
        lines.append(f"  try:  {error.try_}")
    lines.append(f"  more: ehr-migrate explain {error.code}")
    return lines


def gate_lines(gate: Gate) -> list[str]:
    """The gate in words, with what closes it."""
    if gate.ready:
        many = len(gate.accepted)
        extra = f" ({many} accepted finding{'s' if many != 1 else ''}, signed for)" if many else ""
        return [f"ready{extra}"]
    lines = [f"not ready: {len(gate.blocked_by)} findings close the gate"]
    for finding in gate.blocked_by:
        lines.append(f"  {finding.code}  {finding.where}: {finding.message} ({finding.count})")
    lines.append(
        "  try:  mend them, or list the accepted ones in accepted.csv with reason and name"
    )
    lines.append("  more: ehr-migrate explain CODE; the report lists the rows")
    return lines


def table_lines(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """A plain table: the first column to the left, numbers to the right."""
    texts = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(header), *texts]) for i in range(len(header))]
    lines: list[str] = []
    for row in [list(header), *texts]:
        cells = [
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        line = "  ".join(cells).rstrip()
        lines.append(line if lines else Heading(line))
    return lines


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def inert(text: str) -> str:
    """A line with nothing that a terminal obeys: names out of an export may hold anything.

    >>> inert("a\x1b[2Jb")
    'a\ufffd[2Jb'
    """
    return _UNSAFE.sub("\ufffd", text)


def coloured(stream: TextIO) -> bool:
    """Whether a stream is a terminal that wants colour (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(*lines: str) -> None:
    """Lines on stdout (the result of a command); headings are bold on a terminal."""
    colour = coloured(sys.stdout)
    for line in lines:
        shown = inert(line)
        bold = colour and isinstance(line, Heading)
        sys.stdout.write(f"{_BOLD}{shown}{_PLAIN}\n" if bold else f"{shown}\n")
    sys.stdout.flush()


def tell(*lines: str) -> None:
    """Lines on stderr (progress, warnings, errors)."""
    for line in lines:
        sys.stderr.write(inert(line) + "\n")
    sys.stderr.flush()
