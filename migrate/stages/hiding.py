"""Patients that a load writes hidden first, and shows when their chart is whole.

The hidden Patient is a write of its own in the journal, so that an interrupted load knows where it
was: a Patient whose last write is its hidden form still waits to be shown.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from migrate.core.hiding import HIDINGS, PATIENT, hidden
from migrate.errors import AskedWrongly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate.core.hiding import Hiding
    from migrate.core.plan import Known, Step
    from migrate.core.ports import Capabilities
    from migrate.stages.wanted import Contents

Ref = tuple[str, str]


class Veil:
    """The Patients of one load that are hidden for now. ``how`` None: none ever is."""

    def __init__(self, how: Hiding | None, contents: Contents, abilities: Capabilities) -> None:
        if how is not None and not abilities.versions:
            raise AskedWrongly(
                "LOD060",
                "[target] hide_until_whole: this kind of target cannot hide a chart",
                kept="nothing was sent",
                try_="take hide_until_whole out of migration.toml",
            )
        self._how, self._contents = how, contents
        self._waiting: dict[Ref, Step] = {}
        self._broken: set[int] = set()

    @property
    def waits(self) -> bool:
        """Whether any Patient is hidden now."""
        return bool(self._waiting)

    def form(self, step: Step) -> bytes | None:
        """What is written of a step that makes a Patient; None where it needs no hiding."""
        if self._how is None or step.type != PATIENT or not step.writes or step.action == "delete":
            return None
        content = self._contents.of(step)
        veiled = hidden(content, self._how)
        return None if veiled == content else veiled

    def lies_hidden(self, step: Step, last: Known) -> bool:
        """Whether the last thing that we did was to write its hidden form; it waits then."""
        form = self.form(step)
        if form is None or last.digest != hashlib.sha256(form).hexdigest():
            return False
        self._waiting[step.type, step.id] = step
        return True

    def drawn(self, step: Step) -> None:
        """Its hidden form is written."""
        self._waiting[step.type, step.id] = step

    def broken(self, step: Step) -> None:
        """Something of this step's unit was not written: its chart is not whole."""
        self._broken.add(step.unit)

    def whole(self, before_unit: int | None, only: str | None) -> tuple[list[Step], list[Step]]:
        """The waiting Patients of the units before this one (None: all), which are shown now, and
        those that stay hidden. ``only``: nobody else's chart was to be loaded."""
        ended = [
            step
            for step in self._waiting.values()
            if (before_unit is None or step.unit < before_unit) and only in (None, step.id)
        ]
        for step in ended:
            del self._waiting[step.type, step.id]
        shown = [step for step in ended if step.unit not in self._broken]
        return shown, [step for step in ended if step.unit in self._broken]


def written_form(content: bytes, kind: str, digest: str | None) -> bytes:
    """Of a wanted line, its hidden form where that has the digest of what was sent."""
    if kind == PATIENT and hashlib.sha256(content).hexdigest() != digest:
        forms: Mapping[str, bytes] = {
            hashlib.sha256(form).hexdigest(): form
            for form in (hidden(content, how) for how in HIDINGS)
        }
        return forms.get(digest or "", content)
    return content
