"""Properties of the profile language's front end."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.profiles.ast import Constant, Scalar, Sql
from migrate.core.profiles.inherit import merge_profiles
from migrate.core.profiles.problems import Problems
from migrate.core.profiles.yamltree import Fields, Items, Null, Text, Tree, parse_yaml
from tests.profile_texts import HEAD, load, mistakes, rule_of

plain_text = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=20)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
trees = st.recursive(
    st.one_of(st.none(), plain_text),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


def plain(tree: Tree) -> object:
    if isinstance(tree, Text):
        return tree.value
    if isinstance(tree, Null):
        return None
    if isinstance(tree, Items):
        return [plain(item) for item in tree.items]
    return {entry.key: plain(entry.value) for entry in tree}


def parsed(value: object) -> Tree:
    problems = Problems()
    tree = parse_yaml("x.yml", json.dumps(value), problems)
    assert tree is not None, problems.lines()
    return tree


@settings(deadline=None, max_examples=60)
@given(trees)
def test_a_tree_of_texts_is_read_back_as_it_is(value: object) -> None:
    assert plain(parsed(value)) == value


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(names, trees, max_size=4))
def test_a_profile_over_itself_or_under_nothing_is_itself(value: dict[str, object]) -> None:
    tree = parsed({key: inner for key, inner in value.items() if key != "resources"})
    empty = parsed({})
    assert isinstance(tree, Fields)
    assert isinstance(empty, Fields)
    assert plain(merge_profiles(tree, empty)) == plain(tree)
    assert plain(merge_profiles(empty, tree)) == plain(tree)


@settings(deadline=None, max_examples=40)
@given(plain_text.filter(lambda text: text.strip(" ") != ""))
def test_a_constant_is_what_was_written(text: str) -> None:
    rule = {"rule": "it", "type": "Person", "from": "visits"}
    rule["map"] = {"name": {"text": {"constant": text}}}  # type: ignore[assignment]
    node = rule_of(f"  - {json.dumps(rule)}\n").body.members[0][1]
    scalar = node.items[0].members[0][1]  # type: ignore[union-attr]
    assert isinstance(scalar, Scalar)
    assert scalar.leaf == Constant(text)


@settings(deadline=None, max_examples=40)
@given(plain_text, names, names)
def test_sql_with_its_columns_put_back_is_the_text_that_was_written(
    text: str, one: str, two: str
) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    sql = f'"{one}" || {quoted} || concat("{two}", {quoted})'
    rule = {"rule": "it", "type": "Person", "from": "visits", "map": {"birthDate": {"sql": sql}}}
    node = rule_of(f"  - {json.dumps(rule)}\n").body.members[0][1]
    assert isinstance(node, Scalar)
    assert isinstance(node.leaf, Sql)
    columns = [f'"{column.name}"' for column in node.leaf.columns]
    assert node.leaf.text.format(*columns) == sql


@settings(deadline=None, max_examples=40)
@given(trees)
def test_whatever_stands_in_a_map_is_checked_and_never_crashes(value: object) -> None:
    rule = {"rule": "it", "type": "Observation", "from": "visits"}
    rule["map"] = {"code": value, "component": value, "valueQuantity": value, "subject": value}  # type: ignore[assignment]
    assert mistakes(HEAD + f"  - {json.dumps(rule)}\n")


def test_two_readings_of_one_text_are_equal() -> None:
    assert load(HEAD) == load(HEAD)
