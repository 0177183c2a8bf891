"""Issue codes of hand-over packages for import desks (HND)."""

from migrate.core.issues.model import IssueCode

CODES = (
    IssueCode(
        "HND001",
        "losses not worked out",
        "error",
        "The target is an import desk, and nobody has worked out yet what its layout cannot "
        "carry, or the resources or the layout have changed since.",
        "Run `ehr-migrate plan`; the list is in the run's folder, handover/losses.csv.",
    ),
    IssueCode(
        "HND002",
        "layout wrong or not found",
        "error",
        "The layout of the import desk cannot be read, or says something that FHIR R4 or the "
        "layout language does not know.",
        "Mend the lines named in the message. The language is in the guide, page handover.",
    ),
    IssueCode(
        "HND010",
        "facts that no file of the layout carries",
        "error",
        "The layout has no column for these elements, and gives no reason for leaving them out. "
        "They would not reach the new EHR.",
        "Add a column, or give the reason under 'leaves' or 'left_out', or accept the finding by "
        "name in accepted.csv.",
    ),
    IssueCode(
        "HND011",
        "values that the desk's column does not take",
        "error",
        "A value is longer than the column, has a time where the column takes a date, or is not "
        "in the desk's list of codes. losses.csv counts them, losses.parquet has every address.",
        "Widen the column, add the code, or accept the finding by name in accepted.csv.",
    ),
    IssueCode(
        "HND012",
        "facts left out by the layout, with a reason",
        "warning",
        "The layout says that these facts do not go through this desk, and why.",
        "Read the reasons in handover/losses.csv before signing.",
    ),
    IssueCode(
        "HND013",
        "times without their offset from UTC",
        "warning",
        "The desk takes the clock on the wall. The offset that the old times had, by which "
        "an hour that a clock change repeats is told from the next, does not go through.",
        "Tell the desk the practice's time zone, or ask whether it takes ISO times (dates: iso).",
    ),
    IssueCode(
        "HND020",
        "package cannot be encrypted",
        "error",
        "Encryption was asked for, but the recipient's key cannot be read or the extra part "
        "'age' is not installed.",
        "Check the public keys (age1…) under [target.options] encrypt; pip install "
        "'ehr-migrate[age]'.",
    ),
    IssueCode(
        "HND021",
        "nothing was handed over yet",
        "error",
        "Comparing the new EHR's export needs the package that was handed over.",
        "Run `ehr-migrate load` first; it makes the package.",
    ),
    IssueCode(
        "HND022",
        "rows of patients who are not in the package",
        "error",
        "A row names a patient whose own record was not loaded, so there is no document that it "
        "could stand in.",
        "Find out why the patient was not loaded (`ehr-migrate status`, load's list), then load "
        "again.",
    ),
    IssueCode(
        "HND030",
        "handed over, but missing in the new EHR",
        "error",
        "The new EHR's own export does not have a row that was handed over.",
        "Ask the import desk about the rows listed in handover/compared.csv.",
    ),
    IssueCode(
        "HND031",
        "changed in the new EHR",
        "error",
        "A row arrived, but one of its values is another one now.",
        "Ask the import desk about the rows and columns listed in handover/compared.csv.",
    ),
    IssueCode(
        "HND032",
        "doubled in the new EHR",
        "error",
        "A row that was handed over once is there more than once.",
        "Ask the import desk to remove the second import; see handover/compared.csv.",
    ),
    IssueCode(
        "HND033",
        "in the new EHR, but never handed over",
        "error",
        "The new EHR's export has rows that were not in the package.",
        "See handover/compared.csv: rows of the practice's own since the move are fine, others "
        "belong to another import.",
    ),
    IssueCode(
        "HND034",
        "not in the new EHR's export at all",
        "error",
        "The export that was read back has no table or column for something handed over, so "
        "nothing is known about it.",
        "Ask for a fuller export, or tell the layout under 'returns' how it is called there.",
    ),
    IssueCode(
        "HND035",
        "export in workbooks that cannot be read",
        "error",
        "The export is in XLSX workbooks that are broken, stand beside CSV files, have two "
        "sheets of one name, or need the extra part 'xlsx'.",
        "pip install 'ehr-migrate[xlsx]'; save the workbook again; or ask the new EHR for CSV.",
    ),
    IssueCode(
        "HND040",
        "master entries without a match",
        "error",
        "A provider, payer, site or patient has no sure match in the new EHR's own list. None is "
        "created silently.",
        "Fill in the worklist masters/<kind>.csv (match or create) and sign again.",
    ),
    IssueCode(
        "HND041",
        "a master list or worklist cannot be read",
        "error",
        "A list of the new EHR's masters, or the reviewed worklist, is not in the expected form.",
        "Mend the lines named in the message; the columns are in the guide, page handover.",
    ),
    IssueCode(
        "HND050",
        "active medicines or allergies as text only",
        "error",
        "These will stand in the chart, but the new EHR cannot check them: no code that it knows.",
        "Give them codes in the crosswalk, or let a clinician read the worklist "
        "handover/alerts.csv and accept the finding by name in accepted.csv.",
    ),
    IssueCode(
        "HND060",
        "documents that could not be converted",
        "warning",
        "A document could not be read or made a PDF. The original is in the package as it was.",
        "See the index' column 'state', and look at those documents.",
    ),
)
