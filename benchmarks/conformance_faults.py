"""Faults of conformance, put one at a time into good resources, by kind.

A kind is a family (``drop``, ``empty-list``, ``bad-code`` …) and the element that it is put into
(``Observation.status``). Families follow from the R4 element model (:mod:`migrate.core.fhirtypes`);
:mod:`benchmarks.rule_faults` has those that follow from invariants, US Core and code systems.
Everything is chosen by a seed, so the same resources give the same faults.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from benchmarks.rule_faults import RULES
from migrate.core import fhirtypes

Json = dict[str, Any]
_TEXTS = {
    "date": ("2023-02-30", "2023-13-01", "02/03/2023", "2023-2-3", "2023-01-01T00:00:00Z"),
    "dateTime": (
        "2023-02-30T10:00:00Z",
        "2023-02-03T10:00:00",
        "2023-02-03 10:00:00Z",
        "2023-02-03T25:00:00Z",
        "20230203",
        "2023-02-03T10:00Z",
    ),
    "instant": ("2023-02-03", "2023-02-03T10:00:00", "2023-02-30T10:00:00Z"),
    "time": ("25:00:00", "10:00"),
    "code": (" final", "final ", "two  spaces"),
    "id": ("under_score", "a" * 65, "a b"),
    "uri": ("has space", " http://example.org/x"),
    "canonical": ("has space",),
    "url": ("has space",),
    "base64Binary": ("not base64!", "abc"),
    "string": ("control \u0001 character",),
}
_NUMBERS: dict[str, tuple[Any, ...]] = {
    "positiveInt": (0, -1, 1.5, "1", 2147483648),
    "unsignedInt": (-1, 1.5, "1"),
    "integer": (1.5, "1", 2147483648),
    "decimal": ("1.5", "many"),
    "boolean": ("true", 1, "yes"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One resource with one fault: its kind, and the line that a mapping would have written."""

    kind: str
    line: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """A member of an object inside a resource: the object, its type path, and the member."""

    owner: Json
    member: fhirtypes.Member
    name: str

    @property
    def path(self) -> str:
        """The element, as kinds name it."""
        return self.member.element.path.removesuffix("[x]") + (
            f":{self.name}" if self.member.element.choice else ""
        )


Change = Callable[[Place], Iterator[Callable[[], None]]]


def places(resource: Json) -> Iterator[Place]:
    """Every member of a resource that the element model knows, outside in."""
    yield from _places(resource, str(resource["resourceType"]))


def _places(owner: Json, type_path: str) -> Iterator[Place]:
    for name, value in list(owner.items()):
        member = fhirtypes.member(type_path, name)
        if member is None:
            continue
        yield Place(owner, member, name)
        if not member.primitive and member.type.name != "Resource":
            for part in value if isinstance(value, list) else [value]:
                yield from _places(part, member.type_path)


def _set(place: Place, value: Any) -> Callable[[], None]:
    def change() -> None:
        held = place.owner[place.name]
        place.owner[place.name] = [value, *held[1:]] if isinstance(held, list) else value

    return change


def _drop(place: Place) -> Iterator[Callable[[], None]]:
    if place.member.element.min:
        yield lambda: place.owner.__delitem__(place.name)


def _null(place: Place) -> Iterator[Callable[[], None]]:
    yield lambda: place.owner.__setitem__(place.name, None)


def _empty(place: Place) -> Iterator[Callable[[], None]]:
    if place.member.repeats:
        yield lambda: place.owner.__setitem__(place.name, [])
    elif place.member.primitive:
        if isinstance(place.owner[place.name], str):
            yield _set(place, "")
    else:
        yield _set(place, {})


def _listed(place: Place) -> Iterator[Callable[[], None]]:
    """One where a list belongs, a list where one belongs."""
    held = place.owner[place.name]
    other = held[0] if isinstance(held, list) else [held]
    yield lambda: place.owner.__setitem__(place.name, other)


def _kind_of_value(place: Place) -> Iterator[Callable[[], None]]:
    """A text, number or object where another of them belongs."""
    if place.member.primitive:
        held = place.owner[place.name]
        first = held[0] if isinstance(held, list) else held
        yield _set(place, {"value": first})
        if isinstance(first, str):
            yield _set(place, 5)
    elif place.member.type.name != "Resource":
        yield _set(place, "text")


def _form(place: Place) -> Iterator[Callable[[], None]]:
    """Primitive values of the wrong form."""
    name = place.member.type.name
    if name.startswith("http://hl7.org/fhirpath/"):
        return
    for value in (*_TEXTS.get(name, ()), *_NUMBERS.get(name, ())):
        yield _set(place, value)


def _code(place: Place) -> Iterator[Callable[[], None]]:
    """Codes outside a required binding."""
    element = place.member.element
    if not fhirtypes.binding_codes(element.binding):
        return
    if place.member.type.name == "code":
        yield _set(place, "no-such-code")
    elif place.member.type.name in ("CodeableConcept", "Coding"):
        wrong: Json = {"system": "http://example.org/other", "code": "no-such-code"}
        yield _set(place, {"coding": [wrong]} if place.member.type.name[0:5] == "Codea" else wrong)


def _unknown(place: Place) -> Iterator[Callable[[], None]]:
    """An element beside this one that R4 does not have."""
    yield lambda: place.owner.__setitem__("inventedElement", "text")
    if not place.member.primitive and isinstance(place.owner[place.name], dict):
        yield lambda: place.owner[place.name].__setitem__("inventedPart", "text")


def _second_choice(place: Place) -> Iterator[Callable[[], None]]:
    element = place.member.element
    if not element.choice:
        return
    for name in element.json_names():
        if name != place.name and name.endswith(("String", "DateTime", "Boolean", "Period")):
            other: Any = {
                "String": "text",
                "DateTime": "2020-01-01",
                "Boolean": True,
                "Period": {"start": "2020-01-01"},
            }[
                next(
                    end for end in ("String", "DateTime", "Boolean", "Period") if name.endswith(end)
                )
            ]
            yield lambda name=name, other=other: place.owner.__setitem__(name, other)  # type: ignore[misc]
            return


def _reference(place: Place) -> Iterator[Callable[[], None]]:
    if place.member.type.name != "Reference" or not place.member.type.targets:
        return
    wrong = "Slot" if "Slot" not in place.member.type.targets else "Schedule"
    yield _set(place, {"reference": f"{wrong}/r1"})
    yield _set(place, {"reference": "#nothing"})


def _extension(place: Place) -> Iterator[Callable[[], None]]:
    if place.name in ("resourceType", "id"):
        return
    owner = place.owner
    yield lambda: owner.__setitem__("extension", [{"url": "http://example.org/x"}])
    yield lambda: owner.__setitem__("extension", [{"valueString": "no url"}])
    yield lambda: owner.__setitem__(
        "extension",
        [{"url": "http://hl7.org/fhir/StructureDefinition/not-one", "valueString": "x"}],
    )


FAMILIES: dict[str, Change] = {
    "drop": _drop,
    "null": _null,
    "empty": _empty,
    "listed": _listed,
    "kind-of-value": _kind_of_value,
    "form": _form,
    "bad-code": _code,
    "unknown-element": _unknown,
    "second-choice": _second_choice,
    "reference": _reference,
    "extension": _extension,
}


def faults(resources: Sequence[Json], *, each: int = 2, seed: int = 1) -> Iterator[Fault]:
    """Every kind of fault that these resources can have, up to ``each`` times."""
    order = random.Random(seed)
    shuffled = list(resources)
    order.shuffle(shuffled)
    found: dict[str, int] = {}
    for resource in shuffled:
        for kind, changed in _faults_in(resource, found, each):
            found[kind] = found.get(kind, 0) + 1
            yield Fault(kind, json.dumps(changed, separators=(",", ":")).encode())


def _told(family: str, place: Place) -> str:
    """Where: the element; a form that any text may have is one kind, wherever it stands."""
    return "string" if family == "form" and place.member.type.name == "string" else place.path


def _faults_in(resource: Json, found: dict[str, int], each: int) -> Iterator[tuple[str, Json]]:
    for at, place in enumerate(places(resource)):
        for family, change in FAMILIES.items():
            for number, _ in enumerate(change(place)):
                kind = f"{family}-{number} {_told(family, place)}"
                if found.get(kind, 0) < each:
                    copied = copy.deepcopy(resource)
                    same = next(p for n, p in enumerate(places(copied)) if n == at)
                    list(change(same))[number]()
                    yield kind, copied
    for name, rule in RULES.items():
        kind = f"rule {resource['resourceType']} {name}"
        if found.get(kind, 0) < each:
            copied = copy.deepcopy(resource)
            with suppress(KeyError, IndexError):  # the resource has no such place
                if rule(copied) and copied != resource:
                    yield kind, copied
