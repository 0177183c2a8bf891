"""Issue codes of project."""

from migrate.core.issues.model import IssueCode

CODES: tuple[IssueCode, ...] = ()
