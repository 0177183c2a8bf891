"""The relations of a run that are made out of its resources, for checks (``ports.Facts``).

All of them are made together, some thousands of lines of a type at a time. The JSON of a line is
what costs, so a line is read by as few JSON functions as there are kinds of things to take out of
it: one for all that stands alone, one for each list. What they gave (``narrow``) is columns, and
every relation is filled from those.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from migrate.core.compile.sqltext import literal
from migrate.core.elementpaths import date_paths, reference_paths

WHOLE, NARROW = "facts_whole", "facts_narrow"
_OWNERS = ("subject.reference", "patient.reference", "beneficiary.reference")
_OWNER_LISTS = ("subject", "participant")
_STATUS = ("status", "verificationStatus.coding[0].code")
_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
_QUANTITY = ("value", "code", "unit")
_RESULT_VALUES = ("valueQuantity", "valueCodeableConcept", "valueString", "component")

RELATIONS = {
    "resources": "type VARCHAR, id VARCHAR, patient VARCHAR, status VARCHAR, us_core BOOLEAN",
    "dates": "type VARCHAR, id VARCHAR, element VARCHAR, moment VARCHAR",
    "links": "type VARCHAR, id VARCHAR, element VARCHAR, target VARCHAR",
    "code_parts": "type VARCHAR, element VARCHAR, system VARCHAR, code VARCHAR, n BIGINT",
    "identifiers": "type VARCHAR, id VARCHAR, position BIGINT, system VARCHAR, value VARCHAR, "
    "usage VARCHAR",
    "measures": "id VARCHAR, moment VARCHAR, code VARCHAR, value DOUBLE, unit VARCHAR",
    "results": "id VARCHAR, patient VARCHAR, label VARCHAR, moment VARCHAR, value UHUGEINT",
}
CODES = (
    "SELECT type, element, system, code, sum(n)::BIGINT AS n FROM run.code_parts GROUP BY ALL "
    "ORDER BY ALL"
)


@dataclass(slots=True)
class Taking:
    """What is taken out of the lines of a type, and the SELECTs that fill relations from it."""

    name: str
    used: Collection[str]
    paths: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """SQL of the text at a path without lists."""
        if path not in self.paths:
            self.paths.append(path)
        return f"t[{self.paths.index(path) + 1}]"

    def column(self, expression: str) -> str:
        """SQL of something taken out of ``resource`` (and ``t``) once."""
        return self.columns.setdefault(expression, f"c{len(self.columns)}")

    def fills(self) -> dict[str, list[str]]:
        """SELECTs over the narrow relation by the relation that each is for."""
        found: dict[str, list[str]] = {
            "resources": [self._resources()],
            "dates": [*self._dates()],
            "links": [*self._links()],
            "code_parts": [*self._codes()],
            "identifiers": [*self._identifiers()],
        }
        if self.name == "Observation":
            found |= {"measures": [*self._measures()], "results": [self._results()]}
        return found

    def narrow(self) -> str:
        """The SELECT over the lines that gives id, t and the columns; ask it last."""
        listed = ", ".join(literal(f"$.{path}") for path in self.paths)
        texts = f"json_extract_string(resource, [{listed}])" if listed else "[]::VARCHAR[]"
        taken = [f"{expression} AS {alias}" for expression, alias in self.columns.items()]
        return (
            f"SELECT {', '.join(['id', 't', *taken])} "
            f"FROM (SELECT id, resource, {texts} AS t FROM {WHOLE})"
        )

    def _owner(self) -> str:
        found = [self.text(path) for path in _OWNERS if _root(path) in self.used]
        if any(element in self.used for element in _OWNER_LISTS):
            found += [
                f"list_filter(json_extract_string(resource, {literal(path)}), "
                "lambda x: starts_with(x, 'Patient/'))[1]"
                for path in ("$.subject[*].reference", "$.participant[*].actor.reference")
            ]
        owner = self.column(f"coalesce({', '.join(['NULL', *found])})")
        return f"nullif(regexp_extract({owner}, '^Patient/(.+)$', 1), '')"

    def _patient(self) -> str:
        return "id" if self.name == "Patient" else self._owner()

    def _resources(self) -> str:
        state = [self.text(path) for path in _STATUS if _root(path) in self.used]
        claims = "false"
        if "meta" in self.used:
            # most lines claim none, which a search for the text shows without reading the JSON
            claims = self.column(
                "CASE WHEN contains(resource, 'us/core/StructureDefinition/') OR "
                "contains(resource, chr(92)) THEN len(list_filter(json_extract_string(resource, "
                f"'$.meta.profile[*]'), lambda x: starts_with(x, {literal(_US_CORE)}))) > 0 "
                "ELSE false END"
            )
        return (
            f"SELECT {literal(self.name)}, id, {self._patient()}, "
            f"coalesce({', '.join(['NULL', *state])}), {claims} FROM {NARROW}"
        )

    def _dates(self) -> Iterator[str]:
        paths = [path for path in date_paths(self.name) if _root(path) in self.used]
        if paths:
            yield self._unnested(paths, [self.text(path) for path in paths])

    def _unnested(self, elements: list[str], texts: list[str]) -> str:
        """SQL of (type, id, element, text) of these texts, where they are."""
        names = ", ".join(literal(element) for element in elements)
        return (
            f"SELECT {literal(self.name)}, id, element, found FROM (SELECT id, unnest([{names}]) "
            f"AS element, unnest([{', '.join(texts)}]) AS found FROM {NARROW}) "
            "WHERE found IS NOT NULL"
        )

    def _links(self) -> Iterator[str]:
        paths = [path for path in reference_paths(self.name) if _root(path.path) in self.used]
        alone = [path for path in paths if "[*]" not in path.path]
        texts = [self.text(f"{path.path}.reference") for path in alone]
        if alone:
            yield self._unnested([path.element for path in alone], texts)
        lists = []
        for path in paths:
            if "[*]" in path.path:
                where = literal(f"$.{path.path}.reference")
                lists.append(self.column(f"json_extract_string(resource, {where})"))
                yield (
                    f"SELECT {literal(self.name)}, id, {literal(path.element)}, target FROM "
                    f"(SELECT id, unnest({lists[-1]}) AS target FROM {NARROW}) "
                    "WHERE target IS NOT NULL"
                )
        yield self._other_links(texts, lists)

    def _other_links(self, texts: list[str], lists: list[str]) -> str:
        """Those outside the model (in extensions): texts that are more than the known ones."""
        known = [f"({text} IS NOT NULL)::BIGINT" for text in texts]
        known += [f"coalesce(list_aggregate({column}, 'count'), 0)" for column in lists]
        all_of_them = self.column("json_extract_string(resource, '$..reference')")
        modelled = ", ".join([f"[{', '.join(texts)}]::VARCHAR[]", *lists])
        return (
            f"SELECT {literal(self.name)}, id, '?', target FROM (SELECT id, "
            f"unnest({all_of_them}) AS target, flatten([{modelled}]) AS modelled FROM {NARROW} "
            f"WHERE len({all_of_them}) > {' + '.join(known) or '0'}) WHERE "
            "target[1] NOT IN ('{', '[') AND NOT coalesce(list_contains(modelled, target), false)"
        )

    def _codes(self) -> Iterator[str]:
        """Codings anywhere, and identifiers under the system of the US provider numbers."""
        sources = [("coding", "json_extract(resource, '$..coding[*]')", "$.code")]
        if "identifier" in self.used:
            sources.append(("identifier", _IDENTIFIERS, "$.value"))
        for element, parts, code in sources:
            yield (
                f"SELECT {literal(self.name)}, {literal(element)}, texts[1], texts[2], sum(n) FROM "
                f"(SELECT json_extract_string(part, ['$.system', {literal(code)}]) AS texts, n "
                f"FROM (SELECT part, count(*) AS n FROM (SELECT unnest({self.column(parts)}) AS "
                f"part FROM {NARROW}) GROUP BY part))"
                + ("" if element == "coding" else " WHERE texts[1] LIKE '%/sid/us-npi'")
                + " GROUP BY ALL"
            )

    def _identifiers(self) -> Iterator[str]:
        if "identifier" in self.used:
            parts = self.column(_IDENTIFIERS)
            yield (
                f"SELECT {literal(self.name)}, id, position, texts[1], texts[2], texts[3] FROM "
                "(SELECT id, position, json_extract_string(part, ['$.system', '$.value', '$.use']) "
                f"AS texts FROM (SELECT id, unnest(range(1, len({parts}) + 1)) AS position, "
                f"unnest({parts}) AS part FROM {NARROW}))"
            )

    def _measures(self) -> Iterator[str]:
        moments = f"{self.text('effectiveDateTime')}, {self.text('effectivePeriod.start')}"
        if "valueQuantity" in self.used:
            quantity = ", ".join(self.text(f"valueQuantity.{name}") for name in _QUANTITY)
            codes = self.column("json_extract_string(resource, '$.code.coding[*].code')")
            yield _numbers(
                f"SELECT id, {codes} AS codes, [{moments}, {quantity}] AS q FROM {NARROW}"
            )
        if "component" in self.used:
            parts = self.column("json_extract(resource, '$.component[*]')")
            quantity = ", ".join(f"'$.valueQuantity.{name}'" for name in _QUANTITY)
            yield _numbers(
                "SELECT id, json_extract_string(part, '$.code.coding[*].code') AS codes, "
                f"list_concat(m, json_extract_string(part, [{quantity}])) AS q FROM (SELECT id, "
                f"[{moments}] AS m, unnest({parts}) AS part FROM {NARROW})"
            )

    def _results(self) -> str:
        """What makes two results the same; the digest stands for the value, whatever it is."""
        label = f"coalesce({self.text('code.coding[0].code')}, {self.text('code.text')})"
        names = ", ".join(literal(f"$.{name}") for name in _RESULT_VALUES)
        value = self.column(
            f"md5_number(list_filter(json_extract(resource, [{names}])::VARCHAR[], "
            "lambda x: x IS NOT NULL)[1])"
        )
        return (
            f"SELECT id, {self._patient()}, {label}, {self.text('effectiveDateTime')}, {value} "
            f"FROM {NARROW} WHERE {value} IS NOT NULL"
        )


_IDENTIFIERS = "json_extract(resource, '$.identifier[*]')"


def _numbers(source: str) -> str:
    return (
        "SELECT id, coalesce(q[1], q[2]), unnest(codes), TRY_CAST(q[3] AS DOUBLE), "
        f"coalesce(q[4], q[5]) FROM ({source}) WHERE TRY_CAST(q[3] AS DOUBLE) IS NOT NULL"
    )


def _root(path: str) -> str:
    return re.split(r"[.\[]", path)[0]
