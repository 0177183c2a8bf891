"""Files and functions stay small enough to be read, and names say what things are."""

import ast
from pathlib import Path

import pytest

from tests.shared import ROOT

FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "base", "manager", "misc"}
SOURCES = sorted(
    path
    for folder in ("migrate", "validators", "tests", "sample_data", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes_and_names(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 500, "over 500 lines"
    assert path.stem not in FORBIDDEN_NAMES
    if path.is_relative_to(ROOT / "tests"):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            assert lines <= 60, f"{node.name} has {lines} lines"


def test_mappings_hold_data_only() -> None:
    assert not list((ROOT / "mappings").rglob("*.py"))
