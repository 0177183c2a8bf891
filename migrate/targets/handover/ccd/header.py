"""The header of a CCD (US Realm Header V3): the patient, who made it, who keeps it."""

from __future__ import annotations

from lxml import etree

from migrate.targets.handover.ccd.parts import (
    HL7,
    SDTC,
    XSI,
    Element,
    Row,
    clean,
    fixed,
    moment,
    oid_of,
    sub,
    template,
)

_GENDERS = {"female": ("F", "Female"), "male": ("M", "Male"), "other": ("UN", "Undifferentiated")}
_RACES = "2.16.840.1.113883.6.238"
_MARITAL = "2.16.840.1.113883.5.2"
_USES = (("home_phone", "HP", "tel:"), ("mobile_phone", "MC", "tel:"), ("work_phone", "WP", "tel:"))


def patient_role(root: Element, row: Row) -> None:
    """``recordTarget`` of a row of the section ``patients``."""
    role = sub(sub(root, "recordTarget"), "patientRole")
    system = row.get("mrn_system") or "urn:ehr-migrate:record-number"
    sub(role, "id", root=oid_of(system), extension=row.get("mrn") or row.get("id"))
    if row.get("ssn"):
        sub(role, "id", root=oid_of("http://hl7.org/fhir/sid/us-ssn"), extension=row["ssn"])
    _address(role, row)
    _telecoms(role, row)
    person = sub(role, "patient")
    _name(person, row)
    gender = _GENDERS.get(row.get("gender") or "")
    if gender:
        fixed(person, "administrativeGenderCode", gender[0], "2.16.840.1.113883.5.1", gender[1])
    else:
        sub(person, "administrativeGenderCode", nullFlavor="UNK")
    birth = moment(row.get("birth"))
    sub(person, "birthTime", value=birth, nullFlavor=None if birth else "UNK")
    _dead(person, row)
    if row.get("marital"):
        sub(person, "maritalStatusCode", code=row["marital"], codeSystem=_MARITAL)
    _groups(person, row)
    if row.get("language"):
        spoken = sub(person, "languageCommunication")
        sub(spoken, "languageCode", code=row["language"])


def _address(role: Element, row: Row) -> None:
    parts = [row.get(name) for name in ("line", "city", "state", "postal", "country")]
    names = (
        *("streetAddressLine", "city"),
        *("state", "postalCode", "country"),
    )
    if not any(parts):
        sub(role, "addr", nullFlavor="UNK")
        return
    made = sub(role, "addr", use="HP")
    for name, text in zip(names, parts, strict=True):
        if text:
            sub(made, name, text)


def _telecoms(role: Element, row: Row) -> None:
    given = [(use, scheme + text) for name, use, scheme in _USES if (text := row.get(name))]
    email = row.get("email")
    for use, value in given:
        sub(role, "telecom", use=use, value=value)
    if email:
        sub(role, "telecom", value=f"mailto:{email}")
    if not given and not email:
        sub(role, "telecom", nullFlavor="UNK")


def _name(person: Element, row: Row) -> None:
    made = sub(person, "name", use="L")
    for name, key in (("prefix", "prefix"), ("given", "given"), ("given", "middle")):
        if row.get(key):
            sub(made, name, row[key])
    sub(made, "family", row.get("family"), nullFlavor=None if row.get("family") else "UNK")
    if row.get("suffix"):
        sub(made, "suffix", row["suffix"])


def _dead(person: Element, row: Row) -> None:
    death = moment(row.get("death"))
    if row.get("deceased") == "true" or death:
        etree.SubElement(person, f"{{{SDTC}}}deceasedInd").set("value", "true")
        if death:
            etree.SubElement(person, f"{{{SDTC}}}deceasedTime").set("value", death)


def _groups(person: Element, row: Row) -> None:
    """Race and ethnicity; ASKU and UNK are null flavors here, and NI says that nothing is known."""
    for name, key in (("raceCode", "race"), ("ethnicGroupCode", "ethnicity")):
        codes = [code for code in (row.get(key) or "").split("; ") if code]
        flavor = next((code for code in codes if code in ("ASKU", "UNK")), None if codes else "NI")
        if flavor:
            sub(person, name, nullFlavor=flavor)
            continue
        sub(person, name, code=codes[0], codeSystem=_RACES)
        for code in codes[1:]:
            more = etree.SubElement(person, f"{{{SDTC}}}{name}")
            more.set("code", clean(code))
            more.set("codeSystem", _RACES)


def author(root: Element, practice: str, system: str, tool: str, time: str | None) -> None:
    """The tool as the authoring device, for the practice."""
    made = sub(root, "author")
    sub(made, "time", value=moment(time), nullFlavor=None if time else "UNK")
    role = sub(made, "assignedAuthor")
    sub(role, "id", root=oid_of(f"urn:ehr-migrate:{system}"))
    sub(role, "addr", nullFlavor="UNK")
    sub(role, "telecom", nullFlavor="UNK")
    device = sub(role, "assignedAuthoringDevice")
    sub(device, "manufacturerModelName", tool)
    sub(device, "softwareName", tool)
    organization = sub(role, "representedOrganization")
    sub(organization, "name", practice)


def custodian(root: Element, practice: str, system: str) -> None:
    """The practice keeps the document."""
    role = sub(sub(root, "custodian"), "assignedCustodian")
    made = sub(role, "representedCustodianOrganization")
    sub(made, "id", root=oid_of(f"urn:ehr-migrate:{system}:practice"))
    sub(made, "name", practice)
    sub(made, "telecom", nullFlavor="UNK")
    sub(made, "addr", nullFlavor="UNK")


def heading(identity: str, title: str, time: str | None) -> Element:
    """A ClinicalDocument with what stands before its patient."""
    names = {None: HL7, "sdtc": SDTC, "xsi": XSI}
    root = etree.Element(f"{{{HL7}}}ClinicalDocument", nsmap=names)  # type: ignore[arg-type]
    sub(root, "realmCode", code="US")
    sub(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    template(root, "1.1")
    template(root, "1.2")
    sub(root, "id", root=oid_of(identity))
    fixed(
        root,
        "code",
        "34133-9",
        "2.16.840.1.113883.6.1",
        "Summarization of Episode Note",
        codeSystemName="LOINC",
    )
    sub(root, "title", title)
    sub(root, "effectiveTime", value=moment(time), nullFlavor=None if time else "UNK")
    sub(root, "confidentialityCode", code="N", codeSystem="2.16.840.1.113883.5.25")
    sub(root, "languageCode", code="en-US")
    return root
