"""Where a node stands: a row, its joined rows, the row outside, a loop's own names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from migrate.core.profiles.ast import Column, Constant, Context, Leaf, Sql, TransformCall
from migrate.core.transforms import apply
from migrate.testing.interpreter.expressions import Arguments, Expressions
from migrate.testing.interpreter.tables import SourceRow
from migrate.testing.interpreter.texts import filled


@dataclass(eq=False, slots=True)
class Place:
    """What a leaf can read. ``members`` are the rows of a group that ``each: members`` walks."""

    row: SourceRow
    aliases: Mapping[str, SourceRow | None] = field(default_factory=dict)
    parent: Place | None = None
    loop: Mapping[str, str | None] = field(default_factory=dict)
    members: tuple[Place, ...] = ()

    def cell(self, column: Column) -> str | None:
        """The text of a cell; None where it is empty or its row is not there."""
        if column.source == "_":
            return filled(self.loop.get(column.name))
        if column.source == "parent":
            assert self.parent is not None
            return self.parent.row.cell(column.name)
        if not column.source:
            return self.row.cell(column.name)
        joined = self.aliases[column.source]
        return None if joined is None else joined.cell(column.name)

    def arguments(self, sql: Sql) -> Arguments:
        """What stands for the columns of an expression here."""
        return tuple(self.cell(column) for column in sql.columns)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads leaves and conditions."""

    expressions: Expressions
    context: Mapping[str, str]

    def text(
        self, leaf: Leaf, place: Place, transforms: tuple[TransformCall, ...] = ()
    ) -> str | None:
        """The text of a leaf after its transforms; None where there is no value."""
        if isinstance(leaf, Column):
            text = place.cell(leaf)
        elif isinstance(leaf, Sql):
            text = self.expressions.text(leaf, place.arguments(leaf))
        elif isinstance(leaf, Constant):
            text = leaf.text
        else:
            assert isinstance(leaf, Context)
            text = self.context[leaf.name]
        text = filled(text)
        for call in transforms:
            text = filled(apply(call.name, text, call.arguments))
        return text

    def holds(self, condition: Sql | None, place: Place) -> bool:
        """Whether a condition holds here; one that is not there does."""
        if condition is None:
            return True
        return self.expressions.holds(condition, place.arguments(condition))


def column_of(leaf: Leaf) -> str:
    """What notes say of where a value came from: ``column`` or ``alias.column``, with commas."""
    if isinstance(leaf, Column):
        return f"{leaf.source}.{leaf.name}" if leaf.source else leaf.name
    return ",".join(column_of(column) for column in leaf.columns) if isinstance(leaf, Sql) else ""
