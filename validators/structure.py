"""Structure: every resource through its ``fhir.resources`` R4B model.

Importing the library costs half a second and each model some more: only when the check runs.
R4B 4.3.0 differs from R4 4.0.1 in corners only for the types of a practice's chart.

A resource that differs from one already passed in nothing but ids, days, numbers and plain texts
need not be parsed again: those are replaced by others of the same form first, and only where the
form alone makes them valid (days 1 to 28 of any month, whole numbers from 1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from migrate.core.ports import CheckCategory, Facts, Outcome

from .query import Settings, outcome

_ALIKE = (
    (rb'"id":"[A-Za-z0-9.\-]{1,64}"', rb'"id":"x"'),
    (rb'("reference":"[A-Z][A-Za-z]+/)[A-Za-z0-9.\-]{1,64}"', rb'\1x"'),
    (rb'"(display|text)":"[^"\\\s][^"\\]*"', rb'"\1":"x"'),
    (rb'("system":"[^"\\]+","value":)"[^"\\\s][^"\\]*"', rb'\1"x"'),
    (rb'"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])(?=["T])', rb'"2020-01-01'),
    (
        rb"(?<=-01T)(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?=[Z+-])",
        rb"00:00:00",
    ),
    (rb":-?(?:0|[1-9][0-9]{0,9})\.[0-9]{1,8}(?=[,}\]])", rb":1.5"),
    (rb":[1-9][0-9]{0,8}(?=[,}\]])", rb":1"),
)
_FORMS = tuple((re.compile(form), stand_in) for form, stand_in in _ALIKE)
_MOST_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class StructureCheck:
    """Every resource through its ``fhir.resources`` R4B model.

    The library's messages quote values; only the element's path is kept of them.
    """

    id: str = "conformance.structure"
    category: CheckCategory = "conformance"
    code: str = "CHK003"
    says: str = "R4 does not allow this resource as it is"
    defaults: Mapping[str, object] = field(default_factory=dict)

    def run(self, facts: Facts, _: Settings) -> Outcome:
        """Judge the run."""
        counts: dict[str, int] = {}
        found: list[tuple[str, str | None, str]] = []
        for name in facts.resource_types():
            passed: set[bytes] = set()
            counts[name] = 0
            for number, line in enumerate(facts.lines(name), 1):
                counts[name] += 1
                digest = blake2b(alike(line), digest_size=16).digest()
                if digest in passed:
                    continue
                element = model_error(name, line)
                if element is not None:
                    found.append((name, _id_of(line), element or f"line {number}"))
                elif len(passed) < _MOST_KEPT:
                    passed.add(digest)
        if not found:
            return outcome(facts, self.code, self.says, counts, None)
        failing = (
            "SELECT type AS part, type, id, element FROM (SELECT unnest(?::VARCHAR[]) AS type, "
            "unnest(?::VARCHAR[]) AS id, unnest(?::VARCHAR[]) AS element)"
        )
        columns = [list(column) for column in zip(*found, strict=True)]
        return outcome(facts, self.code, self.says, counts, failing, columns)


def alike(line: bytes) -> bytes:
    """The line with its ids, days, numbers and plain texts replaced by fixed ones of their form."""
    for form, stand_in in _FORMS:
        line = form.sub(stand_in, line)
    return line


def model_error(name: str, line: bytes) -> str | None:
    """The path of the first element that the model refuses ('' for the whole), or None."""
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    try:
        get_fhir_model_class(name).model_validate_json(line)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return ".".join(str(part) for part in found[0]["loc"] if not isinstance(part, int))
    except (KeyError, LookupError, ValueError, TypeError):
        return ""
    return None


def _id_of(line: bytes) -> str | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    name = document.get("id") if isinstance(document, dict) else None
    return name if isinstance(name, str) else None
