"""Layouts in plain Python: slow, obvious, written from the guide page and not from the SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from migrate.core.layouts.ast import Column, DateStyle, Layout, LayoutFile, Path, Step, Test

Json = object


@dataclass(slots=True)
class Found:
    """A value, its address, and the leaves that filters on the way pin to a value."""

    value: Json
    at: str
    pinned: list[str] = field(default_factory=list)


def parsed(line: bytes) -> dict[str, Json]:
    """A resource with its numbers as they are written."""
    resource = json.loads(line, parse_float=str, parse_int=str)
    assert isinstance(resource, dict)
    return resource


def leaves(value: Json, at: str = "$") -> Iterator[tuple[str, Json]]:
    """Every leaf with its address."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{at}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{at}[{place}]")
    else:
        yield at, value


def walk(steps: Sequence[Step], start: Json, at: str) -> list[Found]:
    """What a path gives."""
    here = [Found(start, at)]
    for step in steps:
        if step.index is not None:
            here = here[step.index : step.index + 1]
        elif step.name:
            here = [found for one in here for found in _member(one, step)]
        else:
            here = [_pinned(one, step.tests) for one in here if holds(step.tests, one.value)]
    return here


def _member(one: Found, step: Step) -> Iterator[Found]:
    value = one.value.get(step.name) if isinstance(one.value, dict) else None
    if value is None:
        return
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield Found(inner, f"{one.at}.{step.name}[{place}]", list(one.pinned))
    else:
        yield Found(value, f"{one.at}.{step.name}", list(one.pinned))


def holds(tests: Sequence[Test], value: Json) -> bool:
    """Whether all tests hold."""
    return all(_holds(test, value) for test in tests)


def _holds(test: Test, value: Json) -> bool:
    texts = [text(found.value) for found in _inside(test, value, "")]
    if not test.values:
        return bool(texts) is test.positive
    return bool(set(texts) & set(test.values)) is test.positive


def _inside(test: Test, value: Json, at: str) -> list[Found]:
    return walk([Step(name, repeats) for name, repeats in test.path], value, at)


def _pinned(one: Found, tests: Sequence[Test]) -> Found:
    more = [
        found.at
        for test in tests
        if test.positive and test.values
        for found in _inside(test, one.value, one.at)
        if text(found.value) in test.values
    ]
    return Found(one.value, one.at, [*one.pinned, *more])


def text(value: Json) -> str:
    """A JSON value as a cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(slots=True)
class Cell:
    """A cell, the leaves it reads, and why they do not arrive as they are ('' they do)."""

    text: str | None
    read: list[str]
    reason: str


Held = Mapping[str, Mapping[str, dict[str, Json]]]  # type → id → resource


def rows(layout: Layout, file: LayoutFile, held: Held) -> Iterator[tuple[str, list[Cell]]]:
    """(resource id, cells) of each row of a file."""
    for identity, resource in held.get(file.type, {}).items():
        if not holds(file.where, resource):
            continue
        elements = [Found(resource, "$")]
        if file.each is not None:
            elements = walk(file.each.steps, resource, "$")
        for element in elements:
            cells = [_cell(one, resource, element, held, layout.dates) for one in file.columns]
            yield identity, cells


def _cell(
    column: Column, resource: dict[str, Json], element: Found, held: Held, style: DateStyle
) -> Cell:
    for source in column.sources:
        path = source.via or source.path
        start = Found(resource, "$") if path.root else element
        if source.via is not None and source.of is not None:
            found, value = _looked_up(source.via, source.of, source.path, start, held)
        else:
            found = walk(path.steps, start.value, start.at)
            found = found if column.join is not None else found[:1]
            value = (column.join or "").join(text(one.value) for one in found) if found else None
        if value is None or value == "":
            continue
        read = [at for one in found for at in (*one.pinned, one.at)]
        return _formed(column, value, source.path.type, read, style)
    return Cell(column.constant, [], "")


def _looked_up(
    via: Path, kind: str, path: Path, start: Found, held: Held
) -> tuple[list[Found], str | None]:
    for one in walk((*via.steps, Step("reference")), start.value, start.at):
        if text(one.value).startswith(f"{kind}/"):
            target = held.get(kind, {}).get(text(one.value).removeprefix(f"{kind}/"))
            found = walk(path.steps, target, "$") if target is not None else []
            return [one], text(found[0].value) if found else None
    return [], None


def _formed(column: Column, value: str, kind: str, read: list[str], style: DateStyle) -> Cell:
    reason = ""
    shown: str | None = value
    if column.form in ("date", "datetime"):
        if kind in ("date", "dateTime", "instant"):
            shown = _moment(value, style, time=column.form == "datetime")
            reason = "time" if column.form == "date" and "T" in value else ""
            if column.form == "datetime" and style != "iso" and "T" in value:
                clock = value.partition("T")[2]
                reason = "zone" if clock[-1] == "Z" or clock[-6:-5] in ("+", "-") else ""
    elif column.codes is not None:
        if value not in column.codes and not column.keep:
            reason = "code"
        shown = column.codes.get(value, value if column.keep else None)
    if column.width is not None and shown is not None and len(shown) > column.width:
        reason = reason or ("cut" if column.cut else "long")
        shown = shown[: column.width] if column.cut else None
    return Cell(shown, read, reason)


def _moment(value: str, style: DateStyle, *, time: bool) -> str:
    date, _, clock = value.partition("T")
    if style == "iso":
        return value if time else date
    year, month, day = (*date.split("-"), "", "")[:3]
    shown = "/".join(part for part in (month, day, year) if part)
    if style == "compact":
        shown = date.replace("-", "")
    if not time or not clock:
        return shown
    hours = clock[:5] + ("" if clock[5:8] in ("", ":00") else clock[5:8])
    return f"{shown} {hours}" if style == "us" else shown + hours.replace(":", "")
