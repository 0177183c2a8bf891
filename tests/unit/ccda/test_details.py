"""What stands beside or around a statement: a policy, a severity, a place, who raised it."""

from __future__ import annotations

from pathlib import Path

from tests import ccda_documents as cda
from tests.unit.ccda.test_merging import staged

ROOT = "2.16.840.1.113883.10.20.22.4"
AUTHOR = (
    '<author><time value="{time}"/><assignedAuthor><id root="2.16.840.1.113883.4.6"'
    ' extension="99990000{time}"/><assignedPerson><name><given>Testa</given>'
    "<family>Invented</family></name></assignedPerson></assignedAuthor></author>"
)
SEVERITY = (
    '<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS"'
    f' moodCode="EVN"><templateId root="{ROOT}.8"/><code code="SEV"'
    ' codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>'
    '<value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.96"/>'
    "</observation></entryRelationship>"
)
POLICY = (
    '<act classCode="ACT" moodCode="EVN">{inner}<code code="48768-6"'
    ' codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>'
    '<entryRelationship typeCode="COMP"><act classCode="ACT" moodCode="EVN">'
    '<id root="1.2.3" extension="POL-9"/><code code="SELF" codeSystem="2.16.840.1.113883.5.110"/>'
    '<statusCode code="completed"/><performer><assignedEntity><id root="1.2.4" extension="PAY-1"/>'
    "<representedOrganization><name>Invented Health Plan</name></representedOrganization>"
    '</assignedEntity></performer><participant typeCode="COV"><participantRole>'
    '<id root="1.2.5" extension="MEMBER-7"/><code code="SELF"'
    ' codeSystem="2.16.840.1.113883.5.111"/></participantRole></participant>'
    '<entryRelationship typeCode="REFR"><act classCode="ACT" moodCode="EVN">'
    '<code nullFlavor="NA"/></act></entryRelationship></act></entryRelationship></act>'
)


def test_a_policy_inside_its_act_is_a_coverage_with_or_without_templates(tmp_path: Path) -> None:
    for name, inner in (("plain", ""), ("template", f'<templateId root="{ROOT}.60"/>')):
        section = cda.section("48768-6", POLICY.format(inner=inner))
        found = staged(tmp_path / name, {"a.xml": cda.document(section)})
        (row,) = found["coverages"]
        assert (row["code"], row["participant_role"]) == ("SELF", "SELF")
        assert row["participant_id_1"].endswith("MEMBER-7")
        payers = [each for each in found["agents"] if each["key"] == row["performer"]]
        assert {each["kind"] for each in payers} == {"organization"}
        assert payers[0]["id_1"].endswith("PAY-1")
        assert [each["parent"] for each in found["statements"]] == [row["key"]]


def test_a_severity_without_a_word_in_fhir_stays_a_statement_about_its_allergy(
    tmp_path: Path,
) -> None:
    allergy = cda.allergy(cda.coded("code", "91936005", "Penicillin"))
    for code, statements in (("371924009", 1), ("6736007", 1)):
        beside = allergy.replace("</act>", f"{SEVERITY.format(code=code)}</act>")
        section = cda.section("48765-2", beside)
        found = staged(tmp_path / code, {"a.xml": cda.document(section)})
        (row,) = found["allergies"]
        assert [each["parent"] for each in found["statements"]] == [row["key"]] * statements
    for code, statements in (("371924009", 1), ("6736007", 0)):
        inside = allergy.replace("</observation>", f"{SEVERITY.format(code=code)}</observation>")
        section = cda.section("48765-2", inside)
        found = staged(tmp_path / f"in{code}", {"a.xml": cda.document(section)})
        (row,) = found["allergies"]
        assert row["severity"] == code
        assert len(found["statements"]) == statements


def test_who_raised_a_concern_is_kept_beside_who_wrote_its_problem(tmp_path: Path) -> None:
    act, observation = AUTHOR.format(time="20200101"), AUTHOR.format(time="20210202")
    entry = cda.problem().replace("</observation>", f"{observation}</observation>")
    entry = entry.replace("</act>", f"{act}</act>")
    found = staged(tmp_path, {"a.xml": cda.document(cda.section("11450-4", entry))})
    said = {row["author_of"]: row["author_time"] for row in found["mentions"]}
    assert said == {"concern": "2020-01-01", "entry": "2021-02-02"}


def test_a_place_is_an_agent_with_its_kind(tmp_path: Path) -> None:
    visit = (
        f'<encounter classCode="ENC" moodCode="EVN"><templateId root="{ROOT}.49"/>'
        '<code code="99213" codeSystem="2.16.840.1.113883.6.12"/>'
        '<participant typeCode="LOC"><participantRole classCode="SDLOC"><code code="1160-1"'
        ' codeSystem="2.16.840.1.113883.6.259"/><playingEntity classCode="PLC">'
        "<name>Invented Clinic</name></playingEntity></participantRole></participant></encounter>"
    )
    found = staged(tmp_path, {"a.xml": cda.document(cda.section("46240-8", visit))})
    (row,) = found["encounters"]
    (place,) = [each for each in found["agents"] if each["kind"] == "place"]
    assert (row["place"], row["participant"]) == (place["key"], None)
    assert place["specialty"] == "1160-1"
