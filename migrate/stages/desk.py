"""The import desk of a project: its layout, and what that cannot carry, before anyone signs."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from migrate.core.gate import Finding
from migrate.core.layouts.load import load_layout
from migrate.core.layouts.sqlfiles import LOSS_WORDS
from migrate.core.profiles.problems import choice
from migrate.errors import AskedWrongly
from migrate.packs import mappings_folder
from migrate.stages import masters
from migrate.stages.alerts import ALERTS, alert_findings, alert_rows, write_alerts
from migrate.store.files import file_digest, text_digest, write_json
from migrate.store.layouts import find_layout, layout_names

if TYPE_CHECKING:
    from migrate.core.layouts.ast import Layout
    from migrate.engine.desk import DeskViews
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run

KIND = "handover"
EVERY = "every-package"
#: Files of every package, whatever its layout.
PAPERS = frozenset(
    {"patients", "open-work", "open-work-kinds", "alerts", "control-totals", "open-balances"}
    | {"not-in-this-package"}
    | {f"masters-{kind}" for kind in masters.KINDS}
)
LOSSES = "handover/losses.parquet"
LOSSES_TABLE = "handover/losses.csv"
LOSSES_SUM = "handover/losses.json"
_STAGE = "losses"
_COLUMNS = ("type", "element", "reason", "words", "facts", "resources")


@dataclass(frozen=True, slots=True)
class Loss:
    """Facts of one element that do not go through the desk: how many, of how many resources.

    ``reason`` is ``left out`` (``words`` are the layout's), a word of LOSS_WORDS, or ``''``.
    """

    type: str
    element: str
    reason: str
    words: str
    facts: int
    resources: int


def is_handover(project: Project) -> bool:
    """Whether the project's target is an import desk."""
    return project.settings.target.kind == KIND


def layout_of(project: Project) -> Layout:
    """The layout that ``[target.options] layout`` names. Raises AskedWrongly (HND002)."""
    name = project.settings.target.options.get("layout")
    return layout_named(project, name if isinstance(name, str) else "")


def layout_named(project: Project, name: str) -> Layout:
    """The layout of this name, the project's own before a shipped one. Raises AskedWrongly."""
    own, shipped = project.folder / "mappings", mappings_folder()
    source = find_layout(name, shipped, own)
    if source is None:
        names = layout_names(shipped, own)
        raise AskedWrongly(
            "HND002",
            f"there is no layout '{name}'" if name else "no layout is named for the package",
            kept="nothing was written",
            try_=f"[target.options] layout = {choice(name, names)}",
        )
    layout = load_layout(source)
    taken = [f.name for f in layout.files if f.format != "ccd" and f.name in PAPERS]
    if taken:
        raise AskedWrongly(
            "HND002",
            f"the layout's file '{taken[0]}' has the name of one that every package has",
            kept="nothing was written",
            try_="call it otherwise; `returns: table:` says how the new EHR calls it",
        )
    return layout


def losses(project: Project, run: Run, progress: Progress) -> tuple[Loss, ...]:
    """Work out what the layout cannot carry, unless nothing has changed; the sum by element.

    Writes ``handover/losses.parquet`` (every fact with its address), ``losses.csv`` and
    ``losses.json``. Raises AskedWrongly (HND002, PRJ007).
    """
    layout, inputs = layout_of(project), _inputs(project, run)
    every = every_layout()
    if run.up_to_date(_STAGE, inputs):
        return read_losses(run)
    from migrate.engine.desk import DeskViews

    run.unfinish(_STAGE)
    folder = run.file("handover")
    folder.mkdir(exist_ok=True, mode=0o700)
    progress.start("what the layout cannot carry")
    scratch = folder / ".scratch"
    with DeskViews(run.fhir, layout, scratch) as views:
        found = [Loss(*row) for row in views.write_losses(run.file(LOSSES))]
    with DeskViews(run.fhir, every, scratch) as views:
        ours = {kind: _masters(views, every, kind) for kind in masters.kinds_of(project)}
        text_only = write_alerts(run.file(ALERTS), alert_rows(views, every, layout))
    matched = masters.write_matched(run, masters.match_masters(project, ours))
    shutil.rmtree(scratch, ignore_errors=True)
    _write(run, layout, found, text_only)
    progress.done()
    outputs = [*matched, *(run.file(name) for name in (ALERTS, LOSSES, LOSSES_TABLE, LOSSES_SUM))]
    run.finish(_STAGE, inputs, outputs, {"facts": sum(one.facts for one in found)})
    return tuple(found)


def _inputs(project: Project, run: Run) -> dict[str, str]:
    mapped = run.manifest("map")
    if mapped is None:
        raise AskedWrongly("PRJ007", "there are no resources yet", try_="ehr-migrate map")
    folder = project.folder / masters.FOLDER
    names = sorted(name for name in mapped.outputs if name.startswith("fhir/"))
    return {
        "fhir": text_digest(*(f"{name}={mapped.outputs[name]}" for name in names)),
        "layout": layout_of(project).digest,
        "every": every_layout().digest,
        "masters": text_digest(
            *(f"{p.name}={file_digest(p)}" for p in sorted(folder.glob("*.csv")))
        ),
    }


def every_layout() -> Layout:
    """The layout of what every package has beside the desk's own files."""
    source = find_layout(EVERY, mappings_folder(), None)
    assert source is not None
    return load_layout(source)


def _masters(views: DeskViews, every: Layout, kind: str) -> list[dict[str, str | None]]:
    """Our own entries of a kind, each once: record_id, identifiers, name, birth."""
    file = next(one for one in every.files if one.name == f"masters-{kind}")
    found: dict[str, dict[str, str | None]] = {}
    for table in views.rows(file):
        for row in table.to_pylist():
            if row["record_id"]:
                found.setdefault(row["record_id"], _entry(row))
    return list(found.values())


def _entry(row: Mapping[str, str | None]) -> dict[str, str | None]:
    return {
        "record_id": row["record_id"],
        "identifiers": row["identifiers"],
        "name": " ".join(part for part in (row["last"], row.get("first")) if part),
        "birth": row.get("birth"),
    }


def _write(run: Run, layout: Layout, found: Sequence[Loss], text_only: Mapping[str, int]) -> None:
    path = run.file(LOSSES_TABLE)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_COLUMNS)
        writer.writerows(
            [one.type, one.element, one.reason, words_of(one), one.facts, one.resources]
            for one in found
        )
    summary = [[o.type, o.element, o.reason, o.words, o.facts, o.resources] for o in found]
    document = {"layout": layout.name, "losses": summary, "text_only": dict(text_only)}
    write_json(run.file(LOSSES_SUM), document)


def words_of(loss: Loss) -> str:
    """Why a fact does not go through the desk, in words."""
    return loss.words or LOSS_WORDS.get(loss.reason, "the layout has no column for it")


def read_losses(run: Run) -> tuple[Loss, ...]:
    """What was worked out; () before that."""
    path = run.file(LOSSES_SUM)
    if not path.is_file():
        return ()
    return tuple(Loss(*row) for row in orjson.loads(path.read_bytes())["losses"])


def findings(project: Project, run: Run) -> Iterator[Finding]:
    """What the gate must know of an import desk; nothing for other targets."""
    if not is_handover(project):
        return
    if not run.up_to_date(_STAGE, _inputs(project, run)):
        yield Finding("HND001", "run", 1, "error", "losses not worked out: ehr-migrate plan")
        return
    yield from loss_findings(read_losses(run))
    yield from masters.findings(run)
    yield from alert_findings(orjson.loads(run.file(LOSSES_SUM).read_bytes()))


def loss_findings(found: Sequence[Loss]) -> Iterator[Finding]:
    """Unexplained losses by type and values that do not fit by element close the gate."""
    open_: dict[str, int] = {}
    out: dict[str, int] = {}
    zones: dict[str, int] = {}
    for one in found:
        if one.reason == "":
            open_[one.type] = open_.get(one.type, 0) + one.facts
        elif one.reason == "left out":
            out[one.type] = out.get(one.type, 0) + one.facts
        elif one.reason == "zone":
            zones[one.type] = zones.get(one.type, 0) + one.facts
        else:
            where = f"{one.type}.{one.element}"
            yield Finding("HND011", where, one.facts, "error", LOSS_WORDS[one.reason])
    for kind, facts in sorted(open_.items()):
        words = "facts that no file of the layout carries, without a reason"
        yield Finding("HND010", kind, facts, "error", words)
    for kind, facts in sorted(out.items()):
        yield Finding("HND012", kind, facts, "warning", "facts left out by the layout")
    for kind, facts in sorted(zones.items()):
        yield Finding("HND013", kind, facts, "warning", LOSS_WORDS["zone"])


def bound(project: Project, run: Run) -> Mapping[str, Path]:
    """What a signature binds besides: the layout and the losses that were read."""
    if not is_handover(project):
        return {}
    found = {name: run.file(name) for name in (LOSSES, LOSSES_TABLE, ALERTS)}
    name = str(project.settings.target.options.get("layout"))
    shipped = mappings_folder() / "handover" / name / "layout.yml"
    found |= masters.bound(project, run)
    return found | {f"shipped/handover/{name}/layout.yml": shipped}


def loss_lines(found: Sequence[Loss]) -> list[str]:
    """The losses in a few words, for plan and sign."""
    if not found:
        return []
    bad = sum(one.facts for one in found if one.reason != "left out")
    all_ = sum(one.facts for one in found)
    return [
        f"not carried by the layout: {all_:,} facts, {bad:,} of them without a reason: "
        f"{LOSSES_TABLE}"
    ]
