"""Riverbend, mapped and judged once: what is clean in it, and what a changed copy of it shows."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from migrate.packs.validators import pack

from migrate.core.ports import Check
from migrate.core.suites import Choice, SuiteText, choose
from migrate.engine.judging import open_judged
from migrate.packs import mappings_folder
from migrate.stages.claims import profile_relations
from migrate.stages.secondpath import second_path
from tests.corpus.synthea import Mapped
from tests.golden.riverbend import mapped_riverbend

Place = tuple[str, str | None, str | None, str | None, int | None, str | None]
PROFILE = "riverbend-csv"


@dataclass
class Judgement:
    """What the checks say of a run: places as (check, type, id, tbl, row, element), counts."""

    places: set[Place] = field(default_factory=set)
    failed: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


@functools.cache
def choices() -> tuple[tuple[Choice, Check], ...]:
    """The checks that hold for the practice."""
    texts = pack().suites()
    checks = {check.id: check for check in pack().checks()}
    chosen = choose(
        [SuiteText(f"{name}.yml", texts[name]) for name in ("standard", PROFILE)], checks
    )
    return tuple((choice, checks[choice.id]) for choice in chosen if not choice.off)


def judge(run: Path, mapped: Mapped, skip: Iterable[str] = ()) -> Judgement:
    """All checks over a run folder, but those that begin with one of ``skip``."""
    found = Judgement()
    relations = profile_relations(mapped.profile, mapped.manifest)
    definitions = second_path(mappings_folder() / PROFILE / "second-path.sql")
    with open_judged(run, relations, definitions=definitions) as facts:
        for choice, check in choices():
            if check.id.startswith(tuple(skip)):
                continue
            try:
                outcome = check.run(facts, {**check.defaults, **choice.settings})
            except Exception as error:  # a check that breaks is a finding of its own
                found.broken.append(f"{check.id}: {type(error).__name__}")
                continue
            found.failed[check.id] = outcome.failed
            for place in outcome.places.to_pylist() if outcome.places is not None else []:
                found.places.add(
                    (
                        check.id,
                        *(place[name] for name in ("type", "id", "tbl", "row", "element")),
                    )
                )
    return found


@dataclass
class Practice:
    """The clean run, and who owns what in it."""

    mapped: Mapped
    clean: Judgement
    owner: Mapping[tuple[str, str], str]
    rows: Mapping[tuple[str, str], set[tuple[str, int]]]
    made: Mapping[tuple[str, int], set[tuple[str, str]]]
    row_owner: Mapping[tuple[str, int], str]
    fates: Mapping[tuple[str, int], str]
    dirty: frozenset[str]
    links: Mapping[tuple[str, str], set[tuple[str, str]]]

    def near(self, key: tuple[str, Any]) -> set[tuple[str, Any]]:
        """A resource or row, what was made of it or it was made of, and what they point at."""
        same = {key, *self.rows.get(key, ()), *self.made.get(key, ())}
        linked = {other for one in same for other in self.links.get(one, ())}
        return same | linked | {row for one in linked for row in self.rows.get(one, ())}


OF_ITS_OWN = ("anchor", "member", "child")  # joined rows serve many resources
HUBS = ("Account", "Coverage", "Location", "Organization", "Patient", "Practitioner")


def _links(found: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """What points at what, both ways; what everything points at is near to nothing."""
    links: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for link in found:
        one = (link["type"], link["id"])
        kind, _, name = link["target"].partition("/")
        if kind not in HUBS:
            links.setdefault(one, set()).add((kind, name))
        if kind not in HUBS or kind in ("Coverage", "Account"):
            links.setdefault((kind, name), set()).add(one)
    return links


@functools.cache
def practice(skip: tuple[str, ...] = ()) -> Practice:
    """Riverbend as it is; ``dirty`` are patients with a finding or a row held back already.

    Checks that begin with one of ``skip`` are left out, here and when wrongs are judged.
    """
    mapped = mapped_riverbend()
    clean = judge(mapped.run, mapped, skip)
    with open_judged(mapped.run) as facts:
        resources = facts.sql("SELECT type, id, patient FROM run.resources").to_pylist()
        links = facts.sql("SELECT type, id, target FROM run.links").to_pylist()
    owner = {(r["type"], r["id"]): r["patient"] for r in resources if r["patient"]}
    rows: dict[tuple[str, str], set[tuple[str, int]]] = {}
    made: dict[tuple[str, int], set[tuple[str, str]]] = {}
    lineage = pq.read_table(mapped.run / "lineage.parquet", filters=[("role", "in", OF_ITS_OWN)])
    for r in lineage.to_pylist():
        rows.setdefault((r["type"], r["id"]), set()).add((r["tbl"], r["row"]))
        made.setdefault((r["tbl"], r["row"]), set()).add((r["type"], r["id"]))
    fates = pq.read_table(mapped.run / "fates.parquet").to_pylist()
    row_owner = {(f["tbl"], f["row"]): f["patient"] for f in fates if f["patient"]}
    dirty = {f["patient"] for f in fates if f["fate"] == "rejected" and f["patient"]}
    for place in clean.places:
        dirty |= patients_of([place], owner, row_owner)
    return Practice(
        mapped,
        clean,
        owner,
        rows,
        made,
        row_owner,
        {(f["tbl"], f["row"]): f["fate"] for f in fates},
        frozenset(dirty),
        _links(links),
    )


def patients_of(
    places: Sequence[Place],
    owner: Mapping[tuple[str, str], str],
    row_owner: Mapping[tuple[str, int], str],
) -> set[str]:
    """The patients in whose charts these places lie."""
    found = set()
    for _, kind, name, table, row, _ in places:
        if kind and name and (kind, name) in owner:
            found.add(owner[kind, name])
        if table and row and (table, row) in row_owner:
            found.add(row_owner[table, row])
    return found
