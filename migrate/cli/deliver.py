"""Commands that deliver: plan, sign, load, verify, verify-signoff, rollback."""

from __future__ import annotations

import click


def add_to(cli: click.Group) -> None:
    """Add the commands of this module."""
