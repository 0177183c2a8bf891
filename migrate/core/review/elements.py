"""A FHIR resource as a list of lines that a clinician reads: an element, its label, its value.

Things that belong together stand in one line (a coding, a quantity, a reference, an identifier,
an attachment's text); all other elements stand by themselves. Nothing is left out but ids,
``meta`` and the resource's type.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LONGEST_TEXT = 20_000
_SYSTEMS = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://hl7.org/fhir/sid/icd-9-cm": "ICD-9-CM",
    "http://hl7.org/fhir/sid/cvx": "CVX",
    "http://hl7.org/fhir/sid/ndc": "NDC",
    "http://www.ama-assn.org/go/cpt": "CPT",
    "urn:oid:2.16.840.1.113883.6.238": "CDC race and ethnicity",
    "http://hl7.org/fhir/sid/us-ssn": "SSN",
}
_STANDARD = ("http://terminology.hl7.org/", "http://hl7.org/fhir/", "urn:ietf:", "urn:iso:")
_TYPED = re.compile(
    r"^(value|onset|abatement|effective|occurrence|performed|deceased|medication|timing|scheduled)"
    r"(?=[A-Z])"
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SKIPPED = frozenset({"resourceType", "id", "meta"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``path`` without list positions (``reaction.manifestation.coding``), a label in
    words, the value, and ``kind``: plain, code, date, number, link or text (many lines)."""

    path: str
    label: str
    value: str
    kind: str


def parsed(content: bytes) -> dict[str, object]:
    """A resource with its numbers as they are written."""
    document = json.loads(content, parse_float=str, parse_int=str)
    assert isinstance(document, dict)
    return document


def lines_of(resource: Mapping[str, object]) -> list[Line]:
    """The lines of a resource, in its own order."""
    return [line for name in resource if name not in _SKIPPED for line in _walk(resource, name, "")]


def heading_of(resource: Mapping[str, object]) -> str:
    """What a resource is about, in its own words; '' when it says nothing of the kind."""
    names = resource.get("name")
    if resource.get("resourceType") == "Patient" and isinstance(names, list) and names:
        return name_of(names[0])
    for member in ("code", "medicationCodeableConcept", "vaccineCode", "type", "serviceType"):
        value = resource.get(member)
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, dict) and (text := _concept(value)):
            return text
    for member in ("description", "title", "status"):
        if isinstance(resource.get(member), str):
            return str(resource[member])
    return ""


def name_of(name: object) -> str:
    """A HumanName in one line: its text, or family and given names."""
    if not isinstance(name, dict):
        return ""
    if isinstance(name.get("text"), str):
        return str(name["text"])
    given = " ".join(str(one) for one in name.get("given", ()))
    return ", ".join(part for part in (str(name.get("family") or ""), given) if part)


def _concept(value: Mapping[str, object]) -> str:
    if isinstance(value.get("text"), str):
        return str(value["text"])
    codings = value.get("coding")
    for coding in codings if isinstance(codings, list) else ():
        if isinstance(coding, dict) and (coding.get("display") or coding.get("code")):
            return str(coding.get("display") or coding.get("code"))
    return ""


def _walk(parent: Mapping[str, object], name: str, prefix: str) -> Iterator[Line]:
    if name.startswith("_") and name[1:] in parent:
        return
    path = f"{prefix}{name.lstrip('_')}"
    value = parent[name]
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield from _object(item, path)
        elif item is not None:
            yield Line(path, label_of(path), _plain(item), _kind_of(name, item))


def _object(item: Mapping[str, object], path: str) -> Iterator[Line]:
    last = path.rsplit(".", 1)[-1]
    if last in ("extension", "modifierExtension"):
        yield from _extension(item, path)
    elif last == "coding" or ("code" in item and "system" in item and "value" not in item):
        yield Line(path, label_of(path), _coding(item), "code")
    elif "reference" in item:
        shown = str(item.get("display") or item["reference"])
        yield Line(path, label_of(path), shown, "link")
    elif "value" in item and ("unit" in item or "code" in item or "currency" in item):
        yield Line(path, label_of(path), _quantity(item), "number")
    elif last == "identifier" and "value" in item:
        yield Line(path, label_of(path), _identifier(item), "plain")
    elif last == "attachment" and isinstance(item.get("data"), str):
        yield from _attachment(item, path)
    else:
        for name in item:
            if name != "id":
                yield from _walk(item, name, f"{path}.")


def _extension(item: Mapping[str, object], path: str, outside: str = "") -> Iterator[Line]:
    own = _HUMP.sub(" ", str(item.get("url", "")).rsplit("/", 1)[-1].replace("-", " ")).lower()
    label = f"{outside}: {own}" if outside else own
    for name, value in item.items():
        if name == "extension" and isinstance(value, list):
            for inner in value:
                if isinstance(inner, dict):
                    yield from _extension(inner, f"{path}.extension", label)
        elif name.startswith("value"):
            for line in _walk(item, name, f"{path}."):
                yield Line(line.path, label, line.value, line.kind)


def _coding(item: Mapping[str, object]) -> str:
    system = str(item.get("system", ""))
    named = _SYSTEMS.get(system)
    if named is None and system and not system.startswith(_STANDARD):
        named = system.rsplit(":", 1)[-1] if system.startswith("urn:") else system
    words = list(dict.fromkeys(str(item[part]) for part in ("code", "display") if part in item))
    return " ".join([*words, *([f"({named})"] if named else [])])


def _quantity(item: Mapping[str, object]) -> str:
    unit = item.get("unit") or item.get("currency") or item.get("code") or ""
    return f"{item.get('comparator', '')}{item['value']} {unit}".strip()


def _identifier(item: Mapping[str, object]) -> str:
    kind = item.get("type")
    named = _concept(kind) if isinstance(kind, dict) else ""
    return f"{item['value']} ({named})" if named else str(item["value"])


def _attachment(item: Mapping[str, object], path: str) -> Iterator[Line]:
    kind = str(item.get("contentType", ""))
    for name in item:
        if name != "data":
            yield from _walk(item, name, f"{path}.")
    if kind.startswith("text/"):
        try:
            text = base64.b64decode(str(item["data"]), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return
        yield Line(f"{path}.data", "text", text, "text")


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _kind_of(name: str, value: object) -> str:
    text = _plain(value)
    if re.fullmatch(r"\d{4}(-\d\d){0,2}(T.*)?", text) and not name.lower().endswith("code"):
        return "date"
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return "number"
    return "text" if len(text) > 200 or "\n" in text else "plain"


def label_of(path: str) -> str:
    """An element's path in words: ``reaction.manifestation.coding`` → reaction: manifestation.

    >>> label_of("onsetDateTime"), label_of("code.coding"), label_of("birthDate")
    ('onset', 'code', 'birth date')
    """
    parts = [part for part in path.split(".") if part not in ("coding", "text", "extension")]
    words = []
    for part in parts or [path]:
        typed = _TYPED.match(part)
        plain = typed[1] if typed else part
        words.append(_HUMP.sub(" ", plain).lower())
    return ": ".join(words)
