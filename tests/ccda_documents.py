"""CDA documents made for tests: invented people, one clinical statement at a time."""

from __future__ import annotations

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<id root="2.999.1" extension="{document}"/>
<code code="34133-9" codeSystem="2.16.840.1.113883.6.1" displayName="Summary of episode note"/>
<title>Summary</title><effectiveTime value="{time}"/>
<confidentialityCode code="N"/><languageCode code="en-US"/>
<recordTarget><patientRole><id root="2.999.2" extension="{mrn}"/>
<addr use="HP"><streetAddressLine>1 Invented Way</streetAddressLine><city>Nowhere</city>
<state>IL</state><postalCode>60000</postalCode></addr>
<telecom value="tel:+1(312)555-0100" use="HP"/>
<patient><name use="L"><given>Testa</given><family>Madeup</family></name>
<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>
<birthTime value="19700102"/></patient></patientRole></recordTarget>
<author><time value="{time}"/><assignedAuthor>
<id root="2.16.840.1.113883.4.6" extension="9999999999"/>
<assignedPerson><name><given>Proba</given><family>Doctor</family></name></assignedPerson>
</assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><id root="2.999.3"/>
<name>Invented Practice</name></representedCustodianOrganization></assignedCustodian></custodian>
"""
SNOMED = "2.16.840.1.113883.6.96"
LOINC = "2.16.840.1.113883.6.1"


def document(
    *sections: str, name: str = "d1", mrn: str = "M1", time: str = "20200102030405+0000"
) -> bytes:
    """A whole document."""
    body = "".join(f"<component>{section}</component>" for section in sections)
    head = HEAD.format(document=name, mrn=mrn, time=time)
    text = (
        f"{head}<component><structuredBody>{body}</structuredBody></component></ClinicalDocument>"
    )
    return text.encode()


def section(loinc: str, *entries: str, text: str = "<paragraph>Narrative.</paragraph>") -> str:
    """A section of this LOINC code."""
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        f'<section><code code="{loinc}" codeSystem="{LOINC}"/><title>Section</title>'
        f"<text>{text}</text>{inside}</section>"
    )


def template(number: str) -> str:
    """A C-CDA entry template."""
    return f'<templateId root="2.16.840.1.113883.10.20.22.4.{number}"/>'


def coded(tag: str, code: str, display: str = "", system: str = SNOMED, inside: str = "") -> str:
    """A coded element; a ``value`` gets its type."""
    kind = ' xsi:type="CD"' if tag == "value" else ""
    return (
        f'<{tag}{kind} code="{code}" codeSystem="{system}" displayName="{display}">{inside}</{tag}>'
    )


def allergy(
    allergen: str = "",
    *,
    negated: str = "",
    kind: str = "419199007",
    concern: str = "active",
    inside: str = "",
) -> str:
    """An allergy concern with one observation."""
    negation = f' negationInd="{negated}"' if negated else ""
    who = (
        '<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity '
        f'classCode="MMAT">{allergen}</playingEntity></participantRole></participant>'
        if allergen
        else ""
    )
    return (
        f'<act classCode="ACT" moodCode="EVN">{template("30")}<code code="CONC"/>'
        f'<statusCode code="{concern}"/><effectiveTime><low value="20190102"/></effectiveTime>'
        '<entryRelationship typeCode="SUBJ">'
        f'<observation classCode="OBS" moodCode="EVN"{negation}>{template("7")}'
        '<id root="2.999.4" extension="a1"/>'
        '<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>'
        '<statusCode code="completed"/><effectiveTime><low value="20190102"/></effectiveTime>'
        f"{coded('value', kind, 'Allergy')}{who}{inside}</observation></entryRelationship></act>"
    )


def problem(
    code: str = "38341003", *, negated: str = "", concern: str = "active", inside: str = ""
) -> str:
    """A problem concern with one observation."""
    negation = f' negationInd="{negated}"' if negated else ""
    return (
        f'<act classCode="ACT" moodCode="EVN">{template("3")}<code code="CONC"/>'
        f'<statusCode code="{concern}"/><effectiveTime><low value="20180203"/></effectiveTime>'
        '<entryRelationship typeCode="SUBJ">'
        f'<observation classCode="OBS" moodCode="EVN"{negation}>{template("4")}'
        f'{coded("code", "55607006", "Problem")}<statusCode code="completed"/>'
        f'<effectiveTime><low value="20180203"/></effectiveTime>{coded("value", code, "Condition")}'
        f"{inside}</observation></entryRelationship></act>"
    )


def immunization(*, negated: str = "false", status: str = "completed", inside: str = "") -> str:
    """A vaccine given, or not."""
    vaccine = coded("code", "88", "influenza", "2.16.840.1.113883.12.292")
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="{negated}">'
        f'{template("52")}<statusCode code="{status}"/><effectiveTime value="20191003"/>'
        f"<consumable><manufacturedProduct><manufacturedMaterial>{vaccine}"
        f"</manufacturedMaterial></manufacturedProduct></consumable>{inside}"
        "</substanceAdministration>"
    )
