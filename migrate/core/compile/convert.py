"""Text → JSON token, by FHIR type, as SQL over one column."""

from __future__ import annotations

from dataclasses import dataclass

from migrate.core.compile.build import Build
from migrate.core.compile.cells import PATTERNS, WHOLE_NUMBERS
from migrate.core.compile.dates import with_zone
from migrate.core.compile.frame import Cell, Frame
from migrate.core.compile.sqltext import json_string, literal
from migrate.core.profiles.ast import Scalar

#: Types whose text is kept to the last character.
VERBATIM = ("string", "markdown", "base64Binary", "xhtml")
DATES = ("date", "dateTime", "instant")
#: Types whose JSON token is not a string.
BARE = ("decimal", "boolean", *WHOLE_NUMBERS)


@dataclass(frozen=True, slots=True)
class Converted:
    """The token's column, and the code of the failure to convert (None: it cannot fail)."""

    token: Cell
    code: str | None


def constant_token(fhir_type: str, text: str) -> str:
    """The JSON token of a literal."""
    return text if fhir_type in BARE else json_string(text)


def convert(build: Build, frame: Frame, scalar: Scalar, text: Cell) -> Converted:
    """Convert a text (a column, trimmed where its type wants that) to the type of ``scalar``."""
    kind = scalar.fhir_type
    if kind in VERBATIM:
        return Converted(frame.put(f"json_text({text.expr})", text.layer), None)
    if kind in DATES:
        return _date(build, frame, scalar, text)
    if kind == "decimal" or kind in WHOLE_NUMBERS:
        macro = f"{kind.lower()}_text({text.expr})"
        return Converted(frame.put(macro, text.layer), "MAP003")
    if kind == "boolean":
        return Converted(frame.put(_boolean(scalar, text.expr), text.layer), "MAP004")
    conditions = [f"regexp_full_match({text.expr}, {literal(PATTERNS[kind])})"]
    if scalar.codes:
        conditions = [f"{text.expr} IN ({', '.join(literal(c) for c in scalar.codes)})"]
    made = f"CASE WHEN {conditions[0]} THEN json_text({text.expr}) END"
    return Converted(frame.put(made, text.layer), "MAP004")


def _boolean(scalar: Scalar, cell: str) -> str:
    branches = []
    for token, texts in (("true", scalar.true or ("true",)), ("false", scalar.false or ("false",))):
        listed = ", ".join(literal(text) for text in texts)
        branches.append(f"WHEN {cell} IN ({listed}) THEN '{token}'")
    return f"CASE {' '.join(branches)} END"


def _date(build: Build, frame: Frame, scalar: Scalar, text: Cell) -> Converted:
    whole = scalar.fhir_type != "date"
    formats = scalar.formats
    if scalar.fhir_type == "instant":
        formats = build.timed(formats)
    made = frame.put(build.date_text(text.expr, formats, whole=whole), text.layer)
    lacking, zone = build.zone(formats, scalar.zone)
    if whole and lacking:
        made = frame.put(with_zone(made.expr, zone), made.layer)
    return Converted(frame.put(f"'\"' || {made.expr} || '\"'", made.layer), "MAP002")
