"""Compares our FHIR with the pairs of HL7's guide "C-CDA on FHIR", element by element.

    python -m benchmarks.ccda_guide SHARED      (``make ccda-guide``)

The guide's six examples (CF-*.xml → CF-*.json) are put into one document and mapped. Every leaf
of the expected resource must stand at the same path in ours, or in the committed list
``ccda_guide.csv`` (example, path, reason). Prints a line for each; exits 1 on one that is not in
the list, and on a listed one that is not there any more.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.one_project import map_export

LISTED = Path(__file__).with_suffix(".csv")
EXAMPLES = {
    "allergy": ("AllergyIntolerance", "allergyintolerance", "48765-2"),
    "problem": ("Condition", "condition", "11450-4"),
    "medication": ("MedicationRequest", "medicationrequest", "10160-0"),
    "immunization": ("Immunization", "immunization", "11369-6"),
    "procedure": ("Procedure", "procedure", "47519-4"),
    "patient": ("Patient", "patient", ""),
}
_HEAD = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    '<id root="2.999.1" extension="guide"/>'
    '<code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime value="20240101"/>'
)
_INDEX = re.compile(r"\[\d+\]")


def document(folder: Path) -> str:
    """The guide's examples as one document; the texts that they refer to are in the narrative."""
    resources = folder / "input" / "resources"
    header, sections = "", ""
    for name, (_, _, loinc) in EXAMPLES.items():
        xml = (resources / "binary" / f"CF-{name}.xml").read_text("utf-8")
        if not loinc:
            header = xml
            continue
        words = _texts(resources, name)
        items = "".join(
            f'<item ID="{ref}">{words.get(ref, "")}</item>'
            for ref in dict.fromkeys(re.findall(r'reference value="#([^"]+)"', xml))
        )
        sections += (
            f'<component><section><code code="{loinc}" codeSystem="2.16.840.1.113883.6.1"/>'
            f"<text><list>{items}</list></text>{xml}</section></component>"
        )
    body = f"<component><structuredBody>{sections}</structuredBody></component>"
    return f"{_HEAD}{header}{body}</ClinicalDocument>"


def _texts(resources: Path, name: str) -> Mapping[str, str]:
    """The examples refer to narrative that the guide does not ship: its words by reference."""
    kind, folder, _ = EXAMPLES[name]
    expected = json.loads((resources / folder / f"CF-{name}.json").read_text("utf-8"))
    xml = (resources / "binary" / f"CF-{name}.xml").read_text("utf-8")
    coded = {"Immunization": "vaccineCode", "MedicationRequest": "medicationCodeableConcept"}
    own = expected.get(coded.get(kind, "code"), {}).get("text", "")
    found = dict.fromkeys(re.findall(r'reference value="#([^"]+)"', xml), own)
    for reaction in expected.get("reaction", []):
        text = reaction["manifestation"][0]["text"]
        inside = xml[xml.index('typeCode="MFST"') :]
        found |= dict.fromkeys(re.findall(r'reference value="#([^"]+)"', inside), text)
    return found


def leaves(element: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Path (with places in lists) and JSON of every leaf."""
    if isinstance(element, dict):
        for name, inner in element.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(element, list):
        for place, inner in enumerate(element):
            yield from leaves(inner, f"{path}[{place}]")
    else:
        yield path, json.dumps(element)


def deviations(expected: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """The paths of the guide's leaves that ours does not have, in whatever place of a list."""
    have: dict[str, list[str]] = {}
    for path, text in leaves(ours):
        have.setdefault(_INDEX.sub("", path), []).append(text)
    missing = []
    for path, text in leaves({k: v for k, v in expected.items() if k not in ("id", "text")}):
        place = _INDEX.sub("", path)
        known = have.get(place, [])
        if place.endswith(".reference"):
            kinds = [json.loads(each).split("/")[0] for each in known]
            same = json.loads(text).split("/")[0] in kinds
        else:
            same = text in known
        if not same:
            missing.append(path)
    return missing


def main(arguments: list[str]) -> int:
    """Compare every example; 0 when each deviation is listed and each listed one is there."""
    if len(arguments) != 1:
        print("usage: python -m benchmarks.ccda_guide SHARED", file=sys.stderr)
        return 2
    folder = Path(arguments[0]) / "corpus" / "ccda" / "ccda_on_fhir"
    with tempfile.TemporaryDirectory() as scratch:
        export = Path(scratch) / "export"
        export.mkdir()
        (export / "guide.xml").write_text(document(folder), "utf-8")
        run = map_export(Path(scratch) / "project", export, "ccda")
        ours = {
            name: json.loads((run / "fhir" / f"{kind}.ndjson").read_text("utf-8").split("\n")[0])
            for name, (kind, _, _) in EXAMPLES.items()
        }
    with LISTED.open(encoding="utf-8", newline="") as file:
        listed = {(row["example"], row["path"]): row["reason"] for row in csv.DictReader(file)}
    return report(folder, ours, listed)


def report(
    folder: Path, ours: Mapping[str, Mapping[str, Any]], listed: Mapping[tuple[str, str], str]
) -> int:
    """Print the comparison; its exit code."""
    resources = folder / "input" / "resources"
    found: set[tuple[str, str]] = set()
    total = 0
    for name, (_, kind, _) in EXAMPLES.items():
        expected = json.loads((resources / kind / f"CF-{name}.json").read_text("utf-8"))
        total += sum(1 for _ in leaves({k: v for k, v in expected.items() if k != "id"}))
        for path in deviations(expected, ours[name]):
            found.add((name, path))
            print(f"{name}  {path}  {listed.get((name, path), 'NOT LISTED')}")
    gone = sorted(set(listed) - found)
    for name, path in gone:
        print(f"{name}  {path}  listed, but equal now")
    print(
        f"{total} elements, {total - len(found)} equal, {len(found)} deviate, {len(gone)} to drop"
    )
    return 0 if found == set(listed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
