"""What each file of an export is taken for, before a row is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from migrate.core.issues import Issue
from migrate.core.model import column_name, unique_names
from migrate.errors import AskedWrongly
from migrate.extractors.archive import ExportFile, told
from migrate.extractors.delimited import documents
from migrate.extractors.delimited.clean import single_lines
from migrate.extractors.delimited.dialect import Dialect, find_dialect, split_line
from migrate.extractors.delimited.dictionary import Dictionary, read_dictionary
from migrate.extractors.delimited.documents import NEVER_TABLES, content_type, magic, suffix_of
from migrate.extractors.delimited.layout import layout_of
from migrate.extractors.delimited.problems import problem
from migrate.extractors.delimited.reader import FilePlan, parser_of
from migrate.extractors.delimited.settings import FileSettings, Settings, matches
from migrate.extractors.delimited.survey import Survey, looks_binary, survey

HEAD = 64 << 10
_LITTER = (".ds_store", "thumbs.db", "desktop.ini", "._*", "__macosx/*", "*/__macosx/*", ".git/*")
_PACKED = frozenset({"application/zip", "application/gzip"})
_PACKED_SUFFIXES = frozenset({".zip", ".gz", ".7z", ".rar", ".tar", ".tgz"})


@dataclass(slots=True)
class TablePlan:
    """A table: its names, the files it is read from, and its columns in order."""

    name: str
    source_name: str
    files: list[FilePlan] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def add(self, plan: FilePlan) -> None:
        """Add a file; columns that the table does not have yet come last."""
        self.files.append(plan)
        for staged, source in zip(unique_names(list(plan.names)), plan.names, strict=True):
            self.columns.setdefault(staged, source)

    def places(self, plan: FilePlan) -> dict[str, int | None]:
        """For each column of the table its position in a file; None where that lacks it."""
        at = {name: place for place, name in enumerate(unique_names(list(plan.names)))}
        return {name: at.get(name) for name in self.columns}


@dataclass(slots=True)
class ExportPlan:
    """Tables, documents (with content type), files that are only listed (with reason), issues."""

    tables: dict[str, TablePlan] = field(default_factory=dict)
    documents: list[tuple[ExportFile, str]] = field(default_factory=list)
    listed: list[tuple[ExportFile, str]] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def plan_export(files: list[ExportFile], settings: Settings) -> ExportPlan:
    """Look at every file once. Raises AskedWrongly for settings that name no file."""
    plan = ExportPlan()
    dictionary = _dictionary(files, settings)
    for file in files:
        reason = _not_read(file, settings)
        if reason is not None:
            plan.listed.append((file, reason))
            if file.refused is not None:
                plan.issues.append(
                    problem("EXT022", f"{told(file.path)}: {reason}", file=file.path)
                )
        else:
            _take(file, settings, dictionary, plan)
    return plan


def _dictionary(files: list[ExportFile], settings: Settings) -> Dictionary:
    if settings.dictionary is None:
        return Dictionary()
    for file in files:
        if matches(file.path, settings.dictionary):
            return read_dictionary(file, settings.for_file(file.path))
    raise AskedWrongly(
        "EXT026",
        f"the export has no data dictionary '{settings.dictionary}'",
        try_="correct [source.options] dictionary in migration.toml",
    )


def _not_read(file: ExportFile, settings: Settings) -> str | None:
    """Why a file is only listed, or None."""
    if file.refused is not None:
        return f"not read: {file.refused}"
    if settings.dictionary is not None and matches(file.path, settings.dictionary):
        return "data dictionary"
    pattern = settings.ignored_by(file.path)
    if pattern is not None:
        return f"ignored by the project's setting '{pattern}'"
    if any(matches(file.path, litter) for litter in _LITTER):
        return "ignored: left behind by an operating system"
    return None


def _take(file: ExportFile, settings: Settings, words: Dictionary, plan: ExportPlan) -> None:
    declared = settings.for_file(file.path)
    suffix = suffix_of(file.name)
    head = b"".join(_head(file))
    forced = settings.declared(file.path)
    name = column_name(declared.table or _stem(file.name))
    if not head and not (declared.columns or words.names(name)):
        plan.issues.append(problem("EXT003", f"{told(file.path)} is empty", file=file.path))
        plan.listed.append((file, "empty file"))
        return
    wide = (declared.encoding or "").startswith("utf-16")
    text = wide or not looks_binary(head)
    if not forced and (not text or suffix in NEVER_TABLES or magic(head)):
        _document(file, content_type(file.name, head), plan)
        return
    found = survey(file, head, declared.encoding)
    dialect = find_dialect(found, declared, suffix, forced)
    one = None if dialect is None else _file_plan(file, found, dialect, declared, words.names(name))
    if one is None:
        _document(file, content_type(file.name, head), plan)
        return
    one = replace(one, null_tokens=declared.null_tokens or ())
    _add(one, name, declared, words, plan)


def _head(file: ExportFile) -> Iterator[bytes]:
    size = 0
    for block in file.blocks():
        yield block[: HEAD - size]
        size += len(block)
        if size >= HEAD:
            return


def _stem(name: str) -> str:
    return name[: -len(suffix)] if (suffix := suffix_of(name)) else name


def _document(file: ExportFile, kind: str, plan: ExportPlan) -> None:
    plan.documents.append((file, kind))
    if kind in _PACKED or suffix_of(file.name) in _PACKED_SUFFIXES:
        message = f"{told(file.path)} is an archive inside the export and was not opened"
        plan.issues.append(problem("EXT018", message, file=file.path))


def _file_plan(
    file: ExportFile,
    found: Survey,
    dialect: Dialect,
    declared: FileSettings,
    words: tuple[str, ...] | None,
) -> FilePlan | None:
    """The columns of a file and whether its first line names them; None: no table after all."""
    draft = FilePlan(file, found, dialect, False, (), (), bool(declared.trust_quotes))
    whole = len(found.head) >= found.size - found.mark
    first = parser_of(draft, layout_of(dialect, 0, ())).header(found.head, whole)
    if first is None:
        return None
    given = declared.columns or words
    header = declared.header
    if header is None:
        header = given is None or _names_in_common(first[0], given)
    if not header:
        return replace(draft, names=given or _numbered(len(first[0])))
    names = tuple(first[0])
    if declared.columns is not None and len(declared.columns) == len(names):
        names = declared.columns
    if not names and given:
        return replace(draft, names=given)
    if _always_one_more(found, dialect, len(names)):
        names = (*names, "")
    return replace(draft, header=True, names=names) if names else None


def _names_in_common(first: list[str], given: tuple[str, ...]) -> bool:
    there = {column_name(name) for name in first}
    return 2 * len(there & {column_name(name) for name in given}) >= len(there)


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"column {number}" for number in range(1, count + 1))


def _always_one_more(found: Survey, dialect: Dialect, width: int) -> bool:
    """Whether every row ends with one delimiter more than the header, and nothing after it."""
    if dialect.escape is not None:
        return False
    lines = single_lines(found.head, layout_of(dialect, width, ()))[1:200]
    text = [line.removesuffix(b"\r").decode("utf-8", "replace") for line in lines]
    rows = [split_line(line, dialect.delimiter) for line in text if line]
    return len(rows) > 1 and all(len(row) == width + 1 and not row[-1] for row in rows)


def _add(
    one: FilePlan, name: str, declared: FileSettings, words: Dictionary, plan: ExportPlan
) -> None:
    path = one.file.path
    known = plan.tables.get(name)
    same = known is not None and list(known.columns) == unique_names(list(one.names))
    if name == documents.TABLE or (known is not None and not same and declared.table is None):
        free = next(n for i in range(2, 1 << 30) if (n := f"{name}_{i}") not in plan.tables)
        message = f"{told(path)} became table {free}: the name {name} is taken by other columns"
        plan.issues.append(problem("EXT017", message, table=free, file=path))
        name, known = free, None
    elif known is not None and declared.table is None:
        message = f"{told(path)} was joined to table {name}: same name, same columns"
        plan.issues.append(problem("EXT017", message, table=name, file=path))
    if known is None:
        source_name = declared.table or _stem(one.file.name)
        known = TablePlan(name, source_name, types=words.types(name))
        plan.tables[name] = known
    known.add(one)
