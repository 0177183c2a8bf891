"""What the FHIR of a run says of one address of the export, for measuring.

Rows of the staged tables lead from a document and an XPath to resources: by lineage, and for a row
that was merged by the row that it equals. Nothing here knows the profile.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.ccda_source import Code

# HL7's terminology: the URI of a code system by its OID; any other is urn:oid:…
_URIS = {
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
    "2.16.840.1.113883.6.4": "http://www.cms.gov/Medicare/Coding/ICD10",
    "2.16.840.1.113883.6.103": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.104": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "2.16.840.1.113883.6.285": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "2.16.840.1.113883.6.13": "http://www.ada.org/cdt",
    "2.16.840.1.113883.6.69": "http://hl7.org/fhir/sid/ndc",
    "2.16.840.1.113883.12.292": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.6.59": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.4.9": "http://fdasis.nlm.nih.gov",
    "2.16.840.1.113883.3.26.1.1": "http://ncithesaurus-stage.nci.nih.gov",
    "2.16.840.1.113883.3.26.1.5": "http://hl7.org/fhir/ndfrt",
    "2.16.840.1.113883.6.209": "http://hl7.org/fhir/ndfrt",
    "2.16.840.1.113883.6.101": "http://nucc.org/provider-taxonomy",
    "2.16.840.1.113883.6.259": (
        "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html"
    ),
    "2.16.840.1.113883.3.221.5": "https://nahdo.org/sopt",
    "2.16.840.1.113883.12.112": "http://terminology.hl7.org/CodeSystem/v2-0112",
}
_V3 = {
    "1": "AdministrativeGender",
    "2": "MaritalStatus",
    "4": "ActCode",
    "7": "ActPriority",
    "8": "ActReason",
    "25": "Confidentiality",
    "83": "ObservationInterpretation",
    "88": "ParticipationFunction",
    "110": "RoleClass",
    "111": "RoleCode",
    "112": "RouteOfAdministration",
    "1008": "NullFlavor",
    "1063": "ObservationValue",
    "1076": "ReligiousAffiliation",
}
_TABLES = "SELECT _row, _file, _at, hash({columns}) AS said FROM read_parquet('{path}')"
_NO_ADDRESS = ("_row", "_file", "_at")
_DIGITS = re.compile(r"\D")
_DATE = re.compile(r"(?<!\d)\d{4}(?:-\d\d(?:-\d\d(?:T\d\d(?::\d\d(?::\d\d)?)?)?)?)?(?!\d)")


def uri(oid: str) -> str:
    """The FHIR name of a code system."""
    last = oid.removeprefix("2.16.840.1.113883.5.")
    if last != oid and last in _V3:
        return f"http://terminology.hl7.org/CodeSystem/v3-{_V3[last]}"
    return _URIS.get(oid, f"urn:oid:{oid}")


@dataclass(slots=True)
class Said:
    """All that some resources say: codings, bare codes, numbers with units, dates, words."""

    codings: set[Code] = field(default_factory=set)
    numbers: set[tuple[Decimal, str]] = field(default_factory=set)
    dates: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)

    def add(self, value: object) -> None:
        """Takes a resource, or a part of one."""
        if isinstance(value, dict):
            self._object(value)
            for each in value.values():
                self.add(each)
        elif isinstance(value, list):
            for each in value:
                self.add(each)
        elif isinstance(value, str):
            self.texts.append(value)
            self.dates |= {_DIGITS.sub("", each) for each in _DATE.findall(value)}
        elif isinstance(value, Decimal):
            self.numbers.add((value, ""))

    def _object(self, value: Mapping[str, Any]) -> None:
        code = value.get("code")
        if isinstance(code, str):
            self.codings.add((str(value.get("system", "")), code))
        number = value.get("value", value.get("period"))
        if isinstance(number, Decimal):
            for unit in ("unit", "code", "periodUnit"):
                self.numbers.add((number, str(value.get(unit, ""))))

    def code(self, code: Code, mapped: Mapping[Code, set[str]]) -> bool:
        """Whether a coded fact is there, or the code that HL7's ConceptMaps make of it."""
        system = uri(code[0])
        if {(system, code[1]), (f"urn:oid:{code[0]}", code[1])} & self.codings:
            return True
        targets = mapped.get((system, code[1]), set())
        return any(each in targets for _, each in self.codings) or bool(targets & set(self.texts))

    def quantity(self, number: str, unit: str) -> bool:
        """Whether a number stands there as a number with its unit, or with it in words."""
        try:
            exact = Decimal(number)
        except InvalidOperation:
            return False
        units = {unit, ""} if unit in {"", "1"} else {unit}
        if any(value == exact and (each in units or not unit) for value, each in self.numbers):
            return True
        if any(value == exact and each in _PERIODS.get(unit, ()) for value, each in self.numbers):
            return True
        found = re.compile(rf"(?<![\d.]){re.escape(number)}(?![\d.])\s*{re.escape(unit)}")
        return any(found.search(text) for text in self.texts)

    def date(self, moment: str) -> bool:
        """Whether a time stands there with the precision it has (FHIR has no hours alone)."""
        digits = re.split(r"[.+-]", moment)[0]
        wanted = {digits}
        if len(digits) == 12:
            wanted.add(f"{digits}00")
        elif len(digits) == 10:
            wanted |= {f"{digits}0000", digits[:8]}
        return bool(wanted & self.dates) or any(moment in text for text in self.texts)


_PERIODS = {"H": {"h"}, "D": {"d"}, "hour": {"h"}, "day": {"d"}, "hr": {"h"}}


class Target:
    """The resources of a run by address, and what became of the rows."""

    def __init__(self, run: Path) -> None:
        """Reads staged addresses, lineage, fates and rejects of a run folder."""
        self._db = duckdb.connect(config={"memory_limit": "1GB", "threads": 2})
        self.resources = dict(_resources(run / "fhir"))
        rows, self.rejected = self._rows(run), self._rejected(run)
        self._places: dict[str, list[tuple[str, str]]] = {}
        for file, at, resource in rows:
            self._places.setdefault(file, []).append((at, resource or ""))
        for places in self._places.values():
            places.sort()

    def _rows(self, run: Path) -> Iterable[tuple[str, str, str | None]]:
        parts = []
        for path in sorted((run / "staged").glob("*.parquet")):
            described = f"DESCRIBE SELECT * FROM read_parquet('{path}')"
            names = [row[0] for row in self._db.execute(described).fetchall()]
            columns = ", ".join(f'"{name}"' for name in names if name not in _NO_ADDRESS)
            rows = _TABLES.format(columns=columns, path=path)
            parts.append(f"SELECT '{path.stem}' AS tbl, * FROM ({rows})")
        self._db.execute(f"CREATE TABLE staged AS {' UNION ALL '.join(parts)}")
        lineage, fates = run / "lineage.parquet", run / "fates.parquet"
        joined = f"staged s LEFT JOIN read_parquet('{fates}') f ON f.tbl = s.tbl AND f.row = s._row"
        self.rows, self.fateless = self._db.execute(
            f"SELECT count(*), count(*) FILTER (f.fate IS NULL) FROM {joined}"
        ).fetchall()[0]
        found: list[tuple[str, str, str | None]] = self._db.execute(
            f"""
            WITH made AS (
                SELECT DISTINCT s.tbl, s.said, l.type || '/' || l.id AS resource
                FROM read_parquet('{lineage}') l JOIN staged s ON s.tbl = l.tbl AND s._row = l.row
            )
            SELECT DISTINCT s._file, s._at, made.resource FROM staged s
            LEFT JOIN made ON made.tbl = s.tbl AND made.said = s.said
            """
        ).fetchall()
        return found

    def _rejected(self, run: Path) -> set[tuple[str, str]]:
        paths = sorted((run / "rejects").rglob("*.parquet"))
        found: set[tuple[str, str]] = set()
        for path in paths:
            described = f"DESCRIBE SELECT * FROM read_parquet('{path}')"
            names = {row[0] for row in self._db.execute(described).fetchall()}
            if {"_file", "_at"} <= names:
                sql = f"SELECT DISTINCT _file, _at FROM read_parquet('{path}')"
                found |= set(self._db.execute(sql).fetchall())
        return found

    def under(self, file: str, at: str) -> Iterator[str]:
        """The resources (``Type/id``; empty for a row without one) of rows at or below a place."""
        places = self._places.get(file, [])
        for n in range(bisect_left(places, (at, "")), len(places)):
            place, resource = places[n]
            if place != at and not place.startswith((f"{at}/",)):
                if not place.startswith(at):
                    return
                continue
            yield resource

    def at(self, file: str, at: str) -> Iterator[str]:
        """The resources of the rows at a place itself."""
        places = self._places.get(file, [])
        for n in range(bisect_left(places, (at, "")), len(places)):
            if places[n][0] != at:
                return
            yield places[n][1]

    def header(self, file: str) -> Iterator[str]:
        """The resources of a document's header, and the patient that they are about."""
        for at, resource in self._places.get(file, []):
            if "/structuredBody" not in at:
                yield resource
                subject = self.resources.get(resource, {}).get("subject", {})
                yield subject.get("reference", "")

    def said(self, resources: Iterable[str]) -> Said:
        """All that these resources say."""
        said = Said()
        for name in set(resources) - {""}:
            said.add(self.resources[name])
        return said

    def dangling(self) -> int:
        """References to resources that are not there."""
        return sum(
            not reference.startswith("#") and reference not in self.resources
            for resource in self.resources.values()
            for reference in _references(resource)
        )


def _resources(fhir: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(fhir.glob("*.ndjson")):
        for line in path.open("rb"):
            resource = json.loads(line, parse_float=Decimal, parse_int=Decimal)
            yield f"{resource['resourceType']}/{resource['id']}", resource


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def section_words(resource: Mapping[str, Any]) -> str:
    """The plain text that a section's DocumentReference carries."""
    parts = [
        base64.b64decode(each["attachment"]["data"]).decode()
        for each in resource.get("content", [])
        if each["attachment"].get("contentType") == "text/plain" and "data" in each["attachment"]
    ]
    return "\n".join(parts)


def carries(resource: Mapping[str, Any], content: bytes) -> bool:
    """Whether a DocumentReference holds these bytes."""
    wanted = hashlib.sha256(content).digest()
    return any(
        hashlib.sha256(base64.b64decode(each["attachment"].get("data", ""))).digest() == wanted
        for each in resource.get("content", [])
    )
