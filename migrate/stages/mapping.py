"""``map``: staged tables → FHIR, by the project's profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate import __version__
from migrate.errors import AskedWrongly
from migrate.store.carrying import carry_over
from migrate.store.exports import against_of
from migrate.store.files import text_digest
from migrate.store.staging import read_manifest

if TYPE_CHECKING:
    from migrate.core.model import Manifest
    from migrate.core.profiles.ast import Profile
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run


@dataclass(frozen=True, slots=True)
class MapOutcome:
    """What the mapping made; ``skipped`` when nothing had changed."""

    run: Run
    resources: Mapping[str, int]
    fates: Mapping[str, int]
    skipped: bool

    def document(self) -> dict[str, object]:
        """Counts by resource type and fate."""
        return {
            "resources": dict(self.resources),
            "fates": dict(self.fates),
            "skipped": self.skipped,
        }


def staged_manifest(run: Run) -> Manifest:
    """The manifest of the staged data. Raises AskedWrongly when nothing is staged."""
    path = run.staged / "manifest.json"
    if not path.is_file():
        raise AskedWrongly("PRJ007", "nothing is staged yet", try_="ehr-migrate extract")
    return read_manifest(path)


def project_profile(project: Project, manifest: Manifest | None) -> Profile:
    """The project's profile, checked against what was staged, without the rules that its money
    scope leaves out. Raises AskedWrongly (PRO…)."""
    from migrate.core.profiles.load import load_profile
    from migrate.core.profiles.moneyscope import scoped
    from migrate.plugins import profile_library

    tables = None if manifest is None else manifest.tables
    profile = load_profile(
        project.settings.source.profile,
        profile_library(project.folder),
        tables,
        site_timezone=project.settings.timezone,
    )
    return scoped(profile, project.settings.money_scope)


def context_of(project: Project, profile: Profile, manifest: Manifest) -> dict[str, str]:
    """The values of ``{context: …}`` in profiles."""
    return {
        "exported": manifest.exported_at,
        "system": profile.system,
        "name": project.settings.name,
        "tool": f"ehr-migrate {__version__}",
    }


def inputs_of(project: Project, profile: Profile, manifest: Manifest) -> dict[str, str]:
    """What a mapping depends on, by digest."""
    context = context_of(project, profile, manifest)
    return {
        "input": manifest.input_digest,
        "profile": profile.digest,
        "id_key": project.id_key_fingerprint(),
        "timezone": text_digest(project.settings.timezone or ""),
        "context": text_digest(*(f"{name}={context[name]}" for name in sorted(context))),
    }


def _earlier(project: Project, run: Run) -> list[Run]:
    """The runs that this one's export is a later one to, the nearest first."""
    known = {one.id: one for one in project.runs()}
    found: list[Run] = []
    name = against_of(run)
    while name is not None and name in known and known[name] not in found:
        found.append(known[name])
        name = against_of(known[name])
    return found


def _carried(run: Run, earlier: list[Run], manifest: Manifest) -> None:
    """Keep what only the instant of the export distinguishes from the run before."""
    if earlier:
        instants = [staged_manifest(one).exported_at for one in earlier]
        carry_over(run.fhir, earlier[0].fhir, manifest.exported_at, instants)


def run(
    project: Project, run: Run, progress: Progress, *, workers: int = 1, force: bool = False
) -> MapOutcome:
    """Map a run; a changed profile opens a new run over the same staged data."""
    manifest = staged_manifest(run)
    profile = project_profile(project, manifest)
    inputs = inputs_of(project, profile, manifest)
    earlier = _earlier(project, run)
    if earlier and (before := earlier[0].manifest("map")) is not None:
        inputs["against"] = text_digest(*(f"{n}={d}" for n, d in sorted(before.outputs.items())))
    if not force and run.up_to_date("map", inputs):
        progress.note("map: nothing has changed, skipped")
        return _outcome(run, skipped=True)
    if run.manifest("map") is not None and run.manifest("map").inputs != inputs:  # type: ignore[union-attr]
        run = project.new_run(text_digest(*inputs.values()), staged_from=run)
    _map(project, run, profile, manifest, inputs, progress, workers, earlier)
    return _outcome(run, skipped=False)


def _map(
    project: Project,
    run: Run,
    profile: Profile,
    manifest: Manifest,
    inputs: Mapping[str, str],
    progress: Progress,
    workers: int,
    earlier: list[Run],
) -> None:
    from migrate.engine.run import run_mapping

    run.unfinish("map", "validate", "reconcile", "report", "plan")
    total = len(profile.rules)
    progress.start("mapping", total)
    result = run_mapping(
        profile,
        manifest.tables,
        run.staged,
        run.mapped,
        id_key=project.id_key(),
        context=context_of(project, profile, manifest),
        workers=workers,
        progress=lambda _rule, _done, _total: progress.advance(),
    )
    progress.done()
    _carried(run, earlier, manifest)
    outputs = [*run.fhir.glob("*.ndjson"), *run.rejects("map").glob("*.parquet")]
    outputs += [run.file(f"{name}.parquet") for name in ("lineage", "fates", "notes", "misses")]
    facts = {"resources": dict(result.resources), "fates": dict(result.fates)}
    run.finish("map", inputs, outputs, facts)


def _outcome(run: Run, *, skipped: bool) -> MapOutcome:
    manifest = run.manifest("map")
    facts: Mapping[str, object] = manifest.facts if manifest else {}
    resources, fates = facts.get("resources", {}), facts.get("fates", {})
    assert isinstance(resources, dict) and isinstance(fates, dict)
    return MapOutcome(run, resources, fates, skipped)
