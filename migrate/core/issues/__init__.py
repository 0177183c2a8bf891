"""Issues: problems in the data or the project, as values, and the catalogue of their codes.

An issue has a code, a severity and an address, never a chart value. The catalogue is the one
place where a code is defined; each code has a page in ``migrate/guide/issues/CODE.md``.
"""

from __future__ import annotations

from functools import cache

from migrate.core.issues.model import Address, Issue, IssueCode, Severity

__all__ = ["Address", "Issue", "IssueCode", "Severity", "catalogue", "code"]


@cache
def catalogue() -> dict[str, IssueCode]:
    """All issue codes by code, in the order of their families."""
    from migrate.core.issues import (
        checks,
        conforming,
        extract,
        handover,
        judging,
        loading,
        mapping,
        profile,
        project,
        reconciling,
        reviewing,
    )

    families = (
        project.CODES,
        extract.CODES,
        profile.CODES,
        mapping.CODES,
        checks.CODES,
        conforming.CODES,
        judging.CODES,
        reconciling.CODES,
        reviewing.CODES,
        loading.CODES,
        handover.CODES,
    )
    return {entry.code: entry for family in families for entry in family}


def code(name: str) -> IssueCode:
    """The catalogue's entry of an issue code. Raises KeyError for a code nobody defined."""
    return catalogue()[name]
