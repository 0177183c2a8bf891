"""Units that do not fit what a code measures, by what the run itself does most.

LOINC's property of a code (mass concentration, substance concentration, …) is licensed content; but
a code is of one property only, so results of one code in units of two kinds mean that some have the
wrong code or the wrong unit: the commonest mistake in mapping laboratory codes (mg/dL beside
mmol/L). The kind of the minority is told. Kinds are dimensions: units of UCUM that convert into
each other by a factor are of one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from migrate.core.conformance.ucum import is_ucum
from migrate.core.ports import CheckCategory, Facts, Outcome

from .query import Settings, outcome
from .ranges import MEASURE, measure_of

_PREFIXES = ("da", "Y", "Z", "E", "P", "T", "G", "M", "k", "h", "d", "c", "m", "u", "n", "p", "f")
# Dimensions: L length, M mass, T time, N amount, K temperature, A arbitrary units, E equivalents.
_ATOMS: Mapping[str, Mapping[str, int]] = {
    "m": {"L": 1},
    "g": {"M": 1},
    "s": {"T": 1},
    "min": {"T": 1},
    "h": {"T": 1},
    "d": {"T": 1},
    "wk": {"T": 1},
    "mo": {"T": 1},
    "a": {"T": 1},
    "mol": {"N": 1},
    "eq": {"E": 1},
    "osm": {"O": 1},
    "L": {"L": 3},
    "l": {"L": 3},
    "U": {"U": 1},
    "kat": {"U": 1},
    "[iU]": {"A": 1},
    "[IU]": {"A": 1},
    "Cel": {"K": 1},
    "K": {"K": 1},
    "[degF]": {"K": 1},
    "m[Hg]": {"M": 1, "L": -1, "T": -2},
    "Pa": {"M": 1, "L": -1, "T": -2},
    "bar": {"M": 1, "L": -1, "T": -2},
    "[in_i]": {"L": 1},
    "[ft_i]": {"L": 1},
    "[lb_av]": {"M": 1},
    "[oz_av]": {"M": 1},
    "%": {},
}
_TERM = re.compile(r"([./]?)([^./]+)")
_FACTOR = re.compile(r"(10\*-?[0-9]+|10\^-?[0-9]+|[0-9]+)")
_POWER = re.compile(r"^(.*?)([+-]?[0-9]+)?$")


@cache
def kind_of(unit: str) -> str | None:
    """The dimension of a UCUM unit as a text; None where it cannot be told.

    >>> kind_of("mg/dL") == kind_of("g/L"), kind_of("mg/dL") == kind_of("mmol/L")
    (True, False)
    """
    if not is_ucum(unit):
        return None
    found: dict[str, int] = {}
    for operator, term in _TERM.findall(re.sub(r"\{[^}]*\}", "", unit)):
        if _FACTOR.fullmatch(term):
            continue
        match = _POWER.match(term)
        assert match is not None
        dimensions = _atom(match[1])
        if dimensions is None:
            return None
        power = int(match[2] or 1) * (-1 if operator == "/" else 1)
        for name, exponent in dimensions.items():
            found[name] = found.get(name, 0) + exponent * power
    return " ".join(f"{name}{power}" for name, power in sorted(found.items()) if power) or "1"


def _atom(text: str) -> Mapping[str, int] | None:
    if text in _ATOMS:
        return _ATOMS[text]
    for prefix in _PREFIXES:
        if text.startswith(prefix) and text[len(prefix) :] in _ATOMS:
            return _ATOMS[text[len(prefix) :]]
    return None


@dataclass(frozen=True, slots=True)
class UnitKindCheck:
    """Results of a code whose unit is of another kind than most of that code's.

    ``fewest`` results of a code are needed to know what is usual; ``usual`` is the share that the
    commonest kind must have.
    """

    id: str = "terminology.unit-kind"
    category: CheckCategory = "plausibility"
    code: str = "CHK058"
    says: str = "the unit is of another kind than that of most results of this code"
    defaults: Mapping[str, object] = field(default_factory=lambda: {"fewest": 20, "usual": 0.8})

    def run(self, facts: Facts, settings: Settings) -> Outcome:
        """Judge the run."""
        options = {**self.defaults, **settings}
        fewest, usual = options["fewest"], options["usual"]
        assert isinstance(fewest, int | float) and isinstance(usual, int | float)
        counted = facts.sql(
            "SELECT code, unit, count(*) AS n FROM run.measures WHERE code IS NOT NULL AND "
            "unit IS NOT NULL GROUP BY ALL ORDER BY ALL"
        ).to_pylist()
        kinds: dict[str, dict[str, int]] = {}
        for row in counted:
            kind = kind_of(row["unit"])
            if kind is not None:
                of_code = kinds.setdefault(row["code"], {})
                of_code[kind] = of_code.get(kind, 0) + row["n"]
        expected = {
            code: max(found, key=lambda kind: (found[kind], kind))
            for code, found in kinds.items()
            if sum(found.values()) >= fewest and max(found.values()) >= usual * sum(found.values())
        }
        counts: dict[str, int] = {}
        bad: list[tuple[str, str]] = []
        for row in counted:
            kind = kind_of(row["unit"])
            if kind is None or row["code"] not in expected:
                continue
            name = measure_of(row["code"])
            counts[name] = counts.get(name, 0) + row["n"]
            if kind != expected[row["code"]]:
                bad.append((row["code"], row["unit"]))
        if not bad:
            return outcome(facts, self.code, self.says, counts, None)
        failing = (
            f"SELECT {MEASURE} AS part, 'Observation' AS type, m.id, "
            "'value' AS element FROM run.measures AS m SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS "
            "code, unnest(?::VARCHAR[]) AS unit) AS b ON b.code = m.code AND b.unit = m.unit"
        )
        columns = [list(column) for column in zip(*bad, strict=True)]
        return outcome(facts, self.code, self.says, counts, failing, columns)


CHECKS = (UnitKindCheck(),)
