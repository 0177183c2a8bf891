"""Cells, ids and normal forms in SQL against plain Python."""

import re
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.compile.cells import macros, message, normal_form
from migrate.core.compile.sqltext import json_string
from migrate.core.identity import hmac_pads, make_id, partition_of
from migrate.testing.interpreter import conversion

KEY = bytes(range(32))
NUMBER = st.from_regex(r"\A[+-]?([0-9]{1,12}(\.[0-9]{1,20})?|\.[0-9]{1,6})\Z")
WHITE = " \t\n\r"


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    inner, outer = hmac_pads(KEY)
    connection.execute("SET VARIABLE inner_pad = ?", [inner])
    connection.execute("SET VARIABLE outer_pad = ?", [outer])
    for macro in macros():
        connection.execute(macro)
    return connection


def _one(database: duckdb.DuckDBPyConnection, sql: str, *values: object) -> object:
    row = database.execute(f"SELECT {sql}", list(values)).fetchone()
    assert row is not None
    return row[0]


@settings(deadline=None, max_examples=150)
@given(cells=st.lists(st.none() | st.text(max_size=9), min_size=1, max_size=3), slot=st.text())
def test_ids_are_those_of_the_identity_module(database, cells, slot: str) -> None:
    slot = slot.replace("\0", "")
    given_cells = [None if c is None else c.replace("\0", "") for c in cells]
    names = [f"${n + 1}::VARCHAR" for n in range(len(given_cells))]
    digest = f"keyed_digest({message(['river', 'tàble', slot], names)})"
    found = _one(database, f"id_of({digest})", *given_cells)
    expected = make_id(KEY, ["river", "tàble", slot, *given_cells])
    assert found == expected
    assert _one(database, f"partition_of({digest})", *given_cells) == partition_of(expected)


@settings(deadline=None, max_examples=200)
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20))
def test_json_text_is_the_json_string_of_the_page(database, text: str) -> None:
    assert _one(database, "json_text($1)", text) == json_string(text)


@settings(deadline=None, max_examples=150)
@given(text=st.text(alphabet=st.sampled_from(" \t\n\r!é\x0bA\x7f"), max_size=6))
def test_white_space_is_four_characters(database, text: str) -> None:
    plain = text.strip(WHITE)
    assert _one(database, "clean($1)", text) == (text if plain else None)
    assert _one(database, "trimmed(clean($1))", text) == (plain or None)


@settings(deadline=None, max_examples=200)
@given(text=NUMBER)
def test_numbers_are_mended_and_keep_their_digits(database, text: str) -> None:
    found = _one(database, "decimal_text($1)", text)
    assert isinstance(found, str)
    assert re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", found)
    assert Decimal(found) == Decimal(text)
    assert found.partition(".")[2] == text.partition(".")[2]
    assert found.startswith("-") == text.startswith("-")


@pytest.mark.parametrize(
    ("macro", "text", "expected"),
    [
        ("decimal_text", ".5", "0.5"),
        ("decimal_text", "007.50", "7.50"),
        ("decimal_text", "5.", None),
        ("decimal_text", "1E5", None),
        ("decimal_text", "1,000", None),
        ("integer_text", "-007", "-7"),
        ("integer_text", "4.0", None),
        ("integer_text", "2147483648", None),
        ("unsignedint_text", "-1", None),
        ("unsignedint_text", "00", "0"),
        ("positiveint_text", "0", None),
        ("positiveint_text", "+3", "3"),
        ("normal_integer", "4.0", "4"),
        ("normal_integer", "4.5", "4.5"),
        ("normal_integer", " -04. ", "-4"),
        ("normal_utc", "2020-01-02 03:04:05", "2020-01-02T03:04:05Z"),
        ("normal_utc", "2020-01-02 03:04:05+00", "2020-01-02T03:04:05Z"),
        ("normal_utc", "2020-01-02T03:04:05.0000000", "2020-01-02T03:04:05Z"),
        ("normal_utc", "2020-01-02 03:04:05.120", "2020-01-02 03:04:05.120"),
        ("normal_utc", "2020-01-02 03:04:05-05", "2020-01-02 03:04:05-05"),
        ("normal_utc", "2020-01-02", "2020-01-02"),
    ],
)
def test_corners_of_numbers(database, macro: str, text: str, expected: str | None) -> None:
    assert _one(database, f"{macro}($1)", text) == expected
    if macro.startswith("normal_"):
        assert conversion.normal_form(macro.removeprefix("normal_"), text) == expected


@settings(deadline=None, max_examples=200)
@given(text=NUMBER, places=st.integers(0, 4))
def test_decimal_form_rounds_half_even_on_the_digits(database, text: str, places: int) -> None:
    found = _one(database, normal_form(f"decimal({places})", "$1"), text)
    with localcontext(prec=60):
        exact = Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    expected = f"{abs(exact) if exact == 0 else exact:f}"
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("146.18000000000000681", "146.18"), ("86.8000", "86.80"), ("0.125", "0.12"), ("n/a", "n/a")],
)
def test_money_as_databases_hold_it(database, text: str, expected: str) -> None:
    assert _one(database, normal_form("decimal(2)", "$1"), text) == expected


def test_an_instant_is_compared_in_utc(database) -> None:
    same = ["2020-03-01T01:30:00+02:00", "2020-02-29T23:30:00Z", "2020-02-29T18:00:00-05:30"]
    found = {_one(database, "instant_us($1)", text) for text in same}
    assert len(found) == 1 and None not in found
