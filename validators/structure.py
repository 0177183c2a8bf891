"""Structure: every resource through its ``fhir.resources`` R4B model.

Importing the library costs half a second and each model some more: only when the check runs.
R4B 4.3.0 differs from R4 4.0.1 in corners only for the types of a practice's chart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from migrate.core.ports import CheckCategory, Facts, Outcome

from .query import Settings, outcome


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
        types: list[str] = []
        ids: list[str | None] = []
        elements: list[str] = []
        for name in facts.resource_types():
            counts[name] = 0
            for number, line in enumerate(facts.lines(name), 1):
                counts[name] += 1
                element = _model_error(name, line)
                if element is not None:
                    types.append(name)
                    ids.append(_id_of(line))
                    elements.append(element or f"line {number}")
        failing = (
            "SELECT type AS part, type, id, element FROM (SELECT unnest(?::VARCHAR[]) AS type, "
            "unnest(?::VARCHAR[]) AS id, unnest(?::VARCHAR[]) AS element)"
        )
        if not types:
            return outcome(facts, self.code, self.says, counts, None)
        return outcome(facts, self.code, self.says, counts, failing, [types, ids, elements])


def _model_error(name: str, line: bytes) -> str | None:
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
