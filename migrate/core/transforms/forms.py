"""Transforms of numbers and of numbers that name things: phone, ZIP, SSN, codes."""

from __future__ import annotations

import re

from migrate.core.transforms.model import SQL_WHITE, WHITE, Transform


def _digits(x: str) -> str:
    return re.sub("[^0-9]", "", x)


def _number(x: str) -> str:
    kept = re.sub("[$, \t\n\r]", "", x)
    inside = re.fullmatch(r"\(([0-9.]+)\)|([0-9.]+)-", kept)
    return f"-{inside[1] or inside[2]}" if inside else kept


def _comparator(x: str) -> str | None:
    found = re.match(r"[ \t\n\r]*(<=|>=|<|>)", x)
    return found[1] if found else None


def _without_comparator(x: str) -> str:
    return re.sub(r"^[ \t\n\r]*(<=|>=|<|>)", "", x).strip(WHITE)


def _phone_us(x: str) -> str:
    digits = _digits(x)
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    plain = re.fullmatch(r"[-+0-9(). \t]*", x)
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if plain and len(digits) == 10 else x


def _ssn(x: str) -> str:
    digits = _digits(x)
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}" if len(digits) == 9 else x


def _zip_us(x: str) -> str:
    plain = x.strip(WHITE)
    return f"{plain[:5]}-{plain[5:]}" if re.fullmatch("[0-9]{9}", plain) else plain


def _icd10_dot(x: str) -> str:
    code = x.strip(WHITE)
    if "." in code or not re.fullmatch("[A-Za-z][0-9][0-9A-Za-z]{2,5}", code):
        return code
    return f"{code[:3]}.{code[3:]}"


def _negate(x: str) -> str:
    return x[1:] if x.startswith("-") else f"-{x}"


_SQL_DIGITS = "regexp_replace(x, '[^0-9]', '', 'g')"
_SQL_KEPT = r"regexp_replace(x, '[$, \t\n\r]', '', 'g')"
_SQL_PHONE = f"regexp_replace({_SQL_DIGITS}, '^1([0-9]{{10}})$', '\\1')"

TRANSFORMS = (
    Transform("digits", _SQL_DIGITS, _digits, 0, "keep the digits only"),
    Transform(
        "number",
        rf"regexp_replace(regexp_replace({_SQL_KEPT}, '^\(([0-9.]+)\)$', '-\1'), "
        rf"'^([0-9.]+)-$', '-\1')",
        _number,
        0,
        "a number without $ and thousands separators; (12.50) and 12.50- are negative",
    ),
    Transform(
        "comparator",
        r"nullif(regexp_extract(x, '^[ \t\n\r]*(<=|>=|<|>)', 1), '')",
        _comparator,
        0,
        "the < <= > >= that a result begins with, or nothing",
    ),
    Transform(
        "without_comparator",
        rf"trim(regexp_replace(x, '^[ \t\n\r]*(<=|>=|<|>)', ''), {SQL_WHITE})",
        _without_comparator,
        0,
        "a result without the < <= > >= that it begins with",
    ),
    Transform("negate", "CASE WHEN x[1] = '-' THEN x[2:] ELSE '-' || x END", _negate, 0, "-x"),
    Transform(
        "phone_us",
        rf"CASE WHEN regexp_full_match(x, '[-+0-9(). \t]*') AND length({_SQL_PHONE}) = 10 THEN "
        rf"regexp_replace({_SQL_PHONE}, '^(...)(...)(....)$', '\1-\2-\3') ELSE x END",
        _phone_us,
        0,
        "ten digits as ddd-ddd-dddd; anything else stays as it is",
    ),
    Transform(
        "ssn",
        rf"CASE WHEN length({_SQL_DIGITS}) = 9 THEN "
        rf"regexp_replace({_SQL_DIGITS}, '^(...)(..)(....)$', '\1-\2-\3') ELSE x END",
        _ssn,
        0,
        "nine digits as ddd-dd-dddd; anything else stays as it is",
    ),
    Transform(
        "zip_us",
        rf"regexp_replace(trim(x, {SQL_WHITE}), '^([0-9]{{5}})([0-9]{{4}})$', '\1-\2')",
        _zip_us,
        0,
        "nine digits as ddddd-dddd; anything else stays as it is",
    ),
    Transform(
        "icd10_dot",
        rf"regexp_replace(trim(x, {SQL_WHITE}), "
        r"'^([A-Za-z][0-9][0-9A-Za-z])([0-9A-Za-z]{1,4})$', '\1.\2')",
        _icd10_dot,
        0,
        "ICD-10 codes get the point that some systems leave out (E119 → E11.9)",
    ),
    Transform(
        "pad_left",
        "CASE WHEN length(x) < a::INTEGER THEN lpad(x, a::INTEGER, b) ELSE x END",
        lambda x, a, b: x.rjust(int(a), b),
        2,
        "filled up on the left to n characters",
    ),
)
