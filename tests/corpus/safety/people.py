"""Headers: who the patient is, and what a document says and does not say of him."""

from __future__ import annotations

from tests import ccda_documents as cda
from tests.corpus.safety import entries as e
from tests.corpus.safety.case import Case, Expected

PAGE = "CF Patient.csv"
RACE = "2.16.840.1.113883.6.238"
GENDER = '<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>'
BIRTH = '<birthTime value="19700102"/>'


def header(name: str, source: str, expect: dict[str, Expected], *changes: tuple[str, str]) -> Case:
    """A document of its own whose patient number is the case's name; ``changes`` to its header."""
    text = cda.document(name=name, mrn=name).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return Case(name, "", text, source, "Patient", expect)


def _people() -> list[Case]:
    race = "extension.extension"
    guardian = (
        '<guardian><code code="MTH" codeSystem="2.16.840.1.113883.5.111" displayName="mother"/>'
        '<telecom use="HP" value="tel:+1(312)555-0101"/><guardianPerson><name><given>Mara</given>'
        "<family>Madeup</family></name></guardianPerson></guardian></patient>"
    )
    speaks = (
        '<languageCommunication><languageCode code="es"/><preferenceInd value="true"/>'
        "</languageCommunication></patient>"
    )
    return [
        header(
            "head-plain", PAGE, {"gender": "female", "birthDate": "1970-01-02", "name.use": "usual"}
        ),
        header(
            "head-other",
            "ConceptMap CF-AdministrativeGender",
            {"gender": "other"},
            (GENDER, GENDER.replace('"F"', '"UN"')),
        ),
        header(
            "head-no-gender",
            "ConceptMap CF-NullFlavorDataAbsentReason: required",
            {"gender": "unknown"},
            (GENDER, '<administrativeGenderCode nullFlavor="UNK"/>'),
        ),
        header(
            "head-born-in",
            "datatypes: TS precision",
            {"birthDate": "1970"},
            (BIRTH, '<birthTime value="1970"/>'),
        ),
        header(
            "head-dead",
            "sdtc:deceasedInd",
            {"deceasedBoolean": True, "deceasedDateTime": None},
            (BIRTH, f'{BIRTH}<sdtc:deceasedInd value="true"/>'),
        ),
        header(
            "head-alive",
            "sdtc:deceasedInd",
            {"deceasedBoolean": False},
            (BIRTH, f'{BIRTH}<sdtc:deceasedInd value="false"/>'),
        ),
        header(
            "head-died",
            "sdtc:deceasedTime",
            {"deceasedDateTime": "2020-05-06", "deceasedBoolean": None},
            (
                BIRTH,
                f'{BIRTH}<sdtc:deceasedInd value="true"/><sdtc:deceasedTime value="20200506"/>',
            ),
        ),
        header(
            "head-races",
            f"{PAGE}: raceCode, sdtc:raceCode",
            {f"{race}.valueCoding.code": ["2106-3", "2028-9", "2186-5"]},
            (
                "</patient>",
                f'{e.cd("raceCode", "2106-3", "White", RACE)}<sdtc:raceCode code="2028-9" '
                f'codeSystem="{RACE}" displayName="Asian"/>'
                f"{e.cd('ethnicGroupCode', '2186-5', 'Not Hispanic', RACE)}</patient>",
            ),
        ),
        header(
            "head-race-unknown",
            f"{PAGE}: raceCode with a null flavor",
            {f"{race}.valueCoding.code": "ASKU"},
            ("</patient>", '<raceCode nullFlavor="ASKU"/></patient>'),
        ),
        header("head-race-unsaid", f"{PAGE}: raceCode", {"extension": None}),
        header(
            "head-guardian",
            f"{PAGE}: guardian",
            {"contact.relationship.coding.code": ["GUARD", "MTH"], "contact.name.family": "Madeup"},
            ("</patient>", guardian),
        ),
        header(
            "head-language",
            f"{PAGE}: languageCommunication",
            {"communication.language.coding.code": "es", "communication.preferred": True},
            ("</patient>", speaks),
        ),
        header(
            "head-phone",
            "ConceptMap CF-TelecomUse, -TelecomType",
            {"telecom.system": "phone", "telecom.use": "mobile"},
            ('use="HP"/>\n<patient>', 'use="MC"/>\n<patient>'),
        ),
        header(
            "head-address",
            "ConceptMap CF-AddressUse",
            {"address.use": "old"},
            ('<addr use="HP">', '<addr use="BAD">'),
        ),
        header(
            "head-sex",
            "Birth Sex Observation",
            {"extension.valueCode": "F"},
            (
                "<structuredBody>",
                "<structuredBody><component>"
                + cda.section(
                    "29762-2",
                    e.result(
                        "seen-birth-sex",
                        e.cd("value", "F", system="2.16.840.1.113883.5.1"),
                        template="200",
                        code="76689-9",
                    ),
                )
                + "</component>",
            ),
        ),
    ]


CASES = _people()
