"""Totals typed from the old system, and what in the export answers to them."""

from decimal import Decimal

import pytest

from migrate.core.model import SourceColumn, SourceTable
from migrate.core.reconcile.conditions import checked_sql
from migrate.core.reconcile.controls import (
    Binding,
    Part,
    bound,
    check_bindings,
    read_bindings,
    read_totals,
)

BINDINGS = """
controls:
  "visits {year}":
    table: encounters
    where: "voided is null"
    by: {year: {year_of: visit_date}}
  visits all: {table: encounters, distinct: visit_no}
  receivables:
    add:
      - {table: charges, sum: amount}
      - {table: payments, sum: amount, sign: -1}
"""


def test_totals_as_typed() -> None:
    totals, wrong = read_totals(
        "\ufeffname,value,as_of,note\r\n"
        "patients active,125,2026-01-15,Patient list\r\n"
        'A/R total,"$2,594.19",,\r\n'
        "# remark,,,\r\n"
        "\r\n"
    )
    assert not wrong
    assert [(t.name, t.value, t.as_of, t.note) for t in totals] == [
        ("patients active", Decimal(125), "2026-01-15", "Patient list"),
        ("A/R total", Decimal("2594.19"), "", ""),
    ]


def test_totals_that_cannot_be_read() -> None:
    assert read_totals("total,value\n1,2\n") == ((), ("line 1: no column 'name'",))
    _, wrong = read_totals("name,value\na,many\n,4\nb,1\nb,2\n")
    assert wrong == (
        "line 2: value is not a number",
        "line 3: no name",
        "line 5: this name stands there already",
    )


def test_bindings_and_their_patterns() -> None:
    bindings, wrong = read_bindings(BINDINGS, "controls.yml")
    assert not wrong
    assert [b.pattern for b in bindings] == ["visits {year}", "visits all", "receivables"]
    binding, texts = bound(bindings, "Visits  2017") or (None, ())
    assert binding is not None and binding.pattern == "visits {year}" and texts == ("2017",)
    plain = bound(bindings, "visits all")
    assert plain is not None and plain[0].pattern == "visits all"
    assert bound(bindings, "visit 2017") is None
    assert bindings[2].money and not bindings[0].money
    assert [part.sign for part in bindings[2].parts] == [1, -1]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a: [", "not readable YAML"),
        ("other: {}", "one key is needed"),
        ("controls: {a: 1}", "a map with 'table' is needed"),
        ("controls: {a: {table: t, wher: x}}", "unknown word 'wher'"),
        ("controls: {'a {x}': {table: t}}", "'by' must give each name in braces"),
        ("controls: {a: {table: t, by: {x: s}}}", "'by' must give each name in braces"),
        ("controls: {a: {table: t, sum: c, distinct: d}}", "do not go together"),
        ("controls: {a: {table: t, sign: 2}}", "'sign' is 1 or -1"),
        ("controls: {a: {add: []}}", "'add' takes a list"),
        ("controls: {a: {add: [{table: t, sum: c}, {table: t}]}}", "either all parts"),
        ("controls: {'a {x}': {table: t, by: {x: {week_of: d}}}}", "'by' takes SQL text or one of"),
    ],
)
def test_bindings_that_are_not_right(text: str, part: str) -> None:
    _, wrong = read_bindings(text, "mappings/controls.yml")
    assert any(part in line and line.startswith("mappings/controls.yml") for line in wrong), wrong


def test_tables_and_columns_must_be_there() -> None:
    binding = Binding("a {x}", (Part("t", None, "gone", None, (("x", ("year_of", "lost")),)),))
    wrong = check_bindings([binding, Binding("b", (Part("u"),))], {"t": frozenset({"c"})})
    assert [line.split(": ")[1] for line in wrong] == [
        "table 't' has no column 'gone'",
        "table 't' has no column 'lost'",
        "no table 'u' in the export",
    ]


TABLES = (SourceTable("t", "t", (SourceColumn("status", "STATUS"),), (), 0),)


def test_sql_of_a_binding_is_checked_like_a_profile() -> None:
    sql, wrong = checked_sql("status = 'A'", "t", TABLES)
    assert (sql.text, wrong) == ("{0} = 'A'", [])
    for text in ("stat = 'A'", "(select 1)", "count(*) > 1", "status ="):
        assert checked_sql(text, "t", TABLES)[1]
