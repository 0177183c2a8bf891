"""More issue codes of checks (CHK): bedside sense, the ledger, and the source tables themselves."""

from migrate.core.issues.model import IssueCode

_CHART = "Open the charts at the addresses listed and correct the old system, or accept by name."
_CLINICIAN = "A clinician must look at each; nothing is rewritten by this tool."
_BILLER = "The biller looks at each before the old system is switched off."

CODES = (
    IssueCode(
        "CHK027",
        "visit without a provider",
        "error",
        "A visit took place and names nobody who saw the patient.",
        "Complete the provider in the old system; a legal record needs one.",
    ),
    IssueCode(
        "CHK028",
        "note without an author",
        "error",
        "A clinical note names nobody who wrote it.",
        "Complete the author in the old system; a legal record needs one.",
    ),
    IssueCode(
        "CHK038",
        "dated long ago",
        "error",
        "Something is dated before 1900, or a living patient would be older than 120.",
        _CHART,
    ),
    IssueCode(
        "CHK039",
        "result a thousand times its neighbours",
        "warning",
        "A measurement is about a thousand times larger or smaller than the same patient's values "
        "before and after it: most often a wrong unit.",
        _CHART,
    ),
    IssueCode(
        "CHK045",
        "dose beyond the highest single dose",
        "error",
        "An order's dose is more than anybody takes of that medication at once.",
        _CLINICIAN,
    ),
    IssueCode(
        "CHK046",
        "dose or medication not for a child",
        "error",
        "A child was ordered a dose beyond its weight, or a medication not given at its age.",
        _CLINICIAN,
    ),
    IssueCode(
        "CHK047",
        "allergy alert lost or made up",
        "error",
        "An active allergy speaks against an active medication in the source rows or in the FHIR "
        "output, and not in the other: the new system would not warn as the old one did.",
        "Look at the patient's allergies and medications on both sides; mend the profile.",
    ),
    IssueCode(
        "CHK048",
        "one number for two patients",
        "error",
        "Two patients share a medical record number, an SSN or another number that is one "
        "person's own.",
        "Find out whose it is; combine the charts in the old system or correct the number.",
    ),
    IssueCode(
        "CHK049",
        "two patients with one name and birth date",
        "warning",
        "Two patients have the same name and birth date: one person with two charts, or namesakes.",
        "Put them on the worklist of duplicates; nothing is combined without a decision.",
    ),
    IssueCode(
        "CHK052",
        "visit without a charge",
        "warning",
        "A visit is finished and no charge, not even a voided one, was ever posted for it.",
        _BILLER,
    ),
    IssueCode(
        "CHK053",
        "charge without a visit",
        "warning",
        "A charge belongs to no visit, so nothing says what it was for.",
        _BILLER,
    ),
    IssueCode(
        "CHK054",
        "coverage not in force",
        "warning",
        "A claim was billed to a coverage that was not in force on the date of service.",
        _BILLER,
    ),
    IssueCode(
        "CHK055",
        "payer not known",
        "error",
        "A coverage names no payer, or one without a number that claims can be sent to.",
        "Complete the payer in the old system, or its crosswalk.",
    ),
    IssueCode(
        "CHK056",
        "total that is not its parts",
        "error",
        "A claim's total is not the sum of its lines, or a payment is not what was applied of it "
        "and what was not.",
        "The biller says which holds; if the source agrees with itself, the profile is wrong.",
    ),
    IssueCode(
        "CHK060",
        "key not unique",
        "error",
        "Two rows that went on have the same key, so one would overwrite the other.",
        "Name the table's whole key in the profile.",
    ),
    IssueCode(
        "CHK061",
        "parent row missing",
        "error",
        "A row that went on points at a row that the export does not hold.",
        "Ask the vendor for the missing rows, or hold the row back in the profile.",
    ),
    IssueCode(
        "CHK062",
        "lines that are not the records",
        "error",
        "The lines of a table's files, less the line ends inside cells and a header each, are not "
        "the records that were read: rows were joined, split or lost in reading.",
        "Look at the file's quotes and line ends (`ehr-migrate scan`), then extract again.",
    ),
    IssueCode(
        "CHK063",
        "date outside its column's range",
        "error",
        "A staged date lies outside what the suite says its column can hold.",
        _CHART,
    ),
    IssueCode(
        "CHK064",
        "diagnosis code of the wrong version",
        "error",
        "A billed diagnosis does not have the form of the code system that held on its date of "
        "service (ICD-9-CM before, ICD-10-CM from 1 October 2015).",
        _BILLER,
    ),
    IssueCode(
        "CHK065",
        "export that has drifted",
        "warning",
        "Against the last export a column is new, gone, or carries far fewer values.",
        "Ask the vendor what changed before the profile is trusted with it.",
    ),
    IssueCode(
        "CHK066",
        "ledger that does not add up",
        "error",
        "An account's charges less its payments and adjustments are not its open balance less its "
        "credits, in the old system's own rows.",
        "The biller runs the old system's ledger for the account: entries are missing in the "
        "export, or its balance is out of date.",
    ),
    IssueCode(
        "CHK067",
        "code of the wrong shape in the export",
        "warning",
        "A staged cell does not have the form or the check digit of the code system that its "
        "column holds.",
        "Correct the code in the old system, or name the code system that the column really holds.",
    ),
    IssueCode(
        "CHK068",
        "text that was decoded wrongly",
        "error",
        "A staged text holds replacement characters, control characters, or the letter pairs that "
        "come of UTF-8 read as a one-byte encoding.",
        "Declare the file's encoding in migration.toml and extract again; if the old system holds "
        "the text so, correct it there.",
    ),
    IssueCode(
        "CHK069",
        "content of no patient",
        "error",
        "A result, order, note or other content of a chart names no patient: nobody would see it.",
        "Find the patient in the old system; until then hold the row back.",
    ),
    IssueCode(
        "CHK070",
        "cell that its column should not hold",
        "warning",
        "A staged cell is not what a suite expects of its column: not in its set, of another form "
        "or length.",
        "Correct it in the old system, or the expectation where the column may hold it.",
    ),
)
