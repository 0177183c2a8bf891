"""A hand-over package: files for an import desk, made of what a load has put here."""

from migrate.targets.handover.target import HandoverTarget, open_target

__all__ = ["HandoverTarget", "open_target"]
