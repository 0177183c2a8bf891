"""The contract of an extractor, as tests: subclass, say how to get one, and run with pytest.

    class TestMyExtractor(ExtractorContract):
        def extractor(self) -> Extractor:
            return MyExtractor()

        def export(self, folder: Path) -> ExtractRequest:
            ...write an export below folder, best one with a row that cannot be read...

``expected`` may give, by staged table, how many rows must be staged and how many held back.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from migrate.core.issues import Issue, catalogue
from migrate.core.model import ADDRESS_COLUMNS, SourceFile, SourceTable, column_name
from migrate.core.ports import (
    ExtractEvent,
    Extractor,
    ExtractRequest,
    OtherFile,
    RowReject,
    Rows,
    TableDone,
)

_SHORTEST_SECRET = 6
_MOST_BATCH_BYTES = 1 << 28


class ExtractorContract:
    """Every extractor passes these."""

    def extractor(self) -> Extractor:
        """The extractor."""
        raise NotImplementedError

    def export(self, folder: Path) -> ExtractRequest:
        """An export, written below ``folder``, and how it is asked for."""
        raise NotImplementedError

    def expected(self) -> Mapping[str, tuple[int, int]]:
        """Rows and rejects by staged table; empty where that is not to be held."""
        return {}

    def test_it_has_a_name_and_detects_its_own(self, tmp_path: Path) -> None:
        request = self.export(tmp_path)
        found = self.extractor().detect(request.source)
        assert self.extractor().name == self.extractor().name.lower() != ""
        assert found is not None
        assert 0 < found.confidence <= 1
        assert found.reason

    def test_it_does_not_detect_what_is_not_there(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        for source in (tmp_path / "empty", tmp_path / "missing"):
            assert self.extractor().detect(str(source)) is None

    def test_it_only_reads(self, tmp_path: Path) -> None:
        request = self.export(tmp_path)
        before = _contents(tmp_path)
        self.extractor().detect(request.source)
        _Told(self.extractor(), request)
        assert _contents(tmp_path) == before

    def test_tables_hold_text_and_addresses(self, tmp_path: Path) -> None:
        told = _Told(self.extractor(), self.export(tmp_path))
        assert told.tables, "the export gave no table"
        for name, table in told.tables.items():
            names = [column.name for column in table.columns]
            assert column_name(name) == name
            assert [column_name(each) for each in names] == names
            assert len(set(names)) == len(names)
            for batch in told.batches.get(name, []):
                assert batch.schema.names == [*names, *ADDRESS_COLUMNS], name
                types = [pa.string()] * len(names) + [pa.int64(), pa.string(), pa.string()]
                assert batch.schema.types == types, name
                assert batch.nbytes < _MOST_BATCH_BYTES, name
                batch.validate(full=True)

    def test_each_record_is_a_row_or_a_reject(self, tmp_path: Path) -> None:
        told = _Told(self.extractor(), self.export(tmp_path))
        for name, table in told.tables.items():
            numbers = [row["_row"] for row in told.rows(name)]
            held = [reject.row for reject in told.rejects if reject.table == name]
            assert (len(numbers), len(held)) == (table.rows, table.rejected), name
            assert sorted(numbers + held) == list(range(1, len(numbers) + len(held) + 1)), name
            assert numbers == sorted(numbers), f"{name}: rows are not in the order of the export"
            if table.declared_rows is not None:
                assert table.declared_rows >= 0

    def test_what_was_expected_came_out(self, tmp_path: Path) -> None:
        told = _Told(self.extractor(), self.export(tmp_path))
        counts = {name: (table.rows, table.rejected) for name, table in told.tables.items()}
        assert {name: counts.get(name) for name in self.expected()} == dict(self.expected())

    def test_filled_cells_are_counted(self, tmp_path: Path) -> None:
        told = _Told(self.extractor(), self.export(tmp_path))
        for name, table in told.tables.items():
            filled = Counter[str]()
            for row in told.rows(name):
                filled.update(key for key, cell in row.items() if str(cell or "").strip(" \t\r\n"))
            for column in table.columns:
                assert column.filled == filled[column.name], f"{name}.{column.name}"

    def test_keys_name_columns(self, tmp_path: Path) -> None:
        told = _Told(self.extractor(), self.export(tmp_path))
        for name, table in told.tables.items():
            own = {column.name for column in table.columns}
            assert set(table.primary_key) <= own, name
            for key in table.foreign_keys:
                target = told.tables.get(key.target)
                assert set(key.columns) <= own, name
                assert len(key.columns) == len(key.target_columns), name
                if target is not None:
                    assert set(key.target_columns) <= {each.name for each in target.columns}, name

    def test_addresses_name_files_of_the_table(self, tmp_path: Path) -> None:
        told = _Told(self.extractor(), self.export(tmp_path))
        for name, table in told.tables.items():
            paths = {file.path for file in table.files}
            assert all("\\" not in path and not path.startswith("/") for path in paths)
            assert {row["_file"] for row in told.rows(name)} <= paths, name
            assert all(row["_at"] for row in told.rows(name)), name

    def test_rejects_have_codes_and_bytes(self, tmp_path: Path) -> None:
        told = _Told(self.extractor(), self.export(tmp_path))
        for reject in told.rejects:
            assert reject.code in catalogue() and reject.code.startswith("EXT")
            assert reject.raw and reject.file and reject.at

    def test_digests_are_those_of_the_files(self, tmp_path: Path) -> None:
        request = self.export(tmp_path)
        told = _Told(self.extractor(), request)
        for file in told.files():
            path = Path(request.source) / file.path
            path = Path(request.source) if Path(request.source).name == file.path else path
            if path.is_file():
                assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest(), file.path
                assert file.bytes == path.stat().st_size, file.path

    def test_the_same_export_gives_the_same_events(self, tmp_path: Path) -> None:
        request = self.export(tmp_path)
        first, second = _Told(self.extractor(), request), _Told(self.extractor(), request)
        assert first.kinds == second.kinds
        assert first.tables == second.tables
        assert first.rejects == second.rejects
        assert first.issues == second.issues
        assert all(first.rows(name) == second.rows(name) for name in first.tables)

    def test_tables_can_be_chosen(self, tmp_path: Path) -> None:
        request = self.export(tmp_path)
        whole = _Told(self.extractor(), request)
        for name in sorted(whole.tables)[:3]:
            chosen = ExtractRequest(request.source, request.options, frozenset({name}))
            told = _Told(self.extractor(), chosen)
            assert set(told.tables) == {name}
            assert told.rows(name) == whole.rows(name)

    def test_it_can_be_stopped_at_any_event(self, tmp_path: Path) -> None:
        events = self.extractor().extract(self.export(tmp_path))
        next(events)
        close = getattr(events, "close", None)
        if close is not None:
            close()

    def test_issues_are_known_and_tell_no_cell(self, tmp_path: Path) -> None:
        told = _Told(self.extractor(), self.export(tmp_path))
        words = {name for table in told.tables.values() for name in _words(table)}
        cells = {
            cell
            for name in told.tables
            for row in told.rows(name)
            for key, cell in row.items()
            if not key.startswith("_") and len(str(cell or "")) >= _SHORTEST_SECRET
        } - words
        for issue in told.issues:
            assert catalogue()[issue.code].severity == issue.severity
            assert not [cell for cell in cells if str(cell) in issue.message], issue.code


@dataclass(slots=True, init=False)
class _Told:
    """All that an extractor yields, and that no table is spoken of after it is done."""

    batches: dict[str, list[Any]] = field(default_factory=dict)
    rejects: list[RowReject] = field(default_factory=list)
    tables: dict[str, SourceTable] = field(default_factory=dict)
    others: list[SourceFile] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def __init__(self, extractor: Extractor, request: ExtractRequest) -> None:
        self.batches, self.rejects, self.tables = {}, [], {}
        self.others, self.issues, self.kinds = [], [], []
        for event in extractor.extract(request):
            self.kinds.append(type(event).__name__)
            self._take(event)
        assert set(self.batches) <= set(self.tables), "a table was never done"
        assert {reject.table for reject in self.rejects} <= set(self.tables)

    def _take(self, event: ExtractEvent) -> None:
        match event:
            case Rows():
                assert event.table not in self.tables, f"rows of {event.table} after it was done"
                self.batches.setdefault(event.table, []).append(event.batch)
            case RowReject():
                assert event.table not in self.tables, f"reject of {event.table} after it was done"
                self.rejects.append(event)
            case TableDone():
                assert event.table.name not in self.tables, f"{event.table.name} was done twice"
                self.tables[event.table.name] = event.table
            case OtherFile():
                self.others.append(event.file)
            case Issue():
                self.issues.append(event)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The staged rows of a table."""
        return [row for batch in self.batches.get(table, []) for row in batch.to_pylist()]

    def files(self) -> list[SourceFile]:
        """All files that were named."""
        return [file for table in self.tables.values() for file in table.files] + self.others


def _words(table: SourceTable) -> set[str]:
    """Names that an issue may say although a cell may hold them too."""
    paths = {file.path for file in table.files} | {file.path.split("/")[-1] for file in table.files}
    return paths | {table.name, table.source_name} | {column.name for column in table.columns}


def _contents(folder: Path) -> dict[str, str]:
    """Digests of all files below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
