"""The language page names every word that the type-checker knows."""

from __future__ import annotations

from pathlib import Path

import pytest

import migrate
from migrate.core.profiles import joins, leaves, lists, money, references, rules, spot, tables
from migrate.core.profiles.catalogue import EXPORT_FILES_COLUMNS
from migrate.core.profiles.crosswalks import COLUMNS, EQUIVALENCES
from migrate.core.transforms import transforms

PAGE = (Path(migrate.__file__).parent / "guide" / "profiles.md").read_text(encoding="utf-8")

WORDS = {
    "profile": tables.PROFILE_KEYS,
    "source": tables.SOURCE_KEYS,
    "table": tables.TABLE_KEYS,
    "money": money.MONEY_KEYS,
    "rule": rules.RULE_KEYS,
    "join": joins.LOOKUP_KEYS,
    "each": lists.EACH_KEYS,
    "reference": references.KEYS,
    "leaf": leaves.LEAF_KEYS,
    "crosswalk": spot.CROSSWALK,
    "context": leaves.CONTEXTS,
    "unmapped": spot.UNMAPPED,
    "crosswalk file": COLUMNS,
    "equivalence": EQUIVALENCES,
    "export file": EXPORT_FILES_COLUMNS,
}


@pytest.mark.parametrize("place", WORDS)
def test_the_page_has_every_word_of_the_language(place: str) -> None:
    assert [word for word in WORDS[place] if word not in PAGE] == []


def test_the_page_has_every_transform() -> None:
    assert [name for name in transforms() if f"`{name}`" not in PAGE] == []
