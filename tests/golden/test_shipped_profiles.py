"""The shipped profiles hold to the language, and DuckDB understands their expressions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import duckdb
import pytest

from migrate.core.profiles.ast import Profile, Sql
from migrate.core.profiles.load import load_profile
from migrate.core.profiles.usage import column_usage
from migrate.plugins import profile_library, profile_names


def shipped(name: str) -> Profile:
    return load_profile(name, profile_library(None), None)


def expressions(node: object) -> Iterator[Sql]:
    """All SQL of a profile's tree."""
    if isinstance(node, Sql):
        yield node
    elif dataclasses.is_dataclass(node):
        for field in dataclasses.fields(node):
            yield from expressions(getattr(node, field.name))
    elif isinstance(node, tuple):
        for item in node:
            yield from expressions(item)


@pytest.mark.parametrize("name", profile_names())
def test_a_shipped_profile_has_no_mistakes(name: str) -> None:
    profile = shipped(name)
    assert profile.rules
    assert profile.digest == shipped(name).digest
    assert set(column_usage(profile)) <= {
        *(rule.table for rule in profile.rules),
        *(table.name for table in profile.tables),
        *(measure.table for measure in profile.money),
    }


@pytest.mark.parametrize("name", profile_names())
def test_duckdb_understands_every_expression(name: str) -> None:
    connection = duckdb.connect()
    connection.execute("CREATE MACRO is_number(x) AS (TRY_CAST(x AS DECIMAL(38, 9)) IS NOT NULL)")
    connection.execute("CREATE MACRO is_date(x, f) AS (try_strptime(x, f) IS NOT NULL)")
    found = list(expressions(shipped(name)))
    assert found
    for sql in found:
        names = [f"c{n}" for n in range(len(sql.columns))]
        row = ", ".join(f"NULL::VARCHAR AS {column}" for column in names) or "1 AS one"
        text = sql.text.format(*names)
        connection.execute(f"SELECT CAST(({text}) AS VARCHAR) FROM (SELECT {row})")
