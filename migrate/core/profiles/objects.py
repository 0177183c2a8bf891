"""Building object nodes, and the literal values inside complex elements."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.core import fhirtypes
from migrate.core.profiles.ast import Constant, ListNode, Node, ObjectNode, Place, Scalar
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.yamltree import Text

DATA_ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def object_node(
    type_path: str, members: Sequence[tuple[str, Node]], place: Place | None = None
) -> ObjectNode:
    """An object with its members in the element model's order."""
    order = {name: n for n, name in enumerate(fhirtypes.member_names(type_path))}
    return ObjectNode(
        type_path,
        tuple(sorted(members, key=lambda item: order.get(item[0], len(order)))),
        place=place,
    )


def literal(fhir_type: str, text: str, place: Place | None = None) -> Scalar:
    """A primitive element of constant text."""
    if fhir_type == "boolean":
        return Scalar(fhir_type, Constant(text), true=("true",), false=("false",), place=place)
    return Scalar(fhir_type, Constant(text), place=place)


def fixed(fhir_type: str, text: Text) -> Scalar:
    """A primitive element of the text that the profile writes."""
    return literal(fhir_type, text.value, text.place)


def system_scalar(text: Text, checking: Checking) -> Scalar:
    """``system:`` as the URL that its alias stands for."""
    return literal("uri", checking.system_url(text), text.place)


def reason_extension(reason: str, place: Place) -> Node:
    """``extension`` with the data-absent-reason, as constants."""
    members = (
        ("url", literal("uri", DATA_ABSENT_REASON)),
        ("valueCode", literal("code", reason)),
    )
    return ListNode((ObjectNode("Extension", members, place=place),), place=place)


def absent_object(type_path: str, reason: str, place: Place) -> ObjectNode:
    """A complex element that is never known: its data-absent-reason alone."""
    return ObjectNode(type_path, (("extension", reason_extension(reason, place)),), place=place)
