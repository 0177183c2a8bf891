"""The narrative of a section: as plain text with its lines, as it was written, and by ID."""

from __future__ import annotations

from migrate.extractors.ccda.xml import HL7, Element, Raw, attribute, child, text_of

_LINES = ("paragraph", "item", "tr", "caption", "title", "table", "list", "br", "thead", "tbody")
_BEFORE = {HL7 + name: "\n" for name in _LINES}
_AFTER = _BEFORE | dict.fromkeys((HL7 + "td", HL7 + "th"), " | ")


def plain(element: Raw) -> str | None:
    """The words of a narrative in their order, a line a paragraph, item or table row, with a bar
    between cells."""
    if not len(element):
        return " ".join(element.text.split()).strip(" |") or None if element.text else None
    pieces: list[str] = []
    _walk(element, pieces)
    lines = (" ".join(line.split()).strip(" |") for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line) or None


def _walk(element: Raw, pieces: list[str]) -> None:
    tag = element.tag
    pieces.append(_BEFORE.get(tag, ""))
    if text := element.text:
        pieces.append(text.replace("\n", " "))
    for each in element:
        _walk(each, pieces)
        if tail := each.tail:
            pieces.append(tail.replace("\n", " "))
    pieces.append(_AFTER.get(tag, ""))


def named_parts(root: Raw) -> dict[str, Raw]:
    """The parts of all narratives by their ``ID``; of a repeated one the first."""
    found: dict[str, Raw] = {}
    for text in root.iter(f"{HL7}text"):
        for part in text.iter():
            name = part.get("ID")
            if name:
                found.setdefault(name, part)
    return found


def original(element: Element | None, parts: dict[str, Raw]) -> str | None:
    """The text that an ED element (``text``, ``originalText``) holds or refers to."""
    if element is None:
        return None
    own = text_of(element)
    if own:
        return own
    value = attribute(child(element, "reference"), "value")
    if value is None:
        return None
    part = parts.get(value.removeprefix("#"))
    return None if part is None else plain(part)
