"""Issue codes of loading."""

from migrate.core.issues.model import IssueCode

CODES: tuple[IssueCode, ...] = ()
