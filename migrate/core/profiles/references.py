"""References to the resources of other rows ("References" of the language page)."""

from __future__ import annotations

from migrate.core import fhirtypes
from migrate.core.profiles import leaves
from migrate.core.profiles.ast import Leaf, Node, Place, ReferenceValue, Scalar
from migrate.core.profiles.checking import Checking, RuleHead
from migrate.core.profiles.complexes import complex_value, unknown_rule
from migrate.core.profiles.leaves import LEAF_KEYS
from migrate.core.profiles.problems import choice
from migrate.core.profiles.scope import Scope, column
from migrate.core.profiles.spot import COMMON, Spot, ValueReader, common
from migrate.core.profiles.yamltree import Fields, Text, Tree

KEYS = ("reference", *LEAF_KEYS, "columns", "by", "rule", "optional", "display", *COMMON)


def reference(
    tree: Tree, spot: Spot, scope: Scope, checking: Checking, read: ValueReader
) -> Node | None:
    """``{reference: table, column: …}``; a map without ``reference`` is one without a target."""
    if not isinstance(tree, Fields):
        checking.wrong(
            tree.place,
            f"{spot.path} (Reference) is no plain column",
            "{reference: TABLE, column: COLUMN}",
        )
        return None
    target = tree.get("reference")
    if target is None:
        return complex_value(tree, spot, scope, checking, read)
    checking.known_keys(tree, KEYS, "a reference")
    if not isinstance(target, Text):
        checking.text(target, "'reference'")
        return None
    columns = _columns(tree, scope, checking)
    alias = target.value if not columns and target.value in scope.aliases else ""
    table = scope.aliases[alias] if alias else target.value
    if not columns and not alias and table != scope.table:
        checking.wrong(
            target.place,
            f"'{table}' is neither a joined row nor this row's table: a column must find the row",
            f"{{reference: {table}, column: COLUMN}}",
        )
        return None
    if not alias:
        checking.catalogue.check_table(table, target.place)
    shared = common(tree, scope, checking)
    rules = _rules(table, tree, spot, target.place, checking)
    return ReferenceValue(
        table,
        rules,
        _key(table, columns, tree, checking) if rules else (),
        columns,
        alias,
        checking.flag(tree.get("optional"), "'optional'"),
        _display(tree, spot, scope, checking, read),
        shared.absent,
        shared.required,
        shared.when,
        tree.place,
    )


def _columns(tree: Fields, scope: Scope, checking: Checking) -> tuple[Leaf, ...]:
    if "columns" in tree:
        found = [
            leaves.leaf(item, scope, checking, "'columns'")
            for item in checking.items(tree.get("columns"))
        ]
        return tuple(leaf for leaf in found if leaf is not None)
    single = leaves.leaf_in(tree, scope, checking)
    return () if single is None else (single,)


def _key(
    table: str, columns: tuple[Leaf, ...], tree: Fields, checking: Checking
) -> tuple[str, ...]:
    """The columns of the other table that find the row: ``by``, or its key."""
    if not columns:
        return ()
    by = checking.texts(tree.get("by"), "'by'")
    for text in by:
        checking.catalogue.check_column(table, text.value, text.place)
    head = checking.tables.get(table)
    key = tuple(text.value for text in by) or (head.key if head else ())
    if not key:
        checking.wrong(
            tree.place,
            f"table '{table}' has no key",
            f"'by: COLUMN', or a 'key' under tables.{table}",
        )
    elif len(key) != len(columns):
        checking.wrong(
            tree.place,
            f"the key of '{table}' has {len(key)} columns, not {len(columns)}",
            f"'columns:' for {', '.join(key)}, or 'by:'",
        )
    return key


def _fits(head: RuleHead, spot: Spot) -> bool:
    return not spot.targets or head.type in spot.targets


def _rules(
    table: str, tree: Fields, spot: Spot, place: Place, checking: Checking
) -> tuple[str, ...]:
    named = checking.texts(tree.get("rule"), "'rule'")
    if named:
        return tuple(t.value for t in named if _named_fits(t, table, spot, checking))
    made = [head for head in checking.heads.values() if head.table == table]
    fitting = [h for h in made if _fits(h, spot) and h.shape != "columns"]
    if fitting and len({(head.type, head.slot, head.shape) for head in fitting}) == 1:
        return tuple(head.name for head in fitting)  # alternatives for one id
    if not fitting:
        allowed = ", ".join(spot.targets) or "anything"
        have = ", ".join(f"{h.name} ({h.type})" for h in made) or "none"
        checking.problems.add(
            "PRO022",
            place,
            f"no rule makes a resource that {spot.path} may point at ({allowed}) from table "
            f"'{table}' (its rules: {have})",
            "such a rule, or another table",
        )
        return ()
    names = ", ".join(head.name for head in fitting)
    checking.problems.add(
        "PRO015",
        place,
        f"several rules make resources for {spot.path} from '{table}'",
        f"'rule: {fitting[0].name}', or a list of {names}",
    )
    return ()


def _named_fits(name: Text, table: str, spot: Spot, checking: Checking) -> bool:
    head = checking.heads.get(name.value)
    if head is None:
        unknown_rule(name.value, name.place, checking)
        return False
    if head.table != table:
        others = [h.name for h in checking.heads.values() if h.table == table]
        checking.wrong(
            name.place,
            f"rule '{name.value}' reads table '{head.table}', not '{table}'",
            choice(name.value, others),
        )
        return False
    if not _fits(head, spot):
        checking.wrong(
            name.place,
            f"{spot.path} may not point at {head.type} (rule '{name.value}')",
            "a rule of type " + ", ".join(spot.targets),
        )
        return False
    if head.shape == "columns":
        checking.wrong(
            name.place,
            f"rule '{name.value}' makes several resources of one row",
            "a rule that makes one",
        )
        return False
    return True


def _display(
    tree: Fields, spot: Spot, scope: Scope, checking: Checking, read: ValueReader
) -> Scalar | None:
    given = tree.get("display")
    if given is None:
        return None
    member = fhirtypes.member("Reference", "display")
    assert member is not None
    if isinstance(given, Text):
        found = column(given.value, scope, checking, given.place)
        return Scalar("string", found, place=given.place)
    node = read(given, spot.to(member), scope, checking)
    if isinstance(node, Scalar):
        return node
    if node is not None:
        checking.wrong(given.place, "'display' is one text", "a column, or {sql: …}")
    return None
