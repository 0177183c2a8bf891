"""Conformance of every resource: one pass of :mod:`migrate.core.conformance`, shared by its checks.

The rules are compiled from HL7's packages: R4 4.0.1, US Core 6.1.0, the extensions, and the code
systems whose content is free. Nothing of a resource but its id leaves the pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from migrate.core.conformance import Scan
from migrate.core.ports import CheckCategory, Facts, Outcome, Part

from .query import Settings, outcome

_PASSES: WeakKeyDictionary[Facts, Pass] = WeakKeyDictionary()


@dataclass(slots=True)
class Pass:
    """What one pass found: lines by type, and by family columns of (type, id, element)."""

    lines: dict[str, int] = field(default_factory=dict)
    found: dict[str, tuple[list[str], list[str | None], list[str]]] = field(default_factory=dict)


def the_pass(facts: Facts) -> Pass:
    """The pass over a run's resources; made once."""
    known = _PASSES.get(facts)
    if known is None:
        known = _PASSES[facts] = Pass()
        scan = Scan()
        for name in facts.resource_types():
            known.lines[name] = 0
            for finding in scan.findings(name, _counted(known, name, facts.lines(name))):
                columns = known.found.setdefault(finding.problem.family, ([], [], []))
                element = finding.problem.element.removeprefix(f"{name}.")
                if finding.problem.rule:
                    element += f" ({finding.problem.rule})"
                if finding.problem.family == "json":
                    element = f"line {finding.line}"
                columns[0].append(name)
                columns[1].append(finding.id)
                columns[2].append(element)
    return known


def _counted(known: Pass, name: str, lines: Iterable[bytes]) -> Iterable[bytes]:
    for line in lines:
        known.lines[name] += 1
        yield line


@dataclass(frozen=True, slots=True)
class CompiledCheck:
    """The problems of one family. Its fields are the types and the elements that failed."""

    id: str
    code: str
    says: str
    family: str
    category: CheckCategory = "conformance"
    defaults: Mapping[str, object] = field(default_factory=dict)

    def run(self, facts: Facts, _: Settings) -> Outcome:
        """Judge the run."""
        known = the_pass(facts)
        columns = known.found.get(self.family)
        if columns is None:
            return outcome(facts, self.code, self.says, known.lines, None)
        failing = (
            "SELECT DISTINCT type AS part, type, id, element FROM (SELECT unnest(?::VARCHAR[]) AS "
            "type, unnest(?::VARCHAR[]) AS id, unnest(?::VARCHAR[]) AS element)"
        )
        made = outcome(facts, self.code, self.says, known.lines, failing, list(columns))
        counts: dict[str, int] = {}
        assert made.places is not None
        for place in made.places.select(["type", "element"]).to_pylist():
            if not place["element"].startswith("line "):
                name = f"{place['type']}.{place['element'].split(' (')[0]}"
                counts[name] = counts.get(name, 0) + 1
        parts = [
            Part(name, known.lines[name.split(".")[0]], failed)
            for name, failed in sorted(counts.items())
        ]
        return replace(made, parts=(*made.parts, *parts))


COMPILED = (
    CompiledCheck(
        "conformance.json",
        "CHK001",
        "the line is not a JSON object of the file's resource type",
        "json",
    ),
    CompiledCheck(
        "conformance.empty-values",
        "CHK002",
        "the resource holds null, an empty list, an empty object or an empty text",
        "empty",
    ),
    CompiledCheck(
        "conformance.structure",
        "CHK003",
        "R4 does not have this element here, or wants one that is missing or only one",
        "element",
    ),
    CompiledCheck(
        "conformance.reference-form",
        "CHK006",
        "the reference is neither Type/id nor an absolute or contained one",
        "reference",
    ),
    CompiledCheck(
        "conformance.reference-type",
        "CHK008",
        "the reference points at a type that this element may not point at",
        "target",
    ),
    CompiledCheck(
        "conformance.values",
        "CHK013",
        "the value does not have the form of its type",
        "value",
    ),
    CompiledCheck(
        "conformance.bindings",
        "CHK014",
        "the code is not one of the list that R4 requires here",
        "binding",
    ),
    CompiledCheck(
        "conformance.invariants",
        "CHK015",
        "an invariant of R4 or of the profile does not hold",
        "invariant",
    ),
    CompiledCheck(
        "conformance.us-core",
        "CHK016",
        "the resource is not what the profile that it claims demands",
        "profile",
    ),
    CompiledCheck(
        "conformance.extensions",
        "CHK017",
        "the extension is unknown to HL7, stands where it may not, or holds what it may not",
        "extension",
    ),
    CompiledCheck(
        "terminology.code-in-system",
        "CHK018",
        "the code system does not have this code",
        "code",
    ),
    CompiledCheck(
        "terminology.display",
        "CHK019",
        "the display is not one of the code's",
        "display",
    ),
    CompiledCheck(
        "terminology.units",
        "CHK029",
        "the unit is not one of UCUM's",
        "unit",
    ),
)
