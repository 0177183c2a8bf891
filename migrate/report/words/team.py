"""The part of the page for the implementation team."""

from __future__ import annotations

TEAM_INTRO = (
    "From here on the team's words: extracted, mapped, merged, excluded, rejected, residual."
)
TEAM_TABLES = "Tables and fates"
TEAM_RESOURCES = "Resources"
TEAM_CHECKS = "Checks"
TEAM_WARNINGS = "Warnings"
TEAM_COLUMNS = "Columns"
TEAM_NOTES = "Noticed in mapping"
TEAM_FILES = "Files and digests"
NO_CHECKS = "No check has run yet."
WAIVED = "waived by {by}"
UNUSED_ACCEPTED = "{count} accepted findings that nothing answers to any more:"
COLUMNS_SENTENCE = (
    "Of {all} columns, {used} are used, {excluded} are excluded with a reason, {unclaimed} carry "
    "values and are claimed by nobody."
)
UNCLAIMED = "Claimed by nobody (cells with a value):"
OTHER_FILES = (
    "Besides these, {count} files of the export (scans, letters), {bytes} bytes; they are not "
    "named here."
)
