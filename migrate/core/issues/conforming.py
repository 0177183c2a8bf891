"""Issue codes of the compiled conformance rules: values, lists, profiles, extensions, codes."""

from migrate.core.issues.model import IssueCode

_PROFILE = "Mend the profile's rule that made the resource, then map again."
_CROSSWALK = "Correct the crosswalk, or the system of the coding; a wrong code misleads."

CODES = (
    IssueCode(
        "CHK013",
        "value of the wrong form",
        "error",
        "A date, number, code, id or URI does not have the form that R4 prescribes for its type: "
        "the 30th of February, a date-time without a zone, a code with blanks at its ends.",
        _PROFILE,
    ),
    IssueCode(
        "CHK014",
        "code outside a required list",
        "error",
        "R4 or the profile binds the element to a closed list of codes, and the code is not in it.",
        "Complete the crosswalk that fills the element.",
    ),
    IssueCode(
        "CHK015",
        "invariant that does not hold",
        "error",
        "A rule over several elements does not hold; its key stands behind the element (per-1: a "
        "period ends before it begins; con-4: abated, and not resolved).",
        "Look up the key in the R4 or US Core page of the type; mend the rule, or correct the row.",
    ),
    IssueCode(
        "CHK016",
        "not what its US Core profile demands",
        "error",
        "A resource claims a profile and lacks an element, has too many, or has another value, "
        "type or slice than the profile wants.",
        "Map the element; where the export has no such thing, claim the profile no more and list "
        "the rule as an exception with its reason.",
    ),
    IssueCode(
        "CHK017",
        "extension that is not as defined",
        "error",
        "An extension under HL7's URLs is unknown, stands where it may not, or holds another type "
        "or other parts than its definition says; or an extension has both a value and parts.",
        _PROFILE,
    ),
    IssueCode(
        "CHK018",
        "code that is not in its code system",
        "error",
        "The content of the code system is free and known here, and it does not have this code; "
        "or an HL7 code system of that name does not exist.",
        _CROSSWALK,
    ),
    IssueCode(
        "CHK019",
        "display of another code",
        "error",
        "A coding's display is none of those that its code has; whoever reads the display and "
        "whoever reads the code see different things.",
        "Leave the display out, or write the code system's own; the practice's words belong in "
        "text.",
    ),
    IssueCode(
        "CHK029",
        "unit that UCUM does not have",
        "error",
        "A quantity says that its unit is a UCUM code, and it is none.",
        "Write the UCUM code in the crosswalk of units, or leave system and code out and keep the "
        "unit as text.",
    ),
    IssueCode(
        "CHK057",
        "codes that a crosswalk does not have",
        "warning",
        "A column goes through a crosswalk, and some of its codes are not in it; what became of "
        "those rows is what the profile says for unmapped codes.",
        "Complete the crosswalk: `ehr-migrate crosswalk NAME --worklist` lists the codes.",
    ),
    IssueCode(
        "CHK058",
        "unit of another kind than usual for the code",
        "warning",
        "Most results of a code are in units of one kind (a mass in a volume, say) and this one is "
        "in a unit of another: the code or the unit is wrong.",
        "Look up the test at the laboratory; correct the crosswalk of codes or of units.",
    ),
    IssueCode(
        "CHK059",
        "not a complete ICD-10-CM code",
        "warning",
        "A diagnosis code is not in the release of ICD-10-CM that the tool knows, or is a heading "
        "with codes below it. Codes are retired each October, so an old one may have been good on "
        "its day; a payer refuses a heading on any day.",
        "Look up the code for the date of service; correct the crosswalk or the old system.",
    ),
)
