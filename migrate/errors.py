"""Exceptions, grouped by what a person or a script can do about them.

Each carries the exit code of the command line (DESIGN: exit codes) and the four parts of a
message: what happened (with an issue code), what was kept, what to try, where to read more.
No part ever quotes a value out of a chart: callers pass names, counts and addresses only.
"""

from __future__ import annotations

import errno


class MigrateError(Exception):
    """Base of all expected failures.

    ``code`` is an issue code that ``ehr-migrate explain CODE`` knows, ``message`` one sentence
    with names and counts, ``kept`` a path or sentence about what was kept, ``try_`` the next
    command or edit. ``exit_code`` belongs to the class, never to the instance.
    """

    exit_code = 101

    def __init__(
        self,
        code: str,
        message: str,
        *,
        kept: str | None = None,
        try_: str | None = None,
        details: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.kept = kept
        self.try_ = try_
        self.details = details


class AskedWrongly(MigrateError):
    """The command, the project file or the profile is not right: change it and ask again."""

    exit_code = 2


class NotReady(MigrateError):
    """A gate is closed: the data or the signatures do not allow the next step yet."""

    exit_code = 10


class FailedForNow(MigrateError):
    """A passing fault: running the same command again resumes.

    ``retry_after_s`` is the number of seconds to wait before that, where it is known.
    """

    exit_code = 20

    def __init__(
        self,
        code: str,
        message: str,
        *,
        kept: str | None = None,
        try_: str | None = None,
        details: tuple[str, ...] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(code, message, kept=kept, try_=try_, details=details)
        self.retry_after_s = retry_after_s


class NeedsPerson(MigrateError):
    """A person must act before it can go on: a refusal, a full disk, credentials, a signature."""

    exit_code = 21


class OurBug(MigrateError):
    """Something that cannot happen has happened: the toolkit is wrong, not the data."""

    exit_code = 101


class Interrupted(MigrateError):
    """Stopped by the user; what was finished is kept and the same command resumes."""

    exit_code = 130


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# The words of Arrow, SQLite and DuckDB, which give no errno, for the same three conditions.
_FULL_IN_WORDS = (
    *(f"[errno {number}]" for number in _FULL),
    "database or disk is full",
    "no space left on device",
    "disk quota exceeded",
    "file too large",
)


def disk_is_full(fault: BaseException | None) -> bool:
    """Whether a failure, or what it came from, is a disk (or a quota) without room.

    The text of the failure is looked at and never passed on: it may quote a cell.
    """
    while fault is not None:
        if isinstance(fault, OSError) and fault.errno in _FULL:
            return True
        words = str(fault).lower()
        if any(phrase in words for phrase in _FULL_IN_WORDS):
            return True
        fault = fault.__cause__ or fault.__context__
    return False
