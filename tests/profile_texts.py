"""Profiles from texts in memory, for tests of the language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migrate.core.model import SourceColumn, SourceTable
from migrate.core.profiles.ast import Profile, ResourceRule
from migrate.core.profiles.load import load_profile
from migrate.core.profiles.source import SourceText
from migrate.errors import AskedWrongly

HEAD = """\
profile: test
source:
  system: old
  timezone: America/Chicago
  dates: ["%m/%d/%Y"]
  date_times: ["%m/%d/%Y %H:%M"]
  placeholders: ["0000-00-00"]
patients: patients
systems:
  loinc: "http://loinc.org"
  icd10: "http://hl7.org/fhir/sid/icd-10-cm"
  clinical: "http://terminology.hl7.org/CodeSystem/condition-clinical"
  mrn: "urn:oid:2.999.7"
  race: "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
tables:
  patients: {key: id, patient: id}
  problems: {key: id, patient: patient_id}
  visits: {key: id, patient: patient_id}
  lines: {key: [visit_id, no]}
resources:
  - {rule: patient, type: Patient, from: patients, map: {gender: {constant: unknown}}}
"""
HEAD_LINES = HEAD.count("\n")

CROSSWALK_HEAD = "source,system,code,display,equivalence,reviewer,comment\n"


@dataclass
class MemoryLibrary:
    """A profile library of texts: profiles by name, crosswalks by ``profile/name`` or name."""

    profiles: Mapping[str, str]
    crosswalks: Mapping[str, str] = field(default_factory=dict)

    def profile(self, name: str) -> SourceText | None:
        text = self.profiles.get(name)
        return None if text is None else SourceText(f"{name}.yml", text)

    def crosswalk(self, profile: str, name: str) -> SourceText | None:
        for key in (f"{profile}/{name}", name):
            if key in self.crosswalks:
                folder = "shared" if key == name else profile
                return SourceText(f"mappings/{folder}/{name}.csv", self.crosswalks[key])
        return None

    def names(self) -> Sequence[str]:
        return tuple(self.profiles)


def table(name: str, *columns: str) -> SourceTable:
    """A staged table of these columns."""
    return SourceTable(name, name, tuple(SourceColumn(c, c) for c in columns), (), 1)


def load(
    text: str,
    crosswalks: Mapping[str, str] | None = None,
    catalogue: Sequence[SourceTable] | None = None,
) -> Profile:
    """The profile of this text."""
    return load_profile("test", MemoryLibrary({"test": text}, crosswalks or {}), catalogue)


def rule_of(rule: str, crosswalks: Mapping[str, str] | None = None) -> ResourceRule:
    """The rule that this text (a list item, indented by two) makes after HEAD."""
    return load(HEAD + rule, crosswalks).rules[-1]


def mistakes(
    text: str,
    crosswalks: Mapping[str, str] | None = None,
    catalogue: Sequence[SourceTable] | None = None,
) -> list[str]:
    """The mistakes of this text, a line each; none for a sound profile."""
    try:
        load(text, crosswalks, catalogue)
    except AskedWrongly as error:
        return list(error.details)
    return []


def codes(
    rule: str,
    crosswalks: Mapping[str, str] | None = None,
    catalogue: Sequence[SourceTable] | None = None,
) -> list[str]:
    """``CODE@line:column`` of the mistakes that a rule after HEAD has; its first line is 1."""
    found = []
    for line in mistakes(HEAD + rule, crosswalks, catalogue):
        at, code = line.split(": ", 1)[0], line.split(": ", 1)[1].split(" ", 1)[0]
        _, row, column = at.split(":")
        found.append(f"{code}@{int(row) - HEAD_LINES}:{column}")
    return found
