"""Open balances by age, and the accounts behind a difference."""

from __future__ import annotations

from collections.abc import Mapping

AGES_TITLE = "Open balances by age"
AGES_PICTURE = "Picture: open balances by age"
AGES_CAPTION = "The outline is the old system's own report, the dark part what the export holds."
AGE_DESC = "{name}: {old} in the old report, {export} in the export."
AGES_SUM = "All buckets"
AGES_TIE = "The buckets of the old report add up to its {name}, {total}, to the cent."
AGES_DO_NOT_TIE = (
    "The buckets of the old report do not add up to its {name}, {total}: {difference} is missing "
    "in them. Ask who made that report."
)
COL_AGE = "Age in days"
COL_ACCOUNT = "Account in the old system"
COL_AMOUNT = "Amount"
ROW_OF = "{table}, row {row}"
ACCOUNTS_TITLE = "Accounts with money that did not move"
ACCOUNTS_INTRO = "Largest amounts first; each with the reason it stayed behind."
ACCOUNTS_IN_EVIDENCE = (
    "The accounts behind each amount are named in the evidence edition: "
    "`evidence/lists/money-accounts.csv`."
)

AGED_TITLE = "Accounts on which the old report and the export differ"
AGED_LINE = "{total}, account by account: all {accounts} accounts agree."
AGED_LINE_OFF = (
    "{total}, account by account: {differ} of {accounts} accounts differ, by {named} in all."
)
AGED_UNNAMED = "No account explains {amount} of the total: the two old reports disagree."
AGED_IN_EVIDENCE = (
    "The accounts that differ are named in the evidence edition: "
    "`evidence/lists/aging-accounts.csv`."
)
NOT_AGED = (
    "Differences are by total: with the old report account by account (`aging.csv` in the "
    "project's folder) each would be a named account."
)
GROUPED_TITLE = "Money by patient, payer, provider, month and age"
GROUPED_CAPTION = (
    "Every amount of the old system's ledger, added up five ways. The amounts of each month and "
    "age are in `lists/`, those of each patient, payer and provider in the evidence edition."
)
COL_BY = "By"
COL_GROUPS = "Groups"
COL_PARTLY = "Not moved whole"
COL_UNNAMED = "Of no group"
GROUP_WORDS: Mapping[str, str] = {
    "patient": "patient",
    "payer": "payer",
    "provider": "provider",
    "month": "month",
    "aging": "age of the balance",
}
