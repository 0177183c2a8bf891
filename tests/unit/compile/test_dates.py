"""Date formats in SQL against Python's own reading of the same formats."""

import re
from datetime import datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.compile.dates import date_macro, needs_zone, parse_format, with_zone
from migrate.engine.zones import zone_macro

CASES = [
    ("%m/%d/%Y", "03/04/2019", "2019-03-04"),
    ("%m/%d/%Y", "3/4/2019", "2019-03-04"),
    ("%m/%d/%Y", "02/30/2019", None),
    ("%m/%d/%Y", "2/29/2020", "2020-02-29"),
    ("%m/%d/%Y", "02/29/2019", None),
    ("%m/%d/%Y", "03/04/2019 ", None),
    ("%m/%d/%Y", "13/04/2019", None),
    ("%Y-%m-%d", "0000-01-01", None),
    ("%m/%Y", "7/2019", "2019-07"),
    ("%Y", "2019", "2019"),
    ("%Y", "20190", None),
    ("%Y%m%d", "20190304", "2019-03-04"),
    ("%m/%d/%Y %I:%M %p", "3/4/2019 12:05 AM", "2019-03-04T00:05:00"),
    ("%m/%d/%Y %I:%M %p", "03/04/2019 12:05 pm", "2019-03-04T12:05:00"),
    ("%m/%d/%Y %H:%M", "3/4/2019 7:05", "2019-03-04T07:05:00"),
    ("%Y-%m-%dT%H:%M:%SZ", "2019-03-04T07:05:09Z", "2019-03-04T07:05:09Z"),
    ("%Y-%m-%dT%H:%M:%SZ", "2019-02-30T07:05:09Z", None),
    ("%Y-%m-%d %H:%M:%S.%f", "2019-03-04 07:05:09.50", "2019-03-04T07:05:09.50"),
    ("%Y-%m-%dT%H:%M:%S%z", "2019-03-04T07:05:09-0630", "2019-03-04T07:05:09-06:30"),
    ("%Y-%m-%dT%H:%M:%S%z", "2019-03-04T07:05:09Z", "2019-03-04T07:05:09Z"),
    ("%Y-%m-%dT%H:%M:%S%z", "2019-03-04T07:05:09+02:00", "2019-03-04T07:05:09+02:00"),
]


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _read(database: duckdb.DuckDBPyConnection, text: str, value: str, *, whole: bool) -> object:
    macro = date_macro("read_date", text, whole=whole)
    database.execute(macro.replace("CREATE MACRO", "CREATE OR REPLACE MACRO"))
    row = database.execute("SELECT read_date(x) FROM (SELECT $1 AS x)", [value]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(("text", "value", "expected"), CASES)
def test_formats(database, text: str, value: str, expected: str | None) -> None:
    assert _read(database, text, value, whole=True) == expected
    date = expected[:10] if expected else None
    assert _read(database, text, value, whole=False) == date


FORMATS = ["%m/%d/%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M %p"]


@settings(deadline=None, max_examples=150)
@given(
    moment=st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)),
    text=st.sampled_from(FORMATS),
    short=st.booleans(),
)
def test_every_moment_reads_back(database, moment: datetime, text: str, short: bool) -> None:
    value = moment.strftime(text)
    if short:
        value = re.sub(r"\b0(\d)(?=[/.])", r"\1", value)
    whole = "%Y-%m-%dT%H:%M:" + ("%S" if "%S" in text else "00") if "M" in text else "%Y-%m-%d"
    assert _read(database, text, value, whole=True) == moment.strftime(whole)


def test_what_a_format_lacks_is_known() -> None:
    assert needs_zone("%Y-%m-%d %H:%M")
    assert not needs_zone("%Y-%m-%d") and not needs_zone("%Y-%m-%dT%H:%M:%SZ")
    with pytest.raises(ValueError, match="%q"):
        parse_format("%q")


@pytest.mark.parametrize(
    ("local", "offset"),
    [
        ("2021-03-14T01:59:59", "-06:00"),
        ("2021-03-14T02:30:00", "-06:00"),  # skipped: the offset before the change
        ("2021-03-14T03:00:00", "-05:00"),
        ("2021-11-07T00:59:59", "-05:00"),
        ("2021-11-07T01:30:00", "-05:00"),  # twice: the earlier
        ("2021-11-07T02:00:00", "-06:00"),
        ("2005-04-03T02:00:00", "-06:00"),
    ],
)
def test_the_site_zone(database, local: str, offset: str) -> None:
    macro = zone_macro("chicago", "America/Chicago")
    database.execute(macro.replace("CREATE MACRO", "CREATE OR REPLACE MACRO"))
    sql = f"SELECT {with_zone('x', 'chicago')} FROM (SELECT $1 AS x)"
    assert database.execute(sql, [local]).fetchone() == (local + offset,)
    for settled in (f"{local}Z", f"{local}.5+02:00", local[:10], local[:7]):
        assert database.execute(sql, [settled]).fetchone() == (settled,)


ZONES = [
    "America/Chicago",
    "Europe/Dublin",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "Africa/Casablanca",
]


@settings(deadline=None, max_examples=120)
@given(
    moment=st.datetimes(datetime(1971, 1, 1), datetime(2037, 12, 31)), zone=st.sampled_from(ZONES)
)
def test_offsets_are_those_of_zoneinfo(database, moment: datetime, zone: str) -> None:
    from zoneinfo import ZoneInfo

    macro = zone_macro("zone", zone).replace("CREATE MACRO", "CREATE OR REPLACE MACRO")
    database.execute(macro)
    local = moment.replace(microsecond=0).isoformat()
    offset = moment.replace(tzinfo=ZoneInfo(zone), fold=0).strftime("%z")
    found = database.execute("SELECT zone($1)", [local]).fetchone()
    assert found == (f"{offset[:3]}:{offset[3:5]}",)
