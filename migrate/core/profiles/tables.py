"""The parts of a profile outside its rules: source, systems, tables, exclusions."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from migrate.core.profiles import scalars
from migrate.core.profiles.ast import Merges, TableRule
from migrate.core.profiles.catalogue import EXPORT_FILES
from migrate.core.profiles.checking import Checking, Settings, TableHead
from migrate.core.profiles.problems import choice, nearest
from migrate.core.profiles.yamltree import Entry, Fields, Items, Null, Text

PROFILE_KEYS = (
    *("profile", "extends", "source", "patients", "systems", "tables", "exclude", "money"),
    "resources",
)
SOURCE_KEYS = ("system", "timezone", "dates", "date_times", "placeholders")
TABLE_KEYS = ("key", "patient", "merges", "unused", "normal", "optional", "may_lack")
_NORMAL = re.compile(r"decimal\(\d\)|integer|trim|utc")


def settings(tree: Fields, checking: Checking) -> Settings:
    """``source``, ``systems`` and ``patients``."""
    checking.known_keys(tree, PROFILE_KEYS, "a profile")
    systems: dict[str, str] = {}
    for entry in checking.fields(tree.get("systems"), "'systems'") or ():
        url = checking.text(entry.value, f"system '{entry.key}'")
        if url is not None:
            systems[entry.key] = url
            if ":" not in url:
                checking.wrong(entry.value.place, f"'{url}' is no URL", "a URL or URN")
    source = checking.fields(tree.get("source"), "'source'") or Fields({}, tree.place)
    checking.known_keys(source, SOURCE_KEYS, "'source'")
    system = checking.text(source.get("system"), "'system'")
    if not system:
        checking.missing(source.place, "system", "'source'")
    for key in ("dates", "date_times"):
        for text in checking.texts(source.get(key), f"'{key}'"):
            scalars.check_format(text, checking)
    return Settings(
        system or "",
        _timezone(source, checking),
        checking.values(source.get("dates"), "'dates'"),
        checking.values(source.get("date_times"), "'date_times'"),
        checking.values(source.get("placeholders"), "'placeholders'"),
        systems,
        _patients(tree, checking),
    )


def _timezone(source: Fields, checking: Checking) -> str | None:
    given = source.get("timezone")
    zone = checking.text(given, "'timezone'")
    if zone is not None and given is not None and zone not in _zones():
        checking.problems.add(
            "PRO022", given.place, f"'{zone}' is no time zone", choice(zone, _zones())
        )
    return zone


@cache
def _zones() -> frozenset[str]:
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def _patients(tree: Fields, checking: Checking) -> str:
    given = tree.get("patients")
    name = checking.text(given, "'patients'")
    if name is None or given is None:
        checking.missing(tree.place, "patients", "the profile")
        return ""
    checking.catalogue.check_table(name, given.place)
    return name


def optional_tables(tree: Fields) -> frozenset[str]:
    """The tables with ``optional: true``, known before any name is checked."""
    tables = tree.get("tables")
    found = set()
    for entry in tables if isinstance(tables, Fields) else ():
        flag = entry.value.get("optional") if isinstance(entry.value, Fields) else None
        if isinstance(flag, Text) and flag.value.lower() == "true":
            found.add(entry.key)
    return frozenset(found)


def lackable_columns(tree: Fields) -> dict[str, frozenset[str]]:
    """The columns under ``may_lack`` by table, known before any name is checked."""
    tables = tree.get("tables")
    found = {}
    for entry in tables if isinstance(tables, Fields) else ():
        given = entry.value.get("may_lack") if isinstance(entry.value, Fields) else None
        items = given.items if isinstance(given, Items) else (given,)
        names = frozenset(item.value for item in items if isinstance(item, Text))
        if names:
            found[entry.key] = names
    return found


def table_rules(tree: Fields, checking: Checking) -> tuple[TableRule, ...]:
    """``tables``; the built-in table of the export's files is always among them."""
    found = [
        _table(entry, checking) for entry in checking.fields(tree.get("tables"), "'tables'") or ()
    ]
    if all(table.name != EXPORT_FILES for table in found):
        found.append(TableRule(EXPORT_FILES, key=("path",), optional=True))
    return tuple(found)


def _table(entry: Entry, checking: Checking) -> TableRule:
    name = entry.key
    if isinstance(entry.value, Null):
        checking.catalogue.check_table(name, entry.place)
        return TableRule(name)
    fields = checking.fields(entry.value, f"table '{name}'") or Fields({}, entry.place)
    checking.known_keys(fields, TABLE_KEYS, "a table")
    checking.catalogue.check_table(name, entry.place)
    key = checking.texts(fields.get("key"), "'key'")
    patient = fields.get("patient")
    for text in (*key, *([patient] if isinstance(patient, Text) else [])):
        checking.catalogue.check_column(name, text.value, text.place)
    return TableRule(
        name,
        tuple(text.value for text in key),
        checking.text(patient, "'patient'"),
        _merges(fields, checking),
        checking.text(fields.get("unused"), "'unused'"),
        _normal(name, fields, checking),
        checking.flag(fields.get("optional"), "'optional'"),
        tuple(text.value for text in checking.texts(fields.get("may_lack"), "'may_lack'")),
    )


def _merges(fields: Fields, checking: Checking) -> Merges | None:
    tree = checking.fields(fields.get("merges"), "'merges'")
    if tree is None:
        return None
    checking.known_keys(tree, ("table", "from", "into"), "'merges'")
    texts = {}
    for key in ("table", "from", "into"):
        value = tree.get(key)
        if isinstance(value, Text):
            texts[key] = value
        else:
            checking.missing(tree.place, key, "'merges'")
    if len(texts) < 3:
        return None
    table = texts["table"].value
    if checking.catalogue.check_table(table, texts["table"].place):
        for key in ("from", "into"):
            checking.catalogue.check_column(table, texts[key].value, texts[key].place)
    return Merges(table, texts["from"].value, texts["into"].value)


def _normal(table: str, fields: Fields, checking: Checking) -> tuple[tuple[str, str], ...]:
    found = []
    for entry in checking.fields(fields.get("normal"), "'normal'") or ():
        checking.catalogue.check_column(table, entry.key, entry.place)
        form = checking.text(entry.value, "a normal form")
        if form is None:
            continue
        form = form.replace(" ", "")
        if _NORMAL.fullmatch(form) is None:
            checking.problems.add(
                "PRO010",
                entry.value.place,
                f"'{form}' is no normal form",
                "decimal(2), integer, trim or utc",
            )
        found.append((entry.key, form))
    return tuple(found)


def heads(rules: tuple[TableRule, ...]) -> dict[str, TableHead]:
    """Key and patient column by table."""
    return {t.name: TableHead(t.key, t.patient, t.optional) for t in rules}


Exclusions = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


def exclusions(tree: Fields, checking: Checking) -> Exclusions:
    """``exclude``: tables and columns with their reasons; a table's ``*`` is resolved here."""
    fields = checking.fields(tree.get("exclude"), "'exclude'")
    if fields is None:
        return (), ()
    checking.known_keys(fields, ("tables", "columns"), "'exclude'")
    tables: dict[str, str] = {}
    declared = tree.get("tables")
    named = declared.entries.keys() if isinstance(declared, Fields) else ()
    for entry in checking.fields(fields.get("tables"), "'tables' of 'exclude'") or ():
        reason = _reason(entry, checking)
        if "*" not in entry.key:
            _slip(entry, tree, checking)
        for name in checking.catalogue.matching(entry.key):
            if name == entry.key or name not in named:
                tables.setdefault(name, reason)
    columns = []
    for entry in checking.fields(fields.get("columns"), "'columns' of 'exclude'") or ():
        table, dot, column = entry.key.rpartition(".")
        if not dot or not table or not column:
            checking.wrong(entry.place, f"'{entry.key}' names no column", "'table.column'")
            continue
        if "*" not in entry.key:
            known = checking.catalogue.columns(table)
            if known is None and checking.catalogue.names() is not None:
                _slip(Entry(table, entry.place, entry.value), tree, checking)
            elif known is not None and column not in known and nearest(column, known, 80.0):
                checking.catalogue.check_column(table, column, entry.place)
        columns.append((entry.key, _reason(entry, checking)))
    return tuple(tables.items()), tuple(columns)


def _reason(entry: Entry, checking: Checking) -> str:
    reason = checking.text(entry.value, f"the reason of '{entry.key}'")
    if not reason:
        checking.missing(entry.place, "reason", f"the exclusion of '{entry.key}'")
    return reason or ""


def _slip(entry: Entry, tree: Fields, checking: Checking) -> None:
    """An excluded table that this export lacks is no mistake, unless it looks like a slip."""
    known = checking.catalogue.names()
    if known is None or entry.key in known:
        return
    tables = tree.get("tables")
    named = tables.entries.keys() if isinstance(tables, Fields) else ()
    near = nearest(entry.key, [name for name in known if name not in named], 80.0)
    if near is not None:
        checking.catalogue.check_table(entry.key, entry.place)
