"""Values of primitive elements ("Primitive elements" of the language page)."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Literal

from migrate.core import fhirtypes
from migrate.core.profiles import expressions, leaves
from migrate.core.profiles.ast import (
    Constant,
    Context,
    Crosswalk,
    CrosswalkValue,
    First,
    Leaf,
    Node,
    OnError,
    OnUnmapped,
    Place,
    Scalar,
)
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.leaves import LEAF_KEYS
from migrate.core.profiles.problems import choice
from migrate.core.profiles.scope import Scope, column
from migrate.core.profiles.spot import COMMON, CROSSWALK, UNMAPPED, Spot, common
from migrate.core.profiles.yamltree import Fields, Text, Tree

KEYS = (*LEAF_KEYS, "transform", "on_error", *COMMON)
DATES = ("date", "dateTime", "instant")
ISO_INSTANT = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z")
_FORMAT = re.compile(r"%(.)")
_FORMAT_LETTERS = frozenset("YmdHIMSfpz")
_TEXTS = ("string", "markdown")
_PLAIN_INTEGERS = ("integer", "positiveInt", "unsignedInt")


def scalar(tree: Tree, spot: Spot, scope: Scope, checking: Checking) -> Node | None:
    """The value of a primitive element; None where it was no value of one (reported)."""
    if isinstance(tree, Text):
        return build(column(tree.value, scope, checking, tree.place), spot, tree.place, checking)
    if not isinstance(tree, Fields):
        checking.problems.add(
            "PRO012",
            tree.place,
            f"{spot.path} ({spot.type}) takes one value",
            "a column name, or {column: …}, {sql: …}, {constant: …}",
        )
        return None
    if "crosswalk" in tree:
        return coded(tree, spot, scope, checking)
    checking.known_keys(tree, _keys(spot.type), f"a value of type {spot.type}")
    found = leaves.leaf_in(tree, scope, checking)
    if found is None:
        if "absent" not in tree:
            checking.wrong(
                tree.place,
                f"{spot.path} ({spot.type}) does not say where its value comes from",
                "'column:', 'sql:', 'constant:' or 'context:'",
            )
            return None
        found = expressions.NOTHING
    return build(found, spot, tree.place, checking, tree, scope)


def _keys(fhir_type: str) -> tuple[str, ...]:
    keys: tuple[str, ...] = (*KEYS, "first", "crosswalk")
    if fhir_type in DATES:
        keys += ("formats",)
    return (*keys, "true", "false") if fhir_type == "boolean" else keys


def build(
    found: Leaf,
    spot: Spot,
    place: Place,
    checking: Checking,
    fields: Fields | None = None,
    scope: Scope | None = None,
) -> Scalar:
    """A Scalar for a leaf, with the options that a long form's map gives."""
    options = fields or Fields({}, place)
    shared = common(options, scope or Scope("", ""), checking)
    dates = spot.type in DATES
    error = checking.one_of(options.get("on_error"), "way to go on", ("reject", "omit"))
    on_error: OnError = "omit" if error == "omit" else "reject"
    if isinstance(found, Constant):
        written = options.get("constant")
        check_constant(found.text, spot, written.place if written else place, checking)
    return Scalar(
        spot.type,
        found,
        leaves.transforms(options.get("transform"), checking),
        _formats(found, options, spot, checking),
        checking.settings.placeholders if dates and not isinstance(found, Constant) else (),
        checking.settings.timezone if dates and not isinstance(found, Constant) else None,
        _tokens("true", options, spot, checking),
        _tokens("false", options, spot, checking),
        _codes(spot),
        on_error,
        shared.absent,
        shared.required,
        shared.when,
        place,
    )


def _codes(spot: Spot) -> tuple[str, ...]:
    if spot.type != "code":
        return ()
    systems = fhirtypes.binding_codes(spot.member.element.binding)
    return tuple(dict.fromkeys(code for codes in systems.values() for code in codes))


def _tokens(
    key: Literal["true", "false"], options: Fields, spot: Spot, checking: Checking
) -> tuple[str, ...]:
    if spot.type != "boolean":
        return ()
    return checking.values(options.get(key), f"'{key}'") or (key,)


def _formats(found: Leaf, options: Fields, spot: Spot, checking: Checking) -> tuple[str, ...]:
    if spot.type not in DATES or isinstance(found, Constant):
        return ()
    given = checking.texts(options.get("formats"), "'formats'")
    for text in given:
        check_format(text, checking)
    if given:
        return tuple(text.value for text in given)
    if isinstance(found, Context):
        return ISO_INSTANT
    return checking.settings.dates + checking.settings.date_times


def check_format(text: Text, checking: Checking) -> None:
    """PRO012 for a date format with a directive that the language has not."""
    directives = _FORMAT.findall(text.value)
    unknown = [letter for letter in directives if letter not in _FORMAT_LETTERS]
    if unknown or not directives:
        what = f"'%{unknown[0]}' is no part" if unknown else "there is no '%' part"
        checking.wrong(text.place, f"{what} of a date format", "%Y %m %d %H %I %M %S %f %p %z")


@cache
def _pattern(fhir_type: str) -> re.Pattern[str]:
    free = (*_TEXTS, "base64Binary", "xhtml")
    text = None if fhir_type in free else fhirtypes.pattern(fhir_type)
    return re.compile(text or r"(?s).*[^ \t\n\r].*")


def check_constant(text: str, spot: Spot, place: Place, checking: Checking) -> None:
    """PRO012 for a literal that is none of the type, PRO014 for one outside its binding."""
    codes = _codes(spot)
    if codes and text not in codes:
        checking.problems.add(
            "PRO014",
            place,
            f"'{text}' is not in the value set of {spot.path}",
            choice(text, codes, shown=40),
        )
    elif not text or _pattern(spot.type).fullmatch(text) is None:
        write = (
            "'true' or 'false'" if spot.type == "boolean" else f"text of the form of {spot.type}"
        )
        checking.wrong(place, f"'{text}' is no {spot.type} ({spot.path})", write)


def coded(tree: Fields, spot: Spot, scope: Scope, checking: Checking) -> Node | None:
    """A crosswalk at a primitive element: the target code, or its display at a string."""
    gives: Literal["code", "text"] = "text" if spot.type in _TEXTS else "code"
    if spot.type not in ("code", *_TEXTS):
        checking.wrong(
            tree.place,
            f"a crosswalk cannot stand at {spot.path} ({spot.type})",
            "a crosswalk at a code, Coding, CodeableConcept or string",
        )
        return None
    found = crosswalk_value(tree, gives, spot, scope, checking)
    if found is None or gives == "code" or found.on_unmapped != "keep-text":
        return found
    own = Scalar(spot.type, found.leaf, found.transforms, when=found.when, place=tree.place)
    bare = replace(found, required=False, absent=None)
    return First((bare, own), found.required, found.absent, tree.place)


def crosswalk_value(
    tree: Fields,
    gives: Literal["code", "coding", "codings", "text"],
    spot: Spot,
    scope: Scope,
    checking: Checking,
    extra: tuple[str, ...] = (),
) -> CrosswalkValue | None:
    """``{crosswalk: name, column: …}`` at any element that takes one."""
    checking.known_keys(tree, (*CROSSWALK, *extra), "a crosswalk value")
    name = tree.get("crosswalk")
    found = leaves.leaf_in(tree, scope, checking)
    if found is None:
        checking.missing(tree.place, "column", "the crosswalk value")
    if not isinstance(name, Text) or found is None:
        checking.text(name, "'crosswalk'")
        return None
    unmapped = on_unmapped(tree, checking)
    if unmapped == "keep-text" and gives == "code":
        checking.wrong(
            tree.entries["on_unmapped"].place,
            f"{spot.path} ({spot.type}) has no text to keep",
            "'on_unmapped: reject' or 'omit'",
        )
    known = checking.crosswalks.get(name.value, name.place)
    if known is not None and gives != "text":
        _check_targets(known, gives, spot, name.place, checking)
    shared = common(tree, scope, checking)
    return CrosswalkValue(
        name.value,
        found,
        gives,
        leaves.transforms(tree.get("transform"), checking),
        unmapped,
        shared.absent,
        shared.required,
        shared.when,
        tree.place,
    )


def on_unmapped(tree: Fields, checking: Checking) -> OnUnmapped:
    """``on_unmapped:``, or ``optional: true`` for ``omit``."""
    word = checking.one_of(tree.get("on_unmapped"), "way with unmapped codes", UNMAPPED)
    optional = checking.flag(tree.get("optional"), "'optional'")
    if optional and word not in (None, "omit"):
        checking.wrong(
            tree.entries["optional"].place, f"'optional' is not '{word}'", "one of the two"
        )
    for known in UNMAPPED:
        if known == word:
            return known
    return "omit" if optional else "reject"


def _check_targets(
    crosswalk: Crosswalk, gives: str, spot: Spot, place: Place, checking: Checking
) -> None:
    """PRO014 for target codes outside a required binding."""
    allowed = fhirtypes.binding_codes(spot.member.element.binding)
    if not allowed:
        return
    all_codes = {code for codes in allowed.values() for code in codes}
    for entry in crosswalk.entries:
        if not entry.code:
            continue
        in_system = entry.code in allowed.get(entry.system, ())
        if in_system or (gives == "code" and entry.code in all_codes):
            continue
        checking.problems.add(
            "PRO014",
            place,
            f"crosswalk '{crosswalk.name}' gives '{entry.code}', which is not in the value set "
            f"of {spot.path} ({', '.join(allowed)})",
            choice(entry.code, all_codes, shown=40),
        )
