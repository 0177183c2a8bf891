"""Issue codes of reading and type-checking a profile (PRO)."""

from migrate.core.issues.model import IssueCode

CODES = (
    IssueCode(
        "PRO001",
        "profile not found",
        "error",
        "No profile of this name is shipped or in the project's mappings folder.",
        "Run `ehr-migrate scan` for the profiles there are, or give a path.",
    ),
    IssueCode(
        "PRO002",
        "profile is not readable YAML",
        "error",
        "The file is not well-formed YAML; the message names line and column.",
        "Mend the indentation or the quotes at that place.",
    ),
    IssueCode(
        "PRO010",
        "unknown word in a profile",
        "error",
        "A key is not part of the profile language at this place.",
        "Write the suggested word, or see the guide page on profiles.",
    ),
    IssueCode(
        "PRO011",
        "unknown FHIR type or element",
        "error",
        "The R4 element model has no such resource type or element at this place.",
        "Write the suggested name; choice elements carry their type (valueQuantity).",
    ),
    IssueCode(
        "PRO012",
        "value of the wrong type",
        "error",
        "The kind of value does not fit the FHIR type of the element.",
        "Use the operator that the message names for this type.",
    ),
    IssueCode(
        "PRO013",
        "required element missing",
        "error",
        "R4 requires an element that the rule never gives.",
        "Give the element, or an `absent:` reason where the export cannot know it.",
    ),
    IssueCode(
        "PRO014",
        "code outside a required binding",
        "error",
        "A constant or crosswalk target is not in the value set that R4 binds as required.",
        "Write one of the codes that the message lists.",
    ),
    IssueCode(
        "PRO015",
        "more than one value for a single element",
        "error",
        "The element allows one value, or one type of a choice, and the rule gives several.",
        "Keep one, or choose with `first:`.",
    ),
    IssueCode(
        "PRO020",
        "unknown table or column",
        "error",
        "The profile names a table or column that the export does not have.",
        "Write the suggested name; `ehr-migrate scan` lists what the export has.",
    ),
    IssueCode(
        "PRO021",
        "column gone from the export",
        "error",
        "The profile uses a column that was there before and is missing in this export.",
        "Ask the vendor for the column, or change the profile and say why.",
    ),
    IssueCode(
        "PRO022",
        "unknown crosswalk, transform, rule or system",
        "error",
        "A name used in a rule is defined nowhere.",
        "Write the suggested name, or define it.",
    ),
    IssueCode(
        "PRO023",
        "SQL expression refused",
        "error",
        "An expression is not a single scalar over the row's columns: sub-selects, files, "
        "aggregates and unknown functions are not allowed.",
        "Write a scalar expression, or a join or lookup of the profile language.",
    ),
    IssueCode(
        "PRO024",
        "references form a circle",
        "error",
        "Required references lead back to where they began, so no row could go first.",
        "Mark one of them `optional: true`.",
    ),
    IssueCode(
        "PRO025",
        "two rules make the same resource",
        "error",
        "Two rules give the same type and id to one row.",
        "Give one of them a `slot:`.",
    ),
    IssueCode(
        "PRO026",
        "crosswalk file not valid",
        "error",
        "A crosswalk lacks a column, repeats a code, or has an unknown equivalence.",
        "Mend the line of the file that the message names.",
    ),
)
