"""The columns of the staged tables. They are the same for every export, filled or not."""

from __future__ import annotations

from migrate.extractors.ccda.codes import code_columns
from migrate.extractors.ccda.kinds import STATEMENT_TABLES
from migrate.extractors.ccda.values import TIME_COLUMNS, VALUE_COLUMNS, places

_BASE = (
    *("key", "patient", "parent", "parent_table", "relation", "section_code"),
    *("class", "mood", "negated", "status", "missing", "template"),
    *code_columns("code", 6),
    *TIME_COLUMNS,
    *VALUE_COLUMNS,
    *code_columns("answer", 6),
    *code_columns("interpretation", 2),
    *("range_low", "range_low_unit", "range_high", "range_high_unit", "range_text"),
    *code_columns("priority", 1),
    *code_columns("site", 2),
    *code_columns("method", 1),
    *code_columns("subject", 2),
    *code_columns("subject_gender", 1),
    *("subject_birth", "subject_name", "subject_deceased", "subject_death"),
    *code_columns("specimen", 2),
    *places("specimen_id", 1),
    "place",
    *("performer", "text", "comment", "details", "onset_age", "onset_age_unit"),
    *("concern_status", "concern_start", "concern_end", "concern_time"),
    *code_columns("clinical_status", 1),
    *code_columns("severity", 1),
    *code_columns("criticality", 1),
    *code_columns("reason", 6),
    *code_columns("participant", 4),
    *code_columns("participant_role", 1),
    *places("participant_id", 2),
    *places("reaction", 6),
    "participants",
)
_DRUG = (
    *code_columns("product", 6),
    *("manufacturer", "lot"),
    *("dose", "dose_unit", "dose_low", "dose_high", "rate", "rate_unit"),
    *code_columns("route", 2),
    *code_columns("form", 1),
    *("repeat_number", "max_dose", "period", "period_max", "period_unit", "event"),
    *("precondition", *code_columns("as_needed", 1)),
    *code_columns("refusal", 1),
)
_PERSON = (
    *places("id", 4),
    *places("name", 3),
    *places("address", 3),
    *places("telecom", 4),
)
_PATIENT = (
    "key",
    "document_time",
    *_PERSON,
    *code_columns("gender", 1),
    *("birth", "deceased", "death"),
    *code_columns("marital", 1),
    *code_columns("religion", 1),
    *code_columns("race", 6),
    *code_columns("ethnicity", 4),
    *places("language", 3),
    *places("guardian", 3),
    "birthplace",
    "provider",
)
_DOCUMENT = (
    *("key", "sha256", "patient"),
    *places("id", 1),
    *("set_id", "version", "title", "template"),
    *code_columns("code", 3),
    *("time", "confidentiality", "language"),
    *places("author", 4),
    *places("author_time", 4),
    *places("performer", 4),
    *places("performer_time", 4),
    *("custodian", "authenticator", "authenticator_time", "encounter"),
    *("service_start", "service_end", "participants", "related", "body_type", "body"),
)
_SECTION = (
    *("key", "document", "parent", "patient", "position", "template"),
    *code_columns("code", 3),
    *("title", "narrative", "markup", "missing"),
)
_AGENT = (
    *("key", "kind", "organization", "device"),
    *_PERSON,
    *code_columns("specialty", 2),
)
_MENTION = (
    *("document", "patient", "section", "author", "author_time", "author_of"),
    *("fact_table", "fact"),
    *places("id", 2),
)
_ENTRY_ID = ("key", "patient", "fact_table", "fact", "system", "value")
_RELATIVE = ("key", "patient", "kind", "class", *_PERSON, *code_columns("relation", 2))
_VISIT = (
    *("key", "patient"),
    *places("id", 2),
    *code_columns("code", 4),
    *TIME_COLUMNS,
    *code_columns("discharge", 1),
    *("place", "performer"),
)
FILE_COLUMNS = ("path", "name", "bytes", "sha256", "sha1_base64", "content_type", "base64")
_DRUG_TABLES = frozenset(
    {"medications", "immunizations", "plans", "statements", "equipment", "supplies"}
)

COLUMNS: dict[str, tuple[str, ...]] = {
    "patients": _PATIENT,
    "patient_headers": _PATIENT,
    "documents": _DOCUMENT,
    "sections": _SECTION,
    "agents": _AGENT,
    "relatives": _RELATIVE,
    "mentions": _MENTION,
    "entry_ids": _ENTRY_ID,
    "visits": _VISIT,
    "export_files": FILE_COLUMNS,
} | {name: (*_BASE, *_DRUG) if name in _DRUG_TABLES else _BASE for name in STATEMENT_TABLES}
