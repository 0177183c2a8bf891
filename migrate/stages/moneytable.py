"""The money table of a run: every amount of the second path by patient, payer, provider, month
and age, with what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate.core.reconcile.groups import GROUP_HEADER, GroupedMoney, grouped
from migrate.report.lists import csv_text
from migrate.stages.claims import profile_relations
from migrate.stages.secondpath import second_path, second_path_file

if TYPE_CHECKING:
    from migrate.core.model import Manifest
    from migrate.core.profiles.ast import Profile
    from migrate.store.workspace import Project, Run

# Groups that name nobody: their lists may leave the run folder with the report.
NAMELESS = ("month", "aging")


def money_file(by: str) -> str:
    """The name of a group's list in ``reconciliation/``."""
    return f"money-by-{by}.csv"


def money_tables(
    project: Project, run: Run, manifest: Manifest, profile: Profile
) -> tuple[tuple[GroupedMoney, ...], dict[str, str]]:
    """The sums by group, and for each group a CSV with a line a group and measure.

    Both are empty where the profile's second path gives no amounts. The groups of the CSV files
    are the old system's own numbers, so the files stay in the run folder.
    """
    from migrate.engine.judging import open_judged
    from migrate.engine.moneylines import GROUPS, MONEY_LINES, money_by

    definitions = second_path(second_path_file(project, profile))
    if MONEY_LINES.removeprefix("second.") not in {d.name for d in definitions}:
        return (), {}
    lines: list[GroupedMoney] = []
    lists: dict[str, str] = {}
    relations = profile_relations(profile, manifest)
    with open_judged(run.folder, relations, definitions=definitions) as facts:
        for by in GROUPS:
            table = money_by(facts, by)
            found = [] if table is None else table.to_pylist()
            if found:
                lines += grouped(by, found)
                cells = ([line[name] for name in ("group", *GROUP_HEADER)] for line in found)
                lists[money_file(by)] = csv_text((by, *GROUP_HEADER), cells)
    return tuple(lines), lists
