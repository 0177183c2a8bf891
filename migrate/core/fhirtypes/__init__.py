"""The FHIR R4 (4.0.1) element model: types, elements, cardinality, choices, targets, codes.

Read lazily from ``elements.txt`` and ``codes.txt`` (made by
``tools/r4_elements.py`` from HL7's core package): a type is parsed when it is first asked for.
A *type path* is a type's name (``Patient``, ``HumanName``) or the path of a part defined inside
a type (``Patient.contact``).
"""

from migrate.core.fhirtypes.model import (
    Element,
    ElementType,
    Member,
    binding_codes,
    elements,
    exists,
    is_primitive,
    is_resource,
    member,
    member_names,
    pattern,
    resource_types,
)

__all__ = [
    "Element",
    "ElementType",
    "Member",
    "binding_codes",
    "elements",
    "exists",
    "is_primitive",
    "is_resource",
    "member",
    "member_names",
    "pattern",
    "resource_types",
]
