"""SQL texts of ``controls.yml``: checked like those of a profile, by the same code."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.core.model import SourceTable
from migrate.core.profiles import expressions
from migrate.core.profiles.ast import Place, Sql
from migrate.core.profiles.catalogue import Catalogue
from migrate.core.profiles.checking import Checking, Settings
from migrate.core.profiles.crosswalks import Crosswalks
from migrate.core.profiles.problems import Problems
from migrate.core.profiles.scope import Scope
from migrate.core.profiles.source import SourceText
from migrate.core.profiles.yamltree import Text


class _NoLibrary:
    """A control total has no profile and no crosswalk of its own."""

    def profile(self, name: str) -> SourceText | None:  # noqa: ARG002
        """None."""
        return None

    def crosswalk(self, profile: str, name: str) -> SourceText | None:  # noqa: ARG002
        """None."""
        return None

    def names(self) -> Sequence[str]:
        """None at all."""
        return ()


def checked_sql(text: str, table: str, catalogue: Sequence[SourceTable]) -> tuple[Sql, list[str]]:
    """A scalar expression over one table's row, and all that is wrong with it."""
    problems = Problems()
    crosswalks = Crosswalks(_NoLibrary(), (), {}, problems)
    checking = Checking(problems, Settings(), Catalogue(catalogue, problems), crosswalks)
    sql = expressions.sql(Text(text, Place("", 0, 0)), Scope(table, ""), checking)
    return sql, [line.split(": ", 1)[1] for line in problems.lines()]
