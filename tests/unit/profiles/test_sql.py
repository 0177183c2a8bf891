"""Scalar SQL in profiles: what is allowed, and how its columns are taken out."""

from __future__ import annotations

import pytest

from migrate.core.profiles.ast import Column, Constant, Scalar, Sql
from migrate.core.profiles.expressions import both
from tests.profile_texts import codes, rule_of

RULE = """\
  - rule: it
    type: Person
    from: visits
    join: {doc: {table: doctors, on: {id: doctor}}}
    map:
      birthDate: {sql: "%s"}
"""


def sql_of(text: str) -> Sql:
    node = rule_of(RULE % text.replace("\\", "\\\\").replace('"', '\\"')).body.members[0][1]
    assert isinstance(node, Scalar)
    assert isinstance(node.leaf, Sql)
    return node.leaf


@pytest.mark.parametrize(
    ("text", "expected", "columns"),
    [
        ("concat_ws(' ', a, doc.b)", "concat_ws(' ', {0}, {1})", ["a", "doc.b"]),
        ("a || a", "{0} || {0}", ["a"]),
        (
            "date is not null and end_date > '2'",
            "{0} is not null and {1} > '2'",
            ["date", "end_date"],
        ),
        (
            "case when A = '{x}' then b else 'c' end",
            "case when {0} = '{{x}}' then {1} else 'c' end",
            ["a", "b"],
        ),
        ("\"end\" = 'x'", "{0} = 'x'", ["end"]),
        (
            "is_date(d, '%Y') and not is_number(n)",
            "is_date({0}, '%Y') and not is_number({1})",
            ["d", "n"],
        ),
        ("a in ('1', '2') or (b like 'x%')", "{0} in ('1', '2') or ({1} like 'x%')", ["a", "b"]),
        ("regexp_replace(a, '\\d', '')", "regexp_replace({0}, '\\d', '')", ["a"]),
        ("try_cast(a as decimal(10, 2)) * 2", "try_cast({0} as decimal(10, 2)) * 2", ["a"]),
        ("strptime(d, '%Y')::date", "strptime({0}, '%Y')::date", ["d"]),
        ("'a.b'", "'a.b'", []),
    ],
)
def test_columns_become_placeholders_and_the_rest_stays(
    text: str, expected: str, columns: list[str]
) -> None:
    found = sql_of(text)
    assert found.text == expected
    assert [f"{c.source}.{c.name}".lstrip(".") for c in found.columns] == columns
    shown = [f'"{name}"' for name in columns]
    assert found.text.format(*shown).count("{") == text.count("{")


@pytest.mark.parametrize(
    "text",
    [
        "(select 1)",
        "a in (select b from c)",
        "exists(select 1)",
        "count(a)",
        "string_agg(a, ',')",
        "row_number() over ()",
        "lag(a) over (order by b)",
        "read_csv('x')",
        "read_text('/etc/passwd')",
        "current_setting('x')",
        "getenv('HOME')",
        "now()",
        "current_date",
        "random()",
        "nextval('s')",
        "list_filter(a, x -> x > 1)",
        "*",
        "columns('x')",
        "1; drop table x",
        "a -- comment",
        "a /* b */",
        "$1",
        "?",
        "a at time zone 'UTC'",
        "a::timestamptz",
        "create table x (a int)",
        "attach 'x'",
        "pragma version",
        "set x = 1",
        "use x",
        "vacuum",
        "begin",
        "copy a to 'x'",
        "upper(a",
        "a from b",
        "",
        "nosuchfunction(a)",
        "a, b",
    ],
)
def test_all_else_is_refused(text: str) -> None:
    escaped = text.replace('"', '\\"')
    assert codes(RULE % escaped) == ["PRO023@6:24"]


def test_unknown_columns_in_sql_are_told_where_the_sql_stands() -> None:
    assert codes(RULE % "other.a || _.x") == ["PRO020@6:24", "PRO020@6:24"]


def test_two_conditions_hold_together() -> None:
    left = Sql("{0} = '{{'", (Column("a"),))
    right = Sql("{0} = {1} || '}}'", (Column("b"), Column("c")))
    found = both(left, right)
    assert found is not None
    assert found.text.format("A", "B", "C") == "(A = '{') AND (B = C || '}')"
    assert both(None, right) is right


def test_a_constant_is_no_sql() -> None:
    rule = RULE.replace('sql: "%s"', "constant: '2020'")
    node = rule_of(rule).body.members[0][1]
    assert isinstance(node, Scalar)
    assert node.leaf == Constant("2020")
