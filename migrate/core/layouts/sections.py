"""What each section of a patient's CCD takes: the columns that its writer knows.

Sections and entry templates are those of C-CDA R2.1 (CCD V3, 2.16.840.1.113883.10.20.22.1.2).
Every section has ``id`` (the entry's own id), ``patient`` (the id of the Patient resource) and
``text`` (the words as the old system had them).
"""

from __future__ import annotations

from collections.abc import Mapping

_ALWAYS = ("id", "patient", "text")
_CODED = ("system", "code", "display")
_LOCAL = ("local_system", "local_code", "local_display")

SECTION_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "patients": (
        *("id", "mrn", "mrn_system", "ssn", "family", "given", "middle", "suffix", "prefix"),
        *("birth", "gender", "line", "line2", "city", "state", "postal", "country"),
        *("home_phone", "mobile_phone", "work_phone", "email", "marital", "language"),
        *("race", "race_display", "ethnicity", "ethnicity_display", "deceased", "death"),
    ),
    "allergies": (
        *(*_ALWAYS, *_CODED, *_LOCAL, "status", "verification", "category", "onset"),
        *("recorded", "reaction", "reaction_code", "reaction_text", "severity", "criticality"),
    ),
    "problems": (
        *(*_ALWAYS, *_CODED, *_LOCAL, "status", "verification", "onset", "abatement", "recorded"),
    ),
    "medications": (
        *(*_ALWAYS, *_CODED, *_LOCAL, "status", "sig", "start", "end", "dose", "dose_unit"),
        *("authored", "refills", "quantity", "prescriber"),
    ),
    "immunizations": (*(*_ALWAYS, *_CODED, *_LOCAL, "status", "date", "lot", "maker", "reason"),),
    "results": (
        *(*_ALWAYS, *_CODED, *_LOCAL, "status", "date", "value", "unit", "comparator"),
        *("value_text", "value_code", "value_system", "value_display", "low", "high", "flag"),
    ),
    "vitals": (*_ALWAYS, *_CODED, *_LOCAL, "status", "date", "value", "unit"),
    "procedures": (*_ALWAYS, *_CODED, *_LOCAL, "status", "date"),
    "encounters": (*_ALWAYS, *_CODED, *_LOCAL, "status", "start", "end", "number"),
    "social_history": (*_ALWAYS, *_CODED, *_LOCAL, "status", "date", "value", "value_code"),
}
