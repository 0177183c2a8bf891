"""The practice's choice of what money moves: rules of a profile that it leaves out.

``full`` moves everything. ``balance-forward`` moves accounts and what is made of their own table
(the balance by age), ``none`` not even those. The tables that only left-out rules read are
excluded with that reason, so their rows and their amounts are accounted for as left behind.
``open-items`` needs to know which items are open, which no profile can say yet: it is refused.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from migrate.core.profiles.ast import Profile
from migrate.core.profiles.usage import column_usage, excluded_table
from migrate.errors import AskedWrongly

MONEY_TYPES = frozenset(
    (
        *("Account", "ChargeItem", "Claim", "ClaimResponse", "ExplanationOfBenefit"),
        *("Invoice", "PaymentNotice", "PaymentReconciliation"),
    )
)
_REASONS = {
    "none": "money stays in the old system (scope: none)",
    "balance-forward": "only balances move (scope: balance-forward)",
}


def scoped(profile: Profile, scope: str) -> Profile:
    """The profile as far as the money scope lets it go; its digest tells scopes apart.

    Raises AskedWrongly (PRO028) for a scope that the profile cannot keep.
    """
    if scope == "full":
        return profile
    if scope not in _REASONS:
        raise AskedWrongly(
            "PRO028",
            f"the profile '{profile.name}' cannot keep the money scope '{scope}'",
            kept="nothing was written",
            try_="set [money] scope to none, balance-forward or full",
        )
    accounts = {rule.table for rule in profile.rules if rule.type == "Account"}
    kept = tuple(
        rule
        for rule in profile.rules
        if rule.type not in MONEY_TYPES or (scope == "balance-forward" and rule.table in accounts)
    )
    left = replace(profile, rules=kept)
    gone = [
        table
        for table in sorted(_read_by_rules(profile) - _read_by_rules(left))
        if excluded_table(profile, table) is None
    ]
    return replace(
        left,
        excluded_tables=(*profile.excluded_tables, *((t, _REASONS[scope]) for t in gone)),
        digest=sha256(f"{profile.digest} {scope}".encode()).hexdigest(),
    )


def _read_by_rules(profile: Profile) -> set[str]:
    return {
        table
        for table, columns in column_usage(profile).items()
        if any(use.rule for uses in columns.values() for use in uses)
    }
