"""Terminology: does a code have the shape and the check digit that its system prescribes?

Only what can be known without a licence: LOINC's and SNOMED CT's check digits, RxNorm's and
CVX's digits, ICD-10-CM's, NDC's and CPT's shapes, the NPI's check digit (CMS, ISO 7812 with
prefix 80840). Distinct codes are judged once, however often they occur.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from migrate.core.conformance.tables import is_icd10cm, is_icd10cm_heading
from migrate.core.ports import CheckCategory, Facts, Outcome

from .query import QueryCheck, Settings, outcome
from .sqlparts import over_types

_PLACES = {
    "coding": (
        "SELECT {type} AS type, id, json_extract_string(part, ['$.system', '$.code']) AS texts "
        "FROM (SELECT id, unnest(json_extract(resource, '$..coding[*]')) AS part FROM {lines})"
    ),
    "identifier": (
        "SELECT {type} AS type, id, json_extract_string(part, ['$.system', '$.value']) AS texts "
        "FROM (SELECT id, unnest(json_extract(resource, '$.identifier[*]')) AS part FROM {lines})"
    ),
}
_ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
_NPI = "http://hl7.org/fhir/sid/us-npi"
_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)  # the permutation of Verhoeff's scheme (1969)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _times(a: int, b: int) -> int:
    """The product of two elements of the dihedral group of order ten."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
    return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5


def verhoeff(digits: str) -> bool:
    """Whether the last digit is the Verhoeff check digit of the others (SNOMED CT)."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit)
        for _ in range(place % 8):
            number = _TURN[number]
        check = _times(check, number)
    return check == 0


def _shape(expression: str) -> Callable[[str], bool]:
    form = re.compile(expression)
    return lambda code: form.fullmatch(code) is not None


def _loinc(code: str) -> bool:
    """Number, hyphen, mod 10 check digit; parts, lists and answers (LP, LL, LA) by shape only."""
    match = re.fullmatch(r"(LP|LL|LA)?([0-9]{1,8})-([0-9])", code)
    return match is not None and (match[1] is not None or luhn(match[2] + match[3]))


def _snomed(code: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]{5,17}", code) is not None and verhoeff(code)


def _npi(code: str) -> bool:
    return re.fullmatch(r"[12][0-9]{9}", code) is not None and luhn("80840" + code)


SHAPES: Mapping[str, Callable[[str], bool]] = {
    "http://loinc.org": _loinc,
    "http://snomed.info/sct": _snomed,
    "http://www.nlm.nih.gov/research/umls/rxnorm": _shape(r"[1-9][0-9]{0,7}"),
    "http://hl7.org/fhir/sid/cvx": _shape(r"[0-9]{2,3}"),
    "http://hl7.org/fhir/sid/icd-10-cm": _shape(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?"),
    "http://hl7.org/fhir/sid/icd-9-cm": _shape(
        r"([0-9]{3}(\.[0-9]{1,2})?|V[0-9]{2}(\.[0-9]{1,2})?|E[0-9]{3}(\.[0-9])?)"
    ),
    "http://hl7.org/fhir/sid/ndc": _shape(
        r"[0-9]{10,11}|[0-9]{4}-[0-9]{4}-[0-9]{2}|[0-9]{5}-[0-9]{3}-[0-9]{2}"
        r"|[0-9]{5}-[0-9]{4}-[0-9]{1,2}"
    ),
    "http://www.ama-assn.org/go/cpt": _shape(r"[0-9]{4}[0-9AFTUM]"),
    _NPI: _npi,
}


@dataclass(frozen=True, slots=True)
class CodeShapeCheck:
    """Codes whose system is known by its shape."""

    id: str = "terminology.code-shape"
    category: CheckCategory = "conformance"
    code: str = "CHK011"
    says: str = "the code is not one that its code system can have"
    defaults: Mapping[str, object] = field(default_factory=lambda: {"ignore": []})

    def run(self, facts: Facts, settings: Settings) -> Outcome:
        """Judge the run."""
        ignored = settings.get("ignore", [])
        assert isinstance(ignored, list)

        def fits(system: str, code: str) -> bool | None:
            shape = None if system in ignored else SHAPES.get(system)
            return None if shape is None else shape(code)

        return codes_outcome(facts, self.code, self.says, fits)


@dataclass(frozen=True, slots=True)
class IcdCheck:
    """ICD-10-CM: complete codes of the release that the tool knows (NCHS, public domain).

    A heading (E11) is no code that can be billed, and a code of another year may have been retired:
    a warning. ``headings: true`` lets headings pass.
    """

    id: str = "terminology.icd-10-cm"
    category: CheckCategory = "conformance"
    code: str = "CHK059"
    says: str = "the code is not a complete code of ICD-10-CM"
    defaults: Mapping[str, object] = field(default_factory=lambda: {"headings": False})

    def run(self, facts: Facts, settings: Settings) -> Outcome:
        """Judge the run."""
        headings = bool({**self.defaults, **settings}["headings"])

        def fits(system: str, code: str) -> bool | None:
            if system != _ICD_10_CM:
                return None
            return is_icd10cm(code) or (headings and is_icd10cm_heading(code))

        return codes_outcome(facts, self.code, self.says, fits)


def codes_outcome(
    facts: Facts, code: str, says: str, fits: Callable[[str, str], bool | None]
) -> Outcome:
    """What a test of (system, code) says of a run's codes; None: it is not for this system."""
    counts: dict[str, int] = {}
    bad: set[tuple[str, str, str, str]] = set()
    codes = "SELECT * FROM run.codes WHERE system IS NOT NULL AND code IS NOT NULL"
    for row in facts.sql(codes).to_pylist():
        good = fits(row["system"], row["code"])
        if good is None:
            continue
        counts[row["type"]] = counts.get(row["type"], 0) + row["n"]
        if not good:
            bad.add((row["type"], row["element"], row["system"], row["code"]))
    if not bad:
        return outcome(facts, code, says, counts, None)
    failing = (
        f"SELECT p.type AS part, p.type, p.id, p.element FROM ({_places(facts, bad)}) AS p "
        "SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS system, unnest(?::VARCHAR[]) AS code) AS b "
        "ON b.system = p.texts[1] AND b.code = p.texts[2]"
    )
    columns = [list(part) for part in zip(*sorted(entry[2:] for entry in bad), strict=True)]
    return outcome(facts, code, says, counts, failing, columns)


def _places(facts: Facts, bad: Collection[tuple[str, ...]]) -> str:
    """SQL of the codes with their resources, where one of the bad ones may stand."""
    selects = []
    for element, template in _PLACES.items():
        types = {entry[0] for entry in bad if entry[1] == element}
        found = over_types(facts, template, only=types)
        if found:
            selects.append(f"SELECT *, '{element}' AS element FROM ({found})")
    return " UNION ALL ".join(selects)


_BARE = "NOT regexp_matches({0}, '^(https?://|urn:(oid|uuid|[a-z][a-z0-9-]+):).+')"


def _systems(_: Facts, __: Settings) -> str:
    return (
        "SELECT type AS part, sum(n) AS examined FROM run.codes "
        "WHERE element = 'coding' AND system IS NOT NULL GROUP BY type"
    )


def _bare_systems(facts: Facts, _: Settings) -> str | None:
    bare = f"SELECT DISTINCT type FROM run.codes WHERE {_BARE.format('system')}"
    types = facts.sql(f"{bare} AND element = 'coding'").column("type").to_pylist()
    found = over_types(facts, _PLACES["coding"], only=types)
    return found and (
        f"SELECT type AS part, type, id, 'coding.system' AS element FROM ({found}) "
        f"WHERE {_BARE.format('texts[1]')}"
    )


CHECKS = (
    CodeShapeCheck(),
    IcdCheck(),
    QueryCheck(
        "terminology.system-uri",
        "conformance",
        "CHK012",
        "the coding's system is not an absolute URI",
        _systems,
        _bare_systems,
    ),
)
