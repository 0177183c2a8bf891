"""A type-checked profile, as data: what the compiler and the reference interpreter both read.

The YAML front end (``migrate.core.profiles.load``) turns a profile into these nodes after it
has checked every name and type; nothing here needs checking again. An entry of an ``order`` is a
column's name, or ``#`` and the name for numeric order. The meaning of
each node is written in ``migrate/guide/profiles.md`` (the language page), whose section names
are quoted below.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

OnError = Literal["reject", "omit"]
OnUnmapped = Literal["reject", "omit", "keep-text"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the profile's YAML, for messages. 1-based."""

    file: str
    line: int
    column: int


# --- leaves: where a text comes from ("Leaves") ----------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A cell. ``source`` is '' for the row itself, an alias of a join or lookup, 'parent' (the
    row outside an each), or '_' for the loop's own names (value, name, position, constants).
    """

    name: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Sql:
    """A scalar SQL expression; its columns are written in it as ``{n}`` placeholders, so that
    ``text.format(*rendered_columns)`` is the expression ('{{' and '}}' stand for braces)."""

    text: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal text. In number and boolean elements it is the JSON token itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Context:
    """A value of the run, the same for all rows: exported, system, name, tool ("Leaves")."""

    name: str


Leaf = Column | Sql | Constant | Context


@dataclass(frozen=True, slots=True)
class TransformCall:
    """A named pure function of ``migrate.core.transforms`` with its literal arguments."""

    name: str
    arguments: tuple[str, ...] = ()


# --- nodes: what stands at an element ("Values") ---------------------------------------------


@dataclass(frozen=True, slots=True)
class Scalar:
    """A primitive element: leaf → transforms → conversion to ``fhir_type`` → JSON token.

    ``formats`` (dates) are tried in order; ``zone`` is the site's time zone for a date-time
    without one; ``true``/``false`` are the tokens of a boolean; ``codes`` the closed list of a
    required binding. ``on_error`` says what happens to a text that is there but cannot be
    converted. ``absent`` is the data-absent-reason that stands in when there is no value.
    """

    fhir_type: str
    leaf: Leaf
    transforms: tuple[TransformCall, ...] = ()
    formats: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    zone: str | None = None
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    on_error: OnError = "reject"
    absent: str | None = None
    required: bool = False
    when: Sql | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class CrosswalkValue:
    """A value looked up in a crosswalk by the text of ``leaf`` (after ``transforms``).

    ``gives`` is 'code' (a JSON string), 'coding' (one Coding object), 'codings' (the items of
    a list of Coding, inside ListNode) or 'text' (the target display as a JSON string).
    """

    crosswalk: str
    leaf: Leaf
    gives: Literal["code", "coding", "codings", "text"]
    transforms: tuple[TransformCall, ...] = ()
    on_unmapped: OnUnmapped = "reject"
    absent: str | None = None
    required: bool = False
    when: Sql | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ReferenceValue:
    """A Reference to the resource made of another row ("References").

    ``rules`` are the rules whose resources it may point at, in order. ``columns`` with
    ``key`` (columns of ``table``) find the row; both empty: the row itself is taken from
    ``alias`` (a join or lookup; '' = this row). ``optional``: left out (MAP020) when the row
    is not there or was held back; otherwise this row is rejected (MAP010, MAP011).
    """

    table: str
    rules: tuple[str, ...]
    key: tuple[str, ...] = ()
    columns: tuple[Leaf, ...] = ()
    alias: str = ""
    optional: bool = False
    display: Scalar | None = None
    absent: str | None = None
    required: bool = False
    when: Sql | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ObjectNode:
    """A complex element. ``members`` are in the element model's order.

    It is there when at least one member that is not constant is there; an object of constants
    alone is always there. ``absent`` puts a data-absent-reason extension in its place.
    """

    fhir_type: str
    members: tuple[tuple[str, Node], ...]
    absent: str | None = None
    required: bool = False
    when: Sql | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ListNode:
    """A repeating element: the items in their order; items that are absent are left out.

    An item may itself yield several (Each, ColumnLoop, CrosswalkValue gives='codings').
    """

    items: tuple[Node, ...]
    required: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class First:
    """The first alternative that is there."""

    alternatives: tuple[Node, ...]
    required: bool = False
    absent: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """One row of ``table`` beside this row, or none: ``on`` pairs (column of table, leaf here).

    With ``between`` (date leaf here, from column, to column) it is a lookup: from ≤ date < to,
    an empty end is open; the comparison is on the text after ``formats`` were applied.
    If several rows match, the first by ``order`` (then the canonical row) is taken (MAP024).
    ``required``: a row without a match is rejected (MAP010).
    """

    alias: str
    table: str
    on: tuple[tuple[str, Leaf], ...]
    where: Sql | None = None
    between: tuple[Leaf, str, str] | None = None
    formats: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    required: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Each:
    """Child rows inside: one item a row of ``table`` whose ``on`` columns equal the leaves of
    the outer row ("Each"). ``table`` is 'members' inside a grouped rule (the group's rows) or
    'merged' (the patient rows merged into this one). ``by`` groups the child rows further;
    the inner Each then names 'members'. Items are in the order of ``order``, then of the key.
    """

    table: str
    item: Node
    on: tuple[tuple[str, Leaf], ...] = ()
    joins: tuple[Join, ...] = ()
    where: Sql | None = None
    by: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ColumnLoop:
    """One item a column that is filled: inside, ``_.value`` is the cell, ``_.position`` the
    column's 1-based place in the list, ``_.name`` its name ("Columns")."""

    columns: tuple[str, ...]
    item: Node
    place: Place | None = None


Node = Scalar | CrosswalkValue | ReferenceValue | ObjectNode | ListNode | First | Each | ColumnLoop


# --- rules and profiles ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition under which rows are excluded or rejected, and why, in the profile's words."""

    when: Sql
    because: str


@dataclass(frozen=True, slots=True)
class Group:
    """Many rows, one resource: rows equal in ``by`` are one; ``order`` picks the first of them,
    whose columns the map sees ("Group")."""

    by: tuple[str, ...]
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unpivot:
    """One resource a filled column: (column, constants by name) ("Columns of a rule")."""

    columns: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True, slots=True)
class Pivot:
    """Rows of an entity-attribute-value table turned into one wide row an entity: rows equal
    in ``by`` become one, with a column for each of ``attributes`` ((value of the name column,
    new column))."""

    by: tuple[str, ...]
    name: str
    value: str
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ResourceRule:
    """One rule: rows of ``table`` → resources of ``type``. ``body`` has every element but
    resourceType, id and meta.source; ``patient`` finds the row's patient (for the partition)."""

    name: str
    type: str
    table: str
    body: ObjectNode
    slot: str = ""
    joins: tuple[Join, ...] = ()
    where: Sql | None = None
    excludes: tuple[Reason, ...] = ()
    rejects: tuple[Reason, ...] = ()
    group: Group | None = None
    unpivot: Unpivot | None = None
    pivot: Pivot | None = None
    patient: Leaf | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Merges:
    """Where the old system says that one patient record was merged into another."""

    table: str
    old: str
    into: str


@dataclass(frozen=True, slots=True)
class TableRule:
    """What the profile says of a source table: its key, its patient, rows that nothing used.

    ``may_lack``: columns that not every export of the system has; without them they are empty.
    """

    name: str
    key: tuple[str, ...] = ()
    patient: str | None = None
    merges: Merges | None = None
    unused: str | None = None
    normal: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    may_lack: tuple[str, ...] = ()

    def places(self, column: str) -> int | None:
        """The decimal places of a column whose normal form is ``decimal(n)``; None otherwise."""
        form = dict(self.normal).get(column, "")
        return int(form[8:-1]) if form.startswith("decimal(") else None


@dataclass(frozen=True, slots=True)
class CrosswalkEntry:
    """One line of a crosswalk. An empty target with equivalence 'unmatched' was looked at and
    has no counterpart: it is kept as text and is not a miss."""

    source: str
    system: str
    code: str
    display: str
    equivalence: str
    reviewer: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Local codes → standard codes; several lines of one source give several codings."""

    name: str
    entries: tuple[CrosswalkEntry, ...]
    file: str = ""


@dataclass(frozen=True, slots=True)
class MoneySide:
    """Where a measure's amounts stand in the FHIR output: a type, a dotted path, a filter."""

    type: str
    path: str
    where: str | None = None


@dataclass(frozen=True, slots=True)
class MoneyMeasure:
    """One measure that must tie out to the cent ("Money"): a column of a table, and where its
    amounts stand in FHIR. ``control`` names the old system's own total."""

    measure: str
    currency: str
    table: str
    column: str
    where: Sql | None = None
    mapped: tuple[MoneySide, ...] = ()
    control: str | None = None
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Profile:
    """A whole profile, checked. ``digest`` is over all files it was read from."""

    name: str
    system: str
    patients: str
    rules: tuple[ResourceRule, ...]
    tables: tuple[TableRule, ...]
    crosswalks: tuple[Crosswalk, ...] = ()
    excluded_tables: tuple[tuple[str, str], ...] = ()
    excluded_columns: tuple[tuple[str, str], ...] = ()
    money: tuple[MoneyMeasure, ...] = ()
    timezone: str | None = None
    files: tuple[tuple[str, str], ...] = field(default=())
    digest: str = ""

    def rule(self, name: str) -> ResourceRule:
        """The rule of this name. Raises KeyError."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        raise KeyError(name)

    def table(self, name: str) -> TableRule:
        """What the profile says of a table; an empty rule for a table it does not mention."""
        for table in self.tables:
            if table.name == name:
                return table
        return TableRule(name)

    def crosswalk(self, name: str) -> Crosswalk:
        """The crosswalk of this name. Raises KeyError."""
        for crosswalk in self.crosswalks:
            if crosswalk.name == name:
                return crosswalk
        raise KeyError(name)
