"""Safe and exact XML: no DOCTYPE, no entities, no network, no recovery; and short look-ups."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

HL7 = "{urn:hl7-org:v3}"
SDTC = "{urn:hl7-org:sdtc}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
ROOT = f"{HL7}ClinicalDocument"

Element = etree._Element

_ROOT_TAG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?ClinicalDocument[\s>/]")
_SPACE = re.compile(r"\s+")
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


class NotReadable(Exception):
    """A document that may not or cannot be read; ``code`` is the issue code. Holds no content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def looks_like_cda(head: bytes) -> bool:
    """Whether the first bytes of a file show a ClinicalDocument of HL7's namespace."""
    plain = head.replace(b"\0", b"")
    return bool(_ROOT_TAG.search(plain)) and b"urn:hl7-org:v3" in plain


def parse(content: bytes) -> Element:
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
        element = element.find(HL7 + name)
    return element


def children(element: Element | None, name: str) -> list[Element]:
    """All children of a local name in HL7's namespace."""
    return [] if element is None else element.findall(HL7 + name)


def attribute(element: Element | None, name: str) -> str | None:
    """An attribute's text; None where it is missing or blank."""
    value = None if element is None else element.get(name)
    return value if value and value.strip() else None


def text_of(element: Element | None) -> str | None:
    """All text of an element, runs of white space as one space; None where there is none."""
    if element is None:
        return None
    return _SPACE.sub(" ", "".join(element.itertext())).strip() or None  # type: ignore[arg-type]


def local(element: Element) -> str:
    """The local name of an element."""
    return str(element.tag).rpartition("}")[2]


def kind_of(element: Element) -> str | None:
    """The local name of ``xsi:type`` (``IVL_TS``, ``PQ``)."""
    kind = element.get(XSI_TYPE)
    return kind.rpartition(":")[2] if kind else None


def numbered(element: Element, path: str) -> Iterator[tuple[Element, str]]:
    """The children of an element, each with its XPath (by local names, counted from 1)."""
    counts: dict[str, int] = {}
    for each in element:
        name = local(each)
        counts[name] = counts.get(name, 0) + 1
        yield each, f"{path}/{name}[{counts[name]}]"


def source(element: Element) -> bytes:
    """The element as it was written."""
    return etree.tostring(element, with_tail=False, encoding="utf-8")
