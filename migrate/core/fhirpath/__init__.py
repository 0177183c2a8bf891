"""FHIRPath, as far as R4 4.0.1, its extensions and US Core 6.1.0 use it in their invariants.

``parse`` makes an expression's tree, ``compiled`` a function of it (both from FHIRPath 2.0.0,
HL7, normative). Resources are read through :class:`~migrate.core.fhirpath.node.Node`, so that
whoever evaluates can know which values an answer depended on.
"""

from migrate.core.fhirpath.evaluate import Context, FhirPathError, compiled
from migrate.core.fhirpath.parse import parse

__all__ = ["Context", "FhirPathError", "compiled", "parse"]
