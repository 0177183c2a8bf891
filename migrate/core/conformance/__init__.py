"""FHIR R4 and US Core 6.1.0 as rules that are compiled to the shapes that lines have.

A *shape* is a line without its texts and numbers: the members that are there, in their order. What
depends on the shape alone (unknown elements, cardinality, types, most invariants) is judged once
for all lines of a shape; what depends on some values (an invariant that reads a status, a slice
that reads a code) once for each distinct combination of exactly the values that it read; and what
depends on one value alone (the form of a date, a code of a required binding) by column.

The tables in ``data`` are made from HL7's packages (CC0) by ``tools/conformance_rules.py``.
"""

from migrate.core.conformance.found import FAMILIES, Problem
from migrate.core.conformance.scan import Scan, problems

__all__ = ["FAMILIES", "Problem", "Scan", "problems"]
