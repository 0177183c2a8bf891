"""Pieces of SQL that several checks are made of: all types, events in time, measurements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.ports import Facts

NOT_MEANT = "('entered-in-error', 'refuted')"


def over_types(facts: Facts, template: str, only: Collection[str] | None = None) -> str | None:
    """``template`` for each resource type of the run, one under the other; None without any.

    In it ``{type}`` is the type as an SQL text and ``{lines}`` its relation (id, resource).
    """
    selects = [
        template.replace("{type}", literal(name)).replace("{lines}", f"fhir.{quoted(name)}")
        for name in facts.resource_types()
        if only is None or name in only
    ]
    return " UNION ALL ".join(f"({select})" for select in selects) if selects else None


def text_at(path: str) -> str:
    """SQL of the text at a JSON path of ``resource``."""
    return f"json_extract_string(resource, {literal('$.' + path)})"


def texts_at(path: str) -> str:
    """SQL of the list of texts at a path with ``[*]``."""
    return f"json_extract_string(resource, {literal('$.' + path)})"


def events(facts: Facts, elements: Mapping[str, Sequence[str]]) -> str | None:
    """SQL of (type, id, element, moment, status) of these date elements, where they are given."""
    selects = [
        f"SELECT {literal(name)} AS type, id, {literal(path)} AS element, {text_at(path)} AS "
        f"moment, {_status(name)} AS status FROM fhir.{quoted(name)} "
        f"WHERE {text_at(path)} IS NOT NULL"
        for name in facts.resource_types()
        for path in elements.get(name, ())
    ]
    return " UNION ALL ".join(selects) if selects else None


def _status(name: str) -> str:
    if name in ("Condition", "AllergyIntolerance"):
        return text_at("verificationStatus.coding[0].code")
    return text_at("status")


def day(expression: str) -> str:
    """SQL of the date that a FHIR date or date-time text of full precision begins with."""
    return f"CASE WHEN length({expression}) >= 10 THEN TRY_CAST(left({expression}, 10) AS DATE) END"


def before(left: str, right: str) -> str:
    """SQL: ``left`` is surely earlier than ``right``, whatever their precisions.

    Two date-times are compared as instants, anything else by the digits that both have.
    """
    both = f"least(length({left}), length({right}), 10)"
    return (
        f"CASE WHEN contains({left}, 'T') AND contains({right}, 'T') THEN "
        f"TRY_CAST({left} AS TIMESTAMPTZ) < TRY_CAST({right} AS TIMESTAMPTZ) "
        f"ELSE left({left}, {both}) < left({right}, {both}) END"
    )


def measurements(facts: Facts) -> str | None:
    """SQL of (id, patient, moment, code, label, value, unit): every number that was measured.

    Components are measurements of their own; ``code`` is each of the codes (LOINC and local),
    ``label`` the first of them.
    """
    if "Observation" not in facts.resource_types():
        return None
    number = "TRY_CAST(json_extract_string(part, '$.valueQuantity.value') AS DOUBLE)"
    unit = (
        "coalesce(json_extract_string(part, '$.valueQuantity.code'), "
        "json_extract_string(part, '$.valueQuantity.unit'))"
    )
    moment = f"coalesce({text_at('effectiveDateTime')}, {text_at('effectivePeriod.start')})"
    return (
        f"SELECT id, moment, unnest(codes) AS code, codes[1] AS label, value, unit FROM ("
        "SELECT id, moment, json_extract_string(part, '$.code.coding[*].code') AS codes, "
        f"{number} AS value, {unit} AS unit FROM (SELECT id, {moment} AS moment, "
        "unnest(list_concat([resource::JSON], json_extract(resource, '$.component[*]'))) AS part "
        "FROM fhir.\"Observation\" WHERE coalesce(json_extract_string(resource, '$.status'), '') "
        "<> 'entered-in-error')) WHERE value IS NOT NULL"
    )
