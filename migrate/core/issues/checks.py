"""Issue codes of checks (CHK): what the check pack finds in staged data and FHIR output."""

from migrate.core.issues.model import IssueCode

_PROFILE = "Mend the profile's rule that made the resource, then map again."
_TWO_PATHS = (
    "Open the row and the resource at the address; the finding's element names the columns that "
    "differ. One of the two paths is wrong: the profile, or second-path.sql."
)
_CHART = "Open the charts at the addresses listed and correct the old system, or accept by name."

CODES = (
    IssueCode(
        "CHK001",
        "line that is not a resource",
        "error",
        "A line of the FHIR output is not a JSON object of the type that its file is named for.",
        "Map again; if it stays, report it: the mapping writes whole lines only.",
    ),
    IssueCode(
        "CHK002",
        "empty value in a resource",
        "error",
        "A resource holds null, an empty list, an empty object or an empty text, which FHIR "
        "does not allow.",
        _PROFILE,
    ),
    IssueCode(
        "CHK003",
        "resource that R4 does not allow",
        "error",
        "A resource has an unknown element, lacks a required one, or holds a value of the wrong "
        "type or form.",
        _PROFILE,
    ),
    IssueCode(
        "CHK004",
        "id of the wrong form",
        "error",
        "A resource has no id, or one that is not 1 to 64 letters, digits, '-' and '.'.",
        _PROFILE,
    ),
    IssueCode(
        "CHK005",
        "two resources with one id",
        "error",
        "Two resources of a type share an id; a target would keep only one of them.",
        "Give one of the two rules a `slot:`, or name the table's whole key.",
    ),
    IssueCode(
        "CHK006",
        "reference that cannot be read",
        "error",
        "The text of a reference is neither Type/id nor a URL, a urn or a contained one.",
        _PROFILE,
    ),
    IssueCode(
        "CHK007",
        "reference to a resource that is not there",
        "error",
        "A resource points at one that the output does not hold.",
        "Look at the fate of the row it points at (`ehr-migrate explain`).",
    ),
    IssueCode(
        "CHK008",
        "reference to a type that is not allowed",
        "error",
        "R4 does not allow this element to point at a resource of that type.",
        _PROFILE,
    ),
    IssueCode(
        "CHK009",
        "US Core profile not claimed",
        "warning",
        "A resource of a type that US Core profiles names no US Core profile in meta.profile.",
        "Add `profile:` to the rule, or list the rule as an exception with its reason.",
    ),
    IssueCode(
        "CHK010",
        "resource without a source row",
        "error",
        "A resource has no line in the lineage, so nobody can say where it came from.",
        "Map again; if it stays, report it: every fact must have an address.",
    ),
    IssueCode(
        "CHK011",
        "code that its code system cannot have",
        "warning",
        "A code does not have the shape or the check digit that its code system prescribes.",
        "Correct the crosswalk or the system of the coding; a code in a wrong system misleads.",
    ),
    IssueCode(
        "CHK012",
        "code system without a full name",
        "error",
        "A coding names its system by something that is no absolute URI.",
        "Write the system's URI in the profile's `systems:`.",
    ),
    IssueCode(
        "CHK020",
        "row without a fate",
        "error",
        "A staged row was neither mapped, combined, excluded nor rejected: it would be lost.",
        "Map the rows, or exclude them with a reason in the profile.",
    ),
    IssueCode(
        "CHK021",
        "fewer or more rows than the export declares",
        "error",
        "The export says how many rows a table has, and the table does not have as many.",
        "Ask the vendor for the table again: rows were lost before the export reached you.",
    ),
    IssueCode(
        "CHK022",
        "required source column empty",
        "error",
        "A column that the profile's key or the suite requires is empty in rows that were mapped.",
        "Complete it in the old system, or hold the rows back with a reason.",
    ),
    IssueCode(
        "CHK023",
        "patient without clinical content",
        "warning",
        "A patient has a record and nothing in it: no problem, medication, allergy, result, visit "
        "or document.",
        "Look up some of them in the old system: registered only, or lost on the way?",
    ),
    IssueCode(
        "CHK024",
        "rows and resources of a patient disagree",
        "error",
        "A patient has mapped rows and no resource, or resources and no mapped row.",
        "Look at the patient's rows (`ehr-migrate explain FILE:ROW`).",
    ),
    IssueCode(
        "CHK025",
        "expectation about the run's figures not met",
        "error",
        "A declared expectation about counts (by table, column, type or code) does not hold.",
        "The check's parts name the expectation and the figures; look at that table or column.",
    ),
    IssueCode(
        "CHK026",
        "chart not the same by the second path",
        "error",
        "A visit, appointment, vital sign, vaccine, procedure, note, document, order or referral "
        "that was read out of the staged rows once more, without the profile, is not in the FHIR "
        "output as it should be, or the output holds one that the rows do not.",
        _TWO_PATHS,
    ),
    IssueCode(
        "CHK030",
        "dated before the patient's birth",
        "error",
        "An event is dated before its patient was born.",
        _CHART,
    ),
    IssueCode(
        "CHK031",
        "dated after the patient's death",
        "warning",
        "A clinical event is dated after its patient's death.",
        _CHART,
    ),
    IssueCode(
        "CHK032",
        "dated in the future",
        "error",
        "Something that has happened is dated after the day of the export.",
        _CHART,
    ),
    IssueCode(
        "CHK033",
        "vital sign that cannot be",
        "error",
        "A vital sign lies outside what is possible for a living person in its unit.",
        _CHART,
    ),
    IssueCode(
        "CHK034",
        "result ten times its neighbours",
        "warning",
        "A measurement is ten times larger or smaller than the same patient's values before and "
        "after it: a slipped decimal point or a wrong unit.",
        _CHART,
    ),
    IssueCode(
        "CHK035",
        "dose ten times its neighbours",
        "error",
        "A dose is ten times larger or smaller than the same patient's other doses of the same "
        "medication. It is carried over as written.",
        "A clinician must look at each; nothing is rewritten by this tool.",
    ),
    IssueCode(
        "CHK036",
        "result that stands there twice",
        "warning",
        "A patient has the same result (code, time, value) more than once.",
        "Look whether the old system shows it twice; if not, exclude the copies in the profile.",
    ),
    IssueCode(
        "CHK037",
        "end before beginning",
        "error",
        "A period ends before it begins, or a condition is over before it started.",
        _CHART,
    ),
    IssueCode(
        "CHK040",
        "'no known allergies' beside an allergy",
        "error",
        "A chart says both that there are no known allergies and that there is one.",
        "A clinician must say which holds.",
    ),
    IssueCode(
        "CHK041",
        "content of another patient",
        "error",
        "A resource belongs to one patient and points at another patient's visit, order or "
        "document, or its source row belongs to another patient.",
        "A clinician must say whose it is; correct the row in the old system or exclude it.",
    ),
    IssueCode(
        "CHK042",
        "safety list not the same as in the source",
        "error",
        "A patient's number of allergies, medications or problems differs between the source "
        "rows that were mapped and the FHIR output.",
        "Map again; if it stays, report it: nothing on these lists may be lost or moved.",
    ),
    IssueCode(
        "CHK043",
        "content that does not fit the patient's sex",
        "warning",
        "A diagnosis or procedure is one that the patient's recorded sex does not have: a wrong "
        "chart, a wrong sex, or a transgender patient.",
        "A clinician looks at each; a transgender patient's chart is right as it is.",
    ),
    IssueCode(
        "CHK044",
        "tier-0 fact not the same by the second path",
        "error",
        "Who a patient is, an allergy, a medication, a problem or a result, read out of the staged "
        "rows once more without the profile, is not in the FHIR output as it should be, or the "
        "output holds one that the rows do not.",
        _TWO_PATHS,
    ),
    IssueCode(
        "CHK050",
        "two sums of the old system disagree",
        "warning",
        "Two places of the old system that should say the same amount do not.",
        "The biller says which holds; both are kept.",
    ),
    IssueCode(
        "CHK051",
        "money not the same by the second path",
        "error",
        "A coverage, charge, payment, adjustment, balance, claim or remittance, read out of the "
        "staged rows once more without the profile, is not in the FHIR output as it should be, or "
        "the output holds one that the rows do not.",
        _TWO_PATHS,
    ),
    IssueCode(
        "CHK090",
        "check suite not valid",
        "error",
        "A suite names an unknown check or setting, is not well-formed, or makes a safety check "
        "looser without a signed reason.",
        "Mend the lines that the message lists.",
    ),
    IssueCode(
        "CHK091",
        "check failed to run",
        "error",
        "A check of a pack stopped with an error, so it judged nothing; that is never a pass.",
        "Report it to the pack's author with the check's id and the kind of error.",
    ),
    IssueCode(
        "CHK092",
        "run not validated",
        "error",
        "The run was not judged since it was last mapped, so nothing speaks for it yet.",
        "Run `ehr-migrate validate`, or `ehr-migrate dry-run` for all stages.",
    ),
    IssueCode(
        "CHK093",
        "second path not valid",
        "error",
        "second-path.sql holds what may not stand there, or does not fit the staged tables.",
        "Mend the statements that the message names; the guide, page 'second-path', has the rules.",
    ),
    IssueCode(
        "CHK900",
        "finding of another pack's check",
        "error",
        "A check that is not part of this tool found something; its id says which.",
        "See the documentation of that pack.",
    ),
)
