"""Values that can be judged alone: the forms of R4's primitive types and closed lists of codes.

A test takes the piece of a line that holds the value (a text as it is written in JSON, or the
structure around a number) and says whether the value is good.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import re
from collections.abc import Callable
from functools import cache

from migrate.core import fhirtypes
from migrate.core.conformance.narrative import narrative_is_good
from migrate.core.conformance.tree import NotJson, number_of, text_of

Test = Callable[[bytes], bool]

_YEAR = r"(?:[1-9][0-9]{3}|0[0-9]{2}[1-9]|0[0-9][1-9]0|0[1-9]00)"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_FORMS = {
    "date": rf"{_YEAR}(?:-{_MONTH}(?:-{_DAY})?)?",
    "dateTime": rf"{_YEAR}(?:-{_MONTH}(?:-{_DAY}(?:T{_CLOCK}{_ZONE})?)?)?",
    "instant": rf"{_YEAR}-{_MONTH}-{_DAY}T{_CLOCK}{_ZONE}",
    "time": _CLOCK,
    "code": r"[^\s]+(?:[ ][^\s]+)*",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "language": r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*",
    "uri": r"[^\s]+",
    "url": r"[^\s]+",
    "canonical": r"[^\s]+",
    "oid": r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+",
    "uuid": r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
}
_DATED = ("date", "dateTime", "instant")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_OID = re.compile(_FORMS["oid"])
_UUID = re.compile(_FORMS["uuid"], re.I)
_RANGES = {
    "integer": (-(2**31), 2**31 - 1),
    "positiveInt": (1, 2**31 - 1),
    "unsignedInt": (0, 2**31 - 1),
}
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(rb"-?(?:0|[1-9][0-9]*)")
NUMERIC = frozenset({"decimal", *_RANGES})


_PLAIN = rb"[!-\[\]-~]"
_PLAIN_DAY = rb"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_PLAIN_CLOCK = rb"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"
_SURELY = {
    "date": _PLAIN_DAY,
    "dateTime": _PLAIN_DAY + rb"(?:T" + _PLAIN_CLOCK + rb")?",
    "instant": _PLAIN_DAY + rb"T" + _PLAIN_CLOCK,
    "id": rb"[A-Za-z0-9\-.]{1,64}",
    "string": _PLAIN + rb"(?:" + _PLAIN + rb"| ){0,4000}",
    "uri": rb"https?://" + _PLAIN + rb"+",
    "decimal": rb"[^0-9.\-]*-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?[^0-9.eE\-]*",
    "positiveInt": rb"[^0-9.\-]*[1-9][0-9]{0,8}[^0-9.eE\-]*",
}


@cache
def surely(kind: str, targets: tuple[str, ...] | None) -> Callable[[bytes], object] | None:
    """A quick form that only good values of a type have; None where there is none."""
    form = _SURELY.get(kind)
    if targets:
        form = rb"(?:" + "|".join(targets).encode() + rb")/[A-Za-z0-9\-.]{1,64}"
    return None if form is None else re.compile(form).fullmatch


@cache
def text_test(kind: str, binding: str | None = None) -> Test:
    """The test of a text of this primitive type, and of its closed list of codes."""
    codes = fhirtypes.binding_codes(binding) if kind == "code" else {}
    if codes:
        listed = {code.encode() for found in codes.values() for code in found}
        return listed.__contains__
    if kind == "base64Binary":
        return _decoded(_is_base64)
    if kind == "xhtml":
        return _decoded(narrative_is_good)
    form = _FORMS.get(kind)
    if form is None:
        return _decoded(_is_text)
    pattern = re.compile(form)
    if kind in _DATED:
        return _decoded(lambda text: pattern.fullmatch(text) is not None and _in_calendar(text))
    if kind in ("uri", "url", "canonical"):
        return _decoded(lambda text: pattern.fullmatch(text) is not None and _good_urn(text))
    return _decoded(lambda text: pattern.fullmatch(text) is not None)


@cache
def name_test(name: str) -> Test:
    """The test of ``resourceType`` in lines of a type."""
    return {name.encode()}.__contains__


def _decoded(test: Callable[[str], bool]) -> Test:
    def judge(piece: bytes) -> bool:
        try:
            return test(text_of(piece))
        except NotJson:
            return False

    return judge


def _is_text(text: str) -> bool:
    return not text.isspace() and text != "" and _CONTROL.search(text) is None


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError):
        return False


def _in_calendar(text: str) -> bool:
    if len(text) < 10:
        return True
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    return day <= calendar.monthrange(year, month)[1]


def _good_urn(text: str) -> bool:
    if text.startswith("urn:oid:"):
        return _OID.fullmatch(text) is not None
    return not text.startswith("urn:uuid:") or _UUID.fullmatch(text) is not None


@cache
def number_test(kind: str, nth: int) -> Test:
    """The test of the nth number of a piece as this primitive type."""
    pattern = _NUMBER if kind == "decimal" else _WHOLE
    low, high = _RANGES.get(kind, (0, 0))

    def judge(piece: bytes) -> bool:
        digits = number_of(piece, nth)
        if pattern.fullmatch(digits) is None:
            return False
        return kind == "decimal" or low <= int(digits) <= high

    return judge


_LOCAL = re.compile(rb"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")


def reference_family(piece: bytes) -> str:
    """What is wrong with a bad reference: the type that it names, or its form."""
    return "target" if _LOCAL.fullmatch(piece) else "reference"


@cache
def reference_test(targets: tuple[str, ...], *, contained: bool) -> Test:
    """The test of a reference's text: its form, and its type where it names one.

    A local one (``#id``) needs a resource that contains others; whether it is there is judged
    with those.
    """
    local = re.compile(r"([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")
    absolute = re.compile(r"(?:https?|urn|mailto|ftp|ldap|tel):[^\s]+")
    known = frozenset(fhirtypes.resource_types())

    def judge(text: str) -> bool:
        match = local.fullmatch(text)
        if match:
            return match[1] in known and (not targets or match[1] in targets)
        return (
            text == "#" or (contained and text[:1] == "#") or absolute.fullmatch(text) is not None
        )

    return _decoded(judge)
