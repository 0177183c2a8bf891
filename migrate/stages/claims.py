"""What a profile claims of the export's tables and columns, as relations for checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from migrate.core.compile.profile import compile_profile
from migrate.core.profiles.usage import column_usage, excluded_column
from migrate.store.staging import read_manifest

if TYPE_CHECKING:
    from migrate.core.model import Manifest
    from migrate.core.profiles.ast import Profile
    from migrate.store.workspace import Project, Run


def profile_relations(profile: Profile, manifest: Manifest) -> Mapping[str, pa.Table]:
    """``run.columns`` (tbl, col, rows, filled, use), ``run.keys`` (tbl, col, position) and
    ``run.crosswalked`` (crosswalk, tbl, col): the columns that go through a crosswalk."""
    used = column_usage(profile)
    columns = [
        (
            table.name,
            column.name,
            table.rows,
            column.filled,
            _use(profile, used, table.name, column.name),
        )
        for table in manifest.tables
        for column in table.columns
    ]
    keys = [
        (rule.name, column, position)
        for rule in profile.tables
        for position, column in enumerate(rule.key)
    ]
    misses = compile_profile(profile, manifest.tables).misses
    crosswalked = sorted({(miss.crosswalk, miss.table, miss.column) for miss in misses})
    return {
        "crosswalked": _relation(crosswalked, ("crosswalk", "tbl", "col")),
        "columns": _relation(columns, ("tbl", "col", "rows", "filled", "use")),
        "keys": _relation(keys, ("tbl", "col", "position")),
    }


def last_export(project: Project, run: Run, manifest: Manifest) -> Mapping[str, pa.Table]:
    """``run.last_columns`` (tbl, col, filled) of the newest earlier run over another export."""
    for earlier in reversed(project.runs()):
        path = earlier.staged / "manifest.json"
        if earlier.id >= run.id or not path.is_file():
            continue
        before = read_manifest(path)
        if before.input_digest == manifest.input_digest:
            continue
        columns = [(t.name, c.name, c.filled) for t in before.tables for c in t.columns]
        return {"last_columns": _relation(columns, ("tbl", "col", "filled"))}
    return {}


def _use(
    profile: Profile, used: Mapping[str, Mapping[str, object]], table: str, column: str
) -> str:
    if column in used.get(table, {}):
        return "used"
    return "unclaimed" if excluded_column(profile, table, column) is None else "excluded"


def _relation(rows: Sequence[tuple[str | int, ...]], names: tuple[str, ...]) -> pa.Table:
    numbers = ("rows", "filled", "position")
    return pa.table(
        {
            name: pa.array(
                [row[place] for row in rows], pa.int64() if name in numbers else pa.string()
            )
            for place, name in enumerate(names)
        }
    )
