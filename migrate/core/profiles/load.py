"""Reads a profile: files → one merged tree → type-checked :class:`Profile`.

All mistakes are found in one go. ``migrate/guide/profiles.md`` defines the language.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from migrate.core.model import SourceTable
from migrate.core.profiles import consistency, money, rules, tables
from migrate.core.profiles.ast import Profile
from migrate.core.profiles.catalogue import Catalogue
from migrate.core.profiles.checking import Checking, Settings
from migrate.core.profiles.crosswalks import Crosswalks
from migrate.core.profiles.inherit import Chain, read_chain
from migrate.core.profiles.problems import Problems
from migrate.core.profiles.source import ProfileLibrary, SourceText
from migrate.errors import AskedWrongly

__all__ = ["ProfileLibrary", "SourceText", "load_profile"]


def load_profile(
    name: str,
    library: ProfileLibrary,
    catalogue: Sequence[SourceTable] | None,
    *,
    site_timezone: str | None = None,
) -> Profile:
    """The profile of this name, checked against R4 and, where given, the export's tables.

    ``site_timezone`` (an IANA name that was checked) goes before the profile's own.

    Raises AskedWrongly: ``details`` has every mistake as ``file:line:column: CODE message;
    write …``, in reading order; ``code`` is the first one's.
    """
    problems = Problems()
    chain = read_chain(name, library, problems)
    profile = None
    if chain is not None:
        profile = _check(chain, library, catalogue, problems, site_timezone)
    if profile is None or len(problems):
        count = len(problems)
        raise AskedWrongly(
            problems.first_code(),
            f"the profile '{name}' has {count} mistake{'s' if count != 1 else ''}",
            kept="nothing was written",
            try_="mend the lines named above; the language is in the guide, page 'profiles'",
            details=problems.lines(),
        )
    return profile


def _check(
    chain: Chain,
    library: ProfileLibrary,
    catalogue: Sequence[SourceTable] | None,
    problems: Problems,
    site_timezone: str | None,
) -> Profile:
    tree = chain.tree
    known = Catalogue(catalogue, problems)
    known.allow_missing(tables.optional_tables(tree), tables.lackable_columns(tree))
    checking = Checking(problems, Settings(), known, Crosswalks(library, (), {}, problems))
    checking.settings = tables.settings(tree, checking)
    if site_timezone is not None:
        checking.settings = replace(checking.settings, timezone=site_timezone)
    checking.crosswalks = Crosswalks(library, chain.names, checking.settings.systems, problems)
    table_rules = tables.table_rules(tree, checking)
    checking.tables = tables.heads(table_rules)
    found = rules.heads(tree.get("resources"), checking)
    checking.heads = {name: head for name, (head, _) in found.items()}
    made = [rules.rule(head, fields, checking) for head, fields in found.values()]
    resource_rules = tuple(rule for rule in made if rule is not None)
    excluded_tables, excluded_columns = tables.exclusions(tree, checking)
    measures = money.money(tree, checking)
    consistency.check(resource_rules, checking)
    files = [*chain.files, *checking.crosswalks.files]
    digests = _digests(files)
    return Profile(
        chain.names[0],
        checking.settings.system,
        checking.settings.patients,
        resource_rules,
        table_rules,
        checking.crosswalks.used(),
        excluded_tables,
        excluded_columns,
        measures,
        checking.settings.timezone,
        digests,
        _digest(digests),
    )


def _digests(files: Sequence[SourceText]) -> tuple[tuple[str, str], ...]:
    """(path, SHA-256 of the text) of every file, by path."""
    found = {f.path: hashlib.sha256(f.text.encode()).hexdigest() for f in files}
    return tuple(sorted(found.items()))


def _digest(files: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256("".join(f"{path}\0{d}\n" for path, d in files).encode()).hexdigest()
