"""The header of a document: the patient, the document itself, and the visit it is about."""

from __future__ import annotations

from migrate.extractors.ccda.agents import agent, organization_key, place_key
from migrate.extractors.ccda.codes import code_cells, codings, packed
from migrate.extractors.ccda.facts import Found, digest, fact
from migrate.extractors.ccda.kinds import templates
from migrate.extractors.ccda.values import (
    Cells,
    addresses,
    as_json,
    identifiers,
    moment,
    names,
    spread,
    telecoms,
    times,
)
from migrate.extractors.ccda.xml import (
    SDTC,
    Element,
    attribute,
    child,
    children,
    text_of,
)

_SSN = "http://hl7.org/fhir/sid/us-ssn"
_SSN_OID = "urn:oid:2.16.840.1.113883.4.1"
_NEAR = frozenset({"PRS", "NOK", "ECON", "CAREGIVER", "AGNT", "GUAR", "GUARD"})
_TAKEN = frozenset({"recordTarget", "author", "custodian", "component", "componentOf"})


def patient_key(role: Element | None, document: str) -> str:
    """Who a header speaks of: its first identifier (a social security number last), with birth
    date, gender and first given name, because test systems and merged practices use one number
    for several people. Without any identifier it is a patient of this document alone."""
    known = identifiers(role)
    known.sort(key=lambda each: each.startswith((_SSN, _SSN_OID)))
    if not known:
        return digest(iter(("document", document)))
    person = child(role, "patient")
    birth = (attribute(child(person, "birthTime"), "value") or "")[:8]
    gender = attribute(child(person, "administrativeGenderCode"), "code") or ""
    given = (text_of(child(person, "name", "given")) or "").casefold()
    return digest(iter(("patient", known[0], birth, gender, given)))


def patient(role: Element | None, key: str, time: str | None, at: str, found: Found) -> Cells:
    """The patient's cells."""
    person = child(role, "patient")
    cells: Cells = {"key": key, "document_time": time}
    cells |= spread("id", identifiers(role), 4) | spread("name", names(person), 3)
    cells |= spread("address", addresses(role), 3) | spread("telecom", telecoms(role), 4)
    for name, tag, places in (
        ("gender", "administrativeGenderCode", 1),
        ("marital", "maritalStatusCode", 1),
        ("religion", "religiousAffiliationCode", 1),
    ):
        cells |= code_cells(name, child(person, tag), found.parts, places)
    for name, tag, places in (("race", "raceCode", 6), ("ethnicity", "ethnicGroupCode", 4)):
        cells |= code_cells(name, child(person, tag), found.parts, places)
        all_codes = codings(child(person, tag))
        if person is not None:
            for more in person.named(SDTC + tag):
                all_codes += [each for each in codings(more) if each not in all_codes]
        cells |= spread(name, all_codes, places)
    cells["birth"] = moment(child(person, "birthTime"))
    if person is not None:
        for name, tag in (("deceased", "deceasedInd"), ("death", "deceasedTime")):
            for each in person.named(SDTC + tag)[:1]:
                cells[name] = attribute(each, "value") if name == "deceased" else moment(each)
    cells |= spread("language", _languages(person), 3)
    cells |= spread("guardian", _guardians(person), 3)
    place = addresses(child(person, "birthplace", "place"))
    cells["birthplace"] = place[0] if place else None
    for each in children(person, "guardian"):
        _relative(each, "guardian", child(each, "guardianPerson"), at, found)
    provider = child(role, "providerOrganization")
    cells["provider"] = None if provider is None else organization_key(provider, at, found)
    return cells


def _languages(person: Element | None) -> list[str]:
    return [
        packed((code, attribute(child(each, "preferenceInd"), "value"))) or ""
        for each in children(person, "languageCommunication")
        if (code := attribute(child(each, "languageCode"), "code"))
    ]


def _guardians(person: Element | None) -> list[str]:
    """Guardians, packed as relationship system, code, display, name's parts, a telecom."""
    found = []
    for each in children(person, "guardian"):
        relation = (codings(child(each, "code")) or ["\t\t"])[0].split("\t")
        name = (names(child(each, "guardianPerson")) or ["\t" * 6])[0].split("\t")
        phone = (telecoms(each) or ["\t"])[0].split("\t")
        found.append(packed((*relation, *name[1:], phone[1])) or "")
    return [each for each in found if each]


def _relative(role: Element, kind: str, person: Element | None, at: str, found: Found) -> None:
    """Notes a person near the patient: a guardian, next of kin, emergency contact, guarantor."""
    called = names(person)
    if not called:
        return
    cells: Cells = {"patient": found.patient, "kind": kind, "class": attribute(role, "classCode")}
    cells |= spread("id", identifiers(role), 4) | spread("name", called, 3)
    cells |= spread("address", addresses(role), 3) | spread("telecom", telecoms(role), 4)
    cells |= code_cells("relation", child(role, "code"), found.parts, 2)
    fact("relatives", cells, at, found)


def _relatives(root: Element, at: str, found: Found) -> None:
    for n, each in enumerate(children(root, "participant"), 1):
        role = child(each, "associatedEntity")
        kind = attribute(role, "classCode") or ""
        if role is not None and kind in _NEAR:
            person = child(role, "associatedPerson")
            _relative(role, "participant", person, f"{at}/participant[{n}]", found)


def document(root: Element, key: str, sha256: str, at: str, found: Found) -> Cells:
    """The document's cells; its visit and everybody who takes part are noted as rows."""
    authors = children(root, "author")
    keys = [agent(each, f"{at}/author[{n}]", found) or "" for n, each in enumerate(authors, 1)]
    signed = child(root, "legalAuthenticator")
    _relatives(root, at, found)
    event_at = f"{at}/documentationOf[1]/serviceEvent[1]"
    performed = children(child(root, "documentationOf", "serviceEvent"), "performer")
    performers = [
        agent(each, f"{event_at}/performer[{n}]", found) for n, each in enumerate(performed, 1)
    ]
    custodian = child(root, "custodian", "assignedCustodian", "representedCustodianOrganization")
    event = child(root, "documentationOf", "serviceEvent", "effectiveTime")
    rest = [each for each in root.kids if each.local not in _TAKEN and each.kids]
    named = ("participant", "documentationOf", "informant", "authenticator", "dataEnterer")
    body = child(root, "component", "nonXMLBody", "text")
    cells: Cells = {
        "key": key,
        "sha256": sha256,
        "patient": found.patient,
        "set_id": "\t".join(_ids(root, "setId")) or None,
        "version": attribute(child(root, "versionNumber"), "value"),
        "title": text_of(child(root, "title")),
        "template": " ".join(templates(root)) or None,
        "time": moment(child(root, "effectiveTime")),
        "confidentiality": attribute(child(root, "confidentialityCode"), "code"),
        "language": attribute(child(root, "languageCode"), "code"),
        "custodian": None if custodian is None else organization_key(custodian, at, found),
        "authenticator": agent(signed, f"{at}/legalAuthenticator[1]", found),
        "authenticator_time": moment(child(signed, "time")),
        "encounter": _visit(root, at, found),
        "service_start": moment(child(event, "low")) or moment(event),
        "service_end": moment(child(event, "high")),
        "participants": "\n".join(as_json(e) for e in rest if e.local in named) or None,
        "related": "\n".join(as_json(e) for e in rest if e.local == "relatedDocument") or None,
        "body_type": attribute(body, "mediaType"),
        "body": text_of(body),
    }
    cells |= spread("id", identifiers(root), 1)
    cells |= code_cells("code", child(root, "code"), found.parts, 3)
    cells |= spread("author", [each for each in keys if each], 4)
    cells |= spread("performer", [each for each in performers if each], 4)
    cells |= spread("performer_time", _periods(performed), 4)
    written = [moment(child(each, "time")) for each in authors]
    return cells | spread("author_time", [each for each in written if each], 4)


def _periods(performers: list[Element]) -> list[str]:
    """When performers took part, packed as start and end."""
    said = (times_of(child(each, "time")) for each in performers)
    return [cell for cell in said if cell]


def times_of(time: Element | None) -> str | None:
    """A time or an interval, packed as start and end."""
    low, high = moment(child(time, "low")), moment(child(time, "high"))
    return packed((low or moment(time), high))


def _ids(root: Element, name: str) -> list[str]:
    found = child(root, name)
    return [part for each in ("root", "extension") if (part := attribute(found, each))]


def _visit(root: Element, at: str, found: Found) -> str | None:
    visit = child(root, "componentOf", "encompassingEncounter")
    if visit is None:
        return None
    at = f"{at}/componentOf[1]/encompassingEncounter[1]"
    place = child(visit, "location", "healthCareFacility")
    party = child(visit, "responsibleParty")
    if party is None:
        party = child(visit, "encounterParticipant")
    cells: Cells = {"patient": found.patient}
    cells |= spread("id", identifiers(visit), 2)
    cells |= code_cells("code", child(visit, "code"), found.parts, 4) | times(visit)
    cells |= code_cells("discharge", child(visit, "dischargeDispositionCode"), found.parts, 1)
    named = child(place, "location")
    if not names(named):
        named = child(place, "serviceProviderOrganization")
    cells["place"] = place_key(place, named, at, found)
    cells["performer"] = agent(party, at, found)
    return fact("visits", cells, at, found)


def role_of(root: Element) -> Element | None:
    """The patient's role; of several record targets the first."""
    roles = (child(each, "patientRole") for each in children(root, "recordTarget"))
    return next((role for role in roles if role is not None), None)
