"""Makes the tables of ``migrate/core/conformance/data`` from HL7's packages.

Run in the project's root, with folders or archives of packages as HL7 publishes them (CC0), later
ones winning over earlier ones, the R4 core package first::

    python tools/conformance_rules.py hl7.fhir.r4.core#4.0.1.tgz hl7.terminology.r4#5.1.0 \\
        hl7.fhir.uv.extensions.r4#5.3.0.tgz hl7.fhir.us.core#6.1.0.tgz FOLDER-OF-SMALL-CODE-SYSTEMS

``invariants.txt``    R4's own invariants: ``type path<TAB>key<TAB>expression``
``profiles.jsonl``    US Core's profiles and all extensions: url, type, context and, by element,
                      what is narrower than in R4
``valuesets.txt``     the value sets that these bind as required, as fhirtypes/codes.txt has R4's
``codesystems.txt``   HL7's own code systems: a line with the URL, then ``code<TAB>display…``; a
                      code that is not selectable or is retired is marked in a third column

The output is committed; nothing runs this at install or at run time.
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from r4_elements import Expansion

_FOLDER = Path(__file__).resolve().parent.parent / "migrate" / "core" / "conformance" / "data"
_SD = "http://hl7.org/fhir/StructureDefinition/"
_US_CORE = "http://hl7.org/fhir/us/core/"
_KINDS = ("StructureDefinition", "ValueSet", "CodeSystem")
_FHIR_TYPE = _SD + "structuredefinition-fhir-type"
_ALWAYS = {"ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "ref-1"}  # judged natively
_OBSERVATIONS = ("vitalsigns", "vitalspanel", "resprate", "heartrate", "oxygensat", "bodytemp")
_MORE = (*_OBSERVATIONS, "bodyheight", "headcircum", "bodyweight", "bmi", "bp")
Json = dict[str, Any]


def documents(package: Path) -> Iterator[Json]:
    """Every JSON resource of a package: an archive, a folder, or a package's folder."""
    if package.is_file():
        with tarfile.open(package) as tar:
            for member in tar:
                name = Path(member.name)
                if name.parent.name != "package" or name.name.split("-")[0] not in _KINDS:
                    continue
                if handle := tar.extractfile(member):
                    yield json.load(handle)
        return
    folder = package / "package" if (package / "package").is_dir() else package
    for path in sorted(folder.glob("*.json")):
        if path.name.split("-")[0] in _KINDS:
            yield json.loads(path.read_text("utf-8"))


def read(packages: list[Path]) -> dict[str, dict[str, Json]]:
    """Resources by kind and URL; a later package wins, except over a complete code system."""
    found: dict[str, dict[str, Json]] = {kind: {} for kind in _KINDS}
    for package in packages:
        for document in documents(package):
            kind, url = document.get("resourceType"), document.get("url")
            if kind not in found or not url:
                continue
            held = found[kind].get(url)
            if kind == "CodeSystem" and held and document.get("content") != "complete":
                continue
            if (
                kind == "StructureDefinition"
                and held
                and url.startswith(_SD)
                and not _extends(held)
            ):
                continue
            found[kind][url] = document
    return found


def _extends(definition: Json) -> bool:
    return bool(definition.get("type") == "Extension")


def is_base(definition: Json) -> bool:
    """Whether it defines a type of its own."""
    return definition["kind"] != "logical" and definition.get("derivation") != "constraint"


def invariants(bases: list[Json]) -> Iterator[str]:
    """R4's invariants of severity error by the type path that they stand at."""
    for definition in sorted(bases, key=lambda entry: str(entry["type"])):
        for element in definition["snapshot"]["element"]:
            for rule in element.get("constraint", ()):
                if rule["severity"] != "error" or rule["key"] in _ALWAYS:
                    continue
                if "expression" in rule:
                    expression = " ".join(rule["expression"].split())
                    yield f"{element['path']}\t{rule['key']}\t{expression}"


class Narrowing:
    """What a profile says that the types it is made of do not."""

    def __init__(self, bases: list[Json], definitions: dict[str, Json]) -> None:
        self._elements = {
            element["path"]: element
            for definition in bases
            for element in definition["snapshot"]["element"]
        }
        self._definitions = definitions

    def document(self, definition: Json) -> Json:
        """The profile's line of ``profiles.jsonl``."""
        elements = definition["snapshot"]["element"]
        types: dict[str, list[str]] = {}
        kept: dict[str, Json] = {}
        for element in elements:
            base = self._base(element, types)
            types[element["id"]] = [entry["code"] for entry in element.get("type", ())]
            said = self._narrower(element, base)
            if said:
                kept[element["id"]] = said
        found: Json = {"url": definition["url"], "type": definition["type"]}
        if definition["type"] == "Extension":
            found["context"] = [entry["expression"] for entry in definition.get("context", ())]
        return found | {"elements": _without_idle_slices(kept)}

    def _base(self, element: Json, types: dict[str, list[str]]) -> Json:
        """The element of the type that this one is an instance of."""
        if element["path"] in self._elements:
            return self._elements[element["path"]]
        parent, _, name = element["id"].rpartition(".")
        for kind in types.get(parent, ()):
            if f"{kind}.{name.split(':')[0]}" in self._elements:
                return self._elements[f"{kind}.{name.split(':')[0]}"]
        return {"min": 0, "max": "*", "type": element.get("type", [])}

    def _narrower(self, element: Json, base: Json) -> Json:
        said: Json = {}
        if ":" in element["id"].rpartition(".")[2]:
            said["slice"] = True
        if element["min"] > base.get("min", 0) or ("slice" in said and element["min"]):
            said["min"] = element["min"]
        if element["max"] != base.get("max", "*"):
            said["max"] = element["max"]
        if (
            _kinds(element) != _kinds(base)
            and element.get("type")
            and element["path"][-3:] != ".id"
        ):
            said["types"] = _kinds(element)
        targets = self._targets(element)
        if targets and targets != self._targets(base):
            said["targets"] = targets
        profiles = [url for entry in element.get("type", ()) for url in entry.get("profile", ())]
        if profiles and _kinds(element) == ["Extension"]:
            said["profile"] = profiles
        for name, value in element.items():
            if name.startswith(("fixed", "pattern")):
                said["fixed" if name.startswith("fixed") else "pattern"] = value
        binding = element.get("binding", {})
        if binding.get("strength") == "required" and binding != base.get("binding"):
            said["binding"] = binding["valueSet"].split("|")[0]
        if "slicing" in element and element["slicing"].get("discriminator"):
            said["slicing"] = {
                "by": [[d["type"], d["path"]] for d in element["slicing"]["discriminator"]],
                "rules": element["slicing"]["rules"],
            }
        held = {rule["key"] for rule in base.get("constraint", ())} | _ALWAYS | {"dom-6"}
        rules = [
            [rule["key"], " ".join(rule["expression"].split())]
            for rule in element.get("constraint", ())
            if rule["severity"] == "error" and rule["key"] not in held and "expression" in rule
        ]
        return said | ({"rules": rules} if rules else {})

    def _targets(self, element: Json) -> list[str]:
        names: list[str] = []
        for entry in element.get("type", ()):
            if entry["code"] == "Reference":
                for url in entry.get("targetProfile", ()):
                    target = self._definitions.get(url)
                    names.append(target["type"] if target else url.removeprefix(_SD))
        return sorted(set(names) - {"Resource"})


def _kinds(element: Json) -> list[str]:
    found = []
    for entry in element.get("type", ()):
        name = entry["code"]
        for extension in entry.get("extension", ()):
            if extension["url"] == _FHIR_TYPE:
                name = extension.get("valueUrl") or extension.get("valueUri")
        found.append(name)
    return sorted(set(found))


def _without_idle_slices(kept: dict[str, Json]) -> dict[str, Json]:
    """Slicing by url is how every list of extensions is written; only what it holds counts."""
    for said in list(kept.values()):
        if said.get("slicing") == {"by": [["value", "url"]], "rules": "open"}:
            del said["slicing"]
    return {name: said for name, said in kept.items() if said}


def value_sets(wanted: set[str], package: dict[str, dict[str, Json]]) -> Iterator[str]:
    """These value sets in the form of ``codes.txt``; ``*`` is any code of a system whose content
    is not in the packages."""
    expansion = Expansion(package["ValueSet"], package["CodeSystem"])
    for url in sorted(wanted):
        codes = expansion.codes(url) or _half_open(package["ValueSet"].get(url, {}))
        if codes:
            yield url
            for system, found in codes.items():
                yield f" {system} {' '.join(found)}"


def _half_open(value_set: Json) -> dict[str, list[str]]:
    """Codes by system where some systems are open; empty where it names none."""
    found: dict[str, list[str]] = {}
    for include in value_set.get("compose", {}).get("include", ()):
        if "system" not in include or include["system"].startswith("urn:ietf:"):
            return {}
        codes = [concept["code"] for concept in include.get("concept", ())] or ["*"]
        found.setdefault(include["system"], []).extend(codes)
    return found


def code_systems(systems: dict[str, Json]) -> Iterator[str]:
    """Every complete code system of HL7, a code a line."""
    for url in sorted(systems):
        system = systems[url]
        if system.get("content") != "complete" or not system.get("concept") or " " in url:
            continue
        yield url + ("" if system.get("caseSensitive", True) else "\ti")
        yield from sorted(set(_concepts(system["concept"])))


def _concepts(concepts: list[Json]) -> Iterator[str]:
    for concept in concepts:
        shown = [concept.get("display", "")]
        shown += [entry["value"] for entry in concept.get("designation", ()) if "value" in entry]
        texts = "\t".join(" ".join(text.split()) for text in dict.fromkeys(shown) if text)
        yield f" {concept['code']}\t{texts}" if texts else f" {concept['code']}"
        yield from _concepts(concept.get("concept", ()))


def main(packages: list[Path], folder: Path = _FOLDER) -> None:
    """Write the four tables into a folder: the package's own."""
    package = read(packages)
    definitions = package["StructureDefinition"]
    bases = [entry for entry in definitions.values() if is_base(entry)]
    narrowing = Narrowing(bases, definitions)
    wanted = [
        entry
        for url, entry in sorted(definitions.items())
        if not is_base(entry)
        and "snapshot" in entry
        and (_extends(entry) or url.startswith(_US_CORE) or url.removeprefix(_SD) in _MORE)
    ]
    profiles = [narrowing.document(entry) for entry in wanted]
    bindings = {
        said["binding"]
        for profile in profiles
        for said in profile["elements"].values()
        if "binding" in said
    }
    lines = [json.dumps(profile, separators=(",", ":"), sort_keys=True) for profile in profiles]
    texts = {
        "invariants.txt": invariants(bases),
        "profiles.jsonl": iter(lines),
        "valuesets.txt": value_sets(bindings, package),
        "codesystems.txt": code_systems(package["CodeSystem"]),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, found in texts.items():
        (folder / name).write_text("\n".join(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
