"""Makes ``elements.txt`` and ``codes.txt`` from the HL7 FHIR R4 core package (4.0.1).

Run in the project's root, with the package hl7.fhir.r4.core#4.0.1 as HL7 publishes it::

    python tools/r4_elements.py path/to/hl7.fhir.r4.core#4.0.1.tgz

The definitions are HL7's and in the public domain (CC0). A type is a line ``Name kind base``
and one line an element after it, in the order of the specification::

     name min..max type|type!binding>content

The output is committed; nothing runs this at install or at run time.
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent.parent / "migrate" / "core" / "fhirtypes"
_DEFINITION = "http://hl7.org/fhir/StructureDefinition/"
_FHIR_TYPE = _DEFINITION + "structuredefinition-fhir-type"
_REGEX = _DEFINITION + "regex"
_VALUE_SET = "http://hl7.org/fhir/ValueSet/"

Json = dict[str, Any]


def read_package(archive: Path) -> dict[str, dict[str, Json]]:
    """The package's resources by type, then by canonical URL without version."""
    found: dict[str, dict[str, Json]] = {
        "StructureDefinition": {},
        "ValueSet": {},
        "CodeSystem": {},
    }
    with tarfile.open(archive) as tar:
        for member in tar:
            kind = Path(member.name).name.split("-")[0]
            if kind in found and (handle := tar.extractfile(member)):
                resource = json.load(handle)
                found[kind][resource["url"]] = resource
    return found


def type_text(definition: Json) -> str:
    """``Reference(Patient|Group)``, ``code`` …, joined with ``|`` for a choice."""
    names = []
    for entry in definition.get("type", ()):
        name = entry["code"]
        for extension in entry.get("extension", ()):
            if extension["url"] == _FHIR_TYPE:
                name = extension.get("valueUrl") or extension.get("valueUri")
        targets = [t.removeprefix(_DEFINITION) for t in entry.get("targetProfile", ())]
        if name == "Reference" and targets and targets != ["Resource"]:
            name += f"({','.join(targets)})"
        names.append(name)
    return "|".join(names)


def element_line(definition: Json, root: str) -> str:
    """One element, without the name of its root type."""
    line = f" {definition['path'].removeprefix(root + '.')} "
    line += f"{definition['min']}..{definition['max']} {type_text(definition)}"
    binding = definition.get("binding", {})
    if binding.get("strength") == "required":
        line += "!" + binding["valueSet"].split("|")[0].removeprefix(_VALUE_SET)
    if "contentReference" in definition:
        line += ">" + definition["contentReference"].removeprefix("#")
    return line


def type_lines(definition: Json) -> Iterator[str]:
    """A type's head line and its elements; a primitive has its pattern for a head's end."""
    name, kind = definition["type"], definition["kind"]
    base = definition.get("baseDefinition", "").removeprefix(_DEFINITION) or "-"
    elements = definition["snapshot"]["element"]
    if kind == "primitive-type":
        values = [e for e in elements if e["path"] == f"{name}.value"]
        patterns = [
            extension["valueString"]
            for value in values
            for entry in value.get("type", ())
            for extension in entry.get("extension", ())
            if extension["url"] == _REGEX
        ]
        yield f"{name} primitive {base} {''.join(patterns)}".rstrip()
        return
    yield f"{name} {'resource' if kind == 'resource' else 'complex'} {base}"
    for element in elements[1:]:
        yield element_line(element, name)


class Expansion:
    """Value sets as closed lists of codes, where the package itself can list them."""

    def __init__(self, value_sets: dict[str, Json], systems: dict[str, Json]) -> None:
        self._value_sets = value_sets
        self._systems = systems

    def codes(self, url: str) -> dict[str, list[str]] | None:
        """Codes by system; None where the list is open or not in the package."""
        compose = self._value_sets.get(url.split("|")[0], {}).get("compose")
        if not compose:
            return None
        result: dict[str, list[str]] = {}
        for include in compose["include"]:
            part = self._part(include)
            if part is None:
                return None
            for system, codes in part.items():
                known = result.setdefault(system, [])
                known.extend(code for code in codes if code not in known)
        for exclude in compose.get("exclude", ()):
            for system, codes in (self._part(exclude) or {}).items():
                result[system] = [c for c in result.get(system, []) if c not in codes]
        return result

    def _part(self, include: Json) -> dict[str, list[str]] | None:
        if "system" not in include:
            parts = [self.codes(url) for url in include.get("valueSet", ())]
            if len(parts) != 1 or parts[0] is None:
                return None
            return parts[0]
        if "concept" in include:
            return {include["system"]: [concept["code"] for concept in include["concept"]]}
        system = self._systems.get(include["system"])
        if system is None or system.get("content") != "complete" or "valueSet" in include:
            return None
        codes = self._filtered(system, include.get("filter", []))
        return None if codes is None else {include["system"]: codes}

    def _filtered(self, system: Json, filters: list[Json]) -> list[str] | None:
        parents: dict[str, set[str]] = {}
        concepts = list(_concepts(system.get("concept", ()), (), parents))
        for rule in filters:
            if (rule["property"], rule["op"]) != ("concept", "is-a"):
                return None
            concepts = [c for c in concepts if rule["value"] in _ancestry(c, parents)]
        return concepts


def _concepts(
    concepts: Iterable[Json], above: tuple[str, ...], parents: dict[str, set[str]]
) -> Iterator[str]:
    for concept in concepts:
        code = concept["code"]
        if not any(
            p.get("code") == "notSelectable" and p.get("valueBoolean")
            for p in concept.get("property", ())
        ):
            yield code
        subsumed = {
            p["valueCode"] for p in concept.get("property", ()) if p["code"] == "subsumedBy"
        }
        parents[code] = set(above[-1:]) | subsumed
        yield from _concepts(concept.get("concept", ()), (*above, code), parents)


def _ancestry(code: str, parents: dict[str, set[str]]) -> set[str]:
    found, waiting = {code}, [code]
    while waiting:
        new = parents.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


def main(archive: Path, folder: Path = _FOLDER) -> None:
    """Write both files into a folder: the package's own."""
    package = read_package(archive)
    types = [
        definition
        for definition in package["StructureDefinition"].values()
        if definition["kind"] != "logical" and definition.get("derivation") != "constraint"
    ]
    lines: list[str] = []
    for definition in sorted(types, key=lambda entry: str(entry["type"])):
        lines.extend(type_lines(definition))
    (folder / "elements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = sorted({ln.split("!")[1].split(">")[0] for ln in lines if ln[:1] == " " and "!" in ln})
    expansion = Expansion(package["ValueSet"], package["CodeSystem"])
    text = ""
    for name in names:
        codes = expansion.codes(name if "://" in name else _VALUE_SET + name)
        if codes:
            text += f"{name}\n"
            text += "".join(f" {system} {' '.join(found)}\n" for system, found in codes.items())
    (folder / "codes.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
