"""The parts of the page that a practice reads."""

from __future__ import annotations

from collections.abc import Mapping

TILE_PATIENTS = "patients came across, from {extracted} patient rows in the export"
TILE_RECORDS = "records made for the new system"
TILE_ACCOUNTED = "of {rows} rows in the export are accounted for"
TILE_HELD = "rows held back, needing a decision or a fix"
FLOW_TITLE = "Every row in = out + explained"
FLOW_DESC = "{rows} rows of the export, and what happened to them."
FLOW_IN = "Rows in the export"
PATIENT_SENTENCE_GOOD = (
    "Chart by chart: for all {patients} patients, every one of their {rows} rows is accounted for."
)
PATIENT_SENTENCE_BAD = (
    "Chart by chart: {unbalanced} of {patients} patients have rows that are unaccounted for."
)
OWNERLESS = (
    "{rows} further rows name a patient who was held back or is not in the export; they are among "
    "the rows below."
)
DOMAIN_TITLE = "By part of the chart"
COL_DOMAIN = "Part of the chart"
COL_RECORDS = "Records"
COL_LOADED = "Loaded"
COL_READ = "Read back and matched"
COL_NOT_LOADED = "Not loaded"
YEARS_TITLE = "Dated rows by year"
YEARS_CAPTION = (
    "The outline is what the export holds, the dark part what came across or was combined, the "
    "dotted part what was held back or left out. A year that is missing or short deserves a "
    "question to the vendor."
)
YEARS_AWAY = "{rows} rows with dates further away are not drawn; see lists/months.csv."
COL_WHY = "Why"
COL_TABLES = "Tables"
COL_ROWS = "Rows"
COL_DO = "What to do"
LOST_INTRO = "No rule has used these rows and no reason leaves them out."
HELD_INTRO = (
    "These rows are kept as the old system had them, each with its reason, in the folder rejects."
)
LEFT_INTRO = "These rows stay behind by decision; the reason is the profile's own."
ALERT_INTRO = (
    "A record with a standard code can raise alerts, join trends and count in measures. A record "
    "with its text alone can be read, and nothing more: somebody should code it."
)
ALERT_LABEL = "{coded} of {records} have a standard code"
ALERT_OF = "of {records} ({share})"
ALERT_TEXT = "are text only."
MONEY_CAPTION = "In the export = moved + left behind + difference."
COL_MEASURE = "Measure"
COL_SOURCE = "In the export"
COL_MOVED = "Moved"
COL_LEFT = "Left behind"
COL_DIFFERENCE = "Difference"
DUPLICATE_ROW = "the export holds the row twice"
UNREAD = "{cells} cells that are no amount"
NO_MONEY = "The profile names no money measure, so money was not reconciled."
AGING_TITLE = "Against the old system's own receivables report"
CONTROLS_LABEL = "Totals of the old system"
COL_TOTAL = "Total"
COL_OLD = "Old report"
COL_EXPORT = "Export"
COL_AGREES = "Verdict"
AGREES = "agrees"
DIFFERS = "differs"
UNBOUND = "compared with nothing"
SAFETY_TITLE = "Safety findings that nobody has accepted"
NO_SAFETY = "None."
ACCEPTED_TITLE = "Accepted by name"
ACCEPTED_INTRO = "Known, counted, and answered for by the person named. More of the same closes "
ACCEPTED_INTRO += "the gate again."
NO_ACCEPTED = "Nothing was accepted."
COL_PROBLEM = "Data problem"
COL_COUNT = "Count"
COL_REASON = "Reason"
COL_BY = "Accepted by"
CODES_INTRO = (
    "Local codes of the old system that have no standard code yet, by the rows they touch. A "
    "status is never guessed: a row with an unknown one is held back."
)
COL_LIST = "Code list"
COL_COLUMN = "Column"
COL_CODES = "Codes"
COL_BECAME = "What happened"
OUTCOMES: Mapping[str, str] = {
    "reject": "rows held back",
    "keep-text": "kept as text only",
    "omit": "left out of the record",
}
CODES_FILE = (
    "The codes themselves are in the evidence edition, lists/codes-without-match.csv; "
    "`ehr-migrate crosswalk NAME --worklist` makes a list to fill in."
)
NO_CODES = "Every code has a match."
COUNTS_TITLE = "Against the old system's own counts"
ELEMENTS_TITLE = "What a chart should hold, and what this export holds of it"
ELEMENTS_TEXT = (
    "The list is the national one (USCDI, version 3). In brackets: in how many records it stands. "
    "What is absent was not in the export; if the old system kept it, ask for it before it is "
    "switched off."
)
ELEMENTS_CLASS = "part of a chart"
ELEMENTS_THERE = "there"
ELEMENTS_ABSENT = "absent in the export"
PROFILES_TITLE = "Must-support elements of US Core 6.1.0"
PROFILE_ABSENT = "no resource of this profile in the export"
GAP_DOMAINS = "Parts of a chart without a single record"
GAP_DOMAINS_TEXT = (
    "{domains}. Either the practice never kept them here, or the export left them out: ask before "
    "the old system is switched off."
)
GAP_DOMAINS_NONE = "None: every part of a chart that a practice expects has records."
GAP_TABLES = "Tables of the export without a row ({count}):"
GAP_COLUMNS = "{count} columns that the mapping would use are empty in every row."
GAP_ONE_COLUMN = "1 column that the mapping would use is empty in every row."
