"""Allergies: named, negated, none known, no information; status, severity and criticality."""

from __future__ import annotations

from tests.corpus.safety import entries as e
from tests.corpus.safety.case import Case, Expected

SECTION = "48765-2"
PAGE = "CF Allergy.csv"
MAPS = "ConceptMap CF-"
PENICILLIN = e.allergen("7984", "Penicillin V")
TEXT = '<list><item ID="pcn">Amoxicillin 500 (hives as a child)</item></list>'


def case(name: str, entry: str, source: str, fate: str = "mapped", **expect: Expected) -> Case:
    """An allergy's case; ``__`` in a path stands for a dot."""
    paths = {path.replace("__", "."): value for path, value in expect.items()}
    return Case(f"allergy-{name}", SECTION, entry, source, "AllergyIntolerance", paths, fate, TEXT)


def _none_known() -> list[Case]:
    """No known X: a statement of its own, never an allergy to something."""
    found = []
    for kind, code, where in (
        ("419199007", "716186003", "ConceptMap CF-NoKnownAllergies"),
        ("416098002", "409137002", "ConceptMap CF-NoKnownAllergies"),
        ("414285001", "429625007", "ConceptMap CF-NoKnownAllergies"),
        ("426232007", "428607008", "CCDA-FHIR Terms: CF_AllergyIntoleranceAbsentCode"),
        ("419511003", "409137002", "CF Allergy.csv: negationInd true, null participant"),
        ("418471000", "429625007", "CF Allergy.csv: negationInd true, null participant"),
        ("418038007", "716186003", "CF Allergy.csv: negationInd true, null participant"),
        ("420134006", "716186003", "CF Allergy.csv: negationInd true, null participant"),
    ):
        for form, who in (("null", e.allergen(None, null="NA")), ("bare", "")):
            name = f"none-known-{kind}-{form}"
            entry = e.allergy(f"allergy-{name}", who, kind=kind, negated="true")
            found.append(
                case(
                    name,
                    entry,
                    where,
                    code__coding__code=code,
                    verificationStatus=None,
                    clinicalStatus__coding__code="active",
                    reaction=None,
                )
            )
    for substance, code in (
        ("410942007", "409137002"),
        ("762766007", "429625007"),
        ("426232007", "428607008"),
        ("260769002", "716186003"),
        ("1003752001", "1003774007"),
    ):
        name = f"none-known-class-{substance}"
        entry = e.allergy(
            f"allergy-{name}", e.allergen(substance, "Class", e.SNOMED), negated="true"
        )
        where = "CCDA-FHIR Terms: CF_AllergyIntoleranceAbsentCode"
        found.append(
            case(
                name,
                entry,
                where,
                code__coding__code=code,
                verificationStatus=None,
                clinicalStatus__coding__code="active",
            )
        )
    for code in ("716186003", "409137002", "429625007", "160244002"):
        name = f"none-known-as-value-{code}"
        entry = e.allergy(f"allergy-{name}", kind=code)
        found.append(
            case(
                name,
                entry,
                "FHIR R4 AllergyIntolerance: no known allergies by code",
                code__coding__code=code,
                clinicalStatus__coding__code="active",
            )
        )
        name = f"denied-none-known-{code}"
        entry = e.allergy(f"allergy-{name}", kind=code, negated="true")
        found.append(case(name, entry, "DESIGN: meaning never flips; two denials", "rejected"))
    for kind in ("235719002", "59037007"):
        name = f"no-known-intolerance-{kind}"
        entry = e.allergy(f"allergy-{name}", kind=kind, negated="true")
        found.append(
            case(
                name,
                entry,
                "ConceptMap CF-NoKnownAllergies: unmatched, words only",
                code__coding=None,
                code__text="Allergy: none known",
            )
        )
    return found


def _negated() -> list[Case]:
    found = []
    for form, negated in (("true", "true"), ("one", "1")):
        name = f"refuted-{form}"
        entry = e.allergy(f"allergy-{name}", PENICILLIN, negated=negated)
        found.append(
            case(
                name,
                entry,
                f"{PAGE}: negationInd true with a named substance",
                verificationStatus__coding__code="refuted",
                code__coding__code="7984",
                clinicalStatus__coding__code="inactive",
            )
        )
    for form, negated in (("false", "false"), ("zero", "0"), ("unsaid", "")):
        name = f"asserted-{form}"
        entry = e.allergy(f"allergy-{name}", PENICILLIN, negated=negated)
        found.append(
            case(
                name,
                entry,
                f"{PAGE}: negationInd not true",
                verificationStatus=None,
                code__coding__code="7984",
                clinicalStatus__coding__code="active",
            )
        )
    for form, who in (
        ("translation", e.cd("translation", "7984", system=e.RXNORM)),
        ("text", "<originalText>penicillin</originalText>"),
    ):
        name = f"refuted-by-{form}"
        substance = e.allergen(None, inside=who, null="OTH")
        entry = e.allergy(f"allergy-{name}", substance, negated="true")
        found.append(
            case(
                name,
                entry,
                f"{PAGE}: negationInd true; CD nullFlavor with {form}",
                verificationStatus__coding__code="refuted",
            )
        )
    entry = e.allergy("allergy-refuted-by-act", PENICILLIN, act_negated="true")
    found.append(
        case(
            "refuted-by-act",
            entry,
            f"{PAGE}: a negated concern denies what it is about",
            verificationStatus__coding__code="refuted",
        )
    )
    return found


def _nothing_said() -> list[Case]:
    found = []
    for flavor in ("NI", "UNK", "NASK", "ASKU", "NAV", "MSK"):
        value = e.cd("value", None, null=flavor)
        entry = e.allergy(f"allergy-no-information-{flavor}", value=value)
        found.append(
            case(
                f"no-information-{flavor}",
                entry,
                "ConceptMap CF-NullFlavorDataAbsentReason: no allergy is asserted, none is denied",
                "excluded",
            )
        )
    entry = e.allergy("allergy-act-no-information", act_null="NI")
    found.append(case("act-no-information", entry, "C-CDA: act nullFlavor NI", "excluded"))
    entry = e.allergy("allergy-unnamed", "")
    found.append(case("unnamed", entry, "an allergy to nothing named is no allergy", "rejected"))
    return found


def _status() -> list[Case]:
    found = []
    where = "ConceptMap CF-AllergyStatus"
    for code, meaning in (
        ("55561003", "active"),
        ("73425007", "inactive"),
        ("413322009", "resolved"),
    ):
        name = f"status-{meaning}"
        entry = e.allergy(f"allergy-{name}", PENICILLIN, inside=e.clinical_status(code))
        found.append(case(name, entry, where, clinicalStatus__coding__code=meaning))
        name = f"status-{meaning}-of-completed-concern"
        entry = e.allergy(
            f"allergy-{name}", PENICILLIN, inside=e.clinical_status(code), concern="completed"
        )
        found.append(
            case(
                name,
                entry,
                f"{PAGE}: the concern's status is not the allergy's",
                clinicalStatus__coding__code=meaning,
            )
        )
    entry = e.allergy(
        "allergy-status-unknown", PENICILLIN, inside=e.clinical_status("410516002", "Known absent")
    )
    found.append(case("status-unknown", entry, "no default to active", "rejected"))
    for concern, meaning in (
        ("active", "active"),
        ("completed", "inactive"),
        ("aborted", "inactive"),
        ("suspended", "inactive"),
    ):
        name = f"concern-{concern}"
        entry = e.allergy(f"allergy-{name}", PENICILLIN, concern=concern)
        found.append(
            case(
                name,
                entry,
                "ConceptMap CF-ConditionClinicalStatus",
                clinicalStatus__coding__code=meaning,
            )
        )
    entry = e.allergy("allergy-no-status", PENICILLIN, concern="")
    found.append(case("no-status", entry, "no default to active", "rejected"))
    entry = e.allergy("allergy-ended", PENICILLIN, time=e.span("2001", "201503"))
    found.append(
        case(
            "ended",
            entry,
            f"{PAGE}: effectiveTime high",
            clinicalStatus__coding__code="resolved",
            onsetDateTime="2001",
        )
    )
    for form, given in (("own", {"own": "nullified"}), ("concern", {"concern": "nullified"})):
        name = f"entered-in-error-{form}"
        entry = e.allergy(f"allergy-{name}", PENICILLIN, **given)
        found.append(
            case(
                name,
                entry,
                "statusCode nullified; R4 ait-2",
                clinicalStatus=None,
                verificationStatus__coding__code="entered-in-error",
            )
        )
    return found


def _severity() -> list[Case]:
    found = []
    where = "ConceptMap CF-Severity"
    for code, meaning in (
        ("255604002", "mild"),
        ("6736007", "moderate"),
        ("24484000", "severe"),
        ("371924009", "severe"),
        ("399166001", "severe"),
        ("371923003", "mild"),
    ):
        name = f"reaction-severity-{code}"
        inside = e.reaction("247472004", "Wheal", e.severity(code))
        entry = e.allergy(f"allergy-{name}", PENICILLIN, inside=inside)
        found.append(
            case(
                name,
                entry,
                where,
                reaction__severity=meaning,
                criticality=None,
                reaction__manifestation__coding__code="247472004",
            )
        )
    entry = e.allergy("allergy-severity-alone", PENICILLIN, inside=e.severity("24484000"))
    found.append(
        case(
            "severity-alone",
            entry,
            f"{PAGE}: Severity Observation of the allergy",
            reaction__severity="severe",
            criticality=None,
        )
    )
    inside = e.severity("24484000") + e.reaction("247472004", "Wheal")
    entry = e.allergy("allergy-severity-for-reaction", PENICILLIN, inside=inside)
    found.append(
        case(
            "severity-for-reaction",
            entry,
            f"{PAGE}: Severity Observation of the allergy",
            reaction__severity="severe",
            criticality=None,
        )
    )
    inside = e.severity("24484000") + e.reaction("247472004", "Wheal", e.severity("255604002"))
    entry = e.allergy("allergy-severity-own", PENICILLIN, inside=inside)
    found.append(
        case(
            "severity-own",
            entry,
            f"{PAGE}: a reaction's own severity goes first",
            reaction__severity="mild",
        )
    )
    for code, meaning in (("CRITH", "high"), ("CRITL", "low"), ("CRITU", "unable-to-assess")):
        name = f"criticality-{meaning}"
        inside = e.reaction("247472004", "Wheal", e.severity("255604002")) + e.criticality(code)
        entry = e.allergy(f"allergy-{name}", PENICILLIN, inside=inside)
        found.append(
            case(
                name,
                entry,
                "ConceptMap CF-Criticality",
                criticality=meaning,
                reaction__severity="mild",
            )
        )
    return found


def _details() -> list[Case]:
    found = []
    for kind, category, sort in (
        ("235719002", "food", "intolerance"),
        ("414285001", "food", "allergy"),
        ("418471000", "food", None),
        ("416098002", "medication", "allergy"),
        ("419511003", "medication", None),
        ("59037007", "medication", "intolerance"),
        ("419199007", None, "allergy"),
        ("418038007", None, None),
        ("420134006", None, None),
    ):
        name = f"kind-{kind}"
        entry = e.allergy(f"allergy-{name}", PENICILLIN, kind=kind)
        found.append(
            case(
                name,
                entry,
                f"{MAPS}AllergyIntoleranceCategory, -Type",
                category=category,
                type=sort,
            )
        )
    both = e.allergen(
        "1191", "aspirin", inside=e.cd("translation", "293586001", "Allergy to aspirin")
    )
    entry = e.allergy("allergy-translation", both)
    found.append(
        case(
            "translation",
            entry,
            "datatypes: CD translation",
            code__coding__code=["1191", "293586001"],
            code__coding__system=[
                "http://www.nlm.nih.gov/research/umls/rxnorm",
                "http://snomed.info/sct",
            ],
        )
    )
    written = '<originalText><reference value="#pcn"/></originalText>'
    entry = e.allergy("allergy-original-text", e.allergen("723", "amoxicillin", inside=written))
    found.append(
        case(
            "original-text",
            entry,
            "datatypes: CD originalText by reference",
            code__text="Amoxicillin 500 (hives as a child)",
            code__coding__display="amoxicillin",
        )
    )
    said = "<originalText>the pink pill</originalText>"
    entry = e.allergy("allergy-text-only", e.allergen(None, inside=said, null="UNK"))
    found.append(
        case(
            "text-only",
            entry,
            "datatypes: CD nullFlavor with originalText",
            code__text="the pink pill",
            code__coding=None,
            clinicalStatus__coding__code="active",
        )
    )
    entry = e.allergy(
        "allergy-class", e.allergen("N0000175503", "Sulfonamide", "2.16.840.1.113883.3.26.1.5")
    )
    found.append(
        case(
            "class",
            entry,
            "an allergy to a class of drugs keeps its own system",
            code__coding__code="N0000175503",
            code__coding__system="http://hl7.org/fhir/ndfrt",
        )
    )
    when = e.point("20050607")
    entry = e.allergy(
        "allergy-reaction-onset",
        PENICILLIN,
        inside=e.reaction("39579001", "Anaphylaxis", time=when),
    )
    found.append(
        case(
            "reaction-onset",
            entry,
            f"{PAGE}: Reaction effectiveTime",
            reaction__onset="2005-06-07",
            criticality=None,
        )
    )
    two = e.reaction("247472004", "Wheal") + e.reaction(
        "422587007", "Nausea", e.severity("6736007")
    )
    entry = e.allergy("allergy-two-reactions", PENICILLIN, inside=two)
    found.append(
        case(
            "two-reactions",
            entry,
            f"{PAGE}: Reaction Observation",
            reaction__manifestation__coding__code=["247472004", "422587007"],
            reaction__severity=["moderate"],
        )
    )
    entry = e.allergy("allergy-onset-unknown", PENICILLIN, time=e.span(low_null="UNK"))
    found.append(
        case(
            "onset-unknown",
            entry,
            "ConceptMap CF-NullFlavorDataAbsentReason: optional",
            onsetDateTime=None,
        )
    )
    who = e.author("Alma", "Invented", "20190203040506+0000")
    entry = e.allergy("allergy-author", PENICILLIN, author=who)
    found.append(
        case(
            "author",
            entry,
            f"{PAGE}: assignedAuthor.time",
            recordedDate="2019-02-03T04:05:06+00:00",
        )
    )
    return found


CASES = [*_none_known(), *_negated(), *_nothing_said(), *_status(), *_severity(), *_details()]
