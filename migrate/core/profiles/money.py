"""Money measures: what must tie out to the cent, and where it stands in FHIR ("Money measures")."""

from __future__ import annotations

import re

from migrate.core import fhirtypes
from migrate.core.profiles import expressions
from migrate.core.profiles.ast import MoneyMeasure, MoneySide
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.problems import choice
from migrate.core.profiles.scope import Scope
from migrate.core.profiles.yamltree import Fields, Text
from migrate.core.reconcile.paths import PathError, amount_path

MONEY_KEYS = ("measure", "currency", "table", "column", "where", "mapped", "control", "sign")
_FILTER = re.compile(r"\.where\([^()]*\)")


def money(tree: Fields, checking: Checking) -> tuple[MoneyMeasure, ...]:
    """``money``: the measures that must tie out."""
    found: dict[str, MoneyMeasure] = {}
    for item in checking.items(tree.get("money")):
        fields = checking.fields(item, "a money measure")
        measure = None if fields is None else _measure(fields, checking)
        if measure is not None and measure.measure in found:
            message = f"measure '{measure.measure}' is there twice"
            checking.problems.add("PRO027", item.place, message, "another name")
        elif measure is not None:
            found[measure.measure] = measure
    return tuple(found.values())


def _measure(fields: Fields, checking: Checking) -> MoneyMeasure | None:
    checking.known_keys(fields, MONEY_KEYS, "a money measure")
    texts: dict[str, Text] = {}
    for key in ("measure", "currency", "table", "column"):
        value = fields.get(key)
        if isinstance(value, Text):
            texts[key] = value
        else:
            checking.missing(fields.place, key, "the money measure")
    if len(texts) < 4:
        return None
    table = texts["table"].value
    if checking.catalogue.check_table(table, texts["table"].place):
        checking.catalogue.check_column(table, texts["column"].value, texts["column"].place)
    where = fields.get("where")
    sign = checking.one_of(fields.get("sign"), "sign", ("1", "-1"))
    return MoneyMeasure(
        texts["measure"].value,
        texts["currency"].value,
        table,
        texts["column"].value,
        expressions.sql(where, Scope(table, ""), checking) if isinstance(where, Text) else None,
        tuple(
            side
            for entry in checking.items(fields.get("mapped"))
            if (side := _side(checking.fields(entry, "'mapped'"), checking)) is not None
        ),
        checking.text(fields.get("control"), "'control'"),
        int(sign or "1"),
    )


def _side(fields: Fields | None, checking: Checking) -> MoneySide | None:
    if fields is None:
        return None
    checking.known_keys(fields, ("type", "path", "where"), "'mapped'")
    kind, path = fields.get("type"), fields.get("path")
    if not isinstance(kind, Text) or not isinstance(path, Text):
        for key in ("type", "path"):
            if not isinstance(fields.get(key), Text):
                checking.missing(fields.place, key, "'mapped'")
        return None
    where = checking.text(fields.get("where"), "'where'")
    try:
        amount_path(path.value, where)
    except PathError as error:
        checking.wrong(path.place, str(error), "a dotted path like item.net.value")
        return None
    type_path = kind.value
    for name in _FILTER.sub("", path.value).split("."):
        member = fhirtypes.member(type_path, name)
        if member is None:
            checking.problems.add(
                "PRO011",
                path.place,
                f"{type_path} has no element '{name}'",
                choice(name, fhirtypes.member_names(type_path)),
            )
            break
        type_path = member.type_path
    return MoneySide(kind.value, path.value, where)
