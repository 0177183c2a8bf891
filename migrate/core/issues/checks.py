"""Issue codes of checks."""

from migrate.core.issues.model import IssueCode

CODES: tuple[IssueCode, ...] = ()
