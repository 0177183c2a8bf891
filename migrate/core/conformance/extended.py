"""Extensions: their URL, where they stand, what they hold (R4 2.4.0.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from migrate.core import fhirtypes
from migrate.core.conformance.coded import text
from migrate.core.conformance.found import Found, Problem
from migrate.core.conformance.profiled import Checking, narrowed
from migrate.core.conformance.tables import profile
from migrate.core.fhirpath.node import Node, Scalar

if TYPE_CHECKING:
    from migrate.core.conformance.build import Part

Read = Callable[[Node], Scalar]
_OURS = ("http://hl7.org/fhir/StructureDefinition/", "http://hl7.org/fhir/us/core/")
_ABSOLUTE = ("http://", "https://", "urn:")


def extension_problems(read: Read, part: Part) -> Found:
    """What is wrong with an extension: value and parts, its definition, its place."""
    node = part.node
    valued, parts = node.named("value"), node.named("extension")
    found: list[Problem] = []
    if bool(valued) == bool(parts):
        found.append(Problem("invariant", node.path, "ext-1"))
    if len(valued) > 1:
        found.append(Problem("extension", node.path + ".value"))
    url = text(read, node, "url")
    if url is None or part.context == "Extension.extension":
        return tuple(found)
    document = profile(url)
    if document is None or document["type"] != "Extension":
        if url.startswith(_OURS) or not url.startswith(_ABSOLUTE):
            found.append(Problem("extension", node.path + ".url"))
        return tuple(found)
    if not _may_stand(part.context, node.path, document["context"]):
        found.append(Problem("extension", node.path))
    tree = narrowed(url)
    assert tree is not None
    found += Checking(read, tree, _no_rule).inside(node, "Extension")
    if parts and not _all_known(read, parts, tree.slices("Extension.extension"), tree.said):
        found.append(Problem("extension", node.path + ".extension"))
    return tuple(found)


def _no_rule(node: Node, key: str, expression: str) -> Callable[[Any], Found]:
    from migrate.core.conformance.rules import _invariant

    return _invariant(node, key, expression)


def _all_known(read: Read, parts: list[Node], slices: list[str], said: Mapping[str, Any]) -> bool:
    known = {said.get(f"{name}.url", {}).get("fixed") for name in slices}
    known |= {url for name in slices for url in said.get(name, {}).get("profile", ())}
    return all(
        (url := text(read, part, "url")) in known or (url or "").startswith(_ABSOLUTE)
        for part in parts
    )


def _may_stand(context: str, path: str, allowed: list[str]) -> bool:
    """Whether an extension with these contexts may stand at this element."""
    owner = context.rpartition(".")[0]
    element = path.rpartition(".")[0]
    kinds = {owner, element, "Element"}
    if fhirtypes.is_resource(owner):
        kinds |= {"Resource", "DomainResource", "CanonicalResource"}
        kinds -= {"Element"} if "Element" not in allowed else set()
    return not allowed or not kinds.isdisjoint(allowed)
