"""The relations of a run that are made out of its resources, for checks (``ports.Facts``).

Each is a table and the SELECTs that fill it, a resource type and a pass over its file each. A
JSON function keeps the documents of a whole block of rows in memory, so a SELECT has few of
them: what stands alone is taken out in one, each list in one of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.elementpaths import date_paths, reference_paths

Fill = Callable[[str, Collection[str]], Iterator[str]]
_OWNERS = ("subject.reference", "patient.reference", "beneficiary.reference")
_OWNER_LISTS = ("subject", "participant")
_STATUS = ("status", "verificationStatus.coding[0].code")


@dataclass(frozen=True, slots=True)
class Derived:
    """``columns`` of the table; ``fill`` gives the SELECTs for a type with these top-level
    elements in use."""

    columns: str
    fill: Fill


def _lines(name: str) -> str:
    return f"fhir.{quoted(name)}"


def _root(path: str) -> str:
    return re.split(r"[.\[]", path)[0]


def _texts(paths: Collection[str]) -> str:
    """SQL of the list of texts at these paths, none of them a list."""
    listed = ", ".join(literal(f"$.{path}") for path in paths)
    return f"json_extract_string(resource, [{listed}])"


def _resources(name: str, used: Collection[str]) -> Iterator[str]:
    owners = [path for path in _OWNERS if _root(path) in used]
    status = [path for path in _STATUS if _root(path) in used]
    texts = _texts([*owners, *status]) if owners or status else "[]::VARCHAR[]"
    found = [f"texts[{n}]" for n in range(1, len(owners) + 1)]
    if any(element in used for element in _OWNER_LISTS):
        paths = ("$.subject[*].reference", "$.participant[*].actor.reference")
        found += [
            f"list_filter(json_extract_string(resource, {literal(path)}), "
            "lambda x: starts_with(x, 'Patient/'))[1]"
            for path in paths
        ]
    owner = f"coalesce({', '.join(['NULL', *found])})"
    patient = f"nullif(regexp_extract({owner}, '^Patient/(.+)$', 1), '')"
    state = [f"texts[{len(owners) + n}]" for n in range(1, len(status) + 1)]
    yield (
        f"SELECT {literal(name)}, id, {'id' if name == 'Patient' else patient}, "
        f"coalesce({', '.join(['NULL', *state])}) FROM "
        f"(SELECT id, resource, {texts} AS texts FROM {_lines(name)})"
    )


def _dates(name: str, used: Collection[str]) -> Iterator[str]:
    paths = [path for path in date_paths(name) if _root(path) in used]
    if paths:
        elements = ", ".join(literal(path) for path in paths)
        yield (
            f"SELECT {literal(name)}, id, element, moment FROM (SELECT id, unnest([{elements}]) "
            f"AS element, unnest({_texts(paths)}) AS moment FROM {_lines(name)}) "
            "WHERE moment IS NOT NULL"
        )


def _links(name: str, used: Collection[str]) -> Iterator[str]:
    paths = [path for path in reference_paths(name) if _root(path.path) in used]
    alone = [path for path in paths if "[*]" not in path.path]
    if alone:
        elements = ", ".join(literal(path.element) for path in alone)
        texts = _texts([f"{path.path}.reference" for path in alone])
        yield (
            f"SELECT {literal(name)}, id, element, target FROM (SELECT id, unnest([{elements}]) "
            f"AS element, unnest({texts}) AS target FROM {_lines(name)}) WHERE target IS NOT NULL"
        )
    for path in paths:
        if "[*]" in path.path:
            text = f"json_extract_string(resource, {literal(f'$.{path.path}.reference')})"
            yield (
                f"SELECT {literal(name)}, id, {literal(path.element)}, target FROM "
                f"(SELECT id, unnest({text}) AS target FROM {_lines(name)}) "
                "WHERE target IS NOT NULL"
            )
    yield _other_links(name)


def _other_links(name: str) -> str:
    """Those outside the model (in extensions): texts that are more than the known ones."""
    return (
        f"SELECT {literal(name)}, id, '?', target FROM (SELECT o.id, unnest(o.texts) AS target "
        "FROM (SELECT id, json_extract_string(resource, '$..reference') AS texts FROM "
        f"{_lines(name)}) AS o LEFT JOIN (SELECT id, count(*) AS n FROM run.links "
        f"WHERE type = {literal(name)} GROUP BY id) AS k ON k.id = o.id "
        "WHERE len(o.texts) > coalesce(k.n, 0)) AS t WHERE target[1] NOT IN ('{', '[') AND "
        f"NOT EXISTS (SELECT 1 FROM run.links AS l WHERE l.type = {literal(name)} "
        "AND l.id = t.id AND l.target = t.target)"
    )


def _codes(name: str, _: Collection[str]) -> Iterator[str]:
    """Codings anywhere, and identifiers under the system of the US provider numbers."""
    for element, path, code in (
        ("coding", "$..coding[*]", "$.code"),
        ("identifier", "$.identifier[*]", "$.value"),
    ):
        yield (
            f"SELECT {literal(name)}, {literal(element)}, texts[1], texts[2], count(*) FROM "
            f"(SELECT json_extract_string(part, ['$.system', {literal(code)}]) AS texts FROM "
            f"(SELECT unnest(json_extract(resource, {literal(path)})) AS part FROM "
            f"{_lines(name)}))"
            + ("" if element == "coding" else " WHERE texts[1] LIKE '%/sid/us-npi'")
            + " GROUP BY ALL"
        )


def _identifiers(name: str, used: Collection[str]) -> Iterator[str]:
    if "identifier" in used:
        yield (
            f"SELECT {literal(name)}, id, position, texts[1], texts[2], texts[3] FROM (SELECT id, "
            "position, json_extract_string(part, ['$.system', '$.value', '$.use']) AS texts FROM "
            "(SELECT id, unnest(range(1, len(parts) + 1)) AS position, unnest(parts) AS part FROM "
            f"(SELECT id, json_extract(resource, '$.identifier[*]') AS parts FROM {_lines(name)})))"
        )


def _measures(name: str, _: Collection[str]) -> Iterator[str]:
    if name != "Observation":
        return
    whole = (
        "SELECT id, json_extract_string(resource, '$.code.coding[*].code') AS codes, "
        "json_extract_string(resource, ['$.effectiveDateTime', '$.effectivePeriod.start', "
        "'$.valueQuantity.value', '$.valueQuantity.code', '$.valueQuantity.unit']) AS t "
        f"FROM {_lines(name)}"
    )
    part = (
        "SELECT id, json_extract_string(part, '$.code.coding[*].code') AS codes, list_concat(t, "
        "json_extract_string(part, ['$.valueQuantity.value', '$.valueQuantity.code', "
        "'$.valueQuantity.unit'])) AS t FROM (SELECT id, json_extract_string(resource, "
        "['$.effectiveDateTime', '$.effectivePeriod.start']) AS t, "
        f"unnest(json_extract(resource, '$.component[*]')) AS part FROM {_lines(name)})"
    )
    for source in (whole, part):
        yield (
            "SELECT id, coalesce(t[1], t[2]), unnest(codes), TRY_CAST(t[3] AS DOUBLE), "
            f"coalesce(t[4], t[5]) FROM ({source}) WHERE TRY_CAST(t[3] AS DOUBLE) IS NOT NULL"
        )


DERIVED = {
    "resources": Derived("type VARCHAR, id VARCHAR, patient VARCHAR, status VARCHAR", _resources),
    "dates": Derived("type VARCHAR, id VARCHAR, element VARCHAR, moment VARCHAR", _dates),
    "links": Derived("type VARCHAR, id VARCHAR, element VARCHAR, target VARCHAR", _links),
    "codes": Derived(
        "type VARCHAR, element VARCHAR, system VARCHAR, code VARCHAR, n BIGINT", _codes
    ),
    "identifiers": Derived(
        "type VARCHAR, id VARCHAR, position BIGINT, system VARCHAR, value VARCHAR, usage VARCHAR",
        _identifiers,
    ),
    "measures": Derived(
        "id VARCHAR, moment VARCHAR, code VARCHAR, value DOUBLE, unit VARCHAR", _measures
    ),
}
