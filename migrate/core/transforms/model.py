"""The shape of a transform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: White space as the profile language counts it: space, tab, LF, CR.
WHITE = " \t\n\r"
SQL_WHITE = "' ' || chr(9) || chr(10) || chr(13)"

_PARAMETERS = ("x", "a", "b")


@dataclass(frozen=True, slots=True)
class Transform:
    """A pure function of a text and literal arguments.

    ``sql`` is a DuckDB expression over ``x`` (the text, never NULL) and the arguments ``a``,
    ``b`` (all VARCHAR); ``python`` is the same function and never gets None. Both may give
    None: no value. ``arguments`` is how many literals a profile must give.
    """

    name: str
    sql: str
    python: Callable[..., str | None]
    arguments: int = 0
    says: str = ""

    @property
    def macro(self) -> str:
        """The CREATE MACRO statement."""
        parameters = ", ".join(_PARAMETERS[: 1 + self.arguments])
        return f"CREATE MACRO t_{self.name}({parameters}) AS ({self.sql})"
