"""Which suites a project chose: ``[gates] suites`` in ``migration.toml``."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from migrate.core.suites import SuiteText
from migrate.errors import AskedWrongly

if TYPE_CHECKING:
    from migrate.core.ports import CheckPack
    from migrate.store.workspace import Project

STANDARD = "standard"


def chosen_suites(project: Project, packs: Sequence[CheckPack]) -> tuple[SuiteText, ...]:
    """The texts in the order in which they are laid over one another.

    ``standard`` is always the first, so that its safety checks cannot be left out by not naming
    it; then the suite that is named like the profile, where a pack has one; then those of
    ``[gates] suites``: names of packs' suites, or files of the project (``suites/ours.yml``).
    Raises AskedWrongly (CHK090).
    """
    known = {name: text for pack in packs for name, text in sorted(pack.suites().items())}
    wanted = project.settings.gates.get("suites", [STANDARD])
    if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
        raise AskedWrongly(
            "CHK090",
            "[gates] suites must be a list of names",
            try_='write suites = ["standard"] in migration.toml',
        )
    profile = project.settings.source.profile
    names = [STANDARD, *([profile] if profile in known else []), *wanted]
    return tuple(_text(project, name, known) for name in dict.fromkeys(names))


def _text(project: Project, name: str, known: dict[str, str]) -> SuiteText:
    if name in known:
        return SuiteText(f"{name}.yml", known[name])
    path = project.folder / name
    if name.endswith(".yml") and path.is_file():
        return SuiteText(name, path.read_text("utf-8"))
    near = get_close_matches(name, known, n=1)
    raise AskedWrongly(
        "CHK090",
        f"there is no check suite '{name}'",
        try_=f"write {near[0] if near else ', '.join(sorted(known))}, or a file of the project "
        "(suites/NAME.yml)",
    )
