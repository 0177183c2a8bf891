"""The narrative of a section: as plain text with its lines, as it was written, and by ID."""

from __future__ import annotations

from migrate.extractors.ccda.xml import HL7, Element, attribute, child, local, source, text_of

_LINES = frozenset(
    {"paragraph", "item", "tr", "caption", "title", "table", "list", "br", "thead", "tbody"}
)
_CELLS = frozenset({"td", "th"})


def plain(element: Element | None) -> str | None:
    """The words of a narrative in their order, a line a paragraph, item or table row, with a bar
    between cells."""
    if element is None:
        return None
    pieces: list[str] = []
    _walk(element, pieces)
    lines = (" ".join(line.split()).strip(" |") for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line) or None


def _walk(element: Element, pieces: list[str]) -> None:
    name = local(element)
    block = name in _LINES
    if block:
        pieces.append("\n")
    if element.text:
        pieces.append(element.text.replace("\n", " "))
    for each in element:
        _walk(each, pieces)
        if each.tail:
            pieces.append(each.tail.replace("\n", " "))
    if name in _CELLS:
        pieces.append(" | ")
    if block:
        pieces.append("\n")


def markup(element: Element | None) -> str | None:
    """The narrative as it was written."""
    return None if element is None else source(element).decode()


def named_parts(root: Element) -> dict[str, Element]:
    """The parts of all narratives by their ``ID``; of a repeated one the first."""
    found: dict[str, Element] = {}
    for text in root.iter(f"{HL7}text"):
        for part in text.iter():
            name = part.get("ID")
            if name:
                found.setdefault(name, part)
    return found


def original(element: Element | None, parts: dict[str, Element]) -> str | None:
    """The text that an ED element (``text``, ``originalText``) holds or refers to."""
    if element is None:
        return None
    own = text_of(element)
    if own:
        return own
    value = attribute(child(element, "reference"), "value")
    if value is None:
        return None
    return plain(parts.get(value.removeprefix("#")))
