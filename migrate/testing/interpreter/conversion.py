"""From text to the JSON token of a primitive type ("Primitive elements")."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from migrate.core.profiles.ast import Scalar
from migrate.testing.interpreter import dates
from migrate.testing.interpreter.texts import WHITE, json_string

_AS_IT_IS = ("string", "markdown", "base64Binary", "xhtml")
_DATES = ("date", "dateTime", "instant")
_NUMBERS = {
    "decimal": re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"),
    "integer": re.compile(r"-?(0|[1-9][0-9]*)"),
    "positiveInt": re.compile(r"[1-9][0-9]*"),
    "unsignedInt": re.compile(r"0|[1-9][0-9]*"),
}
_FORMS = {
    "code": re.compile(r"[^ \t\n\r]+( [^ \t\n\r]+)*"),
    "id": re.compile(r"[A-Za-z0-9.-]{1,64}"),
    "oid": re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+"),
    "uuid": re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    "time": re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"),
}
_NO_WHITE = re.compile(r"[^ \t\n\r]*")


def mended(text: str) -> str:
    """A number without ``+`` and leading zeros, and with a zero before a leading point."""
    parts = re.fullmatch(r"([-+]?)([0-9]*)((?:\.[0-9]+)?)", text)
    if parts is None or not (parts[2] or parts[3]):
        return text
    sign = "-" if parts[1] == "-" else ""
    return sign + (parts[2].lstrip("0") or "0") + parts[3]


def is_number(text: str | None) -> bool:
    """Whether a decimal element would take this text."""
    return text is not None and _NUMBERS["decimal"].fullmatch(mended(text.strip(WHITE))) is not None


def number_of(text: str | None) -> Decimal | None:
    """The number that a text is, for numeric order; None where it is none."""
    return Decimal(mended(text.strip(WHITE))) if text is not None and is_number(text) else None


_WHOLE = re.compile(r"([-+]?[0-9]+)(?:\.0*)?")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.0+)?(?:Z|\+00(?::?00)?)?"
)


def normal_form(form: str, text: str | None) -> str | None:
    """A cell in its declared normal form; a text that has none stays as it is."""
    if text is None:
        return None
    if form == "trim":
        return text.strip(WHITE)
    if form == "utc":
        moment = _MOMENT.fullmatch(text)
        return text if moment is None else f"{moment[1]}T{moment[2]}Z"
    if form == "integer":
        whole = _WHOLE.fullmatch(text.strip(WHITE))
        return text if whole is None else mended(whole[1])
    number = number_of(text)
    if number is None:
        return text
    step = Decimal(1).scaleb(-int(form.removeprefix("decimal(").removesuffix(")")))
    with localcontext(prec=1000):
        rounded = number.quantize(step, ROUND_HALF_EVEN)
    return f"{abs(rounded) if rounded == 0 else rounded:f}"


def trimmed(fhir_type: str, text: str) -> str:
    """The text without white space at its ends, for all types but those of free text."""
    return text if fhir_type in _AS_IT_IS else text.strip(WHITE)


def is_placeholder(node: Scalar, text: str) -> bool:
    """Whether a date's text stands for no date."""
    return node.fhir_type in _DATES and text in node.placeholders


def token(node: Scalar, text: str) -> str | None:
    """The JSON token of a trimmed text; None where it cannot be converted."""
    kind = node.fhir_type
    if kind in _DATES:
        moment = dates.first_match(text, node.formats)
        found = None if moment is None else dates.written(moment, kind, node.zone)
        return None if found is None else json_string(found)
    if kind in _NUMBERS:
        number = mended(text)
        if _NUMBERS[kind].fullmatch(number) is None:
            return None
        return number if kind == "decimal" or -(2**31) <= int(number) < 2**31 else None
    if kind == "boolean":
        return "true" if text in node.true else "false" if text in node.false else None
    form = _FORMS.get(kind)
    if kind in ("uri", "url", "canonical"):
        form = _NO_WHITE
    if form is not None and form.fullmatch(text) is None:
        return None
    return json_string(text) if not node.codes or text in node.codes else None


def constant_token(fhir_type: str, text: str) -> str:
    """The JSON token of a literal: itself where numbers and booleans stand, else a string."""
    return text if fhir_type in _NUMBERS or fhir_type == "boolean" else json_string(text)


def failure_code(fhir_type: str) -> str:
    """The issue code of a text that cannot be converted."""
    if fhir_type in _DATES:
        return "MAP002"
    return "MAP003" if fhir_type in _NUMBERS else "MAP004"
