"""How a stage says how far it is; the command line shows it, tests and scripts ignore it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """One task at a time. Labels are ours, never data."""

    def start(self, task: str, total: int | None = None) -> None:
        """A task begins; ``total`` steps, None when not known."""

    def advance(self, steps: int = 1) -> None:
        """Some steps are done."""

    def note(self, sentence: str) -> None:
        """Something worth saying once: a stage that is skipped, an interruption."""

    def done(self) -> None:
        """The task ended."""


class Silent:
    """Progress that nobody watches."""

    def start(self, task: str, total: int | None = None) -> None:
        """Nothing."""

    def advance(self, steps: int = 1) -> None:
        """Nothing."""

    def note(self, sentence: str) -> None:
        """Nothing."""

    def done(self) -> None:
        """Nothing."""
