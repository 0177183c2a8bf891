"""The page's furniture: title, contents, verdicts, footer."""

from __future__ import annotations

from collections.abc import Mapping

EDITION: Mapping[str, str] = {
    "before": "Reconciliation report before loading",
    "after": "Reconciliation report after loading",
}
VERDICTS: Mapping[str, str] = {
    "pass": "passed",
    "warn": "warning",
    "fail": "failed",
    "not-applicable": "not applicable",
}

SKIP = "Skip to the verdict"
CONTENTS = "Contents"
SECTIONS = (
    ("across", "What came across"),
    ("behind", "What did not, and why"),
    ("alerts", "What the new system will recognise"),
    ("money", "Money, to the cent"),
    ("problems", "Safety findings and accepted problems"),
    ("codes", "Codes without a match"),
    ("gaps", "What the export never contained"),
    ("changes", "What changed since the last rehearsal"),
    ("team", "Details for the implementation team"),
)
TITLES: Mapping[str, str] = dict(SECTIONS)
FACT_EXPORT = "Exported from the old system"
FACT_PROFILE = "Mapping profile"
FACT_TARGET = "Goes to"
FACT_RUN = "Run"
SAFETY_TAG = "Safety"
MORE_IN = "And {count} more, in {file}."
MORE_BLOCKERS = "And {count} more."
ALL_BLOCKERS = "The whole list"
TEAM_BLOCKERS = "What closes the gate"
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NOTHING = "Nothing."
FOUND = "{message} ({count} found)"
ONE_ROW = "1 row"
ROWS = "{rows} rows"

FOOTER = (
    "Made by ehr-migrate {version}. This page holds counts and names of tables, no chart. It asks "
    "for nothing from the network."
)
FOOTER_EVIDENCE = (
    "Made by ehr-migrate {version}. This page holds values of charts: it stays in the run's "
    "folder. It asks for nothing from the network."
)
MAILED_EDITION = "This edition names no patient and holds no chart value: it may be mailed."
EVIDENCE_EDITION = (
    "Evidence edition: it holds values of charts. It stays in the run's folder and is never mailed."
)
DOCUMENT = "document {number}"
