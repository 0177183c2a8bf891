"""Kinds of facts that are read out of the FHIR output, and the SQL that their columns are made of.

Every column is a text of ``resource`` (empty is NULL). A second path (``second.<kind>``) gives
any of them; those that it gives are compared (:mod:`.secondpath`). Columns of ``Kind.links`` are
references, read as the number (first identifier) of what they point at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .sqlparts import text_at as at


def coded(path: str, standard: bool = True) -> str:
    """SQL of the code of the first coding with a standard system, or with one of our own."""
    own = "starts_with(json_extract_string(c, '$.system'), 'urn:ehr-migrate:')"
    test = f"NOT {own}" if standard else own
    return (
        f"json_extract_string(list_filter(json_extract(resource, '$.{path}.coding[*]'), "
        f"lambda c: {test})[1], '$.code')"
    )


def listed(path: str) -> str:
    """SQL of the texts at a path with ``[*]``, with a blank between them."""
    return f"array_to_string({at(path)}, ' ')"


def identified(test: str) -> str:
    """SQL of the value of the first identifier that passes the test on ``i``."""
    return (
        "json_extract_string(list_filter(json_extract(resource, '$.identifier[*]'), "
        f"lambda i: {test})[1], '$.value')"
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """Facts of a resource type: which resources, whose, and what is said of them."""

    type: str
    columns: Mapping[str, str]
    where: str = "true"
    links: Mapping[str, str] = field(default_factory=dict)


CATEGORY = "coalesce(" + at("category[*].coding[*].code") + ", [])"
CODED = {
    "label": at("code.text"),
    "code": coded("code", standard=False),
    "standard": coded("code"),
}
# DuckDB reads a JSON number as a double and so forgets its last zeros; here they do not count.
NUMBERS = frozenset(
    (
        *("value", "first", "second", "dose", "quantity", "refills", "minutes", "bytes", "rank"),
        *("copay", "units", "amount", "applied", "unapplied", "balance", "credit", "total"),
        *("age_0_30", "age_31_60", "age_61_90", "age_91_up", "lines", "totals", "paid"),
        *("paid_sum", "adjusted_sum"),
    )
)
