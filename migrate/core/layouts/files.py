"""Type-checks one file of a layout: its type, rows, columns and what it leaves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from migrate.core import fhirtypes
from migrate.core.layouts import paths
from migrate.core.layouts.ast import (
    FILE_FORMATS,
    Beside,
    Column,
    DocumentRule,
    Expression,
    FileFormat,
    LayoutFile,
    Returns,
    Test,
)
from migrate.core.layouts.columns import column, path_at
from migrate.core.layouts.sections import SECTION_COLUMNS
from migrate.core.profiles import expressions
from migrate.core.profiles.ast import Place
from migrate.core.profiles.problems import choice
from migrate.core.profiles.yamltree import Fields, Text, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate.core.profiles.checking import Checking

_WORDS = (
    *("file", "format", "from", "where", "each", "columns", "key", "patient", "split"),
    *("leaves", "documents", "returns", "section", "others"),
)
_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
#: What a documents file adds to its index by itself.
DOCUMENT_COLUMNS = (
    *("file_name", "file_bytes", "file_sha256", "pages"),
    *("original_name", "original_sha256", "state"),
)
#: Of these, what must come back: the bytes and the pages.
_PROVEN = frozenset({"file_sha256", "pages"})


def layout_file(tree: Tree, checking: Checking) -> LayoutFile | None:
    """One item of ``files``; None (with the mistakes told) where it has no type to check by."""
    fields = checking.fields(tree, "a file")
    if fields is None:
        return None
    checking.known_keys(fields, _WORDS, "a file of a layout")
    name = _name(fields, checking)
    kind = checking.text(fields.get("from"), "'from'")
    if kind is None:
        checking.missing(fields.place, "from", f"the file '{name}'")
        return None
    if not fhirtypes.is_resource(kind):
        write = choice(kind, fhirtypes.resource_types())
        place = cast("Text", fields.get("from")).place
        checking.problems.add("PRO011", place, f"R4 has no resource type '{kind}'", write)
        return None
    each = fields.get("each")
    element = path_at(each, kind, None, checking) if each is not None else None
    form = checking.one_of(fields.get("format"), "format of a file", FILE_FORMATS) or "csv"
    made = [column(item, kind, element, checking) for item in checking.items(fields.get("columns"))]
    columns = tuple(one for one in made if one is not None)
    names = [one.name for one in columns]
    if form == "documents":
        columns = (*columns, *_index_columns(fields.place))
    file = LayoutFile(
        name=name,
        format=cast("FileFormat", form),
        type=kind,
        where=_where(fields, kind, checking),
        each=element,
        columns=columns,
        key=checking.values(fields.get("key"), "'key'"),
        patient=checking.text(fields.get("patient"), "'patient'"),
        place=fields.place,
        split=_split(fields, checking),
        leaves=_leaves(fields, checking),
        documents=_documents(fields, form, columns, checking),
        returns=_returns(fields, checking),
        section=checking.text(fields.get("section"), "'section'"),
        others=checking.text(fields.get("others"), "'others'") or "",
    )
    _check(file, names, fields, checking)
    return file


def _index_columns(place: Place) -> tuple[Column, ...]:
    return tuple(Column(name, (), place, compared=name in _PROVEN) for name in DOCUMENT_COLUMNS)


def _name(fields: Fields, checking: Checking) -> str:
    name = checking.text(fields.get("file"), "'file'")
    if name is None:
        checking.missing(fields.place, "file", "a file of the layout")
        return ""
    if _FILE_NAME.fullmatch(name) is None:
        place = cast("Text", fields.get("file")).place
        checking.wrong(place, f"'{name}' is no file name", "small letters, digits, '-' and '_'")
    return name


def _where(fields: Fields, kind: str, checking: Checking) -> tuple[Test, ...]:
    tree = fields.get("where")
    text = checking.text(tree, "'where'")
    if text is None or tree is None:
        return ()
    try:
        return paths.parse_tests(text, kind)
    except paths.BadPath as bad:
        checking.problems.add("PRO011", tree.place, bad.message, bad.write)
        return ()


def _split(fields: Fields, checking: Checking) -> int | None:
    tree = fields.get("split")
    text = checking.text(tree, "'split'")
    if text is None or tree is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        checking.wrong(tree.place, "'split' is a number of rows", "'25000'")
        return None
    return int(text)


def _leaves(fields: Fields, checking: Checking) -> dict[str, str]:
    found = {}
    for entry in checking.fields(fields.get("leaves"), "'leaves'") or ():
        reason = checking.text(entry.value, f"the reason of '{entry.key}'")
        if not reason:
            checking.wrong(entry.place, f"'{entry.key}' has no reason", "why it is not carried")
        found[entry.key] = reason or ""
    return found


def _documents(
    fields: Fields, form: str, columns: tuple[Column, ...], checking: Checking
) -> DocumentRule | None:
    rule = checking.fields(fields.get("documents"), "'documents'")
    if rule is None:
        if form == "documents":
            checking.missing(fields.place, "documents", "a file of format documents")
        return None
    checking.known_keys(rule, ("data", "type", "name", "convert"), "'documents'")
    known = {one.name for one in columns}
    found = {key: checking.text(rule.get(key), f"'{key}'") or "" for key in ("data", "type")}
    for key, name in found.items():
        if name not in known:
            checking.wrong(rule.place, f"'{key}' names no column", choice(name, known))
    pattern = checking.text(rule.get("name"), "'name'") or ""
    for name in _PLACEHOLDER.findall(pattern):
        if name not in known:
            checking.wrong(
                rule.place, f"the name rule's '{name}' is no column", choice(name, known)
            )
    if not pattern:
        checking.missing(rule.place, "name", "'documents'")
    convert = checking.text(rule.get("convert"), "'convert'") != "false"
    return DocumentRule(found["data"], found["type"], pattern, convert)


def _returns(fields: Fields, checking: Checking) -> Returns | None:
    rule = checking.fields(fields.get("returns"), "'returns'")
    if rule is None:
        return None
    checking.known_keys(rule, ("table", "columns", "where", "with"), "'returns'")
    table = checking.text(rule.get("table"), "'table'")
    if table is None:
        checking.missing(rule.place, "table", "'returns'")
    found = {
        entry.key: _expression(entry.value, checking)
        for entry in checking.fields(rule.get("columns"), "'columns'") or ()
    }
    columns = {name: one for name, one in found.items() if one is not None}
    where = rule.get("where")
    condition = None if where is None else _expression(where, checking)
    return Returns(table or "", columns, condition, _beside(rule, checking))


def _beside(fields: Fields, checking: Checking) -> Beside | None:
    rule = checking.fields(fields.get("with"), "'with'")
    if rule is None:
        return None
    checking.known_keys(rule, ("table", "on", "key", "take"), "'with'")
    texts = {}
    for key in ("table", "on", "key"):
        text = checking.text(rule.get(key), f"'{key}'")
        if text is None:
            checking.missing(rule.place, key, "'with'")
        texts[key] = text or ""
    found = {
        entry.key: _expression(entry.value, checking)
        for entry in checking.fields(rule.get("take"), "'take'") or ()
    }
    take = {name: one for name, one in found.items() if one is not None}
    return Beside(texts["table"], texts["on"], texts["key"], take)


def _expression(tree: Tree, checking: Checking) -> Expression | None:
    text = checking.text(tree, "an SQL expression")
    if text is None or not isinstance(tree, Text):
        return None
    columns = expressions.column_names(tree, checking)
    return None if columns is None else Expression(text, columns)


def _check(file: LayoutFile, names: Sequence[str], fields: Fields, checking: Checking) -> None:
    """What holds between the parts of a file; ``names`` are the columns that it says itself."""
    for one in file.columns:
        if names.count(one.name) > 1:
            checking.wrong(one.place, f"column '{one.name}' is there twice", "it once")
    if not names:
        checking.missing(fields.place, "columns", f"the file '{file.name}'")
    if not file.key:
        checking.missing(fields.place, "key", f"the file '{file.name}'")
    wanted = [*file.key, *([file.patient] if file.patient else [])]
    known = {one.name for one in file.columns}
    for name in [*wanted, *(file.returns.columns if file.returns else ())]:
        if name not in known:
            checking.wrong(fields.place, f"'{name}' is no column of the file", choice(name, names))
    clash = sorted({*names} & {*DOCUMENT_COLUMNS}) if file.format == "documents" else []
    if clash:
        checking.wrong(fields.place, f"'{clash[0]}' is a column of every index", "another name")
    _check_section(file, fields, checking)


def _check_section(file: LayoutFile, fields: Fields, checking: Checking) -> None:
    if file.format != "ccd":
        return
    known = SECTION_COLUMNS.get(file.section or "")
    if known is None:
        write = choice(file.section or "", SECTION_COLUMNS)
        checking.wrong(fields.place, f"'{file.section}' is no section of a CCD", write)
        return
    for one in file.columns:
        if one.name not in known:
            write = choice(one.name, known, shown=40)
            checking.wrong(one.place, f"the section has no column '{one.name}'", write)
