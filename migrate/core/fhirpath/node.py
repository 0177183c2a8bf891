"""What expressions look at: the parts of a resource, typed by the R4 element model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

Scalar = str | bool | int | Decimal


class Reading(Protocol):
    """Gives the value of a leaf; whoever gives it may write down which leaf was read."""

    def __call__(self, leaf: Node) -> Scalar: ...

    def length(self, leaf: Node) -> int:
        """How long a date's text is: far fewer answers than dates."""
        ...


@dataclass(slots=True, eq=False)
class Node:
    """A part of a resource: an object, or a primitive.

    ``name`` is the element's name in the model (``value`` for ``valueQuantity``), ``json`` its
    member's; ``type`` the type path whose members it has (``Observation.component``,
    ``Quantity``) or a primitive type's name; ``declared`` the type of the element
    (``BackboneElement``); ``path`` the element (``Observation.component.value``). A text or
    number has its place in the line (``leaf``, and ``nth`` among the numbers there); truths and
    what else belongs to the shape have it in ``fixed``. A primitive's own id and extensions
    (``_birthDate``) are its ``members``.
    """

    name: str
    type: str
    declared: str
    json: str
    path: str
    leaf: int | None = None
    nth: int = 0
    fixed: Scalar | None = None
    held: list[Node] = field(default_factory=list)
    grow: Callable[[], None] | None = None
    base: int = 0
    signature: str = ""

    @property
    def members(self) -> list[Node]:
        """The parts, in their order."""
        if self.grow is not None:
            grow, self.grow = self.grow, None
            grow()
        return self.held

    @property
    def has_value(self) -> bool:
        """Whether it is a primitive with a value of its own."""
        return self.leaf is not None or self.fixed is not None

    def named(self, name: str) -> list[Node]:
        """The members of this name, without the type of a choice."""
        return [member for member in self.members if member.name == name]

    def descendants(self) -> Iterator[Node]:
        """All parts below, outside in."""
        for member in self.members:
            yield member
            yield from member.descendants()
