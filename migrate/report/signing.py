"""The pages about signatures: the statement to be signed in ink, and the certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from migrate.core.signoff import printed, things_digest
from migrate.report.html import page_of

if TYPE_CHECKING:
    from migrate.core.signoff import SignOff


def statement_page(
    project: str,
    run: str,
    words: Sequence[str],
    before: Sequence[str],
    digest: str,
    roles: Mapping[str, int],
) -> str:
    """What is accepted, with its digest and a line to sign on for each person."""
    people = [role for role, number in sorted(roles.items()) for _ in range(number)]
    return page_of(
        "statement.html.j2",
        "signing.css",
        project=project,
        run=run,
        words=words,
        before=before,
        digest=printed(digest),
        people=people,
    )


def certificate_page(
    project: str, run: str, key: str, held: Sequence[tuple[SignOff, str, Sequence[str]]]
) -> str:
    """Who signed what, when and how, and whether it holds: (sign-off, file, changes) each."""
    signatures = [
        {
            "one": one,
            "file": file,
            "changed": changed,
            "digest": printed(things_digest(one.things)),
            "things": [(thing, len(names)) for thing, names in one.things.items()],
        }
        for one, file, changed in held
    ]
    return page_of(
        "certificate.html.j2", "signing.css", project=project, run=run, key=key, held=signatures
    )
