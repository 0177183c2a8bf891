"""Transforms of plain text: white space, case, pieces, escaping."""

from __future__ import annotations

import base64
import re

from migrate.core.transforms.model import SQL_WHITE, WHITE, Transform

_LETTERS = "A-Za-zÀ-ÖØ-öø-ÿ'’"
_WORDS = re.compile(f"[{_LETTERS}]+|[^{_LETTERS}]+")
_XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">'
_LATIN_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞ"
_LATIN_LOWER = "abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþ"
_TO_UPPER = str.maketrans(_LATIN_LOWER, _LATIN_UPPER)
_TO_LOWER = str.maketrans(_LATIN_UPPER, _LATIN_LOWER)


def _upper(x: str) -> str:
    return x.translate(_TO_UPPER)


def _lower(x: str) -> str:
    return x.translate(_TO_LOWER)


def _title(x: str) -> str:
    return "".join(_upper(word[:1]) + _lower(word[1:]) for word in _WORDS.findall(x))


def _split_part(x: str, separator: str, number: str) -> str:
    parts = x.split(separator)
    return parts[int(number) - 1] if 0 < int(number) <= len(parts) else ""


def _html(x: str) -> str:
    return x.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _xhtml_div(x: str) -> str:
    lines = re.sub("\r\n|\r|\n", "<br/>", _html(_printable(x)))
    return f"{_XHTML}<p>{lines}</p></div>"


def _printable(x: str) -> str:
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", x)


_SQL_UPPER = f"translate({{0}}, '{_LATIN_LOWER}', '{_LATIN_UPPER}')"
_SQL_LOWER = f"translate({{0}}, '{_LATIN_UPPER}', '{_LATIN_LOWER}')"
_SQL_LETTERS = _LETTERS.replace("'", "''")
_SQL_HTML = (
    "replace(replace(replace(replace({0}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), "
    "'\"', '&quot;')"
)
_SQL_PRINTABLE = r"regexp_replace(x, '[\x00-\x08\x0b\x0c\x0e-\x1f]', '', 'g')"

TRANSFORMS = (
    Transform(
        "trim", f"trim(x, {SQL_WHITE})", lambda x: x.strip(WHITE), 0, "drop white space at the ends"
    ),
    Transform(
        "squeeze",
        f"trim(regexp_replace(x, '[ \\t\\n\\r]+', ' ', 'g'), {SQL_WHITE})",
        lambda x: re.sub("[ \t\n\r]+", " ", x).strip(WHITE),
        0,
        "every run of white space becomes one space",
    ),
    Transform("upper", _SQL_UPPER.format("x"), _upper, 0, "capital letters (Latin)"),
    Transform("lower", _SQL_LOWER.format("x"), _lower, 0, "small letters (Latin)"),
    Transform(
        "title",
        f"array_to_string(list_transform(regexp_extract_all(x, "
        f"'[{_SQL_LETTERS}]+|[^{_SQL_LETTERS}]+'), "
        f"lambda w: {_SQL_UPPER.format('w[1]')} || {_SQL_LOWER.format('w[2:]')}), '')",
        _title,
        0,
        "each word with a capital, the rest small (SMITH-JONES → Smith-Jones)",
    ),
    Transform("replace", "replace(x, a, b)", lambda x, a, b: x.replace(a, b), 2, "a becomes b"),
    Transform("prefix", "a || x", lambda x, a: a + x, 1, "put a text before"),
    Transform("suffix", "x || a", lambda x, a: x + a, 1, "put a text after"),
    Transform(
        "strip_prefix",
        "CASE WHEN starts_with(x, a) THEN substr(x, length(a) + 1) ELSE x END",
        lambda x, a: x.removeprefix(a),
        1,
        "take a text off the beginning",
    ),
    Transform(
        "strip_suffix",
        "CASE WHEN a <> '' AND ends_with(x, a) THEN substr(x, 1, length(x) - length(a)) ELSE x END",
        lambda x, a: x.removesuffix(a),
        1,
        "take a text off the end",
    ),
    Transform(
        "split_part",
        "split_part(x, a, b::INTEGER)",
        _split_part,
        2,
        "the n-th piece between separators (1 is the first)",
    ),
    Transform(
        "before",
        "CASE WHEN contains(x, a) THEN substr(x, 1, instr(x, a) - 1) ELSE x END",
        lambda x, a: x.partition(a)[0],
        1,
        "what stands before the first occurrence of a text, or all",
    ),
    Transform(
        "after",
        "CASE WHEN contains(x, a) THEN substr(x, instr(x, a) + length(a)) END",
        lambda x, a: x.partition(a)[2] if a in x else None,
        1,
        "what stands after the first occurrence of a text, or nothing",
    ),
    Transform(
        "first_chars",
        "substr(x, 1, a::INTEGER)",
        lambda x, a: x[: int(a)],
        1,
        "the first n characters",
    ),
    Transform(
        "strip_trailing_digits",
        "regexp_replace(x, '[0-9]+$', '')",
        lambda x: re.sub("[0-9]+\\Z", "", x),
        0,
        "take digits off the end of a name (Abbott774 → Abbott)",
    ),
    Transform(
        "printable", _SQL_PRINTABLE, _printable, 0, "drop control characters that FHIR forbids"
    ),
    Transform("html_escape", _SQL_HTML.format("x"), _html, 0, 'escape & < > " for XHTML'),
    Transform(
        "xhtml_div",
        f"'{_XHTML}<p>' || regexp_replace({_SQL_HTML.format(_SQL_PRINTABLE)}, "
        "'\\r\\n|\\r|\\n', '<br/>', 'g') || '</p></div>'",
        _xhtml_div,
        0,
        "a narrative div of the plain text, its line ends kept",
    ),
    Transform(
        "base64",
        "base64(encode(x))",
        lambda x: base64.b64encode(x.encode()).decode(),
        0,
        "base64 of the text's UTF-8 bytes",
    ),
    Transform(
        "slug",
        f"trim(regexp_replace({_SQL_LOWER.format('x')}, '[^a-z0-9]+', '-', 'g'), '-')",
        lambda x: re.sub("[^a-z0-9]+", "-", _lower(x)).strip("-"),
        0,
        "small letters, digits and hyphens only",
    ),
)
