"""The element that a value stands at, and what all kinds of value have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from migrate.core import fhirtypes
from migrate.core.profiles import expressions
from migrate.core.profiles.ast import (
    CrosswalkValue,
    First,
    ListNode,
    Node,
    ObjectNode,
    OnUnmapped,
    Place,
    ReferenceValue,
    Scalar,
    Sql,
)
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.leaves import LEAF_KEYS
from migrate.core.profiles.problems import choice
from migrate.core.profiles.scope import Scope
from migrate.core.profiles.yamltree import Fields, Items, Text, Tree

ABSENT_REASONS = (
    "unknown",
    "asked-unknown",
    "temp-unknown",
    "not-asked",
    "asked-declined",
    "masked",
    "not-applicable",
    "unsupported",
    "as-text",
    "error",
    "not-a-number",
    "negative-infinity",
    "positive-infinity",
    "not-performed",
    "not-permitted",
)
COMMON = ("absent", "required", "when")
UNMAPPED: tuple[OnUnmapped, ...] = ("reject", "omit", "keep-text")
CROSSWALK = ("crosswalk", *LEAF_KEYS, "transform", "on_unmapped", "optional", *COMMON)


@dataclass(frozen=True, slots=True)
class Spot:
    """An element inside a rule: its member of the element model, and its path for messages."""

    member: fhirtypes.Member
    path: str

    @property
    def type(self) -> str:
        """The FHIR type of a value here."""
        return self.member.type.name

    @property
    def targets(self) -> tuple[str, ...]:
        """The resource types that a Reference here may point at; empty: any."""
        return self.member.type.targets

    def to(self, member: fhirtypes.Member) -> Spot:
        """The element of this name inside this one."""
        return Spot(member, f"{self.path}.{member.name}")


ValueReader = Callable[[Tree, Spot, Scope, Checking], "Node | None"]


@dataclass(frozen=True, slots=True)
class Common:
    """``absent``, ``required`` and ``when`` of a value."""

    absent: str | None = None
    required: bool = False
    when: Sql | None = None


def common(fields: Fields, scope: Scope, checking: Checking) -> Common:
    """Read what every kind of value may say."""
    absent = fields.get("absent")
    reason = checking.text(absent, "'absent'")
    if absent is not None and reason is not None and reason not in ABSENT_REASONS:
        checking.problems.add(
            "PRO014",
            absent.place,
            f"'{reason}' is no data-absent-reason",
            choice(reason, ABSENT_REASONS, shown=20),
        )
    when = fields.get("when")
    condition = expressions.sql(when, scope, checking) if isinstance(when, Text) else None
    if when is not None and condition is None and not isinstance(when, Items):
        checking.text(when, "'when'")
    return Common(reason, checking.flag(fields.get("required"), "'required'"), condition)


def member_of(
    type_path: str, name: str, place: Place, path: str, checking: Checking
) -> fhirtypes.Member | None:
    """The member of this JSON name; PRO011 where the model has none."""
    found = fhirtypes.member(type_path, name)
    if found is None:
        names = fhirtypes.member_names(type_path)
        typed = [n for n in names if n.startswith(name) and n[len(name) :][:1].isupper()]
        write = "one of " + ", ".join(typed[:12]) if typed else choice(name, names)
        checking.problems.add("PRO011", place, f"{path} has no element '{name}'", write)
    return found


def with_required(node: Node) -> Node:
    """The same node, rejecting a row without its value, unless it says why it may be absent."""
    if isinstance(node, ListNode):
        if any(_excused(item) for item in node.items):
            return node
        return replace(node, required=True)
    if isinstance(node, Scalar | CrosswalkValue | ReferenceValue | ObjectNode | First):
        return node if _excused(node) else replace(node, required=True)
    return node


def _excused(node: Node) -> bool:
    if isinstance(node, First):
        return node.absent is not None or any(_excused(n) for n in node.alternatives)
    if isinstance(node, Scalar | CrosswalkValue | ReferenceValue | ObjectNode):
        return node.absent is not None
    return False


def with_when(node: Node, when: Sql | None) -> Node | None:
    """The same node under one more condition; None where its kind cannot have one."""
    if when is None:
        return node
    if isinstance(node, Scalar | CrosswalkValue | ReferenceValue | ObjectNode):
        return replace(node, when=expressions.both(node.when, when))
    return None
