"""What became of every row and column of a mapped export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb

from migrate.core.model import SourceTable
from migrate.core.profiles.ast import Profile
from migrate.core.profiles.usage import column_usage, excluded_column


def rows_by_fate(run: Path, tables: Sequence[SourceTable]) -> dict[tuple[str, str], int]:
    """(table, fate) → rows, every row of the tables having one fate that holds none back."""
    with duckdb.connect() as base:
        fates = base.execute(
            f"SELECT tbl, fate, count(*) FROM '{run}/fates.parquet' GROUP BY ALL"
        ).fetchall()
    counts = Counter[str]()
    for table, _, rows in fates:
        counts[table] += rows
    assert counts == +Counter({table.name: table.rows for table in tables})
    assert {fate for _, fate, _ in fates} == {"mapped", "merged", "excluded"}
    return {(table, fate): rows for table, fate, rows in fates}


def unclaimed(profile: Profile, tables: Sequence[SourceTable]) -> list[str]:
    """Columns with values that the profile neither uses nor excludes."""
    used = column_usage(profile)
    return [
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if column.filled
        and column.name not in used.get(table.name, {})
        and excluded_column(profile, table.name, column.name) is None
    ]
