"""Rules: heads first, so that references can be resolved, then each rule's body."""

from __future__ import annotations

from migrate.core import fhirtypes
from migrate.core.profiles import expressions, joins, leaves, shapes
from migrate.core.profiles.ast import Leaf, ListNode, Node, ObjectNode, Place, Reason, ResourceRule
from migrate.core.profiles.checking import Checking, RuleHead
from migrate.core.profiles.complexes import by_element
from migrate.core.profiles.objects import literal, object_node
from migrate.core.profiles.problems import choice
from migrate.core.profiles.scope import Scope, column
from migrate.core.profiles.spot import Spot
from migrate.core.profiles.values import value
from migrate.core.profiles.yamltree import Fields, Null, Text, Tree

RULE_KEYS = (
    *("rule", "type", "from", "slot", "profile", "patient", "join", "lookup", "where"),
    *("exclude", "reject", "group", "columns", "pivot", "map"),
)
GIVEN_BY_ENGINE = ("id", "resourceType", "implicitRules")


def heads(tree: Tree | None, checking: Checking) -> dict[str, tuple[RuleHead, Fields]]:
    """Name, type, table and shape of every rule."""
    found: dict[str, tuple[RuleHead, Fields]] = {}
    for entry in checking.items(tree):
        fields = checking.fields(entry, "a rule")
        if fields is None:
            continue
        checking.known_keys(fields, RULE_KEYS, "a rule")
        head = _head(fields, checking)
        if head is None:
            continue
        if head.name in found:
            checking.problems.add(
                "PRO027", head.place, f"rule '{head.name}' is there twice", "another name"
            )
            continue
        found[head.name] = (head, fields)
    return found


def _head(fields: Fields, checking: Checking) -> RuleHead | None:
    texts: dict[str, Text] = {}
    for key in ("rule", "type", "from"):
        given = fields.get(key)
        if isinstance(given, Text):
            texts[key] = given
        elif given is None or isinstance(given, Null):
            checking.missing(fields.place, key, "the rule")
        else:
            checking.text(given, f"'{key}'")
    if len(texts) < 3:
        return None
    kind = texts["type"]
    if kind.value not in fhirtypes.resource_types():
        checking.problems.add(
            "PRO011",
            kind.place,
            f"R4 has no resource type '{kind.value}'",
            choice(kind.value, fhirtypes.resource_types()),
        )
        return None
    checking.catalogue.check_table(texts["from"].value, texts["from"].place)
    shape = [key for key in ("group", "columns", "pivot") if key in fields]
    if len(shape) > 1:
        checking.wrong(
            fields.entries[shape[1]].place,
            f"a rule has one shape, not '{shape[0]}' and '{shape[1]}'",
            "one of them, or two rules",
        )
    slot = checking.text(fields.get("slot"), "'slot'") or ""
    name = texts["rule"]
    return RuleHead(
        name.value, kind.value, texts["from"].value, slot, shape[0] if shape else "", name.place
    )


def rule(head: RuleHead, fields: Fields, checking: Checking) -> ResourceRule | None:
    """A whole rule; None where it has no map."""
    scope = Scope(head.table, head.name)
    scope, group, unpivot, pivot = shapes.shape(fields, scope, checking)
    scope, joined = joins.joins(fields, scope, checking)
    where = fields.get("where")
    body = _body(head, fields, scope, checking)
    if body is None:
        return None
    return ResourceRule(
        head.name,
        head.type,
        head.table,
        body,
        head.slot,
        joined,
        expressions.sql(where, scope, checking) if isinstance(where, Text) else None,
        reasons(fields.get("exclude"), scope, checking),
        reasons(fields.get("reject"), scope, checking),
        group,
        unpivot,
        pivot,
        _patient(head, fields, scope, checking),
        head.place,
    )


def reasons(tree: Tree | None, scope: Scope, checking: Checking) -> tuple[Reason, ...]:
    """``exclude`` and ``reject``: conditions, each with its reason in words."""
    found = []
    for item in checking.items(tree):
        fields = checking.fields(item, "a condition with its reason")
        if fields is None:
            continue
        checking.known_keys(fields, ("when", "because"), "a condition with its reason")
        when, because = fields.get("when"), checking.text(fields.get("because"), "'because'")
        if not because:
            checking.missing(fields.place, "because", "the condition")
        if isinstance(when, Text):
            found.append(Reason(expressions.sql(when, scope, checking), because or ""))
        else:
            checking.missing(fields.place, "when", "the condition")
    return tuple(found)


def _patient(head: RuleHead, fields: Fields, scope: Scope, checking: Checking) -> Leaf | None:
    given = fields.get("patient")
    if given is not None and not isinstance(given, Null):
        return leaves.leaf(given, scope, checking, "'patient'")
    table = checking.tables.get(head.table)
    if table is None or table.patient is None:
        return None
    if scope.readable is not None and table.patient not in scope.readable:
        return None
    return column(table.patient, scope, checking, fields.place)


def _body(head: RuleHead, fields: Fields, scope: Scope, checking: Checking) -> ObjectNode | None:
    stands = fields.get("map")
    if not isinstance(stands, Fields):
        if stands is None:
            checking.missing(fields.place, "map", f"rule '{head.name}'")
        else:
            checking.wrong(stands.place, "'map' is a map of elements", "'element: value' lines")
        return None
    for key in GIVEN_BY_ENGINE:
        if key in stands:
            checking.problems.add(
                "PRO010",
                stands.entries[key].place,
                f"'{key}' is made by the toolkit",
                "nothing: take it out",
            )
    own = stands.without(*GIVEN_BY_ENGINE, "meta")
    body = by_element(own, head.type, resource_spot(head.type), scope, checking, value)
    meta = _meta(head, fields, stands.get("meta"), scope, checking)
    members = [*body.members, *([("meta", meta)] if meta else [])]
    return object_node(head.type, members, stands.place)


def resource_spot(resource_type: str) -> Spot:
    """The spot of a whole resource."""
    kind = fhirtypes.ElementType(resource_type)
    element = fhirtypes.Element(resource_type, resource_type, 0, 1, 1, (kind,))
    return Spot(fhirtypes.Member(resource_type, element, kind, resource_type), resource_type)


def _meta(
    head: RuleHead, fields: Fields, tree: Tree | None, scope: Scope, checking: Checking
) -> Node | None:
    """``profile:`` and the map's ``meta`` (security, tag) in one object."""
    members: list[tuple[str, Node]] = []
    profiles = checking.texts(fields.get("profile"), "'profile'")
    if profiles:
        urls = [literal("canonical", checking.system_url(text), text.place) for text in profiles]
        members.append(("profile", ListNode(tuple(urls), place=profiles[0].place)))
    given = checking.fields(tree, "'meta'")
    if given is not None:
        checking.known_keys(given, ("security", "tag"), "'meta'")
        member = fhirtypes.member(head.type, "meta")
        assert member is not None
        spot = resource_spot(head.type).to(member)
        own = Fields(
            {k: e for k, e in given.entries.items() if k in ("security", "tag")}, given.place
        )
        members.extend(by_element(own, "Meta", spot, scope, checking, value).members)
    if not members:
        return None
    place: Place = given.place if given is not None else profiles[0].place
    return object_node("Meta", members, place)
