"""Contained resources: named by their container, not nested, without version (dom-2 to dom-5)."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.core.conformance.build import Part, all_parts
from migrate.core.conformance.coded import Read, text
from migrate.core.conformance.found import Found, Problem


def contained_problems(root: Part, read: Read) -> Found:
    """What is wrong with the resources inside a resource (a Bundle's entries are its own)."""
    if root.node.type == "Bundle":
        return ()
    return tuple(_problems(root, read))


def _problems(root: Part, read: Read) -> Iterator[Problem]:
    path = f"{root.node.path}.contained"
    named = _targets(root, read)
    held = {f"#{text(read, part.node, 'id')}" for part in root.contained} | {"#"}
    if any(target.startswith("#") and target not in held for target in named):
        yield Problem("reference", root.node.path)
    for part in root.contained:
        names = {member.name for member in part.node.members}
        meta = {m.name for held in part.node.named("meta") for m in held.members}
        ident = text(read, part.node, "id")
        if "contained" in names:
            yield Problem("invariant", path, "dom-2")
        if meta & {"versionId", "lastUpdated"}:
            yield Problem("invariant", path, "dom-4")
        if "security" in meta:
            yield Problem("invariant", path, "dom-5")
        if f"#{ident}" not in named and "#" not in _targets(part, read):
            yield Problem("invariant", path, "dom-3")


def _targets(root: Part, read: Read) -> set[str]:
    found: set[str] = set()
    for holder in (root, *root.contained):
        for part in all_parts(holder):
            for leaf in part.leaves:
                if leaf.kind in ("reference", "uri", "url", "canonical"):
                    found.add(str(read(leaf.node)))
    return found
