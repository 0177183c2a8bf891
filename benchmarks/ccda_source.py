"""What a CDA document says, read for measuring by a walk of its own over the XML.

Shares no code with the extractor: lxml alone, paths by local names counted from 1. Facts are
taken from every element below an entry, whatever template it stands in, so that what no table is
made for is counted too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lxml import etree

Code = tuple[str, str]
_ROOT = re.compile(rb"<(?:[\w.-]+:)?ClinicalDocument[\s>]")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_MOMENT = re.compile(r"(\d{4}|\d{6}|\d{8}|\d{10}|\d{12}|\d{14})(\.\d+)?([+-]\d{4})?")
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_TIMES = frozenset(
    {"effectiveTime", "time", "birthTime", "deceasedTime", "availabilityTime", "expirationTime"}
)
_AMOUNTS = frozenset({"doseQuantity", "rateQuantity", "quantity", "maxDoseQuantity", "period"})
_NO_DATES = ("0000", "0001")  # what a system writes for none
_FORMS = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d"} | dict.fromkeys((10, 12, 14), "%Y%m%d%H%M%S")
_VALUE_ALONE = frozenset({"2.16.840.1.113883.10.20.22.4.19", "2.16.840.1.113883.10.20.22.4.46"})
_INLINE = frozenset({"content", "sub", "sup", "linkHtml", "footnoteRef"})
_NUMERIC = frozenset(
    {"PQ", "INT", "REAL", "MO", "IVL_PQ", "IVL_INT", "IVL_REAL", "RTO_PQ_PQ", "RTO"}
)
# Codes that a template fixes: they say which template it is and nothing of the patient.
SCAFFOLD_SYSTEMS = frozenset(
    {
        "2.16.840.1.113883.5.6",  # ActClass
        "2.16.840.1.113883.5.14",  # ActStatus: a status is compared by meaning in the safety suite
        "2.16.840.1.113883.5.1001",  # ActMood
        "2.16.840.1.113883.5.1002",  # ActRelationshipType
    }
)
SCAFFOLD_CODES = frozenset(
    {
        "ASSERTION",
        "SEV",
        "CONC",
        "46680005",  # Vital signs (organizer; with 74728-7 beside it)
        "74728-7",
        "445518008",  # Age at onset (its number counts)
        "397659008",  # Age (the same in R1.1)
        "PAYOR",  # Payer and guarantor of a policy (roles)
        "GUAR",
        "412307009",  # Drug vehicle (role; the vehicle counts)
        "225773000",  # Preference (priority; its value counts)
        "33999-4",  # Status
        "11323-3",  # Health status
        "48767-8",  # Annotation comment
        "82606-5",  # Criticality
        "48765-2",  # Allergies (concern act of R1.1)
        "11450-4",  # Problem list (concern act)
        "29308-4",  # Diagnosis (wrapper)
        "46241-6",  # Hospital admission diagnosis (wrapper)
        "11535-2",  # Hospital discharge diagnosis (wrapper)
        "10219-4",  # Preoperative diagnosis (wrapper)
        "59769-0",  # Postprocedure diagnosis (wrapper)
        "10183-2",  # Hospital discharge medications (wrapper)
        "42346-7",  # Medications on admission (wrapper)
        "48768-6",  # Payers (wrapper)
    }
)


@dataclass(slots=True)
class Entry:
    """An entry, or a header: its facts with the element path that each stands at."""

    at: str
    codes: list[tuple[Code, str]] = field(default_factory=list)
    quantities: list[tuple[tuple[str, str], str]] = field(default_factory=list)
    dates: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Document:
    """A file of the export that is a CDA document, or would be one if it were well formed."""

    path: str
    content: bytes
    readable: bool
    header: Entry = field(default_factory=lambda: Entry("/ClinicalDocument"))
    entries: list[Entry] = field(default_factory=list)
    sections: list[tuple[str, Counter[str]]] = field(default_factory=list)


def documents(folder: Path) -> Iterator[Document]:
    """Every CDA document below a folder, in the order of the paths."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        plain = content.replace(b"\0", b"")
        if not _ROOT.search(plain[:65536]) or b"urn:hl7-org:v3" not in plain[:65536]:
            continue
        name = path.relative_to(folder).as_posix()
        try:
            parser = etree.XMLParser(huge_tree=True, remove_comments=True, remove_pis=True)
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError:
            yield Document(name, content, readable=False)
            continue
        if _local(root) == "ClinicalDocument":
            yield _read(root, Document(name, content, readable=True))


def words(text: str) -> Counter[str]:
    """The words of a text: runs of letters and digits, and every other printed sign alone."""
    return Counter(re.findall(r"\w+|[^\w\s|]", text))


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _numbered(element: etree._Element, at: str) -> Iterator[tuple[etree._Element, str]]:
    seen: Counter[str] = Counter()
    for each in element:
        name = _local(each)
        seen[name] += 1
        yield each, f"{at}/{name}[{seen[name]}]"


def _read(root: etree._Element, document: Document) -> Document:
    for each, at in _numbered(root, "/ClinicalDocument"):
        name = _local(each)
        if name == "component":
            _body(each, at, document)
        elif name in {"recordTarget", "author", "effectiveTime", "documentationOf", "componentOf"}:
            _facts(each, name, document.header)
    document.header.codes.clear()
    document.header.quantities.clear()
    return document


def _body(element: etree._Element, at: str, document: Document) -> None:
    for each, path in _numbered(element, at):
        name = _local(each)
        if name == "entry" and _local(element) == "section":
            document.entries.append(_entry(each, path))
        elif name == "text" and _local(element) == "section":
            document.sections.append((at, words(_narrative(each))))
        elif name in {"structuredBody", "component", "section"}:
            _body(each, path, document)


def _entry(element: etree._Element, at: str) -> Entry:
    entry = Entry(at)
    for each in element:
        _facts(each, _local(each), entry)
    return entry


def _facts(element: etree._Element, path: str, entry: Entry) -> None:
    if _local(element) == "code" and _kind_of_statement(element):
        return
    code, system = element.get("code"), element.get("codeSystem")
    if code and code.strip() and system and system.strip():
        known = system.strip() in SCAFFOLD_SYSTEMS or code.strip() in SCAFFOLD_CODES
        if not known:
            entry.codes.append(((system.strip(), code.strip()), path))
    said = (element.get("value") or "").strip()
    if said and _is_time(element) and _is_moment(said):
        day = path.endswith("patient/birthTime")  # FHIR's birthDate has no time of day
        if not said.startswith(_NO_DATES):
            entry.dates.append((said[:8] if day else said, path))
    elif said and _NUMBER.fullmatch(said) and _is_quantity(element):
        entry.quantities.append(((said, (element.get("unit") or "").strip()), path))
    for each in element:
        _facts(each, f"{path}/{_local(each)}", entry)


def _is_moment(said: str) -> bool:
    """Whether a text of a time's form is a time: no 31st month, no zone of 50 hours."""
    match = _MOMENT.fullmatch(said)
    if match is None:
        return False
    digits, zone = match.group(1), match.group(3)
    try:
        datetime.strptime(digits.ljust(14, "0") if len(digits) > 8 else digits, _FORMS[len(digits)])
    except ValueError:
        return False
    return zone is None or int(zone[1:3]) <= 14


def _kind_of_statement(code: etree._Element) -> bool:
    """Whether this is the code of an Indication or a Family History Observation: it says of which
    kind the statement is (Problem Type); the guide takes the value alone."""
    holder = code.getparent()
    if holder is None:
        return False
    roots = {each.get("root") for each in holder if _local(each) == "templateId"}
    return not roots.isdisjoint(_VALUE_ALONE)


def _kind(element: etree._Element) -> str:
    return str(element.get(_TYPE) or "").rpartition(":")[2]


def _is_time(element: etree._Element) -> bool:
    near = [element, *element.iterancestors()][:2]
    if any(_local(each) in {"period", "offset", "width"} for each in near):
        return False
    return any(_local(each) in _TIMES or _kind(each).endswith("TS") for each in near)


def _is_quantity(element: etree._Element) -> bool:
    near = [element, *element.iterancestors()][:2]
    if any(_kind(each) in _NUMERIC or _local(each) in _AMOUNTS for each in near):
        return True
    return element.get("unit") is not None


def _narrative(element: etree._Element) -> str:
    gap = "" if _local(element) in _INLINE else " "
    inside = "".join(_narrative(each) + (each.tail or "") for each in element)
    return f"{gap}{element.text or ''}{inside}{gap}"
