"""Can we go live: the sentence and its reasons."""

from __future__ import annotations

from collections.abc import Mapping

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
