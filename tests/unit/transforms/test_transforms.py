"""Each transform's SQL against its plain-Python truth, and what each is for."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.transforms import apply, macros, transforms

ARGUMENTS = {"split_part": (",", "2"), "first_chars": ("3",), "pad_left": ("5", "0")}
TEXT = st.text(
    alphabet=st.sampled_from("AaZzé Éß019.,-$()<>=&\"'\\\t\n\r\x0b1E\x07ñ’"),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for macro in macros():
        connection.execute(macro)
    return connection


def _in_sql(database: duckdb.DuckDBPyConnection, name: str, text: str, args: tuple[str, ...]):
    parameters = ", ".join(f"${n + 1}" for n in range(1 + len(args)))
    found = database.execute(f"SELECT t_{name}({parameters})", [text, *args]).fetchone()
    return found[0]


@pytest.mark.parametrize("name", sorted(transforms()))
@settings(deadline=None, max_examples=60)
@given(text=TEXT)
def test_sql_is_the_python_truth(database, name: str, text: str) -> None:
    arguments = ARGUMENTS.get(name, ("1", "-")[: transforms()[name].arguments])
    assert _in_sql(database, name, text, arguments) == apply(name, text, arguments)


@pytest.mark.parametrize(
    ("name", "text", "arguments", "expected"),
    [
        ("number", "$1,234.50", (), "1234.50"),
        ("number", "(12.50)", (), "-12.50"),
        ("comparator", "<= 5", (), "<="),
        ("without_comparator", "<= 5", (), "5"),
        ("phone_us", "+1 (555) 010-2345", (), "555-010-2345"),
        ("phone_us", "x5550102345", (), "x5550102345"),
        ("ssn", "900123456", (), "900-12-3456"),
        ("zip_us", "606011234", (), "60601-1234"),
        ("icd10_dot", "E119", (), "E11.9"),
        ("title", "MARY-ANN O'NEIL", (), "Mary-Ann O'neil"),
        ("strip_trailing_digits", "Abbott774", (), "Abbott"),
        ("after", "a:b", (":",), "b"),
        ("after", "ab", (":",), None),
        ("slug", "Fever & Chills!", (), "fever-chills"),
        (
            "xhtml_div",
            "a<b\r\nc",
            (),
            '<div xmlns="http://www.w3.org/1999/xhtml"><p>a&lt;b<br/>c</p></div>',
        ),
    ],
)
def test_what_it_is_for(name: str, text: str, arguments: tuple[str, ...], expected: str) -> None:
    assert apply(name, text, arguments) == expected


def test_nothing_stays_nothing(database) -> None:
    for name, transform in transforms().items():
        arguments = ARGUMENTS.get(name, ("1", "-")[: transform.arguments])
        assert apply(name, None, arguments) is None
        assert _in_sql(database, name, None, arguments) is None
