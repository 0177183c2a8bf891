"""``scan``: what an export holds, before there is a project. Writes nothing that stays."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.core.ports import ExtractRequest
from migrate.stages.source import choose_extractor, kinds_of_files, named_files
from migrate.store.columns import ColumnFacts, StagedColumns
from migrate.store.staging import stage

if TYPE_CHECKING:
    from migrate.core.issues import Issue
    from migrate.core.model import Manifest, SourceTable
    from migrate.stages.progress import Progress

_LARGEST_PAIRS = 1_000
_NAMESAKES = 2
_CONTAINED = 0.95
_FEWEST_KEYS = 3


@dataclass(frozen=True, slots=True)
class ScannedTable:
    """A table with the facts of its columns, and columns that could be its key.

    ``points_at``: column → (table, key column, share of its different values found there).
    """

    table: SourceTable
    columns: tuple[ColumnFacts, ...]
    keys: tuple[tuple[str, ...], ...]
    points_at: Mapping[str, tuple[str, str, float]]


@dataclass(frozen=True, slots=True)
class Scan:
    """What an export holds. No value of a chart is in it."""

    manifest: Manifest
    tables: tuple[ScannedTable, ...]
    issues: tuple[Issue, ...]

    def document(self) -> dict[str, object]:
        """extractor, tables (columns, keys, references), other_files, issues."""
        return {
            "extractor": self.manifest.extractor,
            "input_digest": self.manifest.input_digest,
            "tables": [_table_document(each) for each in self.tables],
            "other_files": kinds_of_files(self.manifest.other_files),
            "issues": [
                {"code": issue.code, "severity": issue.severity, "message": issue.message}
                for issue in self.issues
            ],
        }

    def lines(self) -> list[str]:
        """The scan for a terminal: a line a table, a line a column."""
        lines = []
        for each in self.tables:
            table = each.table
            held = f", {table.rejected:,} held back" if table.rejected else ""
            keys = " or ".join(" + ".join(key) for key in each.keys[:2])
            lines.append(
                f"{table.name}: {table.rows:,} rows{held}; key: {keys or 'none found'}; "
                f"{table.files[0].encoding or 'no encoding'}, {table.files[0].dialect}"
            )
            lines += [_column_line(each, column, table.rows) for column in each.columns]
        lines += [
            f"{each['files']} file(s): {each['taken_for']}"
            for each in kinds_of_files(self.manifest.other_files)
        ]
        lines += [f"{each.severity}[{each.code}]: {each.message}" for each in self.issues]
        return lines


def run(source: str, options: Mapping[str, object], progress: Progress) -> Scan:
    """Look at an export. Raises what extracting raises (EXT001, EXT002, EXT020 … EXT026)."""
    extractor = choose_extractor(source, None)
    with tempfile.TemporaryDirectory(prefix="ehr-migrate-scan-") as folder:
        progress.start("reading the export")
        staged = stage(
            extractor.extract(ExtractRequest(source, options)),
            Path(folder, "staged"),
            Path(folder, "rejects"),
            extractor=extractor.name,
            exported_at="",
        )
        progress.done()
        with StagedColumns(Path(folder, "staged")) as columns:
            tables = _look(staged.manifest.tables, columns, progress)
    return Scan(staged.manifest, tables, staged.issues)


def _look(
    tables: Sequence[SourceTable], columns: StagedColumns, progress: Progress
) -> tuple[ScannedTable, ...]:
    progress.start("looking at columns", len(tables))
    facts, keys = {}, {}
    for table in tables:
        facts[table.name] = columns.facts(table)
        keys[table.name] = _keys(table, facts[table.name], columns)
        progress.advance()
    progress.done()
    references = _references(facts, keys, columns)
    return tuple(
        ScannedTable(table, facts[table.name], keys[table.name], references.get(table.name, {}))
        for table in tables
    )


def _keys(
    table: SourceTable, facts: Sequence[ColumnFacts], columns: StagedColumns
) -> tuple[tuple[str, ...], ...]:
    """Single columns that are unique and always filled; else pairs of likely columns."""
    if table.rows < 2:
        return ()
    full = [fact for fact in facts if fact.filled == table.rows and fact.kind != "constant"]
    single = [
        (fact.name,)
        for fact in full
        if fact.distinct == table.rows and fact.kind not in ("date", "mixed date", "decimal")
    ]
    if single:
        named = [key for key in single if key[0].endswith("id") or key[0] == facts[0].name]
        return tuple(sorted(single, key=lambda key: key not in named))[:5]
    likely = [fact for fact in full if fact.kind not in ("date", "decimal")][:6]
    pairs = [
        (first.name, second.name)
        for place, first in enumerate(likely)
        for second in likely[place + 1 :]
        if first.distinct * second.distinct >= table.rows
    ]
    return tuple(pair for pair in pairs if columns.unique(table, pair))[:3]


def _references(
    facts: Mapping[str, Sequence[ColumnFacts]],
    keys: Mapping[str, tuple[tuple[str, ...], ...]],
    columns: StagedColumns,
) -> dict[str, dict[str, tuple[str, str, float]]]:
    """Columns whose values are keys of another table, by likely names and equal outlines."""
    targets = [
        (name, fact)
        for name, found in keys.items()
        if found and len(found[0]) == 1
        for fact in facts[name]
        if fact.name == found[0][0] and fact.distinct >= _FEWEST_KEYS
    ]
    targets.sort(key=lambda each: -each[1].distinct)
    targets = [
        each
        for place, each in enumerate(targets)
        if each[1].name == "id"
        or sum(other[1].name == each[1].name for other in targets[:place]) < _NAMESAKES
    ]
    result: dict[str, dict[str, tuple[str, str, float]]] = {}
    tried = 0
    for table, own in facts.items():
        for fact in own:
            for target, key in targets:
                if target == table or not _may_point(fact, target, key) or tried > _LARGEST_PAIRS:
                    continue
                tried += 1
                share = columns.contained(table, fact.name, target, key.name)
                best = result.setdefault(table, {}).get(fact.name, ("", "", 0.0))
                if share >= _CONTAINED and share > best[2]:
                    result[table][fact.name] = (target, key.name, round(share, 4))
    return result


def _may_point(fact: ColumnFacts, target: str, key: ColumnFacts) -> bool:
    if not fact.filled or fact.kind in ("date", "date-time", "decimal"):
        return False
    singular = target.removesuffix("s")
    names = {target, singular, f"{singular}id", f"{singular}_id", f"{singular}_{key.name}"}
    if fact.name in names or (fact.name == key.name and key.name not in ("id", "line", "code")):
        return True
    telling = key.shapes and (
        key.shapes[0][0] == "U" or ("A" in key.shapes[0][0] and "9" in key.shapes[0][0])
    )
    return bool(telling and {s for s, _ in fact.shapes} & {s for s, _ in key.shapes})


def _table_document(each: ScannedTable) -> dict[str, object]:
    table = each.table
    return {
        "table": table.name,
        "source": table.source_name,
        "rows": table.rows,
        "rejected": table.rejected,
        "files": [
            {"path": file.path, "encoding": file.encoding, "taken_for": file.dialect}
            for file in named_files(table.files)
        ],
        "file_count": len(table.files),
        "keys": [list(key) for key in each.keys],
        "columns": [
            {
                "name": fact.name,
                "source": column.source_name,
                "declared_type": column.declared_type,
                "filled": fact.filled,
                "distinct": fact.distinct,
                "kind": fact.kind,
                "formats": list(fact.formats),
                "shapes": [{"shape": shape, "rows": rows} for shape, rows in fact.shapes],
                "points_at": _reference_document(each.points_at.get(fact.name)),
            }
            for fact, column in zip(each.columns, table.columns, strict=True)
        ],
    }


def _reference_document(found: tuple[str, str, float] | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {"table": found[0], "column": found[1], "share": found[2]}


def _column_line(each: ScannedTable, fact: ColumnFacts, rows: int) -> str:
    share = 100 * fact.filled / rows if rows else 0
    pointing = each.points_at.get(fact.name)
    notes = [*fact.formats[:3], *([f"→ {pointing[0]}.{pointing[1]}"] if pointing else [])]
    shapes = [f"{shape} ({count})" for shape, count in fact.shapes[:2]]
    return f"  {fact.name:<28} {share:5.1f}%  {fact.kind:<10} " + "  ".join([*notes, *shapes])
