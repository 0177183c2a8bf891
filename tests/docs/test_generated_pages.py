"""Pages that are written by a program say what the program says now."""

import re

import pytest

from migrate.cli.document import GUIDE, pages
from migrate.core import issues
from tests.shared import ROOT


@pytest.mark.parametrize("name", sorted(pages()))
def test_page_is_current(name: str) -> None:
    path = GUIDE / name
    assert path.exists(), f"{name} is missing: make docs"
    assert path.read_text("utf-8") == pages()[name], f"{name} is stale: make docs"


def test_no_page_without_a_code() -> None:
    written = {path.stem for path in (GUIDE / "issues").glob("*.md")} - {"README"}
    assert written == set(issues.catalogue())


def test_every_code_in_the_sources_is_defined() -> None:
    used = set()
    for folder in ("migrate", "validators"):
        for path in (ROOT / folder).rglob("*.py"):
            used |= set(re.findall(r'"((?:PRJ|EXT|PRO|MAP|CHK|REC|LOD)\d{3})"', path.read_text()))
    assert used <= set(issues.catalogue())


def test_readme_is_short() -> None:
    assert (ROOT / "README.md").read_text("utf-8").count("\n") < 120
