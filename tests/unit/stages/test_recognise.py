"""``init`` without a profile: the shipped one whose tables the export has."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from migrate.core.profiles.declared import declared_tables
from migrate.errors import AskedWrongly
from migrate.plugins import profile_library, profile_names
from migrate.stages import recognise
from tests.shared import ROOT


@pytest.mark.parametrize("name", profile_names())
def test_each_profile_is_found_by_its_own_tables(name: str) -> None:
    tables = declared_tables(name, profile_library(None)).required
    best = recognise.ranked(tables, plain=not name.endswith("-sql"))[0]
    assert (best.profile, best.share) == (name, 1.0)


def test_the_sample_practice() -> None:
    match = recognise.run(str(ROOT / "sample_data" / "riverbend" / "export"))
    assert match.profile == "riverbend-csv"


def test_none_fits_and_the_declared_keys_are_told(tmp_path: Path) -> None:
    path = tmp_path / "emr.db"
    with closing(sqlite3.connect(path)) as base:
        base.executescript(
            "CREATE TABLE people (id INT PRIMARY KEY);"
            "CREATE TABLE pairs (a, b, PRIMARY KEY (a, b));"
        )
    for source in (str(path), f"sqlite:///{path}"):
        with pytest.raises(AskedWrongly, match="EXT056") as raised:
            recognise.run(source)
        assert raised.value.details == ("pairs: {key: [a, b]}", "people: {key: id}")
