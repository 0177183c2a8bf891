"""``reconcile``: what came out held against what went in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import orjson

from migrate.core.reconcile.amounts import tally
from migrate.core.reconcile.coverage import column_fates
from migrate.core.reconcile.dated import date_columns
from migrate.core.reconcile.document import restored, stored
from migrate.core.reconcile.paths import AmountPath, amount_path
from migrate.core.reconcile.sheet import (
    FATES,
    ZERO,
    FateLine,
    MoneyLine,
    Reconciliation,
    ResourceLine,
    TableLine,
    table_line,
)
from migrate.errors import AskedWrongly
from migrate.report.lists import csv_text, sheet_lists
from migrate.stages.mapping import project_profile, staged_manifest
from migrate.stages.moneytable import money_file, money_tables
from migrate.stages.secondpath import second_path_file
from migrate.stages.totals import control_files, control_lines
from migrate.store.files import file_digest, text_digest, write_atomically, write_json
from migrate.store.landed import Landed, landed
from migrate.store.ledger import Ledger
from migrate.store.resources import money_of, resource_counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from migrate.core.model import Manifest
    from migrate.core.profiles.ast import MoneyMeasure, Profile
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run

BEFORE = "reconciliation.json"
AFTER = "reconciliation-after.json"
PATIENTS = ("patient", "rows", *FATES, "unaccounted")
STAYS = "excluded"
NOT_MOVED = "stays with the old system: no rule moves this measure"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The sheet and where it was written; ``skipped`` when nothing had changed."""

    sheet: Reconciliation
    path: Path
    skipped: bool

    def document(self) -> dict[str, object]:
        """The published form."""
        return self.sheet.document()


def run(project: Project, run: Run, progress: Progress) -> Reconciled:
    """Reconcile a run. The sheet before loading and the one after are files of their own.

    Before: ``reconciliation.json`` and ``reconciliation/*.csv``, which a signature binds.
    After a load: ``reconciliation-after.json``, with what arrived. Raises AskedWrongly when
    the run is not mapped yet, or when the control totals cannot be read.
    """
    manifest = staged_manifest(run)
    profile = project_profile(project, manifest)
    before = _before(project, run, manifest, profile, progress)
    arrived = landed(run, project.runs())
    if arrived is None:
        return before
    progress.start("reconciling with the target")
    sheet = _sheet(project, run, manifest, profile, arrived)
    sheet = replace(sheet, money_by=before.sheet.money_by)
    write_json(run.file(AFTER), stored(sheet))
    progress.done()
    return Reconciled(sheet, run.file(AFTER), skipped=False)


def read_sheet(run: Run, *, after: bool = False) -> Reconciliation | None:
    """The sheet that was written last, before or after loading; None when there is none."""
    path = run.file(AFTER if after else BEFORE)
    if not path.is_file() or run.manifest("reconcile") is None:
        return None
    return restored(orjson.loads(path.read_bytes()))


def _before(
    project: Project, run: Run, manifest: Manifest, profile: Profile, progress: Progress
) -> Reconciled:
    inputs = _inputs(project, run, profile)
    known = read_sheet(run)
    if known is not None and run.up_to_date("reconcile", inputs):
        progress.note("reconcile: nothing has changed, skipped")
        return Reconciled(known, run.file(BEFORE), skipped=True)
    run.unfinish("reconcile", "report")
    progress.start("reconciling")
    money_by, money_lists = money_tables(project, run, manifest, profile)
    sheet = replace(_sheet(project, run, manifest, profile, None), money_by=money_by)
    with Ledger(run.folder, manifest, profile) as ledger:
        lists = {
            **sheet_lists(sheet),
            **money_lists,
            "patients.csv": csv_text(PATIENTS, ledger.patients()),
        }
    write_json(run.file(BEFORE), stored(sheet))
    for earlier in run.file("reconciliation").glob(money_file("*")):
        earlier.unlink()
    outputs = [run.file(BEFORE)]
    for name, text in lists.items():
        outputs.append(run.file("reconciliation") / name)
        write_atomically(outputs[-1], text.encode())
    totals = sheet.totals
    facts = {
        "balanced_through": sheet.balanced_through,
        "rows": totals.extracted,
        "residual": totals.residual,
    }
    run.finish("reconcile", inputs, outputs, facts)
    progress.done()
    return Reconciled(sheet, run.file(BEFORE), skipped=False)


def _inputs(project: Project, run: Run, profile: Profile) -> dict[str, str]:
    """What a sheet before loading depends on, by digest."""
    mapped = run.manifest("map")
    if mapped is None:
        raise AskedWrongly("PRJ007", "the run is not mapped yet", try_="ehr-migrate map")
    outputs = text_digest(*(f"{name}={mapped.outputs[name]}" for name in sorted(mapped.outputs)))
    second = second_path_file(project, profile)
    files = [*control_files(project, profile), *([second] if second else [])]
    return {
        **dict(mapped.inputs),
        "map": outputs,
        "controls": text_digest(*(file_digest(path) for path in files)),
        "money_scope": project.settings.money_scope,
    }


def _sheet(
    project: Project, run: Run, manifest: Manifest, profile: Profile, arrived: Landed | None
) -> Reconciliation:
    with Ledger(run.folder, manifest, profile) as ledger:
        fates = ledger.fates()
        controls = control_lines(project, profile, manifest, ledger)
        return Reconciliation(
            tables=_tables(manifest, fates),
            resources=_resources(run, arrived),
            fates=fates,
            months=ledger.months(date_columns(profile)),
            money=_money(run, manifest, profile, ledger, arrived),
            controls=controls or (),
            controls_given=controls is not None,
            balance=ledger.balance(),
            patient_table=profile.patients,
            money_scope=project.settings.money_scope,
            unclaimed=tuple(
                (column.table, column.column, column.filled)
                for column in column_fates(profile, manifest.tables)
                if column.fate == "unclaimed" and column.filled
            ),
            declared=tuple(
                (table.name, table.declared_rows, table.rows + table.rejected)
                for table in manifest.tables
                if table.declared_rows not in (None, table.rows + table.rejected)
            ),
        )


def _tables(manifest: Manifest, fates: Sequence[FateLine]) -> tuple[TableLine, ...]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(FATES, 0))
    for line in fates:
        if line.stage == "map" and line.fate in FATES:
            counts[line.table][line.fate] += line.rows
    return tuple(
        table_line(table.name, table.rows, table.rejected, counts[table.name])
        for table in manifest.tables
    )


def _resources(run: Run, arrived: Landed | None) -> tuple[ResourceLine, ...]:
    lines = []
    for name, count in resource_counts(run.fhir).items():
        loaded = read = None
        later = 0
        if arrived is not None:
            loaded = len(arrived.loaded.get(name, ()))
            later = len(arrived.later.get(name, ()))
            if arrived.read_back is not None:
                read = arrived.read_back.get(name, 0)
        lines.append(ResourceLine(name, count, loaded, read, later))
    return tuple(lines)


def _money(
    run: Run, manifest: Manifest, profile: Profile, ledger: Ledger, arrived: Landed | None
) -> tuple[MoneyLine, ...]:
    parts = [arrived.loaded, arrived.later] if arrived else []
    made = _mapped_money(run, profile, parts)
    return tuple(
        _measure(measure, manifest, profile, ledger, made[n])
        for n, measure in enumerate(profile.money)
    )


def _measure(
    measure: MoneyMeasure,
    manifest: Manifest,
    profile: Profile,
    ledger: Ledger,
    made: Sequence[Decimal],
) -> MoneyLine:
    mapped, loaded, later = made if len(made) > 1 else (made[0], None, ZERO)
    places = profile.table(measure.table).places(measure.column)
    counts = ledger.amounts(measure.table, measure.column, measure.where)
    if not measure.mapped:
        counts = [replace(count, fate=STAYS, code="", reason=NOT_MOVED) for count in counts]
    source = tally(counts, places, measure.sign)
    return MoneyLine(
        measure=measure.measure,
        currency=measure.currency,
        as_of=manifest.exported_at,
        source=source.total,
        mapped=mapped,
        left=source.left,
        loaded=loaded,
        unread=source.unread,
        unplaced=source.unplaced,
        table=measure.table,
        control=measure.control,
        later=later,
    )


def _mapped_money(
    run: Run, profile: Profile, parts: Sequence[Mapping[str, frozenset[str]]]
) -> list[list[Decimal]]:
    """For each measure what the resources carry, then what those of each part (ids by type) do."""
    wanted: dict[str, list[tuple[int, AmountPath]]] = defaultdict(list)
    for n, measure in enumerate(profile.money):
        for side in measure.mapped:
            wanted[side.type].append((n, amount_path(side.path, side.where)))
    sums = [[ZERO] * (1 + len(parts)) for _ in profile.money]
    for name, sides in sorted(wanted.items()):
        ids = [part.get(name, frozenset()) for part in parts]
        found = money_of(run.fhir, name, [path for _, path in sides], ids)
        for (n, _), amounts in zip(sides, found, strict=True):
            sums[n] = [one + more for one, more in zip(sums[n], amounts, strict=True)]
    return sums
