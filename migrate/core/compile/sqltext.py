"""JSON out of SQL text: the only place where quotes, commas and braces are put together.

A :class:`Fragment` is an SQL expression whose value is JSON text or NULL (absent). Absence
falls out of SQL: ``'"name":' || NULL`` is NULL and ``concat_ws`` passes it over. An object of
constants and absent values must vanish too; since the text it then has is known beforehand,
``nullif(text, that text)`` does it with each expression written once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DATA_ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(identifier: str) -> str:
    """An SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def json_string(text: str) -> str:
    """A JSON string with the escapes that DuckDB's ``to_json`` writes (language page)."""
    return (
        '"' + "".join(_SHORT.get(c) or (c if c >= " " else f"\\u{ord(c):04X}") for c in text) + '"'
    )


@dataclass(frozen=True, slots=True)
class Fragment:
    """An SQL expression of JSON text.

    ``constant`` text is known now (then ``expr`` is its literal). Otherwise ``absent`` is the
    text that it gives when none of its values is there, None for NULL.
    """

    expr: str
    constant: str | None = None
    absent: str | None = None

    @property
    def floor(self) -> str | None:
        """The text that is there whatever the data says."""
        return self.constant if self.constant is not None else self.absent


def constant(text: str) -> Fragment:
    """A fragment whose JSON text is known."""
    return Fragment(literal(text), constant=text)


def joined(parts: Sequence[Fragment]) -> str:
    """SQL of the parts that are there, with commas between; neighbouring constants as one."""
    pieces: list[str] = []
    run: list[str] = []
    for part in parts:
        if part.constant is not None:
            run.append(part.constant)
            continue
        if run:
            pieces.append(literal(",".join(run)))
            run = []
        pieces.append(part.expr)
    if run:
        pieces.append(literal(",".join(run)))
    return f"concat_ws(',', {', '.join(pieces)})"


def wrapped(parts: Sequence[Fragment], opening: str, closing: str, *, keep: bool) -> Fragment:
    """Parts inside brackets. ``keep``: constant parts alone are enough to be there (lists)."""
    floors = [part.floor for part in parts if part.floor is not None]
    floor = opening + ",".join(floors) + closing
    if all(part.constant is not None for part in parts):
        return constant(floor)
    text = f"{literal(opening)} || {joined(parts)} || {literal(closing)}"
    constants = any(part.constant is not None for part in parts)
    if keep and constants:
        return Fragment(f"({text})", absent=floor)
    return Fragment(f"nullif({text}, {literal(floor)})")


def member(name: str, value: Fragment) -> Fragment:
    """``"name":value``, absent with its value."""
    head = f'"{name}":'
    if value.constant is not None:
        return constant(head + value.constant)
    absent = None if value.absent is None else head + value.absent
    return Fragment(f"{literal(head)} || {value.expr}", absent=absent)


def object_of(members: Sequence[Fragment]) -> Fragment:
    """An object of member fragments; there when a member that is not constant is there."""
    return wrapped(members, "{", "}", keep=False)


def list_of(items: Sequence[Fragment]) -> Fragment:
    """A list of item fragments (an item may be several, with commas)."""
    return wrapped(items, "[", "]", keep=True)


def reason_extension(reason: str) -> str:
    """The JSON object that stands for a value that is not there, and why."""
    url = json_string(DATA_ABSENT_REASON)
    return f'{{"extension":[{{"url":{url},"valueCode":{json_string(reason)}}}]}}'
