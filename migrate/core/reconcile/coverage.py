"""What became of every column: used by a rule, excluded with a reason, or claimed by nobody.

Computed from the profile's own rules, never typed by hand (DESIGN: promise 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from migrate.core.model import SourceTable
from migrate.core.profiles.ast import Profile
from migrate.core.profiles.usage import column_usage, excluded_column


@dataclass(frozen=True, slots=True)
class ColumnFate:
    """One staged column; ``filled`` counts its cells with a value."""

    table: str
    column: str
    fate: Literal["used", "excluded", "unclaimed"]
    reason: str
    filled: int


def column_fates(profile: Profile, catalogue: Sequence[SourceTable]) -> tuple[ColumnFate, ...]:
    """Every column of the export, in its order, with its fate.

    A column that a rule uses counts as used even where a pattern excludes it as well.
    """
    used = column_usage(profile)
    result = []
    for table in catalogue:
        uses = used.get(table.name, {})
        for column in table.columns:
            reason = excluded_column(profile, table.name, column.name)
            fate: Literal["used", "excluded", "unclaimed"]
            if column.name in uses:
                fate, reason = "used", None
            else:
                fate = "unclaimed" if reason is None else "excluded"
            result.append(ColumnFate(table.name, column.name, fate, reason or "", column.filled))
    return tuple(result)
