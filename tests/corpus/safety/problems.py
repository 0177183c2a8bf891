"""Problems and diagnoses: denied, none known, ended, concerns against what they are about."""

from __future__ import annotations

from tests.corpus.safety import entries as e
from tests.corpus.safety.case import Case, Expected

PAGE = "CF Problem-Condition.csv"
TEXT = '<list><item ID="htn">High blood pressure (white coat?)</item></list>'


def case(
    name: str,
    entry: str,
    source: str,
    fate: str = "mapped",
    section: str = "11450-4",
    **expect: Expected,
) -> Case:
    """A problem's case; ``__`` in a path stands for a dot."""
    paths = {path.replace("__", "."): value for path, value in expect.items()}
    return Case(f"problem-{name}", section, entry, source, "Condition", paths, fate, TEXT)


def _denied() -> list[Case]:
    found = []
    for form, negated in (("true", "true"), ("one", "1")):
        entry = e.problem(f"problem-denied-{form}", negated=negated)
        found.append(
            case(
                f"denied-{form}",
                entry,
                f"{PAGE}: negationInd",
                clinicalStatus=None,
                verificationStatus__coding__code="refuted",
                code__coding__code="38341003",
            )
        )
    entry = e.problem("problem-denied-by-act", act_negated="true")
    found.append(
        case(
            "denied-by-act",
            entry,
            f"{PAGE}: a negated concern denies what it is about",
            clinicalStatus=None,
            verificationStatus__coding__code="refuted",
        )
    )
    for form, negated in (("false", "false"), ("unsaid", "")):
        entry = e.problem(f"problem-asserted-{form}", negated=negated)
        found.append(
            case(
                f"asserted-{form}",
                entry,
                f"{PAGE}: negationInd",
                verificationStatus=None,
                clinicalStatus__coding__code="active",
            )
        )
    for code in ("55607006", "64572001", "404684003"):
        entry = e.problem(f"problem-none-known-{code}", code, "Problem", negated="true")
        found.append(
            case(
                f"none-known-{code}",
                entry,
                "C-CDA example 'No Known Problems'",
                code__coding__code="160245001",
                verificationStatus=None,
            )
        )
    value = e.cd("value", None, null="NA")
    entry = e.problem("problem-none-known-null", value=value, negated="true")
    found.append(
        case(
            "none-known-null",
            entry,
            "C-CDA example 'No Known Problems'",
            code__coding__code="160245001",
        )
    )
    value = e.cd("value", None, null="OTH", inside=e.cd("translation", "I10", system=e.ICD10))
    entry = e.problem("problem-denied-by-translation", value=value, negated="true")
    found.append(
        case(
            "denied-by-translation",
            entry,
            "CD nullFlavor with a translation",
            code__coding__code="I10",
            verificationStatus__coding__code="refuted",
            clinicalStatus=None,
        )
    )
    said = e.cd("value", None, null="UNK", inside="<originalText>gout</originalText>")
    entry = e.problem("problem-denied-by-text", value=said, negated="true")
    found.append(
        case(
            "denied-by-text",
            entry,
            "CD nullFlavor with originalText",
            code__text="gout",
            verificationStatus__coding__code="refuted",
        )
    )
    entry = e.problem("problem-none-known-coded", "160245001", "No current problems or disability")
    found.append(
        case(
            "none-known-coded",
            entry,
            f"{PAGE}: value",
            code__coding__code="160245001",
            verificationStatus=None,
        )
    )
    entry = e.problem(
        "problem-none-known-denied", "160245001", "No current problems", negated="true"
    )
    found.append(case("none-known-denied", entry, "meaning never flips; two denials", "rejected"))
    for flavor in ("NI", "UNK", "NASK", "ASKU"):
        entry = e.problem(
            f"problem-no-information-{flavor}", value=e.cd("value", None, null=flavor)
        )
        found.append(
            case(
                f"no-information-{flavor}",
                entry,
                "ConceptMap CF-NullFlavorDataAbsentReason: no problem is asserted, none is denied",
                "excluded",
            )
        )
    return found


def _status() -> list[Case]:
    found = []
    for code, meaning in (
        ("55561003", "active"),
        ("73425007", "inactive"),
        ("413322009", "resolved"),
        ("246455001", "recurrence"),
        ("263855007", "relapse"),
        ("277022003", "remission"),
    ):
        inside = e.clinical_status(code, template="6")
        for concern in ("active", "completed"):
            name = f"status-{meaning}-{concern}-concern"
            entry = e.problem(f"problem-{name}", inside=inside, concern=concern)
            found.append(
                case(
                    name,
                    entry,
                    "ConceptMap CF-ProblemStatus; the concern is not the problem",
                    clinicalStatus__coding__code=meaning,
                )
            )
    for concern, meaning in (
        ("active", "active"),
        ("completed", "inactive"),
        ("aborted", "inactive"),
        ("suspended", "inactive"),
    ):
        entry = e.problem(f"problem-concern-{concern}", concern=concern)
        found.append(
            case(
                f"concern-{concern}",
                entry,
                "ConceptMap CF-ConditionClinicalStatus",
                clinicalStatus__coding__code=meaning,
            )
        )
    inside = e.clinical_status("410516002", "Known absent", "6")
    entry = e.problem("problem-ruled-out", inside=inside)
    found.append(case("ruled-out", entry, "an unknown status is no active one", "rejected"))
    for form, given in (("own", {"own": "nullified"}), ("concern", {"concern": "nullified"})):
        entry = e.problem(f"problem-entered-in-error-{form}", **given)
        found.append(
            case(
                f"entered-in-error-{form}",
                entry,
                "statusCode nullified; R4 con-5",
                clinicalStatus=None,
                verificationStatus__coding__code="entered-in-error",
            )
        )
    return found


def _times() -> list[Case]:
    ended = e.span("20100101", "20150607")
    active = e.clinical_status("55561003", template="6")
    found = [
        case(
            "ended",
            e.problem("problem-ended", time=ended),
            f"{PAGE}: effectiveTime high",
            clinicalStatus__coding__code="resolved",
            onsetDateTime="2010-01-01",
            abatementDateTime="2015-06-07",
        ),
        case(
            "ended-completed",
            e.problem("problem-ended-completed", time=ended, concern="completed"),
            f"{PAGE}: effectiveTime high",
            clinicalStatus__coding__code="resolved",
            abatementDateTime="2015-06-07",
        ),
        case(
            "ended-yet-active",
            e.problem("problem-ended-yet-active", time=ended, inside=active),
            "ConceptMap CF-ProblemStatus; R4 con-4: what is said is kept, the end in words",
            clinicalStatus__coding__code="active",
            abatementDateTime=None,
            note__text="The document gives 2015-06-07 as its end.",
        ),
        case(
            "end-unknown",
            e.problem("problem-end-unknown", time=e.span("2010", high_null="UNK")),
            "an open concern with an unknown end stays open",
            clinicalStatus__coding__code="active",
            abatementDateTime=None,
            onsetDateTime="2010",
        ),
        case(
            "ended-unknown-when",
            e.condition("problem-ended-unknown-when", time=e.span("2010", high_null="UNK")),
            "C-CDA Problem Observation: a high, even unknown, means resolved",
            clinicalStatus__coding__code="resolved",
            abatementDateTime=None,
        ),
        case(
            "month",
            e.problem("problem-month", time=e.span("201007")),
            "datatypes: TS precision",
            onsetDateTime="2010-07",
        ),
        case(
            "year",
            e.problem("problem-year", time=e.span("2010")),
            "datatypes: TS precision",
            onsetDateTime="2010",
        ),
        case(
            "point",
            e.problem("problem-point", time=e.point("20100708")),
            "datatypes: TS",
            onsetDateTime="2010-07-08",
        ),
        case(
            "no-onset",
            e.problem("problem-no-onset", time=e.span(low_null="UNK")),
            "ConceptMap CF-NullFlavorDataAbsentReason: optional",
            onsetDateTime=None,
            clinicalStatus__coding__code="active",
        ),
        case(
            "asserted",
            e.problem("problem-asserted"),
            "CF-problem.json: condition-assertedDate",
            extension__valueDateTime="2018-02-03",
        ),
    ]
    age = e.observation(
        "31",
        e.cd("code", "445518008", "Age at onset"),
        '<value xsi:type="PQ" value="57" unit="a"/>',
    )
    entry = e.problem("problem-age", inside=e.inner("SUBJ", age, True), time=e.span(low_null="UNK"))
    found.append(
        case(
            "age",
            entry,
            f"{PAGE}: Age Observation",
            onsetAge__value=57,
            onsetAge__code="a",
            onsetDateTime=None,
        )
    )
    return found


def _details() -> list[Case]:
    both = e.cd("translation", "I10", "Essential hypertension", e.ICD10)
    written = '<originalText><reference value="#htn"/></originalText>'
    site = (
        '<targetSiteCode code="24028007" codeSystem="2.16.840.1.113883.6.96" displayName="Right"/>'
    )
    null = e.cd("value", None, null="UNK", inside=f"<originalText>sugar</originalText>{both}")
    return [
        case(
            "translation",
            e.problem("problem-translation", value=e.cd("value", "38341003", "HTN", inside=both)),
            "datatypes: CD translation",
            code__coding__code=["38341003", "I10"],
            code__coding__system=["http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm"],
        ),
        case(
            "null-with-translation",
            e.problem("problem-null-with-translation", value=null),
            "datatypes: CD nullFlavor with a translation",
            code__coding__code="I10",
            code__text="sugar",
            clinicalStatus__coding__code="active",
        ),
        case(
            "original-text",
            e.problem(
                "problem-original-text", value=e.cd("value", "38341003", "HTN", inside=written)
            ),
            "datatypes: CD originalText by reference",
            code__text="High blood pressure (white coat?)",
        ),
        case(
            "severity",
            e.problem("problem-severity", inside=e.severity("24484000", "Severe")),
            "Severity Observation",
            severity__coding__code="24484000",
        ),
        case(
            "site",
            e.problem("problem-site", body=site),
            "Problem Observation targetSiteCode",
            bodySite__coding__code="24028007",
        ),
        case(
            "list",
            e.problem("problem-list"),
            "ConceptMap CF-ProblemCategory",
            category__coding__code=["problem-list-item", "55607006"],
        ),
        case(
            "diagnosis-code",
            e.problem("problem-diagnosis-code", kind="282291009"),
            f"{PAGE}: code",
            category__coding__code=["problem-list-item", "282291009"],
        ),
        case(
            "past",
            e.problem("problem-past", concern="completed", time=e.span("2001", "2003")),
            f"{PAGE}: effectiveTime high",
            section="11348-0",
            clinicalStatus__coding__code="resolved",
        ),
        case(
            "discharge",
            e.done(
                "visit-of-discharge",
                "99238",
                "Discharge",
                tag="encounter",
                template="49",
                inside=e.inner(
                    "SUBJ",
                    f'<act classCode="ACT" moodCode="EVN">{e.tid("80")}'
                    f"{e.cd('code', '29308-4', 'Diagnosis', e.LOINC)}"
                    + e.inner("SUBJ", e.condition("problem-discharge"))
                    + "</act>",
                ),
                system=e.CPT,
            ),
            "ConceptMap CF-ProblemCategory: encounter diagnosis",
            section="46240-8",
            category__coding__code=["encounter-diagnosis", "55607006"],
        ),
        case(
            "concern",
            f'<act classCode="ACT" moodCode="EVN">{e.tid("132")}{e.ident("group-of-concern")}'
            f"{e.cd('code', '75310-3', 'Health concern', e.LOINC)}{e.status('active')}"
            + e.inner("REFR", e.condition("problem-concern"))
            + "</act>",
            "ConceptMap CF-ProblemCategory: health concern",
            section="75310-3",
            category__coding__code=["health-concern", "55607006"],
        ),
    ]


CASES = [*_denied(), *_status(), *_times(), *_details()]
