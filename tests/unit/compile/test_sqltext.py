"""Lines out of fragments against the same object made with json."""

import json

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.compile import sqltext
from migrate.core.compile.sqltext import Fragment

COLUMNS = ("a", "b", "c", "d")
LEAF = st.sampled_from(["const", *COLUMNS])
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4),
        st.dictionaries(st.sampled_from("pqrst"), inner, min_size=1, max_size=4),
    ),
    max_leaves=9,
)
ABSENT = object()


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _fragment(tree: object) -> Fragment:
    if isinstance(tree, list):
        return sqltext.list_of([_fragment(item) for item in tree])
    if isinstance(tree, dict):
        return sqltext.object_of(
            [sqltext.member(name, _fragment(child)) for name, child in tree.items()]
        )
    return sqltext.constant('"k"') if tree == "const" else sqltext.value(str(tree))


def _made(tree: object, row: dict[str, str | None]) -> tuple[object, bool, bool]:
    """(value or ABSENT, something not constant is there, it always is there)."""
    if isinstance(tree, list | dict):
        entries = tree.items() if isinstance(tree, dict) else enumerate(tree)
        made = [(name, *_made(child, row)) for name, child in entries]
        there = any(entry[2] for entry in made)
        count = all if isinstance(tree, dict) else any
        always = count(entry[3] for entry in made)
        if not there and not always:
            return ABSENT, False, False
        left = {name: value for name, value, _, _ in made if value is not ABSENT}
        return (left if isinstance(tree, dict) else list(left.values())), there, always
    if tree == "const":
        return "k", False, True
    text = row[str(tree)]
    return (ABSENT if text is None else text), text is not None, False


@settings(deadline=None, max_examples=250)
@given(tree=TREE, cells=st.lists(st.none() | st.sampled_from("xy"), min_size=4, max_size=4))
def test_absence_takes_elements_along_and_commas_fit(database, tree: object, cells) -> None:
    row = dict(zip(COLUMNS, cells, strict=True))
    given_cells = ", ".join(f"${n + 1}::VARCHAR AS {c}" for n, c in enumerate(COLUMNS))
    quoted = [None if cell is None else json.dumps(cell) for cell in cells]
    sql = f"SELECT {_fragment(tree).expr} FROM (SELECT {given_cells})"
    used = database.execute(sql, quoted).fetchone()
    assert used is not None
    expected = _made(tree, row)[0]
    text = None if expected is ABSENT else json.dumps(expected, separators=(",", ":"))
    assert used[0] == text


def test_a_line_is_there_whatever_its_members_say(database) -> None:
    line = sqltext.line_of([sqltext.constant('"a":1'), sqltext.member("b", sqltext.value("x"))])
    found = database.execute(f"SELECT {line.expr} FROM (SELECT NULL::VARCHAR AS x)").fetchone()
    assert found == ('{"a":1}\n',)


def test_literals_and_identifiers_cannot_break_out(database) -> None:
    text = 'it\'s "quoted" -- ; \\ \n'
    assert database.execute(f"SELECT {sqltext.literal(text)}").fetchone() == (text,)
    name = 'a"b'
    found = database.execute(f"SELECT 1 AS {sqltext.quoted(name)}").description
    assert found[0][0] == name
