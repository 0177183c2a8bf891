"""Times, quantities, identifiers, names, addresses and telecoms, as written, in cells of text."""

from __future__ import annotations

import json
import re

from migrate.extractors.ccda.codes import packed, system_uri, words
from migrate.extractors.ccda.narrative import original
from migrate.extractors.ccda.xml import (
    Element,
    Raw,
    attribute,
    child,
    children,
    kind_of,
    text_of,
)

Cells = dict[str, str | None]

TIME_COLUMNS = ("time", "time_start", "time_end", "time_null", "times")
VALUE_COLUMNS = (
    "value_type",
    "value",
    "value_unit",
    "value_low",
    "value_low_unit",
    "value_high",
    "value_high_unit",
    "value_low_inclusive",
    "value_high_inclusive",
    "value_null",
    "value_more",
)


def written(element: Element) -> object:
    """An element as plain JSON: attributes as ``@name``, text as ``#``, children by name."""
    found: dict[str, object] = {
        "@" + str(name).rpartition("}")[2]: str(value)
        for name, value in sorted(element.attrib.items())
    }
    text = (element.raw.text or "").strip()
    if text:
        found["#"] = text
    for each in element.kids:
        found.setdefault(each.local, [])
        cast = found[each.local]
        if isinstance(cast, list):
            cast.append(written(each))
    return found


def as_json(element: Element) -> str:
    """An element as one line of JSON."""
    return json.dumps(written(element), ensure_ascii=False, sort_keys=True)


_MOMENT = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(\.\d+)?)?([+-]\d{4})?)?)?)?"
)


def moment(element: Element | None) -> str | None:
    """A time: HL7's ``yyyymmddhhmmss.ffff±zzzz`` with the marks of ISO 8601 between its parts and
    the precision it has; any other text as written."""
    text = attribute(element, "value")
    match = _MOMENT.fullmatch(text.strip()) if text else None
    if match is None:
        return text
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    date = "-".join(part for part in (year, month, day) if part)
    if hour is None:
        return date
    time = ":".join(part for part in (hour, minute, second) if part)
    return f"{date}T{time}{fraction or ''}{zone or ''}"


def times(element: Element) -> Cells:
    """The effective times of a statement. A point is ``time``, an interval ``time_start`` and
    ``time_end``; all of them (intervals, frequencies, events, their order) stand in ``times``
    where there is more than that to say."""
    found = children(element, "effectiveTime")
    cells: Cells = dict.fromkeys(TIME_COLUMNS)
    for each in found:
        if kind_of(each) in {"PIVL_TS", "EIVL_TS", "PIVL", "EIVL"}:
            continue
        _one_time(each, cells)
    plain = all(kind_of(each) in {None, "IVL_TS", "TS"} for each in found)
    if len(found) > 1 or not plain or any(child(each, "width") is not None for each in found):
        cells["times"] = "\n".join(as_json(each) for each in found) or None
    return cells


def _one_time(element: Element, cells: Cells) -> None:
    low, high, center = (child(element, name) for name in ("low", "high", "center"))
    point = moment(element) or moment(center)
    cells["time"] = cells["time"] or point
    cells["time_start"] = cells["time_start"] or moment(low)
    cells["time_end"] = cells["time_end"] or moment(high)
    missing = [
        f"{name}:{flavor}"
        for name, part in (("time", element), ("low", low), ("high", high))
        if (flavor := attribute(part, "nullFlavor"))
    ]
    cells["time_null"] = cells["time_null"] or " ".join(missing) or None


def quantity(element: Element | None, name: str) -> Cells:
    """``name`` and ``name_unit`` of a PQ."""
    return {name: attribute(element, "value"), f"{name}_unit": attribute(element, "unit")}


def value(element: Element | None, parts: dict[str, Raw]) -> Cells:
    """An observation's value that is no code: its type, and its text or number with unit, or
    the ends of an interval; anything else as JSON in ``value_more``."""
    if element is None:
        return {}
    kind = kind_of(element) or ("CD" if attribute(element, "code") else "ST")
    cells: Cells = {"value_type": kind, "value_null": attribute(element, "nullFlavor")}
    if kind in {"CD", "CE", "CO", "CV", "CS"}:
        return cells
    cells |= quantity(element, "value")
    if cells["value"] is None:
        cells["value"] = original(element, parts)
    elif kind == "TS":
        cells["value"] = moment(element)
    for end in ("low", "high"):
        part = child(element, end)
        cells |= quantity(part, f"value_{end}")
        cells[f"value_{end}_inclusive"] = attribute(part, "inclusive")
        if kind == "IVL_TS":
            cells[f"value_{end}"] = moment(part)
    if element.kids and not any(cells[f"value_{end}"] for end in ("low", "high")):
        cells["value_more"] = as_json(element)
    return cells


def identifiers(element: Element | None) -> list[str]:
    """The ids that name something: packed as system URI and value."""
    found: dict[str, None] = {}
    for each in children(element, "id"):
        root, extension = attribute(each, "root"), attribute(each, "extension")
        if attribute(each, "nullFlavor") or root is None:
            continue
        if extension:
            found.setdefault(packed((system_uri(root), extension)) or "")
        else:
            oid = root.replace(".", "").isdigit()
            name = f"urn:oid:{root}" if oid else system_uri(root)
            found.setdefault(packed(("urn:ietf:rfc:3986", name)) or "")
    return list(found)


def names(element: Element | None) -> list[str]:
    """Names, packed as use, family, first given, other given, prefix, suffix, text."""
    found = []
    for each in children(element, "name"):
        given = [text_of(part) for part in children(each, "given")]
        parts = (
            attribute(each, "use"),
            _joined(each, "family"),
            given[0] if given else None,
            " ".join(part for part in given[1:] if part),
            _joined(each, "prefix"),
            _joined(each, "suffix"),
            text_of(each),
        )
        cell = packed(parts[1:])
        if cell:
            found.append(packed(parts) or "")
    return found


def addresses(element: Element | None) -> list[str]:
    """Addresses, packed as use, lines, city, county, state, postal code, country."""
    found = []
    for each in children(element, "addr"):
        parts = [attribute(each, "use"), _joined(each, "streetAddressLine")]
        parts += [
            _joined(each, name) for name in ("city", "county", "state", "postalCode", "country")
        ]
        if packed(parts[1:]):
            found.append(packed(parts) or "")
        elif text_of(each):
            found.append(packed((parts[0], text_of(each), "", "", "", "", "")) or "")
    return found


def telecoms(element: Element | None) -> list[str]:
    """Telecoms, packed as use and value."""
    return [
        packed((attribute(each, "use"), value)) or ""
        for each in children(element, "telecom")
        if (value := attribute(each, "value")) and value.rpartition(":")[2].strip()
    ]


def _joined(element: Element, name: str) -> str | None:
    return " ".join(text for each in children(element, name) if (text := text_of(each))) or None


def spread(name: str, found: list[str], places: int) -> Cells:
    """Cells ``name_1`` … and, beyond the last place, ``name_more``."""
    cells: Cells = {f"{name}_{n}": cell for n, cell in enumerate(found[:places], 1)}
    if found[places:]:
        cells[f"{name}_more"] = "\n".join(found[places:])
    return cells


def places(name: str, count: int) -> tuple[str, ...]:
    """The columns that :func:`spread` fills."""
    return (*(f"{name}_{n}" for n in range(1, count + 1)), f"{name}_more")


def range_cells(element: Element, parts: dict[str, Raw]) -> Cells:
    """The reference range of a result: ends with units, and its words."""
    found = child(element, "referenceRange", "observationRange")
    if found is None:
        return {}
    low, high = (child(found, "value", end) for end in ("low", "high"))
    said = text_of(child(found, "text")) or words(child(found, "code"), parts)
    plain = child(found, "value")
    if not said and plain is not None and low is None and high is None:
        said = text_of(plain) or attribute(plain, "value")
    return quantity(low, "range_low") | quantity(high, "range_high") | {"range_text": said}
