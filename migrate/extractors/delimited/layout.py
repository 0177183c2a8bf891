"""What the two parsers of a delimited file need to know, in bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate.extractors.delimited.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Layout:
    """A dialect in bytes, with the number of fields of a row and the tokens that mean NULL."""

    delimiter: int
    quote: int | None
    escape: int | None
    line_end: str
    width: int
    null_tokens: frozenset[str] = frozenset()

    @property
    def newline(self) -> int:
        """The last byte of a line end."""
        return 13 if self.line_end == "cr" else 10


def layout_of(dialect: Dialect, width: int, null_tokens: tuple[str, ...]) -> Layout:
    """The layout of a file with this dialect and number of columns."""
    return Layout(
        delimiter=ord(dialect.delimiter),
        quote=None if dialect.quote is None else ord(dialect.quote),
        escape=None if dialect.escape is None else ord(dialect.escape),
        line_end=dialect.line_end,
        width=width,
        null_tokens=frozenset(null_tokens),
    )
