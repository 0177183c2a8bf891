"""Scalar SQL: parsed with sqlglot, checked against what the language allows, columns taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from migrate.core.profiles import functions
from migrate.core.profiles.ast import Column, Sql
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.problems import choice
from migrate.core.profiles.scope import Scope, column
from migrate.core.profiles.yamltree import Text

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

NOTHING = Sql("NULL", ())
_INSTEAD = "a scalar expression over the row's columns, or a join or lookup"


def sql(text: Text, scope: Scope, checking: Checking) -> Sql:
    """A checked expression with ``{n}`` for its columns; NULL where it was refused (PRO023)."""
    tree = _parsed(text, checking)
    if tree is None:
        return NOTHING
    return _with_placeholders(text, tree, scope, checking)


def only_first(when: Sql, earlier: Sequence[Sql]) -> Sql:
    """The condition that holds where ``when`` does and none of the earlier ones."""
    found: Sql | None = when
    for other in earlier:
        found = both(found, Sql(f"NOT coalesce(({other.text}), false)", other.columns))
    return found or when


def column_names(text: Text, checking: Checking) -> tuple[str, ...] | None:
    """The columns that an allowed expression reads, sorted; None where it was refused (PRO023)."""
    from sqlglot import exp

    tree = _parsed(text, checking)
    if tree is None:
        return None
    return tuple(sorted({node.name.lower() for node in tree.find_all(exp.Column)}))


def _refuse(text: Text, checking: Checking, message: str, write: str = _INSTEAD) -> None:
    checking.problems.add("PRO023", text.place, message, write)


def _parsed(text: Text, checking: Checking) -> exp.Expr | None:
    """The syntax tree of one allowed scalar expression, or None and a mistake."""
    import sqlglot
    from sqlglot.errors import ParseError, SqlglotError

    try:
        tokens = sqlglot.tokenize(text.value, read="duckdb")
        trees = sqlglot.parse(text.value, read="duckdb")
    except SqlglotError as error:
        place = ""
        if isinstance(error, ParseError) and error.errors:
            place = f" near character {error.errors[0].get('col')}"
        _refuse(text, checking, f"the SQL cannot be read{place}", "one scalar SQL expression")
        return None
    if len(trees) != 1 or trees[0] is None:
        _refuse(text, checking, "the SQL is not one expression", "one scalar SQL expression")
        return None
    tree = trees[0]
    if any(token.comments for token in tokens):
        _refuse(text, checking, "the SQL has a comment", "the comment into the YAML, after #")
        return None
    sound = _shape_ok(text, tree, checking) and _functions_ok(text, tokens, checking)
    return tree if sound else None


def _shape_ok(text: Text, tree: exp.Expr, checking: Checking) -> bool:
    for name, kinds in _refused().items():
        if tree.find(*kinds) is not None:
            _refuse(text, checking, f"the SQL has {name}")
            return False
    from sqlglot import exp

    if not all(isinstance(node, _scalars()) for node in tree.walk()):
        _refuse(text, checking, "the SQL is no scalar expression")
        return False
    for cast in tree.find_all(exp.DataType):
        if cast.this in (exp.DataType.Type.TIMESTAMPTZ, exp.DataType.Type.TIMETZ):
            _refuse(text, checking, "the SQL has a type that depends on the machine's time zone")
            return False
    return True


@cache
def _refused() -> Mapping[str, tuple[type[exp.Expr], ...]]:
    """What a scalar expression may not contain, by its name for people."""
    from sqlglot import exp

    return {
        "a sub-select": (exp.Query, exp.Exists),
        "an aggregate": (exp.AggFunc,),
        "a window function": (exp.Window,),
        "a star": (exp.Star, exp.Columns),
        "a lambda": (exp.Lambda,),
        "a table": (exp.Table,),
        "a parameter": (exp.Parameter, exp.Placeholder, exp.SessionParameter),
        "the clock": (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp),
        "a time zone": (exp.AtTimeZone,),
        "an alias": (exp.Alias, exp.Tuple),
    }


@cache
def _scalars() -> tuple[type[exp.Expr], ...]:
    """The kinds of syntax that a scalar expression is made of; statements are none of them."""
    from sqlglot import exp

    return (
        *(exp.Condition, exp.Identifier, exp.DataType, exp.DataTypeParam, exp.Var, exp.Interval),
        *(exp.If, exp.Slice, exp.PropertyEQ, exp.Escape, exp.JSONPath, exp.JSONPathPart),
    )


def _functions_ok(text: Text, tokens: Sequence[Token], checking: Checking) -> bool:
    """Whether every name before a bracket is an allowed function or part of SQL's grammar."""
    for token, after in pairwise(tokens):
        name = token.text.lower()
        written = text.value[token.start : token.end + 1]
        if after.token_type.name != "L_PAREN" or not written[:1].isalpha():
            continue
        if name in functions.GRAMMAR or name in functions.ALLOWED:
            continue
        if written[:1] in "eExXbB" and written[1:2] == "'":
            continue
        _refuse(
            text,
            checking,
            f"the function '{name}' is not allowed",
            choice(name, functions.ALLOWED),
        )
        return False
    return True


def _with_placeholders(text: Text, tree: exp.Expr, scope: Scope, checking: Checking) -> Sql:
    from sqlglot import exp

    spans: list[tuple[int, int, str]] = []
    for node in tree.find_all(exp.Column):
        parts = node.parts
        start, end = parts[0].meta.get("start"), parts[-1].meta.get("end")
        if start is None or end is None:
            _refuse(text, checking, f"the column '{node.name}' cannot be placed")
            return NOTHING
        spans.append((start, end + 1, ".".join(part.name.lower() for part in parts)))
    columns: list[Column] = []
    written = ""
    done = 0
    for start, end, name in sorted(spans):
        found = column(name, scope, checking, text.place)
        if found not in columns:
            columns.append(found)
        written += _braces(text.value[done:start]) + f"{{{columns.index(found)}}}"
        done = end
    return Sql(written + _braces(text.value[done:]), tuple(columns))


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def both(left: Sql | None, right: Sql | None) -> Sql | None:
    """The expression that holds where both do."""
    if left is None or right is None:
        return left or right
    moved = [f"{{{len(left.columns) + n}}}" for n in range(len(right.columns))]
    text = f"({left.text}) AND ({right.text.format(*moved)})"
    if "{{" in right.text or "}}" in right.text:
        text = f"({left.text}) AND ({_renumbered(right, len(left.columns))})"
    return Sql(text, left.columns + right.columns)


def _renumbered(part: Sql, by: int) -> str:
    rendered = part.text.format(*(f"\0{by + n}\1" for n in range(len(part.columns))))
    return _braces(rendered).replace("\0", "{").replace("\1", "}")


def filled(leaf_text: Sql) -> Sql:
    """The condition that an expression has a value."""
    return Sql(f"({leaf_text.text}) IS NOT NULL", leaf_text.columns)
