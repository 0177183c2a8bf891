"""Issue codes of mapping (MAP): why a row was rejected or what was noticed on the way."""

from migrate.core.issues.model import IssueCode

CODES = (
    IssueCode(
        "MAP001",
        "required value missing",
        "error",
        "A column that the target element requires is empty in the row.",
        "Complete it in the old system, or give an `absent:` reason in the profile.",
    ),
    IssueCode(
        "MAP002",
        "date cannot be read",
        "error",
        "The text is no date in any of the formats that the profile declares, or no day of "
        "the calendar (30 February).",
        "Correct it in the old system, or add the format to the profile.",
    ),
    IssueCode(
        "MAP003",
        "number cannot be read",
        "error",
        "The text is not a number where a number is needed.",
        "Correct it in the old system, or map the column as text as well.",
    ),
    IssueCode(
        "MAP004",
        "value of the wrong form",
        "error",
        "The text does not have the form that the FHIR type requires (code, uri, boolean, …).",
        "Correct it in the old system, or transform it in the profile.",
    ),
    IssueCode(
        "MAP010",
        "reference to a row that is not in the export",
        "error",
        "The row points at a key that no row of the other table has.",
        "Ask the vendor for the missing rows; without them the row has no owner.",
    ),
    IssueCode(
        "MAP011",
        "reference to a row that was held back",
        "error",
        "The row points at a row that exists but did not become a resource itself.",
        "Mend the other row first; this one follows.",
    ),
    IssueCode(
        "MAP012",
        "crosswalk has no entry for a code",
        "error",
        "A local code, or a status, has no line in its crosswalk. A status is never guessed.",
        "Run `ehr-migrate crosswalk NAME --worklist`, add the codes and have them reviewed.",
    ),
    IssueCode(
        "MAP013",
        "duplicate key",
        "error",
        "Two rows that differ share one key; which of them is right cannot be known.",
        "Decide in the old system which row holds; rows that are equal are combined.",
    ),
    IssueCode(
        "MAP014",
        "merge records form a circle",
        "error",
        "Patient merge records lead back to where they began, so no surviving record exists.",
        "Ask the practice which record survives and correct the merge records.",
    ),
    IssueCode(
        "MAP015",
        "rejected by the profile",
        "error",
        "A `reject` condition that the profile declares holds for the row.",
        "The reason stands in the reject file; see the rule in the profile.",
    ),
    IssueCode(
        "MAP016",
        "part of a resource that was held back",
        "error",
        "The row is a part (a line, a component) of a row that was itself held back or is "
        "missing from the export.",
        "Mend the row it belongs to first.",
    ),
    IssueCode(
        "MAP020",
        "optional reference left out",
        "warning",
        "An optional reference points at nothing; the resource was made without it.",
        "Nothing, or ask the vendor for the missing rows.",
    ),
    IssueCode(
        "MAP021",
        "code kept as text only",
        "warning",
        "A code without a crosswalk entry was kept as text and local code; nothing that "
        "needs the standard code (alerts, trends) will work on it.",
        "Run `ehr-migrate crosswalk NAME --worklist`.",
    ),
    IssueCode(
        "MAP022",
        "placeholder date",
        "info",
        "A date that the profile declares as a placeholder (0000-00-00, 9999-12-31) became "
        "'unknown', not a date.",
        "Nothing; it is counted.",
    ),
    IssueCode(
        "MAP023",
        "value left out",
        "warning",
        "An optional value could not be read in its type and was left out of the resource; "
        "it stays in the staged row.",
        "Correct it in the old system or map it as text.",
    ),
    IssueCode(
        "MAP024",
        "several rows in force at once",
        "warning",
        "A lookup found more than one row for the date; the first by its order was taken.",
        "Check the overlapping rows (for coverage: which payer was first).",
    ),
    IssueCode(
        "MAP030",
        "rows without a fate",
        "error",
        "No rule used these rows and no exclusion names them.",
        "Map the rows, or exclude them with a reason in the profile.",
    ),
    IssueCode(
        "MAP031",
        "columns nobody claims",
        "warning",
        "Columns that carry values are neither used by a rule nor excluded with a reason.",
        "Use them, or exclude them with a reason in the profile.",
    ),
    IssueCode(
        "MAP040",
        "SQL expression fails on a row",
        "error",
        "An SQL expression of the profile cannot be computed for some row (a cast of a text "
        "that is no number, a division by zero). The mapping stops: a guess is not an answer.",
        "Use `try_cast`, or guard the expression with CASE or with the rule's `where`.",
    ),
    IssueCode(
        "MAP041",
        "no room to write the mapping",
        "error",
        "The disk of the run folder is full or cannot be written.",
        "Free space (or mend the rights) and run the same command again.",
    ),
    IssueCode(
        "MAP042",
        "not enough memory for the mapping",
        "error",
        "Neither the memory limit nor the temporary space of the run folder is enough.",
        "Free disk space for the temporary files and run the same command again.",
    ),
    IssueCode(
        "MAP043",
        "statement is not valid",
        "error",
        "The compiler wrote a statement that the database refuses: our bug, not your data.",
        "Report it with the rule's text; the profile's rule is named in the message.",
    ),
)
