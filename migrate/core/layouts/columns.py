"""Type-checks one column of a layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from migrate.core import fhirtypes
from migrate.core.layouts.ast import FORMS, Column, Form, Path, Source
from migrate.core.layouts.paths import BadPath, parse_path
from migrate.core.profiles.problems import choice
from migrate.core.profiles.yamltree import Fields, Text, Tree

if TYPE_CHECKING:
    from migrate.core.profiles.checking import Checking

_NUMBERS = frozenset({"decimal", "integer", "positiveInt", "unsignedInt"})
_SOURCE = ("path", "reference", "of", "value")
_WORDS = (
    *("column", *_SOURCE, "first", "constant", "as", "join", "codes", "keep", "width", "cut"),
    "compare",
)


def path_at(tree: Tree, kind: str, element: Path | None, checking: Checking) -> Path | None:
    """The path of a text; PRO011 where R4 has no such element."""
    text = checking.text(tree, "a path")
    if text is None:
        return None
    try:
        return parse_path(text, kind, element)
    except BadPath as bad:
        checking.problems.add("PRO011", tree.place, bad.message, bad.write)
        return None


def column(tree: Tree, kind: str, element: Path | None, checking: Checking) -> Column | None:
    """One item of ``columns``."""
    fields = checking.fields(tree, "a column")
    if fields is None:
        return None
    checking.known_keys(fields, _WORDS, "a column")
    name = checking.text(fields.get("column"), "'column'")
    if not name:
        checking.missing(fields.place, "column", "a column")
    sources = _sources(fields, kind, element, checking)
    constant = checking.text(fields.get("constant"), "'constant'")
    if not sources and constant is None and not _told(fields):
        checking.missing(fields.place, "path", f"the column '{name}'")
    form = checking.one_of(fields.get("as"), "form of a column", FORMS) or "text"
    if form == "number" and any(source.path.type not in _NUMBERS for source in sources):
        checking.wrong(fields.place, f"'{name}' is not always a number", "a path to a number")
    return Column(
        name=name or "",
        sources=tuple(sources),
        place=fields.place,
        constant=constant,
        form=cast("Form", form),
        join=checking.text(fields.get("join"), "'join'"),
        codes=_codes(fields, checking),
        keep=checking.flag(fields.get("keep"), "'keep'"),
        width=_width(fields, checking),
        cut=checking.flag(fields.get("cut"), "'cut'"),
        compared=checking.text(fields.get("compare"), "'compare'") != "false",
    )


def _told(fields: Fields) -> bool:
    """Whether there is a source whose mistakes have been told already."""
    return any(fields.get(key) is not None for key in ("path", "reference", "first"))


def _sources(fields: Fields, kind: str, element: Path | None, checking: Checking) -> list[Source]:
    alternatives = fields.get("first")
    if alternatives is None:
        found = [_source(fields, kind, element, checking)]
    else:
        found = []
        for item in checking.items(alternatives):
            if isinstance(item, Text):
                path = path_at(item, kind, element, checking)
                found.append(_leaf(path, item, checking))
                continue
            inner = checking.fields(item, "a source of 'first'")
            if inner is not None:
                checking.known_keys(inner, _SOURCE, "a source of 'first'")
                found.append(_source(inner, kind, element, checking))
    return [source for source in found if source is not None]


def _source(fields: Fields, kind: str, element: Path | None, checking: Checking) -> Source | None:
    path, via = fields.get("path"), fields.get("reference")
    if via is None:
        return (
            None if path is None else _leaf(path_at(path, kind, element, checking), path, checking)
        )
    way, of, value = path_at(via, kind, element, checking), fields.get("of"), fields.get("value")
    target = checking.text(of, "'of'")
    if target is None or value is None or of is None:
        checking.missing(fields.place, "of" if target is None else "value", "a 'reference'")
        return None
    if not fhirtypes.is_resource(target):
        write = choice(target, fhirtypes.resource_types())
        checking.problems.add("PRO011", of.place, f"R4 has no resource type '{target}'", write)
        return None
    if way is not None and way.type != "Reference":
        checking.wrong(via.place, f"'{way.text}' is no Reference but {way.type}", "a Reference")
        return None
    leaf = _leaf(path_at(value, target, None, checking), value, checking)
    return None if leaf is None or way is None else Source(leaf.path, target, way)


def _leaf(path: Path | None, tree: Tree, checking: Checking) -> Source | None:
    if path is None:
        return None
    if not fhirtypes.is_primitive(path.type) and path.type != "xhtml":
        write = choice("", fhirtypes.member_names(path.type), shown=20)
        checking.wrong(tree.place, f"'{path.text}' is a whole {path.type}", write)
        return None
    return Source(path)


def _codes(fields: Fields, checking: Checking) -> dict[str, str] | None:
    found = checking.fields(fields.get("codes"), "'codes'")
    if found is None:
        return None
    return {e.key: checking.text(e.value, f"the code of '{e.key}'") or "" for e in found}


def _width(fields: Fields, checking: Checking) -> int | None:
    tree = fields.get("width")
    text = checking.text(tree, "'width'")
    if text is None or tree is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        checking.wrong(tree.place, "'width' is a number of characters", "'50'")
        return None
    return int(text)
