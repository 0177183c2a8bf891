"""Patients that stay in the old system: a profile's ``leave_behind``, applied to its rules.

Every rule whose rows belong to a patient excludes the rows of those that are left behind, with
the rule's own reason, so that all of their rows are accounted for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from migrate.core.profiles.ast import Column, Leaf, Profile, Reason, ResourceRule, Sql


def without_patients(profile: Profile, left: Mapping[str, Sequence[str]]) -> Profile:
    """The profile without the charts of these patients.

    ``left``: reason → keys of the patients' table, merged records among them. Rules that know
    no patient of their row are as they were: what they make of such a row points at nobody, and
    is held back.
    """
    rules = tuple(_leaving(profile, rule, left) for rule in profile.rules)
    return replace(profile, rules=rules)


def _leaving(
    profile: Profile, rule: ResourceRule, left: Mapping[str, Sequence[str]]
) -> ResourceRule:
    column = profile.table(rule.table).patient
    leaf = rule.patient or (Column(column) if column else None)
    if leaf is None or not isinstance(leaf, Column | Sql):
        return rule
    found = tuple(Reason(_among(leaf, keys), why) for why, keys in left.items() if keys)
    return replace(rule, excludes=(*found, *rule.excludes))


def _among(leaf: Leaf, keys: Sequence[str]) -> Sql:
    """Whether the leaf is one of these keys; braces stand twice in such a text."""
    texts = ", ".join("'" + key.replace("'", "''") + "'" for key in sorted(keys))
    listed = texts.replace("{", "{{").replace("}", "}}")
    if isinstance(leaf, Sql):
        return Sql(f"({leaf.text}) IN ({listed})", leaf.columns)
    assert isinstance(leaf, Column)
    return Sql(f"{{0}} IN ({listed})", (leaf,))
