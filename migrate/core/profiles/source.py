"""Where a profile's files come from: a port, so that the core reads no disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

SHIPPED = "shipped/"


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text and the path (relative, with ``/``) that messages call it by."""

    path: str
    text: str


class ProfileLibrary(Protocol):
    """Finds profiles and crosswalks by name."""

    def profile(self, name: str) -> SourceText | None:
        """The profile of this name, the project's own before a shipped one.

        A name that begins with ``shipped/`` means the shipped one: a project's own profile
        may extend the shipped profile whose place it takes.
        """

    def crosswalk(self, profile: str, name: str) -> SourceText | None:
        """The crosswalk of this name: the project's own, the profile's, or a shared one."""

    def names(self) -> Sequence[str]:
        """The names of all profiles, for suggestions."""
