"""What changed since the last rehearsal."""

from __future__ import annotations

from collections.abc import Mapping

NO_REHEARSAL = "This is the first rehearsal; there is nothing to compare it with yet."
CHANGES_SENTENCE = (
    "Since run {before}: {fixed} data problems fixed, {fewer} smaller, {more} larger, {new} new."
)
TO_GO = "To go: {findings} data problems ({safety} about safety), {held} rows held back."
CHANGES_NEW = "New"
CHANGES_MORE = "Larger than before"
CHANGES_FIXED = "Fixed"
CHANGES_FEWER = "Smaller than before"
WHERE_COUNT = "({where}: {count})"
FROM_TO = "{before} → {after}"
HISTORY_TITLE = "All rehearsals"
HISTORY: Mapping[str, str] = {
    "rows": "Rows in the export",
    "patients": "Patients",
    "records": "Records",
    "held_back": "Held back",
    "unaccounted": "Unaccounted for",
    "codes_unmatched": "Rows without a code match",
    "money_off": "Money totals off",
    "findings": "Data problems",
    "safety": "Safety",
}
CHANGE_TITLES: Mapping[str, str] = {
    "new": CHANGES_NEW,
    "more": CHANGES_MORE,
    "fixed": CHANGES_FIXED,
    "fewer": CHANGES_FEWER,
}
