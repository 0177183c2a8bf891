"""Reads a layout: YAML → type-checked :class:`Layout`. All mistakes are found in one go."""

from __future__ import annotations

import hashlib

from migrate.core import fhirtypes
from migrate.core.layouts.ast import DATE_STYLES, Layout, LayoutFile
from migrate.core.layouts.files import layout_file
from migrate.core.profiles.catalogue import Catalogue
from migrate.core.profiles.checking import Checking, Settings
from migrate.core.profiles.crosswalks import Crosswalks
from migrate.core.profiles.problems import Problems, choice
from migrate.core.profiles.source import ProfileLibrary, SourceText
from migrate.core.profiles.yamltree import Fields, parse_yaml
from migrate.errors import AskedWrongly

_WORDS = ("layout", "title", "dates", "delimiter", "formulas", "files", "left_out", "leaves")


class _NoProfiles:
    """A layout has its value crosswalks inside; it asks for no other file."""

    def profile(self, name: str) -> SourceText | None:  # noqa: ARG002
        return None

    def crosswalk(self, profile: str, name: str) -> SourceText | None:  # noqa: ARG002
        return None

    def names(self) -> tuple[str, ...]:
        return ()


def load_layout(source: SourceText) -> Layout:
    """The layout of a file's text.

    Raises AskedWrongly (HND002): ``details`` has every mistake as ``file:line:column: CODE
    message; write …``, in reading order.
    """
    problems = Problems()
    library: ProfileLibrary = _NoProfiles()
    crosswalks = Crosswalks(library, (), {}, problems)
    checking = Checking(problems, Settings(), Catalogue(None, problems), crosswalks)
    tree = parse_yaml(source.path, source.text, problems)
    layout = None
    if isinstance(tree, Fields):
        layout = _layout(tree, checking, hashlib.sha256(source.text.encode()).hexdigest())
    elif tree is not None:
        checking.wrong(tree.place, "a layout is a map", "'layout: NAME' first")
    if layout is None or len(problems):
        count = len(problems)
        raise AskedWrongly(
            "HND002",
            f"the layout {source.path} has {count} mistake{'s' if count != 1 else ''}",
            kept="nothing was written",
            try_="mend the lines named above; the language is in the guide, page 'handover'",
            details=problems.lines(),
        )
    return layout


def _layout(tree: Fields, checking: Checking, digest: str) -> Layout | None:
    checking.known_keys(tree, _WORDS, "a layout")
    name = checking.text(tree.get("layout"), "'layout'")
    if not name:
        checking.missing(tree.place, "layout", "the layout")
    files = [layout_file(item, checking) for item in checking.items(tree.get("files"))]
    made = tuple(file for file in files if file is not None)
    if not files:
        checking.missing(tree.place, "files", "the layout")
    _unique(made, checking)
    left_out = reasons(tree, "left_out", checking)
    _types(tree, left_out, made, checking)
    style = checking.one_of(tree.get("dates"), "style of dates", DATE_STYLES) or "iso"
    formulas = checking.one_of(tree.get("formulas"), "'formulas'", ("guard", "keep")) or "guard"
    return Layout(
        name=name or "",
        title=checking.text(tree.get("title"), "'title'") or name or "",
        files=made,
        left_out=left_out,
        leaves=reasons(tree, "leaves", checking),
        dates=style,  # type: ignore[arg-type]
        delimiter=_delimiter(tree, checking),
        guard=formulas == "guard",
        digest=digest,
    )


def _delimiter(tree: Fields, checking: Checking) -> str:
    text = checking.text(tree.get("delimiter"), "'delimiter'")
    if text is None:
        return ","
    text = text.replace("\\t", "\t")
    if len(text) != 1 or text in '"\r\n' or text.isalnum():
        found = tree.get("delimiter")
        assert found is not None
        checking.wrong(found.place, "the delimiter is one sign", "',', ';', '|' or '\\t'")
    return text


def reasons(tree: Fields, key: str, checking: Checking) -> dict[str, str]:
    """A map of names to reasons; PRO012 for a name without one."""
    fields = checking.fields(tree.get(key), f"'{key}'")
    found = {}
    for entry in fields or ():
        reason = checking.text(entry.value, f"the reason of '{entry.key}'")
        if not reason:
            checking.wrong(entry.place, f"'{entry.key}' has no reason", "why it is not carried")
        found[entry.key] = reason or ""
    return found


def _unique(files: tuple[LayoutFile, ...], checking: Checking) -> None:
    seen: set[str] = set()
    for file in files:
        if file.name in seen:
            checking.wrong(file.place, f"'{file.name}' is there twice", "a name of its own")
        seen.add(file.name)


def _types(
    tree: Fields, left_out: dict[str, str], files: tuple[LayoutFile, ...], checking: Checking
) -> None:
    fields = checking.fields(tree.get("left_out"), "'left_out'")
    carried = {file.type for file in files}
    for entry in fields or ():
        if entry.key not in fhirtypes.resource_types():
            write = choice(entry.key, fhirtypes.resource_types())
            checking.problems.add(
                "PRO011", entry.place, f"R4 has no resource type '{entry.key}'", write
            )
        elif entry.key in carried and left_out:
            checking.wrong(
                entry.place, f"'{entry.key}' is left out, but a file has it", "one of the two"
            )
