"""Transforms: named pure functions from text to text that profiles may use.

Each is written twice: as SQL for the engine and as plain Python, the truth that tests and the
reference interpreter use. To add one, add a line to a family (``texts``, ``forms``) and it is
known to profiles, the engine and the property test that holds both writings together.
"""

from __future__ import annotations

from functools import cache

from migrate.core.transforms.model import Transform

__all__ = ["Transform", "apply", "macros", "transforms"]


@cache
def transforms() -> dict[str, Transform]:
    """All transforms by name."""
    from migrate.core.transforms import forms, texts

    return {entry.name: entry for entry in (*texts.TRANSFORMS, *forms.TRANSFORMS)}


def apply(name: str, text: str | None, arguments: tuple[str, ...] = ()) -> str | None:
    """The plain-Python truth of a transform; NULL stays NULL. Raises KeyError for no such name."""
    return None if text is None else transforms()[name].python(text, *arguments)


def macros() -> list[str]:
    """The SQL statements that define every transform in a database, as ``t_<name>``."""
    return [entry.macro for entry in transforms().values()]
