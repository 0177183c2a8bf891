"""Makes ``must_support.txt`` from the HL7 US Core package (6.1.0).

Run in the project's root, with hl7.fhir.us.core#6.1.0 as HL7 publishes it::

    python tools/gap_elements.py path/to/hl7.fhir.us.core#6.1.0.tgz

One line an element: profile, resource type, element, JSON paths (``|`` between the types of a
choice), and for an extension its URL. Slices are folded into their element: what is counted is
whether anything stands there. The definitions are HL7's and in the public domain (CC0). The
output is committed; nothing runs this at install or at run time.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parent.parent / "migrate" / "core" / "gaps" / "must_support.txt"
Json = dict[str, Any]


def profiles(package: Path) -> list[Json]:
    """The profiles of resources, by id."""
    found = []
    with tarfile.open(package) as archive:
        for member in archive:
            if re.search(r"StructureDefinition-us-core-[^/]+\.json$", member.name):
                document = json.load(archive.extractfile(member))  # type: ignore[arg-type]
                if document["type"] != "Extension" and document["derivation"] == "constraint":
                    found.append(document)
    return sorted(found, key=lambda document: str(document["id"]))


def lines(profile: Json) -> list[str]:
    """The must-support elements of a profile."""
    elements = {element["id"]: element for element in profile["snapshot"]["element"]}
    found: dict[str, str] = {}
    for name, element in elements.items():
        if not element.get("mustSupport"):
            continue
        shown, paths = _place(name, elements)
        url = ""
        if ".extension:" in name:
            kinds = [t.get("profile", [""])[0] for t in element.get("type", [])]
            url = kinds[0] if kinds else ""
        found.setdefault(shown, "\t".join((profile["id"], profile["type"], shown, paths, url)))
    return list(found.values())


def _place(name: str, elements: dict[str, Json]) -> tuple[str, str]:
    """An element's name without slices, and its JSON paths."""
    steps = name.split(".")
    shown, path = [], "$"
    ends = [path]
    for n, step in enumerate(steps[1:], 2):
        element = elements[".".join(steps[:n])]
        plain, _, part = step.partition(":")
        base = element.get("base", {}).get("max", element.get("max", "1"))
        listed = "[*]" if base not in ("0", "1") else ""
        if plain.endswith("[x]"):
            kinds = [str(t["code"]) for t in element.get("type", [])]
            ends = [
                f"{end}.{plain[:-3]}{kind[0].upper()}{kind[1:]}" for end in ends for kind in kinds
            ]
        else:
            ends = [f"{end}.{plain}{listed}" for end in ends]
        shown.append(f"{plain}:{part}" if plain == "extension" and part else plain)
    return ".".join(shown), "|".join(ends)


if __name__ == "__main__":
    made = [line for profile in profiles(Path(sys.argv[1])) for line in lines(profile)]
    OUT.write_text("".join(f"{line}\n" for line in made), "utf-8")
    print(f"{OUT.name}: {len(made)} elements")
