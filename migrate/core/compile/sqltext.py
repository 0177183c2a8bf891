"""JSON out of SQL text: the only place where quotes, commas and braces are put together.

A :class:`Fragment` is JSON text as the arguments of one ``concat``: constant texts and SQL
expressions, of which those that are absent are NULL and passed over. Flat arguments, because
an intermediate string for each brace cost more than all the rest of a mapping together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
class Text:
    """A constant part of a fragment; there where ``when`` (SQL) holds, None: wherever it is."""

    text: str
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A part that the data gives: SQL of text, NULL where it is absent."""

    sql: str


Part = Text | Value


@dataclass(frozen=True, slots=True)
class Fragment:
    """JSON text made of parts.

    ``cores`` are columns of the data that it has: something of it that is not constant is there
    when one of them is not NULL. ``always``: its text is there whatever the data says (constants,
    lists with a constant item); otherwise it is there with its cores. ``sure``: required, so in
    a resource that is made it is there where its object is.
    """

    parts: tuple[Part, ...]
    cores: tuple[str, ...] = ()
    always: bool = False
    sure: bool = False

    @property
    def constant(self) -> str | None:
        """The text of a fragment that no data goes into."""
        if any(isinstance(p, Value) or p.when for p in self.parts):
            return None
        return "".join(p.text for p in self.parts if isinstance(p, Text))

    @property
    def there(self) -> str:
        """SQL: something of it that is not constant is there."""
        return there(self.cores)

    @property
    def expr(self) -> str:
        """SQL of the text, NULL where it is absent."""
        text = self.constant
        if text is not None:
            return literal(text)
        if len(self.parts) == 1 and isinstance(self.parts[0], Value):
            return self.parts[0].sql
        made = concat(self.parts)
        return made if self.always else f"CASE WHEN {self.there} THEN {made} END"


def there(cores: Sequence[str]) -> str:
    """SQL: one of these is not NULL."""
    if len(cores) == 1:
        return f"{cores[0]} IS NOT NULL"
    return f"coalesce({', '.join(cores)}) IS NOT NULL"


def concat(parts: Sequence[Part]) -> str:
    """SQL of the parts in one text; neighbouring constants as one."""
    arguments: list[str] = []
    for part in _joined(parts):
        if isinstance(part, Value):
            arguments.append(part.sql)
        elif part.when is None:
            arguments.append(literal(part.text))
        else:
            arguments.append(f"CASE WHEN {part.when} THEN {literal(part.text)} END")
    return f"concat({', '.join(arguments)})"


def _joined(parts: Sequence[Part]) -> Iterator[Part]:
    last: Text | None = None
    for part in parts:
        if isinstance(part, Text) and last is not None and part.when == last.when:
            last = Text(last.text + part.text, last.when)
            continue
        if last is not None:
            yield last
        last = part if isinstance(part, Text) else None
        if last is None:
            yield part
    if last is not None:
        yield last


def constant(text: str) -> Fragment:
    """A fragment whose JSON text is known."""
    return Fragment((Text(text),), always=True)


def value(column: str) -> Fragment:
    """A fragment that is this column: JSON text, or NULL where it is absent."""
    return Fragment((Value(column),), (column,))


def member(name: str, fragment: Fragment) -> Fragment:
    """``"name":value``, absent with its value."""
    return replace(fragment, parts=(Text(f'"{name}":'), *fragment.parts))


def object_of(members: Sequence[Fragment]) -> Fragment:
    """An object of member fragments: there with what is not constant in it; where everything
    in it always is there, so is the object."""
    return _bracketed(members, "{", "}", all(entry.always for entry in members))


def resource_of(members: Sequence[Fragment]) -> Fragment:
    """An object that is there whatever its members say."""
    return _bracketed(members, "{", "}", always=True)


def line_of(members: Sequence[Fragment]) -> Fragment:
    """A resource as a line of NDJSON, its end included."""
    made = resource_of(members)
    return replace(made, parts=(*made.parts, Text("\n")))


def list_of(items: Sequence[Fragment]) -> Fragment:
    """A list of item fragments (an item may be several, with commas); an item that always is
    there is enough for the list."""
    return _bracketed(items, "[", "]", any(entry.always for entry in items))


def _bracketed(entries: Sequence[Fragment], opening: str, closing: str, always: bool) -> Fragment:
    cores = tuple(dict.fromkeys(core for entry in entries for core in entry.cores))
    parts = (Text(opening), *_separated(entries), Text(closing))
    return Fragment(parts, cores, always)


def _separated(entries: Sequence[Fragment]) -> list[Part]:
    """The parts of entries with commas between those that are there."""
    if len(entries) == 1:
        return list(entries[0].parts)
    pivot = next((n for n, entry in enumerate(entries) if entry.always or entry.sure), None)
    if pivot is not None:
        parts: list[Part] = []
        for place, entry in enumerate(entries):
            comma = (Text(","),)
            inside = entry.parts
            if place < pivot:
                inside = (*inside, *comma)
            elif place > pivot:
                inside = (*comma, *inside)
            parts += inside if entry.always or entry.sure else _masked(entry, inside)
        return parts
    if len(entries) == 2 and all(len(entry.cores) == 1 for entry in entries):
        first, second = entries
        both = f"{first.there} AND {second.there}"
        return [*_masked(first, first.parts), Text(",", both), *_masked(second, second.parts)]
    listed = ", ".join(entry.expr for entry in entries)
    return [Value(f"concat_ws(',', {listed})")]


def _masked(entry: Fragment, parts: Sequence[Part]) -> list[Part]:
    """The parts of an entry that may be absent: its constants go with it."""
    if len(entry.cores) > 1:
        return [Value(f"CASE WHEN {entry.there} THEN {concat(parts)} END")]
    return [
        Text(part.text, entry.there) if isinstance(part, Text) and part.when is None else part
        for part in parts
    ]


def reason_extension(reason: str) -> str:
    """The JSON object that stands for a value that is not there, and why."""
    url = json_string(DATA_ABSENT_REASON)
    return f'{{"extension":[{{"url":{url},"valueCode":{json_string(reason)}}}]}}'
