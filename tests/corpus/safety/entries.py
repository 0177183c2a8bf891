"""Entries in the form in which certified systems write them; plainly invented content."""

from __future__ import annotations

SNOMED = "2.16.840.1.113883.6.96"
LOINC = "2.16.840.1.113883.6.1"
RXNORM = "2.16.840.1.113883.6.88"
CVX = "2.16.840.1.113883.12.292"
ICD10 = "2.16.840.1.113883.6.90"
CPT = "2.16.840.1.113883.6.12"
ACT_CODE = "2.16.840.1.113883.5.4"
ACT_REASON = "2.16.840.1.113883.5.8"
CCDA = "2.16.840.1.113883.10.20.22.4"


def ident(case: str) -> str:
    """The id by which a case's resource is found again."""
    return f'<id root="2.999.5" extension="{case}"/>'


def tid(number: str) -> str:
    """A C-CDA entry template."""
    return f'<templateId root="{CCDA}.{number}"/>'


def cd(
    tag: str,
    code: str | None,
    display: str = "",
    system: str = SNOMED,
    inside: str = "",
    null: str = "",
    kind: str = "",
) -> str:
    """A coded element; ``kind`` is its xsi:type (``value`` has CD)."""
    kind = kind or ("CD" if tag == "value" else "")
    typed = f' xsi:type="{kind}"' if kind else ""
    said = f' code="{code}" codeSystem="{system}"' if code else ""
    shown = f' displayName="{display}"' if display else ""
    flavor = f' nullFlavor="{null}"' if null else ""
    return f"<{tag}{typed}{said}{shown}{flavor}>{inside}</{tag}>"


def status(code: str) -> str:
    """``statusCode``, left out where it is empty."""
    return f'<statusCode code="{code}"/>' if code else ""


def span(low: str = "", high: str = "", high_null: str = "", low_null: str = "") -> str:
    """``effectiveTime`` as an interval."""
    start = (
        f'<low value="{low}"/>' if low else (f'<low nullFlavor="{low_null}"/>' if low_null else "")
    )
    end = f'<high value="{high}"/>' if high else ""
    end = end or (f'<high nullFlavor="{high_null}"/>' if high_null else "")
    return f'<effectiveTime xsi:type="IVL_TS">{start}{end}</effectiveTime>'


def point(value: str) -> str:
    """``effectiveTime`` as a point."""
    return f'<effectiveTime value="{value}"/>'


def attribute(name: str, value: str) -> str:
    """An attribute, left out where it is empty."""
    return f' {name}="{value}"' if value else ""


def inner(relation: str, content: str, inverted: bool = False) -> str:
    """An entry relationship."""
    turned = ' inversionInd="true"' if inverted else ""
    return f'<entryRelationship typeCode="{relation}"{turned}>{content}</entryRelationship>'


def observation(
    template: str, code: str, value: str, *, inside: str = "", mood: str = "EVN", negated: str = ""
) -> str:
    """A small observation inside another statement."""
    return (
        f'<observation classCode="OBS" moodCode="{mood}"{attribute("negationInd", negated)}>'
        f"{tid(template)}{code}{status('completed')}{value}{inside}</observation>"
    )


ASSERTION = cd("code", "ASSERTION", system=ACT_CODE)


def severity(code: str, display: str = "") -> str:
    """A severity observation."""
    return inner(
        "SUBJ",
        observation("8", cd("code", "SEV", system=ACT_CODE), cd("value", code, display)),
        True,
    )


def criticality(code: str) -> str:
    """A criticality observation."""
    value = cd("value", code, system="2.16.840.1.113883.5.1063")
    return inner("SUBJ", observation("145", cd("code", "82606-5", system=LOINC), value), True)


def clinical_status(code: str, display: str = "", template: str = "28") -> str:
    """A status observation of an allergy (28) or a problem (6)."""
    return inner(
        "REFR",
        observation(template, cd("code", "33999-4", system=LOINC), cd("value", code, display)),
    )


def reaction(code: str, display: str, inside: str = "", time: str = "") -> str:
    """A reaction observation."""
    content = observation("9", ASSERTION, time + cd("value", code, display), inside=inside)
    return inner("MFST", content, True)


def allergen(
    code: str | None, display: str = "", system: str = RXNORM, inside: str = "", null: str = ""
) -> str:
    """The participant that names what somebody is allergic to."""
    return (
        '<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity '
        f'classCode="MMAT">{cd("code", code, display, system, inside, null)}</playingEntity>'
        "</participantRole></participant>"
    )


def allergy(
    case: str,
    substance: str = "",
    *,
    kind: str = "419199007",
    negated: str = "",
    concern: str = "active",
    own: str = "completed",
    time: str = "",
    inside: str = "",
    author: str = "",
    act_negated: str = "",
    value: str = "",
    act_null: str = "",
) -> str:
    """An allergy concern act with its observation."""
    return (
        f'<act classCode="ACT" moodCode="EVN"{attribute("negationInd", act_negated)}'
        f"{attribute('nullFlavor', act_null)}>{tid('30')}"
        f"{cd('code', 'CONC', system='2.16.840.1.113883.5.6')}{status(concern)}"
        f"{span('20190102')}"
        + inner(
            "SUBJ",
            f'<observation classCode="OBS" moodCode="EVN"{attribute("negationInd", negated)}>'
            f"{tid('7')}{ident(case)}{ASSERTION}{status(own)}{time or span('20190102')}"
            f"{value or cd('value', kind, 'Allergy')}{author}{substance}{inside}</observation>",
        )
        + "</act>"
    )


def problem(
    case: str,
    code: str | None = "38341003",
    display: str = "Hypertensive disorder",
    *,
    negated: str = "",
    concern: str = "active",
    own: str = "completed",
    time: str = "",
    kind: str = "55607006",
    inside: str = "",
    value: str = "",
    act_negated: str = "",
    act_null: str = "",
    body: str = "",
) -> str:
    """A problem concern act with its observation."""
    return (
        f'<act classCode="ACT" moodCode="EVN"{attribute("negationInd", act_negated)}'
        f"{attribute('nullFlavor', act_null)}>{tid('3')}"
        f"{cd('code', 'CONC', system='2.16.840.1.113883.5.6')}{status(concern)}"
        f"{span('20180203')}"
        + inner(
            "SUBJ",
            condition(
                case,
                code,
                display,
                negated=negated,
                own=own,
                time=time,
                kind=kind,
                inside=inside,
                value=value,
                body=body,
            ),
        )
        + "</act>"
    )


def condition(
    case: str,
    code: str | None = "38341003",
    display: str = "Hypertensive disorder",
    *,
    negated: str = "",
    own: str = "completed",
    time: str = "",
    kind: str = "55607006",
    inside: str = "",
    value: str = "",
    body: str = "",
) -> str:
    """A problem observation without a concern around it."""
    return (
        f'<observation classCode="OBS" moodCode="EVN"{attribute("negationInd", negated)}>'
        f"{tid('4')}{ident(case)}{cd('code', kind, 'Problem')}{status(own)}"
        f"{time or span('20180203')}{value or cd('value', code, display)}"
        f"{body}{inside}</observation>"
    )


def product(
    code: str | None,
    display: str = "",
    system: str = RXNORM,
    inside: str = "",
    null: str = "",
    more: str = "",
) -> str:
    """The consumable of a substance administration."""
    return (
        "<consumable><manufacturedProduct><manufacturedMaterial>"
        f"{cd('code', code, display, system, inside, null)}{more}"
        "</manufacturedMaterial></manufacturedProduct></consumable>"
    )


LISINOPRIL = product("314076", "lisinopril 10 MG Oral Tablet")


def drug(
    case: str,
    what: str = LISINOPRIL,
    *,
    mood: str = "EVN",
    state: str = "active",
    negated: str = "",
    time: str = "",
    inside: str = "",
    template: str = "16",
    dose: str = "",
    null: str = "",
) -> str:
    """A medication activity."""
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="{mood}"'
        f"{attribute('negationInd', negated)}{attribute('nullFlavor', null)}>{tid(template)}"
        f"{ident(case)}{status(state)}{time or span('20200110')}{dose}{what}{inside}"
        "</substanceAdministration>"
    )


FLU = product("88", "influenza virus vaccine", CVX)


def vaccine(
    case: str,
    what: str = FLU,
    *,
    mood: str = "EVN",
    state: str = "completed",
    negated: str = "false",
    time: str = "",
    inside: str = "",
    dose: str = "",
) -> str:
    """An immunization activity."""
    return drug(
        case,
        what,
        mood=mood,
        state=state,
        negated=negated,
        time=time or point("20191003"),
        inside=inside,
        template="52",
        dose=dose,
    )


def refusal(code: str, display: str) -> str:
    """The reason why a vaccine was not given."""
    return inner("RSON", observation("53", cd("code", code, display, ACT_REASON), ""))


def done(
    case: str,
    code: str = "80146002",
    display: str = "Excision of appendix",
    *,
    tag: str = "procedure",
    template: str = "14",
    mood: str = "EVN",
    state: str = "completed",
    negated: str = "",
    time: str = "",
    inside: str = "",
    value: str = "",
    system: str = SNOMED,
) -> str:
    """A procedure activity, in one of its three forms."""
    kind = {"procedure": "PROC", "act": "ACT", "observation": "OBS", "encounter": "ENC"}[tag]
    return (
        f'<{tag} classCode="{kind}" moodCode="{mood}"{attribute("negationInd", negated)}>'
        f"{tid(template)}{ident(case)}{cd('code', code, display, system)}{status(state)}"
        f"{time or point('20170304')}{value}{inside}</{tag}>"
    )


def result(
    case: str,
    value: str,
    *,
    code: str = "2345-7",
    display: str = "Glucose",
    template: str = "2",
    state: str = "completed",
    negated: str = "",
    mood: str = "EVN",
    time: str = "",
    inside: str = "",
) -> str:
    """An observation with a value."""
    return (
        f'<observation classCode="OBS" moodCode="{mood}"{attribute("negationInd", negated)}>'
        f"{tid(template)}{ident(case)}{cd('code', code, display, LOINC)}{status(state)}"
        f"{time or point('202002031405-0600')}{value}{inside}</observation>"
    )


def pq(value: str, unit: str = "mg/dL") -> str:
    """A physical quantity."""
    return f'<value xsi:type="PQ" value="{value}"{attribute("unit", unit)}/>'


def panel(
    case: str, *members: str, template: str = "1", code: str = "24323-8", state: str = "completed"
) -> str:
    """An organizer with its members."""
    inside = "".join(f"<component>{member}</component>" for member in members)
    return (
        f'<organizer classCode="BATTERY" moodCode="EVN">{tid(template)}{ident(case)}'
        f"{cd('code', code, 'Panel', LOINC)}{status(state)}{point('20200203')}{inside}</organizer>"
    )


def author(given: str, family: str, time: str, npi: str = "9999999991") -> str:
    """An author of an entry."""
    return (
        f'<author><time value="{time}"/><assignedAuthor><id root="2.16.840.1.113883.4.6" '
        f'extension="{npi}"/><assignedPerson><name><given>{given}</given><family>{family}'
        "</family></name></assignedPerson></assignedAuthor></author>"
    )
