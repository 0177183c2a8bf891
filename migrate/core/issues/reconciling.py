"""Issue codes of the reconciliation and the gate (REC)."""

from migrate.core.issues.model import IssueCode

CODES = (
    IssueCode(
        "REC001",
        "not reconciled yet",
        "error",
        "The run has not been reconciled since its last mapping, so nothing says that every "
        "row is accounted for.",
        "Run `ehr-migrate reconcile`, or `ehr-migrate dry-run` for all stages.",
    ),
    IssueCode(
        "REC010",
        "total of the old system differs",
        "error",
        "A total typed from the old system's own report is not what the export holds: the "
        "export was probably cut short before it reached us.",
        "Ask the vendor for what is missing, or accept the difference by name with its reason.",
    ),
    IssueCode(
        "REC011",
        "money does not tie out",
        "error",
        "A measure's source differs from what was moved plus what was left behind with a "
        "reason. The count is the difference in the smallest unit (cents).",
        "Open the money list of the report: the rows without a fate and the rules that read "
        "the column are named there.",
    ),
    IssueCode(
        "REC012",
        "declared row count differs",
        "error",
        "The export itself says how many rows a table has, and that is not how many were read.",
        "Ask the vendor for the file again.",
    ),
    IssueCode(
        "REC013",
        "total of the old system compared with nothing",
        "error",
        "A line of controls.csv has a name that no binding in controls.yml answers to, so it "
        "proves nothing.",
        "Correct the name, or bind it in mappings/controls.yml.",
    ),
    IssueCode(
        "REC014",
        "control totals not readable",
        "error",
        "controls.csv or controls.yml has a missing column, an unknown word or a value that is "
        "no number.",
        "Mend the lines that the message names.",
    ),
    IssueCode(
        "REC015",
        "amount cannot be read",
        "error",
        "A cell of a money column is not an amount, so no total of this column can be trusted.",
        "Correct it in the old system, or exclude the row with a reason.",
    ),
    IssueCode(
        "REC016",
        "fates and rows do not match",
        "error",
        "The mapping gave one row two fates, gave a fate to a row that is not in the export, or "
        "put a row under another patient than its owner.",
        "This is a fault of the mapping engine or of a rule's `patient:`; report it.",
    ),
    IssueCode(
        "REC017",
        "patient's rows do not tie out",
        "error",
        "For some patients, not every row of the export has a fate.",
        "See the rows without a fate in the tables that the gate names.",
    ),
    IssueCode(
        "REC018",
        "old aging report not readable",
        "error",
        "aging.csv has a column that is neither accounts nor a total of a money measure, a line "
        "that is no account with amounts, or an account twice.",
        "Mend the lines that the message names, or move the file away.",
    ),
    IssueCode(
        "REC020",
        "list of accepted findings not readable",
        "error",
        "accepted.csv lacks a column, or a line has no code, reason, name, or count.",
        "Mend the lines that the message names.",
    ),
    IssueCode(
        "REC021",
        "accepted finding that nothing answers to",
        "warning",
        "accepted.csv accepts a finding that the run does not have, or no longer has.",
        "Take the line out, so that the list says what is really accepted.",
    ),
    IssueCode(
        "REC030",
        "loaded is not what was mapped",
        "error",
        "Some of the mapped resources, or of the money, have not arrived in the target.",
        "Run `ehr-migrate load` again; it goes on with what is missing.",
    ),
)
