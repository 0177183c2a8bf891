"""Narrative: the XHTML that R4 allows in ``Narrative.div`` (R4 2.4.0, txt-1 and txt-2)."""

from __future__ import annotations

from xml.parsers import expat


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_XHTML = "http://www.w3.org/1999/xhtml"
_ELEMENTS = _words(
    """
    a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em
    h1 h2 h3 h4 h5 h6 hr i img li ol p pre q samp small span strong sub sup table tbody td
    tfoot th thead tr tt ul var bdo address ins del u
    """
)
_ATTRIBUTES = _words(
    """
    title style class id lang xml:lang dir accesskey tabindex span width align valign char
    charoff abbr axis headers scope rowspan colspan summary border frame rules cellspacing
    cellpadding href rel rev hreflang type charset shape coords name src alt height
    longdesc usemap ismap value start compact cite datetime nowrap xmlns colspan
    """
)


def narrative_is_good(text: str) -> bool:
    """Whether a text is an XHTML div of the allowed elements and attributes, and says something.

    No entity is resolved and no document type is read.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return False
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(_with_entities(text), True)
    except expat.ExpatError:
        return False
    return reader.good and reader.says


def _with_entities(text: str) -> str:
    """HTML's named characters as themselves: XML knows five of them."""
    import html
    import re

    return re.sub(
        r"&([A-Za-z][A-Za-z0-9]*);",
        lambda m: m[0] if m[1] in ("amp", "lt", "gt", "quot", "apos") else html.unescape(m[0]),
        text,
    )


class _Reader:
    def __init__(self) -> None:
        self.good = True
        self.says = False
        self._outer = True

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        allowed = space == _XHTML and local in _ELEMENTS
        if self._outer:
            allowed = allowed and local == "div"
            self._outer = False
        named = {attribute.rpartition(" ")[2] for attribute in attributes}
        self.good = self.good and allowed and named <= _ATTRIBUTES
        self.says = self.says or local == "img"

    def characters(self, text: str) -> None:
        self.says = self.says or bool(text.strip())
