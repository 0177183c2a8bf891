"""Which allergies and medications will alert."""

from __future__ import annotations

from collections.abc import Mapping

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
