"""The report's English, in one place. What a practice reads says its words, not the team's.

(DESIGN: two vocabularies.) Texts with ``{…}`` are filled by the view; nothing here is data.
"""

from __future__ import annotations

from collections.abc import Mapping

# --- terminal --------------------------------------------------------------------------------

TEXT_TABLES = (
    "source table",
    "in the export",
    "came across",
    "combined",
    "left out",
    "held back",
    "unaccounted",
)
TEXT_TOTAL = "all tables"
TEXT_RESOURCES = ("made of it", "made", "loaded", "read back")
TEXT_PATIENTS = (
    "patients: {extracted} in the export = {mapped} came across + {merged} combined + "
    "{excluded} left out + {rejected} held back; loaded {loaded}, read back {read_back}"
)
TEXT_MONEY = (
    "money",
    "in the export",
    "moved",
    "left behind",
    "difference",
    "loaded",
    "load difference",
)
TEXT_CONTROLS = "totals of the old system: {agree} of {total} agree with the export"
TEXT_CONTROL_HEADER = ("  differs", "old report", "export", "difference")
NOT_PROVEN = "completeness of the export: not proven (no controls.csv with the old totals)"
BALANCED: Mapping[str | None, str] = {
    None: "does not tie out: rows or money are unaccounted for",
    "map": "ties out through mapping: every row and every cent is accounted for",
    "load": "ties out through loading: everything mapped has arrived",
    "verify": "ties out through verification: everything loaded was read back and matched",
}

# --- what the practice reads -----------------------------------------------------------------

FATE_WORDS: Mapping[str, str] = {
    "mapped": "Came across",
    "merged": "Combined",
    "excluded": "Left out on purpose",
    "rejected": "Held back, needs fixing",
    "unaccounted": "Unaccounted for",
    "combined": "Combined",
}
FATE_MEANS: Mapping[str, str] = {
    "mapped": "has a record of its own in the new system",
    "merged": "went into a record together with other rows",
    "excluded": "is not moved, for a reason that stands below",
    "rejected": "could not be moved safely as it is; it is kept, with the reason",
    "unaccounted": "nobody can say yet what became of it",
}
DOMAINS: Mapping[str, tuple[str, ...]] = {
    "Patients": ("Patient",),
    "Guarantors and contacts": ("RelatedPerson",),
    "Visits": ("Encounter", "EpisodeOfCare"),
    "Appointments": ("Appointment", "AppointmentResponse", "Schedule", "Slot"),
    "Problems and diagnoses": ("Condition",),
    "Allergies": ("AllergyIntolerance",),
    "Medications": (
        "MedicationRequest",
        "MedicationStatement",
        "MedicationAdministration",
        "MedicationDispense",
        "Medication",
    ),
    "Immunizations": ("Immunization",),
    "Results, vital signs, observations": ("Observation", "Specimen"),
    "Orders and reports": ("DiagnosticReport", "ServiceRequest", "ImagingStudy"),
    "Procedures": ("Procedure",),
    "Notes and documents": ("DocumentReference", "Composition", "Binary"),
    "Care plans and goals": ("CarePlan", "CareTeam", "Goal", "QuestionnaireResponse"),
    "Flags, tasks and recalls": ("Flag", "Task", "CommunicationRequest", "Communication"),
    "Devices and supplies": ("Device", "DeviceUseStatement", "SupplyDelivery", "SupplyRequest"),
    "Insurance": ("Coverage", "InsurancePlan"),
    "Charges, claims and payments": (
        "Account",
        "ChargeItem",
        "ChargeItemDefinition",
        "Claim",
        "ClaimResponse",
        "ExplanationOfBenefit",
        "Invoice",
        "PaymentReconciliation",
        "PaymentNotice",
    ),
    "Providers and places": ("Practitioner", "PractitionerRole", "Organization", "Location"),
    "Where each record came from": ("Provenance",),
}
OTHER_DOMAIN = "Other records"
# What a practice expects in a chart; a domain without a record is named as a gap.
EXPECTED = (
    "Patients",
    "Visits",
    "Appointments",
    "Problems and diagnoses",
    "Allergies",
    "Medications",
    "Immunizations",
    "Results, vital signs, observations",
    "Procedures",
    "Notes and documents",
    "Insurance",
    "Charges, claims and payments",
)
ALERT_WORDS: Mapping[str, tuple[str, str]] = {
    "allergies": ("Allergies", "carry a code that alerts can key on"),
    "medications": ("Medications", "carry a code that interaction checks can key on"),
    "immunizations": ("Immunizations", "count in the immunization forecast"),
    "problems": ("Problems and diagnoses", "drive reminders and quality measures"),
    "results": ("Results and vital signs", "appear in trends and flowsheets"),
    "procedures": ("Procedures", "are recognised by quality measures"),
}
SCOPE_WORDS: Mapping[str, str] = {
    "none": "The practice chose to move no money: open balances stay with the old system.",
    "balance-forward": "The practice chose to move balances forward: one opening balance each.",
    "open-items": "The practice chose to move open items only; settled accounts stay behind.",
    "full": "The practice chose to move the whole financial history.",
}

READY = "Ready"
NOT_READY = "Not ready"
MATCHED = "Loaded, read back and matched"
MATCHED_SENTENCE = (
    "All {made} records are in the new system; each was fetched again and is what was sent."
)
LOADED = "Loaded, not read back yet"
LOADED_SENTENCE = (
    "All {made} records were taken by the new system. That is not proof: they have not been "
    "fetched again and compared."
)
NOT_MATCHED = "Loaded, and something does not match"
NOT_MATCHED_SENTENCE = (
    "All {made} records were taken by the new system; {unread} of them were not read back as "
    "they were sent, and {problems} kinds of difference need a look."
)
NOT_LOADED = "Not fully loaded"
NOT_LOADED_SENTENCE = (
    "{missing} of {made} records are not in the new system. Loading again goes on with what is "
    "missing."
)
READY_SENTENCE = "Nothing stands against going on: {reasons}."
DOUBT: Mapping[str, str] = {
    "proven": "",
    "disproved": " The old system's own reports name more than the export holds; that was "
    "accepted, and is listed below.",
    "not proven": " Nothing shows yet that the export held everything: the old system's own "
    "totals were not given.",
}
READY_ROWS = "all {rows} rows of the export are accounted for"
READY_MONEY = "money ties out to the cent"
READY_CHECKS = "{passed} checks passed and none failed"
READY_ACCEPTED_ONE = "1 known data problem was accepted by name"
READY_ACCEPTED = "{count} known data problems were accepted by name"
NOT_READY_ONE = "1 data problem needs a decision before the charts can move: {reasons}."
NOT_READY_SENTENCE = (
    "{count} data problems need a decision before the charts can move. They are about {reasons}."
)
REASON_SAFETY = "{count} safety findings"
REASON_ROWS = "{count} rows held back"
REASON_LOST = "{count} rows unaccounted for"
REASON_MONEY = "{count} money totals that do not tie out"
REASON_CONTROLS = "{count} totals of the old system that the export does not reach"
REASON_CHECKS = "{count} checks that failed"
REASON_OTHER = "{count} other findings"
REASON_ONE: Mapping[str, str] = {
    REASON_SAFETY: "1 safety finding",
    REASON_ROWS: "1 row held back",
    REASON_LOST: "1 row unaccounted for",
    REASON_MONEY: "1 money total that does not tie out",
    REASON_CONTROLS: "1 total of the old system that the export does not reach",
    REASON_CHECKS: "1 check that failed",
    REASON_OTHER: "1 other finding",
}
AND = "and"
DECIDE = (
    "Mend it in the old system and export again, mend the profile, or accept it by name in "
    "accepted.csv; a safety finding needs a clinician's name."
)
COMPLETENESS: Mapping[str, str] = {
    "proven": "Completeness of the export: every total typed from the old system's own reports "
    "is reached.",
    "disproved": "Completeness of the export: the old system's own reports name more than the "
    "export holds. Loss often happens before we see the data; ask the vendor.",
    "not proven": "Completeness of the export: not proven. No complete set of totals from the "
    "old system's own reports (controls.csv) was given, so nothing shows that the export held "
    "everything.",
}
DO_EXCLUDED = "Nothing; the reason was decided in the profile. Change it there if it is wrong."
DO_UNACCOUNTED = "Map these rows, or exclude them with a reason in the profile."
EXTRACT_REASON = "could not be read from the export"

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

# --- the page's furniture --------------------------------------------------------------------

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

# --- what alerts ------------------------------------------------------------------------------

KIND_WORDS: Mapping[str, str] = {"allergies": "Allergies", "medications": "Medications"}
STANDINGS: Mapping[str, str] = {
    "alerts": "Will alert",
    "text-only": "Text only, cannot alert",
    "not-in-force": "Not in force",
    "none-known": "“No known allergy”",
}
STANDING_TITLE = "Which allergies and medications will alert"
STANDING_CAPTION = (
    "Will alert: in force, with a code that drug knowledge bases know. Text only: in force and "
    "readable, but no alert will come of it until somebody codes it. Not in force: inactive, "
    "resolved, refuted, stopped, completed or entered in error."
)
COL_KIND = "Kind"
COL_TEXT = "As the old system words it"
COL_PATIENTS = "Patients"
COL_LOCAL = "Local code"
NO_TEXT = "(no text)"
NAMES_IN_EVIDENCE = (
    "Which ones they are stands in the evidence edition in the run's folder: `evidence/index.html` "
    "and `evidence/lists/alerting.csv`."
)
LOCAL_CODES = "The codes themselves"

# --- open balances by age, and the accounts behind a difference --------------------------------

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

# --- rehearsals --------------------------------------------------------------------------------

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
TEXT_CHANGED = "{name}: {before} → {after}"
TEXT_CHANGED_TABLES = (
    "source table",
    "in the export",
    "now",
    "left out",
    "now",
    "held back",
    "now",
)
