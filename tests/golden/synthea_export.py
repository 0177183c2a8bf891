"""A made-up export in the shape of Synthea's: two people, and what is hard about each table.

Headers: Synthea's "CSV File Data Dictionary" (wiki), as staged names. All values are invented.
"""

from collections.abc import Mapping

Row = Mapping[str, str]

HEADERS = {
    "allergies": "start stop patient encounter code system description type category reaction1"
    " description1 severity1 reaction2 description2 severity2",
    "careplans": "id start stop patient encounter code description reasoncode reasondescription",
    "claims": "id patientid providerid primarypatientinsuranceid secondarypatientinsuranceid"
    " departmentid patientdepartmentid diagnosis1 diagnosis2 diagnosis3 diagnosis4 diagnosis5"
    " diagnosis6 diagnosis7 diagnosis8 referringproviderid appointmentid currentillnessdate"
    " servicedate supervisingproviderid status1 status2 statusp outstanding1 outstanding2"
    " outstandingp lastbilleddate1 lastbilleddate2 lastbilleddatep healthcareclaimtypeid1"
    " healthcareclaimtypeid2",
    "claims_transactions": "id claimid chargeid patientid type amount method fromdate todate"
    " placeofservice procedurecode modifier1 modifier2 diagnosisref1 diagnosisref2 diagnosisref3"
    " diagnosisref4 units departmentid notes unitamount transferoutid transfertype payments"
    " adjustments transfers outstanding appointmentid linenote patientinsuranceid feescheduleid"
    " providerid supervisingproviderid",
    "conditions": "start stop patient encounter system code description",
    "devices": "start stop patient encounter code description udi",
    "encounters": "id start stop patient organization provider payer encounterclass code"
    " description base_encounter_cost total_claim_cost payer_coverage reasoncode"
    " reasondescription",
    "imaging_studies": "id date patient encounter series_uid bodysite_code bodysite_description"
    " modality_code modality_description instance_uid sop_code sop_description procedure_code",
    "immunizations": "date patient encounter code description base_cost",
    "medications": "start stop patient payer encounter code description base_cost payer_coverage"
    " dispenses totalcost reasoncode reasondescription",
    "observations": "date patient encounter category code description value units type",
    "organizations": "id name address city state zip lat lon phone revenue utilization",
    "patients": "id birthdate deathdate ssn drivers passport prefix first middle last suffix"
    " maiden marital race ethnicity gender birthplace address city state county fips zip lat lon"
    " healthcare_expenses healthcare_coverage income",
    "payer_transitions": "patient memberid start_date end_date payer secondary_payer"
    " plan_ownership owner_name",
    "payers": "id name ownership address city state_headquartered zip phone amount_covered"
    " amount_uncovered revenue covered_encounters uncovered_encounters covered_medications"
    " uncovered_medications covered_procedures uncovered_procedures covered_immunizations"
    " uncovered_immunizations unique_customers qols_avg member_months",
    "procedures": "start stop patient encounter system code description base_cost reasoncode"
    " reasondescription",
    "providers": "id organization name gender speciality address city state zip lat lon"
    " encounters procedures",
    "supplies": "date patient encounter code description quantity",
}

ANN = {"patient": "p-1", "encounter": "e-1"}
AT = "2023-05-06T07:08:09Z"
LATER = "2023-05-06T07:38:09Z"
OPEN = "292278994-08-17T07:12:55Z"
EPOCH = "1970-01-01T00:00:00Z"
SNOMED = "http://snomed.info/sct"
LINE = {
    "claimid": "c-1",
    "patientid": "p-1",
    "appointmentid": "e-1",
    "procedurecode": "999",
    "notes": "Zebra check",
    "fromdate": AT,
    "todate": LATER,
    "placeofservice": "o-1",
    "diagnosisref1": "1",
    "units": "1",
    "payments": "0.00",
    "adjustments": "0.00",
    "unitamount": "0.00",
    "outstanding": "0.00",
}


def _line(key: str, number: str, kind: str, **cells: str) -> Row:
    return {**LINE, "id": key, "chargeid": number, "type": kind, **cells}


def _observation(code: str, value: str, category: str, kind: str, units: str = "") -> Row:
    cells = {"date": AT, "category": category, "code": code, "description": f"Test {code}"}
    return {**ANN, **cells, "value": value, "units": units, "type": kind}


ROWS: dict[str, list[Row]] = {
    "organizations": [
        {"id": "o-1", "name": "ZZ CLINIC", "state": "MA", "phone": "5550100", "utilization": "2"},
        {"id": "o-2", "name": "ZZ EMPTY", "state": "MA", "phone": "5550101", "utilization": "0"},
    ],
    "providers": [
        {
            "id": "d-1",
            "organization": "o-1",
            "name": "Quill1 van Zzyzx2",
            "gender": "F",
            "speciality": "GENERAL PRACTICE",
        }
    ],
    "payers": [
        {"id": "y-1", "name": "Zz Insurance", "ownership": "PRIVATE", "unique_customers": "1"},
        {"id": "y-0", "name": "NO_INSURANCE", "ownership": "NO_INSURANCE"},
    ],
    "patients": [
        {
            "id": "p-1",
            "birthdate": "1980-02-03",
            "ssn": "999-00-0001",
            "first": "Ann1",
            "last": "Zzyzx1",
            "maiden": "Yyxwv1",
            "race": "other",
            "ethnicity": "nonhispanic",
            "gender": "F",
            "state": "Massachusetts",
            "zip": "00000",
            "lat": "42.10",
            "lon": "-71.20",
        },
        {
            "id": "p-2",
            "birthdate": "1990-12-31",
            "deathdate": "2020-01-02",
            "first": "Bo2",
            "last": "Zzyzx2",
            "race": "white",
            "ethnicity": "hispanic",
            "gender": "M",
            "state": "Massachusetts",
            "zip": "01234",
        },
    ],
    "payer_transitions": [
        {
            "patient": "p-1",
            "memberid": "m-1",
            "start_date": "2023-01-01T00:00:00Z",
            "end_date": OPEN,
            "payer": "y-1",
            "plan_ownership": "Guardian",
            "owner_name": "Cy Zzyzx",
        },
        {
            "patient": "p-2",
            "start_date": "2019-01-01T00:00:00Z",
            "end_date": "2019-12-31T00:00:00Z",
            "payer": "y-0",
        },
        {
            "patient": "p-2",
            "start_date": "2020-01-03T00:00:00Z",
            "end_date": "2020-01-02T00:00:00Z",
            "payer": "y-0",
        },
    ],
    "encounters": [
        {
            "id": "e-1",
            "start": AT,
            "stop": LATER,
            "patient": "p-1",
            "organization": "o-1",
            "provider": "d-1",
            "payer": "y-1",
            "encounterclass": "hospice",
            "code": "999",
            "description": "Zebra check",
        },
        {
            "id": "e-2",
            "start": "2018-01-01T00:00:00Z",
            "patient": "p-2",
            "organization": "o-1",
            "provider": "d-1",
            "payer": "y-0",
            "encounterclass": "wellness",
            "code": "998",
            "description": "Zebra open",
        },
    ],
    "conditions": [
        {**ANN, "start": "2020-01-01", "system": SNOMED, "code": "901", "description": "Zz one"},
        {
            **ANN,
            "start": "2020-01-01",
            "stop": "2021-01-01",
            "system": SNOMED,
            "code": "902",
            "description": "Zz two",
        },
    ],
    "allergies": [
        {
            **ANN,
            "start": "2001-01-01",
            "code": "903",
            "system": "RxNorm",
            "description": "Zz drug",
            "type": "allergy",
            "category": "medication",
            "reaction1": "904",
            "description1": "Zz rash",
            "severity1": "MILD",
            "reaction2": "905",
            "description2": "Zz cough",
        }
    ],
    "careplans": [
        {
            **ANN,
            "id": "k-1",
            "start": "2020-06-01",
            "code": "906",
            "description": "Zz plan",
            "reasoncode": "902",
            "reasondescription": "Zz two",
        },
        {**ANN, "id": "k-2", "start": "2022-06-01", "code": "906", "description": "Zz plan"},
    ],
    "medications": [
        {**ANN, "start": AT, "stop": EPOCH, "payer": "y-1", "code": "907", "description": "Zz pill"}
    ],
    "immunizations": [{**ANN, "date": AT, "code": "140", "description": "Zz  shot"}],
    "procedures": [
        {
            **ANN,
            "start": AT,
            "stop": LATER,
            "system": SNOMED,
            "code": "908",
            "description": "Zz cut",
        }
    ],
    "devices": [
        {
            **ANN,
            "start": "2001-01-02T00:00:00Z",
            "code": "909",
            "description": "Zz meter",
            "udi": "(01)00000000000017(11)991231(17)260100(10)LOT1(21)SN1",
        }
    ],
    "supplies": [
        {**ANN, "date": "2023-05-06", "code": "910", "description": "Zz strip", "quantity": "50"}
    ]
    * 2,
    "imaging_studies": [
        {
            **ANN,
            "id": "i-1",
            "date": AT,
            "series_uid": f"1.2.{series}",
            "instance_uid": f"1.2.{series}.{number}",
            "modality_code": "CT",
            "modality_description": "Computed Tomography",
            "sop_code": "1.2.840.10008.5.1.4.1.1.2",
            "procedure_code": "911",
        }
        for series, number in ((2, 1), (1, 2), (1, 1))
    ],
    "observations": [
        _observation("8480-6", "120.0", "vital-signs", "numeric", "mm[Hg]"),
        _observation("8462-4", "80.0", "vital-signs", "numeric", "mm[Hg]"),
        _observation("8302-2", "170.0", "vital-signs", "numeric", "cm"),
        _observation("5803-2", "6.50", "laboratory", "numeric", "pH"),
        _observation("630-4", "Something grew", "laboratory", "text"),
        _observation("72166-2", "Ex-smoker (finding)", "social-history", "text"),
        _observation("63586-2", "30000", "survey", "text", "/a"),
        _observation("93033-9", "Perhaps", "survey", "text"),
        _observation("56799-0", "1 Nowhere Road", "survey", "text"),
        _observation("X9999-1", "urgent", "survey", "text", "{score}"),
        {"date": AT, "patient": "p-1", "code": "QALY", "value": "1.0", "type": "numeric"},
    ],
    "claims": [
        {
            "id": key,
            "patientid": patient,
            "providerid": "d-1",
            "primarypatientinsuranceid": payer,
            "diagnosis1": "901",
            "diagnosis3": "902",
            "appointmentid": encounter,
            "currentillnessdate": AT,
            "servicedate": when,
            "supervisingproviderid": "d-1",
            "status1": "BILLED",
            "statusp": "CLOSED",
            "outstanding1": "1.50",
            "outstandingp": "0",
            "lastbilleddate1": when,
            "healthcareclaimtypeid1": "1",
        }
        for key, patient, payer, encounter, when in (
            ("c-1", "p-1", "y-1", "e-1", AT),
            ("c-2", "p-2", "", "e-2", "2018-01-01T00:00:00Z"),
        )
    ],
    "claims_transactions": [
        _line("t-1", "2", "CHARGE", amount="10.50", unitamount="10.50"),
        _line("t-2", "10", "PAYMENT", payments="8.00", method="CC", outstanding="2.50"),
        _line("t-3", "11", "TRANSFEROUT", transfers="2.50", outstanding="2.50"),
        _line("t-4", "12", "PAYMENT", payments="0.00", adjustments="2.50", method="CC"),
        _line(
            "t-5",
            "9",
            "CHARGE",
            amount="3.00",
            unitamount="3.00",
            procedurecode="907",
            notes="Zz pill",
            todate="2023-05-06T07:00:00Z",
        ),
    ],
}


def cells(table: str) -> list[list[str | None]]:
    """A table as a header and its rows."""
    names = HEADERS[table].split()
    return [list(names), *([row.get(name) or None for name in names] for row in ROWS[table])]
