"""Cells as SQL: what is empty, numbers as written, normal forms, and keyed ids.

All are macros over one column, so that a rule's statement reads as what it means. Text that
does not convert gives NULL; nothing here raises.
"""

from __future__ import annotations

from collections.abc import Sequence

from migrate.core.compile.sqltext import literal
from migrate.core.identity import ID_PREFIX

_WHITE = "' ' || chr(9) || chr(10) || chr(13)"
_DECIMAL = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"
_MENDABLE = r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)"
_UUID = "urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"

#: The form of a primitive that is JSON text, by FHIR type (R4's patterns, ASCII white space).
PATTERNS = {
    "code": r"[^ \t\n\r]+( [^ \t\n\r]+)*",
    "uri": r"[^ \t\n\r]+",
    "url": r"[^ \t\n\r]+",
    "canonical": r"[^ \t\n\r]+",
    "oid": r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+",
    "uuid": _UUID,
    "id": r"[A-Za-z0-9.-]{1,64}",
    "time": _TIME,
}
WHOLE_NUMBERS = ("integer", "positiveInt", "unsignedInt")


def _base32(start: int) -> str:
    return f"to_base(('0x' || substr(h, {start}, 15))::BIGINT, 32, 12)"


# clean, trimmed: the comparison with '!' (the first byte above a space) answers for nearly
# every cell by its first bytes; the rest pays for the exact answer.
_MACROS = (
    f"clean(x) AS (CASE WHEN x >= '!' THEN x WHEN ltrim(x, {_WHITE}) = '' THEN NULL ELSE x END)",
    "trimmed(x) AS (CASE WHEN x >= '!' AND right(x, 1) > ' ' THEN x "
    f"ELSE nullif(trim(x, {_WHITE}), '') END)",
    "json_text(x) AS (CAST(to_json(x) AS VARCHAR))",
    "mended(x) AS (CASE WHEN x[1] = '-' THEN '-' ELSE '' END || "
    r"regexp_replace(ltrim(ltrim(x, '+-'), '0'), '^(\.|$)', '0\1'))",
    f"decimal_text(x) AS (CASE WHEN regexp_full_match(x, '{_DECIMAL}') THEN x "
    f"WHEN regexp_full_match(x, '{_MENDABLE}') THEN mended(x) END)",
    "integer_text(x) AS (CASE WHEN regexp_full_match(x, '[+-]?[0-9]+') "
    "AND try_cast(x AS INTEGER) IS NOT NULL THEN mended(x) END)",
    "unsignedint_text(x) AS (CASE WHEN regexp_full_match(x, '[+]?[0-9]+') "
    "AND try_cast(x AS INTEGER) IS NOT NULL THEN mended(x) END)",
    "positiveint_text(x) AS (CASE WHEN regexp_full_match(x, '[+]?[0-9]+') "
    "AND try_cast(x AS INTEGER) > 0 THEN mended(x) END)",
    f"is_number(x) AS (regexp_full_match(trimmed(x), '{_MENDABLE}'))",
    "sortable(x) AS (CASE WHEN is_number(x) THEN CAST(trimmed(x) AS DOUBLE) END)",
    "part_text(x) AS (CASE WHEN x IS NULL THEN '-:' ELSE strlen(x) || ':' || x END)",
    "keyed_digest(m) AS (sha256(getvariable('outer_pad') || "
    "unhex(sha256(getvariable('inner_pad') || encode(m)))))",
    # 15 hexadecimal digits are 12 of base 32; to_base writes RFC 4648's 0-9A-V.
    f"id_of(h) AS (lower(concat({literal(ID_PREFIX)}, {_base32(1)}, {_base32(16)}, "
    f"{_base32(31)})))",
    "partition_of(h) AS ((('0x' || substr(h, 1, 2))::INTEGER // 4)::TINYINT)",
    r"normal_integer(x) AS (CASE WHEN regexp_full_match(trimmed(x), '[+-]?[0-9]+(\.0*)?') "
    "THEN mended(split_part(trimmed(x), '.', 1)) ELSE x END)",
    "normal_trim(x) AS (trimmed(x))",
    r"normal_utc(x) AS (regexp_replace(x, '^([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]"
    r"([0-9]{2}:[0-9]{2}:[0-9]{2})(\.0+)?(Z|\+00(:?00)?)?$', '\1T\2Z'))",
    "instant_us(x) AS (epoch_us(try_cast(regexp_replace(x, '(Z|[+-][0-9]{2}:[0-9]{2})$', '') "
    "AS TIMESTAMP)) - CASE WHEN x[-1] = 'Z' THEN 0 ELSE (x[-6] || '1')::BIGINT * 60000000 * "
    "(x[-5:-4]::BIGINT * 60 + x[-2:]::BIGINT) END)",
)


def macros() -> list[str]:
    """The SQL statements that define the macros of this module."""
    return [f"CREATE MACRO {text}" for text in (*_MACROS, *_DECIMAL_FORM)]


# Half-even rounding on the digits themselves: a float's 17 digits must not decide a cent, and
# numbers may be longer than any type. A macro's argument is put in wherever its name stands;
# lambdas bind it once, else the statement grows by the power of the nesting.
_DECIMAL_FORM = (
    "next_digits(d) AS (rtrim(d, '9')[:-2] || (rtrim(d, '9')[-1]::INTEGER + 1) || "
    "repeat('0', length(d) - length(rtrim(d, '9'))))",
    "rounded_digits(d, more) AS (CASE WHEN more > '5' OR "
    "(more = '5' AND d[-1] IN ('1', '3', '5', '7', '9')) THEN next_digits(d) ELSE d END)",
    "with_point(sign, d, n) AS (CASE WHEN regexp_full_match(d, '0*') THEN '' ELSE sign END || "
    "coalesce(nullif(ltrim(d[:length(d) - n], '0'), ''), '0') || "
    "CASE WHEN n > 0 THEN '.' || d[length(d) - n + 1:] ELSE '' END)",
    "places(t, n) AS (list_transform([split_part(t, '.', 2)], lambda f: list_transform(["
    "rounded_digits('0' || ltrim(split_part(t, '.', 1), '-') || rpad(f[:n], n, '0'), "
    "rtrim(f[n + 1:], '0'))], lambda d: "
    "with_point(CASE WHEN t[1] = '-' THEN '-' ELSE '' END, d, n))[1])[1])",
    "normal_decimal(x, n) AS (list_transform([x], lambda c: list_transform("
    "[decimal_text(trimmed(c))], lambda t: CASE WHEN t IS NULL THEN c ELSE places(t, n) END)[1])"
    "[1])",
)


def normal_form(form: str, cell: str) -> str:
    """SQL of a cell in its declared normal form (``decimal(2)``, ``integer``, ``trim``,
    ``utc``)."""
    if form.startswith("decimal(") and form.endswith(")"):
        return f"normal_decimal({cell}, {int(form[8:-1])})"
    if form in ("integer", "trim", "utc"):
        return f"normal_{form}({cell})"
    raise ValueError(f"no normal form '{form}'")


def message(constants: Sequence[str], cells: Sequence[str]) -> str:
    """SQL of the text that an id digests: constant parts, then cells (identity.message)."""
    head = "".join(f"{len(text.encode())}:{text}" for text in constants)
    return " || ".join([literal(head), *(f"part_text({cell})" for cell in cells)])
