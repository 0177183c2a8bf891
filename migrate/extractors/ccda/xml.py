"""Safe and exact XML: no DOCTYPE, no entities, no network, no recovery; and short look-ups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

HL7 = "{urn:hl7-org:v3}"
SDTC = "{urn:hl7-org:sdtc}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
ROOT = f"{HL7}ClinicalDocument"

Raw = etree._Element

_ROOT_TAG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?ClinicalDocument[\s>/]")
STATEMENTS = frozenset(
    HL7 + name
    for name in (
        "act",
        "encounter",
        "observation",
        "observationMedia",
        "organizer",
        "procedure",
        "regionOfInterest",
        "substanceAdministration",
        "supply",
    )
)


_NO_NAMES: dict[str, list[Element]] = {}


class Element:
    """An element with its children by name: read once, asked for some twenty names.

    Children are wrapped when they are first asked for, so a document costs what is read of it.
    """

    __slots__ = ("_kids", "_named", "local", "raw", "tag")

    def __init__(self, raw: Raw) -> None:
        tag = raw.tag  # the parser drops comments and PIs, so it is text
        self.raw = raw
        self.tag: str = tag
        self.local = tag[tag.find("}") + 1 :]
        self._kids: list[Element] | None = None
        self._named: dict[str, list[Element]] = _NO_NAMES

    @property
    def kids(self) -> list[Element]:
        """The children in their order."""
        kids = self._kids
        if kids is None:
            kids = self._kids = [Element(each) for each in self.raw]
            if kids:
                named: dict[str, list[Element]] = {}
                for each in kids:
                    if each.tag in named:
                        named[each.tag].append(each)
                    else:
                        named[each.tag] = [each]
                self._named = named
        return kids

    def named(self, tag: str) -> list[Element]:
        """The children of a tag (``{namespace}name``)."""
        if self._kids is None:
            self.kids  # noqa: B018  # fills the names
        return self._named.get(tag, [])

    def forget(self) -> None:
        """Lets go of the children: what was read of an entry is not asked for again."""
        self._kids = None
        self._named = _NO_NAMES

    @property
    def attrib(self) -> Mapping[str, str]:
        """The attributes by name."""
        return self.raw.attrib  # type: ignore[return-value]

    def get(self, name: str) -> str | None:
        """An attribute as it is."""
        return self.raw.get(name)


class NotReadable(Exception):
    """A document that may not or cannot be read; ``code`` is the issue code. Holds no content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def looks_like_cda(head: bytes) -> bool:
    """Whether the first bytes of a file show a ClinicalDocument of HL7's namespace."""
    plain = head.replace(b"\0", b"")
    return bool(_ROOT_TAG.search(plain)) and b"urn:hl7-org:v3" in plain


def parse(content: bytes) -> Raw:
    """The root of a document. Raises NotReadable: EXT040 (not well formed, or another root),
    EXT042 (a DOCTYPE, which could name files or grow without bound)."""
    if b"<!DOCTYPE" in content[: 1 << 16].replace(b"\0", b""):
        raise NotReadable("EXT042")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise NotReadable("EXT040") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotReadable("EXT042")
    if root.tag != ROOT:
        raise NotReadable("EXT040")
    return root


def child(element: Element | None, *path: str) -> Element | None:
    """The first descendant along a path of local names in HL7's namespace."""
    for name in path:
        if element is None:
            return None
        found = element.named(HL7 + name)
        element = found[0] if found else None
    return element


def children(element: Element | None, name: str) -> list[Element]:
    """All children of a local name in HL7's namespace."""
    return [] if element is None else element.named(HL7 + name)


def attribute(element: Element | None, name: str) -> str | None:
    """An attribute's text; None where it is missing or blank."""
    value = None if element is None else element.get(name)
    return value if value and value.strip() else None


def text_of(element: Element | None) -> str | None:
    """All text of an element, runs of white space as one space; None where there is none."""
    if element is None:
        return None
    raw = element.raw
    text = "".join(raw.itertext()) if len(raw) else raw.text  # type: ignore[arg-type]
    return " ".join(text.split()) or None if text else None


def kind_of(element: Element) -> str | None:
    """The local name of ``xsi:type`` (``IVL_TS``, ``PQ``)."""
    kind = element.get(XSI_TYPE)
    return kind.rpartition(":")[2] if kind else None


def numbered(element: Element, path: str) -> Iterator[tuple[Element, str]]:
    """The children of an element, each with its XPath (by local names, counted from 1)."""
    counts: dict[str, int] = {}
    for each in element.kids:
        name = each.local
        counts[name] = counts.get(name, 0) + 1
        yield each, f"{path}/{name}[{counts[name]}]"


def source(element: Element) -> bytes:
    """The element as it was written."""
    return etree.tostring(element.raw, with_tail=False, encoding="utf-8")
