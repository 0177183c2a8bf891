"""Entries of a CCD: allergies, problems, medicines, vaccines, procedures and visits.

Templates are those of C-CDA R2.1; a row's keys are in ``migrate.core.layouts.sections``.
"""

from __future__ import annotations

from migrate.targets.handover.ccd.parts import (
    ACT_CODE,
    LOINC,
    SNOMED,
    Element,
    Row,
    clean,
    coded,
    entry_id,
    fixed,
    interval,
    moment,
    point,
    sub,
    template,
)

__all__ = ["allergy", "clean", "encounter", "immunization", "medication", "problem", "procedure"]

NO_KNOWN_ALLERGY = "716186003"
_ALLERGY_KINDS = {
    "medication": ("416098002", "Allergy to drug"),
    "food": ("414285001", "Allergy to food"),
    "environment": ("426232007", "Environmental allergy"),
}
_DISPLAYS = {
    "55561003": "Active",
    "73425007": "Inactive",
    "277022003": "Remission",
    "413322009": "Resolved",
    "255604002": "Mild",
    "6736007": "Moderate",
    "24484000": "Severe",
    "CRITL": "low criticality",
    "CRITH": "high criticality",
    "CRITU": "unable to assess criticality",
}
_OVER = frozenset({"73425007", "277022003", "413322009"})


def allergy(entry: Element, row: Row, words: str) -> None:
    """Allergy concern (30) with the intolerance (7): its status, reaction and criticality."""
    act = _concern(entry, "4.30", row, row.get("onset"))
    link = sub(act, "entryRelationship", typeCode="SUBJ")
    none = row.get("code") == NO_KNOWN_ALLERGY
    made = sub(
        link,
        "observation",
        classCode="OBS",
        moodCode="EVN",
        negationInd="true" if none else None,
    )
    template(made, "4.7", "2014-06-09")
    entry_id(made, row.get("id"))
    sub(made, "code", code="ASSERTION", codeSystem=ACT_CODE)
    sub(made, "statusCode", code="completed")
    interval(made, row.get("onset"), None)
    kind = _ALLERGY_KINDS.get(row.get("category") or "", ("419199007", "Allergy to substance"))
    fixed(made, "value", kind[0], SNOMED, kind[1], xsi_type="CD")
    role = sub(sub(made, "participant", typeCode="CSM"), "participantRole", classCode="MANU")
    entity = sub(role, "playingEntity", classCode="MMAT")
    named = dict(row) | ({"code": None} if none else {})
    code = coded(entity, "code", named, words if row.get("text") else None)
    if none:
        code.set("nullFlavor", "NA")
    _status(made, row, "4.28", "2019-06-20")
    _reaction(made, row)
    if row.get("criticality"):
        detail = _detail(made, "4.145", "82606-5", "Criticality", None)
        _value(detail, row["criticality"], "2.16.840.1.113883.5.1063")


def problem(entry: Element, row: Row, words: str) -> None:
    """Problem concern (3) with the problem (4) and its status."""
    act = _concern(entry, "4.3", row, row.get("onset"))
    link = sub(act, "entryRelationship", typeCode="SUBJ")
    made = sub(link, "observation", classCode="OBS", moodCode="EVN")
    template(made, "4.4")
    entry_id(made, row.get("id"))
    code = fixed(made, "code", "55607006", SNOMED, "Problem")
    sub(code, "translation", code="75326-9", codeSystem=LOINC, displayName="Problem")
    sub(made, "statusCode", code="completed")
    interval(made, row.get("onset"), row.get("abatement"), ended=row.get("status") == "413322009")
    coded(made, "value", row, words if row.get("text") else None, xsi_type="CD")
    _status(made, row, "4.6", "2019-06-20")


def medication(entry: Element, row: Row, words: str) -> None:
    """Medication activity (16) with its product (23) and the directions as written (147)."""
    made = sub(entry, "substanceAdministration", classCode="SBADM", moodCode="INT")
    template(made, "4.16", "2014-06-09")
    entry_id(made, row.get("id"))
    sub(made, "statusCode", code=row.get("status") or "active")
    interval(made, row.get("start"), row.get("end"))
    if row.get("dose"):
        sub(made, "doseQuantity", value=row["dose"], unit=row.get("dose_unit"))
    product = sub(sub(made, "consumable"), "manufacturedProduct", classCode="MANU")
    template(product, "4.23", "2014-06-09")
    coded(sub(product, "manufacturedMaterial"), "code", row, words if row.get("text") else None)
    if row.get("sig"):
        link = sub(made, "entryRelationship", typeCode="COMP")
        said = sub(link, "substanceAdministration", classCode="SBADM", moodCode="EVN")
        template(said, "4.147", None)
        fixed(said, "code", "76662-6", LOINC, "Instructions Medication")
        sub(sub(said, "text"), "reference", value=f"#{words}sig")
        inner = sub(sub(said, "consumable"), "manufacturedProduct")
        sub(sub(inner, "manufacturedLabeledDrug"), "code", nullFlavor="NA")


def immunization(entry: Element, row: Row, words: str) -> None:
    """Immunization activity (52); one not given says so, with its reason (53)."""
    refused = row.get("status") == "not-done"
    made = sub(
        entry,
        "substanceAdministration",
        classCode="SBADM",
        moodCode="EVN",
        negationInd="true" if refused else "false",
    )
    template(made, "4.52")
    entry_id(made, row.get("id"))
    sub(made, "statusCode", code="completed")
    point(made, row.get("date"))
    product = sub(sub(made, "consumable"), "manufacturedProduct", classCode="MANU")
    template(product, "4.54", "2014-06-09")
    material = sub(product, "manufacturedMaterial")
    coded(material, "code", row, words if row.get("text") else None)
    lot = row.get("lot")
    sub(material, "lotNumberText", lot, nullFlavor=None if lot else "UNK")
    if row.get("maker"):
        sub(sub(product, "manufacturerOrganization"), "name", row["maker"])
    if refused and row.get("reason"):
        link = sub(made, "entryRelationship", typeCode="RSON")
        why = sub(link, "observation", classCode="OBS", moodCode="EVN")
        template(why, "4.53", None)
        entry_id(why, f"{row.get('id')}-reason")
        sub(why, "code", code=row["reason"], codeSystem="2.16.840.1.113883.5.8")
        sub(why, "statusCode", code="completed")


def procedure(entry: Element, row: Row, words: str) -> None:
    """Procedure activity (14); one not done is negated."""
    made = sub(
        entry,
        "procedure",
        classCode="PROC",
        moodCode="EVN",
        negationInd="true" if row.get("status") == "cancelled" else None,
    )
    template(made, "4.14", "2014-06-09")
    entry_id(made, row.get("id"))
    coded(made, "code", row, words if row.get("text") else None)
    sub(made, "statusCode", code=row.get("status") or "completed")
    point(made, row.get("date"))


def encounter(entry: Element, row: Row, words: str) -> None:
    """Encounter activity (49)."""
    made = sub(entry, "encounter", classCode="ENC", moodCode="EVN")
    template(made, "4.49")
    entry_id(made, row.get("id"))
    coded(made, "code", row, words if row.get("text") else None)
    when = sub(made, "effectiveTime")
    low, high = moment(row.get("start")), moment(row.get("end"))
    sub(when, "low", value=low, nullFlavor=None if low else "UNK")
    if high:
        sub(when, "high", value=high)


def _concern(entry: Element, root: str, row: Row, since: str | None) -> Element:
    act = sub(entry, "act", classCode="ACT", moodCode="EVN")
    template(act, root)
    entry_id(act, f"{row.get('id')}-concern")
    sub(act, "code", code="CONC", codeSystem="2.16.840.1.113883.5.6")
    over = row.get("status") in _OVER
    sub(act, "statusCode", code="completed" if over else "active")
    interval(act, since, row.get("abatement"), ended=over)
    return act


def _detail(
    parent: Element, root: str, code: str, shown: str, version: str | None, *, kind: str = "SUBJ"
) -> Element:
    link = sub(parent, "entryRelationship", typeCode=kind, inversionInd="true")
    made = sub(link, "observation", classCode="OBS", moodCode="EVN")
    template(made, root, version)
    fixed(made, "code", code, LOINC, shown)
    sub(made, "statusCode", code="completed")
    return made


def _status(parent: Element, row: Row, root: str, version: str) -> None:
    if not row.get("status"):
        return
    link = sub(parent, "entryRelationship", typeCode="REFR")
    made = sub(link, "observation", classCode="OBS", moodCode="EVN")
    template(made, root, version)
    fixed(made, "code", "33999-4", LOINC, "Status")
    sub(made, "statusCode", code="completed")
    _value(made, row["status"], SNOMED)


def _value(parent: Element, code: str | None, system: str) -> None:
    made = sub(parent, "value", xsi_type="CD", code=code, codeSystem=system)
    if code in _DISPLAYS:
        made.set("displayName", _DISPLAYS[code])


def _reaction(parent: Element, row: Row) -> None:
    if not (row.get("reaction") or row.get("reaction_code")):
        return
    link = sub(parent, "entryRelationship", typeCode="MFST", inversionInd="true")
    made = sub(link, "observation", classCode="OBS", moodCode="EVN")
    template(made, "4.9", "2014-06-09")
    entry_id(made, f"{row.get('id')}-reaction")
    sub(made, "code", code="ASSERTION", codeSystem=ACT_CODE)
    sub(made, "statusCode", code="completed")
    code = row.get("reaction_code")
    value = sub(made, "value", xsi_type="CD")
    if code:
        value.set("code", clean(code))
        value.set("codeSystem", SNOMED)
    else:
        value.set("nullFlavor", "OTH")
    if row.get("reaction"):
        sub(value, "originalText", row["reaction"])
    if row.get("severity"):
        inner = _detail(made, "4.8", "SEV", "Severity", "2014-06-09")
        code_element = inner.find("{urn:hl7-org:v3}code")
        assert code_element is not None
        code_element.set("codeSystem", ACT_CODE)
        _value(inner, row["severity"], SNOMED)
