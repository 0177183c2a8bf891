"""What each section of a patient's CCD takes: the columns that its writer knows.

Sections and entry templates are those of C-CDA R2.1 (CCD V3, 2.16.840.1.113883.10.20.22.1.2).
Every section has ``id`` (the entry's own id), ``patient`` (the id of the Patient), ``mrn`` and
``text`` (the words as the old system had them).
"""

from __future__ import annotations

from collections.abc import Mapping

_ALWAYS = ("id", "patient", "mrn", "text")
_CODED = ("system", "code", "display")
_LOCAL = ("local_system", "local_code", "local_display")

_VALUE = (
    *("value", "unit", "comparator", "value_text"),
    *("value_code", "value_system", "value_display"),
)

#: Statuses are codes of CDA: ActStatus of an entry, or SNOMED CT of a problem and an allergy.
SECTION_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "patients": (
        *("id", "mrn", "mrn_system", "ssn", "family", "given", "middle", "suffix", "prefix"),
        *("birth", "gender", "line", "city", "state", "postal", "country"),
        *("home_phone", "mobile_phone", "work_phone", "email", "marital", "language"),
        *("race", "ethnicity", "deceased", "death"),
    ),
    "allergies": (
        *(*_ALWAYS, *_CODED, *_LOCAL, "status", "category", "onset"),
        *("reaction", "reaction_code", "severity", "criticality"),
    ),
    "problems": (*_ALWAYS, *_CODED, *_LOCAL, "status", "onset", "abatement"),
    "medications": (
        *(*_ALWAYS, *_CODED, *_LOCAL, "status", "sig", "start", "end", "dose", "dose_unit"),
    ),
    "immunizations": (*_ALWAYS, *_CODED, *_LOCAL, "status", "date", "lot", "maker", "reason"),
    "results": (*(*_ALWAYS, *_CODED, *_LOCAL, "status", "date", *_VALUE, "flag", "range"),),
    "vitals": (*_ALWAYS, *_CODED, *_LOCAL, "date", *_VALUE),
    "procedures": (*_ALWAYS, *_CODED, *_LOCAL, "status", "date"),
    "encounters": (*_ALWAYS, *_CODED, *_LOCAL, "start", "end"),
    "social_history": (*_ALWAYS, *_CODED, *_LOCAL, "date", *_VALUE),
}
