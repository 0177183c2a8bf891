"""A made-up OpenMRS database as a mysqldump: the columns that the profile knows, invented rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# a table, then its columns; the first is its key
COLUMNS = """
allergy: allergy_id patient_id severity_concept_id coded_allergen non_coded_allergen
  allergen_type comment date_created voided
allergy_reaction: allergy_reaction_id allergy_id reaction_concept_id reaction_non_coded
care_setting: care_setting_id care_setting_type
concept: concept_id datatype_id class_id uuid
concept_class: concept_class_id name uuid
concept_datatype: concept_datatype_id name
concept_map_type: concept_map_type_id name
concept_name: concept_name_id concept_id name locale concept_name_type voided
concept_numeric: concept_id units
concept_reference_map: concept_map_id concept_reference_term_id concept_map_type_id concept_id
concept_reference_source: concept_source_id name
concept_reference_term: concept_reference_term_id concept_source_id name code
conditions: condition_id patient_id status concept_id condition_non_coded onset_date
  additional_detail end_date end_reason date_created voided
drug: drug_id name uuid strength
drug_order: order_id drug_inventory_id dose as_needed quantity as_needed_condition num_refills
  dosing_instructions duration duration_units quantity_units route dose_units frequency
  brand_name dispense_as_written drug_non_coded
encounter: encounter_id encounter_type patient_id location_id encounter_datetime voided visit_id
  uuid
encounter_provider: encounter_provider_id encounter_id provider_id encounter_role_id voided
encounter_role: encounter_role_id name
encounter_type: encounter_type_id name
location: location_id name description address1 address2 city_village state_province postal_code
  country latitude longitude county_district address3 address4 address5 address6 retired
  parent_location uuid address7 address8 address9 address10 address11 address12 address13
  address14 address15
location_tag: location_tag_id name
location_tag_map: location_id location_tag_id
obs: obs_id person_id concept_id encounter_id order_id obs_datetime obs_group_id
  accession_number value_coded value_coded_name_id value_drug value_datetime value_numeric
  value_modifier value_text value_complex comments date_created voided status interpretation
order_frequency: order_frequency_id concept_id frequency_per_day
order_type: order_type_id name
orders: order_id order_type_id concept_id orderer encounter_id instructions date_activated
  auto_expire_date date_stopped order_reason order_reason_non_coded voided patient_id
  accession_number urgency order_number previous_order_id order_action comment_to_fulfiller
  care_setting scheduled_date
patient: patient_id voided allergy_status
patient_identifier: patient_identifier_id patient_id identifier identifier_type preferred voided
patient_identifier_type: patient_identifier_type_id name uuid
patient_program: patient_program_id patient_id program_id date_enrolled date_completed
  outcome_concept_id voided uuid
patient_state: patient_state_id patient_program_id state start_date end_date voided
person: person_id gender birthdate birthdate_estimated dead death_date cause_of_death
  deathdate_estimated
person_address: person_address_id person_id preferred address1 address2 city_village
  state_province postal_code country latitude longitude start_date end_date voided
  county_district address3 address4 address5 address6 address7 address8 address9 address10
  address11 address12 address13 address14 address15
person_attribute: person_attribute_id person_id value person_attribute_type_id date_created
  voided
person_attribute_type: person_attribute_type_id name format uuid
person_name: person_name_id preferred person_id prefix given_name middle_name family_name_prefix
  family_name family_name2 family_name_suffix degree voided
program: program_id concept_id name
program_workflow: program_workflow_id concept_id
program_workflow_state: program_workflow_state_id program_workflow_id concept_id
provider: provider_id person_id name identifier retired uuid provider_role_id
relationship: relationship_id person_a relationship person_b start_date end_date voided
relationship_type: relationship_type_id a_is_to_b b_is_to_a
visit: visit_id patient_id visit_type_id date_started date_stopped location_id voided uuid
visit_attribute: visit_attribute_id visit_id attribute_type_id value_reference date_created
  voided
visit_attribute_type: visit_attribute_type_id name
visit_type: visit_type_id name
"""
TABLES = {
    name: columns.split()
    for name, columns in (
        line.split(": ", 1) for line in COLUMNS.strip().replace("\n  ", " ").splitlines()
    )
}
Row = Mapping[str, str | int]

_LIVE: Row = {"voided": 0}
_OBS: Sequence[tuple[int, int, Row]] = (
    (1, 1, _LIVE),
    (2, 2, {"obs_group_id": 1, **_LIVE}),
    (3, 3, {"obs_group_id": 2, "value_numeric": "120", **_LIVE}),
    (4, 4, {"obs_group_id": 1, **_LIVE}),
    (5, 5, {"obs_group_id": 4, "value_numeric": "80", **_LIVE}),
    (6, 6, {"value_numeric": "61.5", **_LIVE}),
    (7, 6, {"value_numeric": "615", "voided": 1}),
)
ROWS: dict[str, Sequence[Row]] = {
    "concept_class": [{"concept_class_id": 1, "name": "Misc", "uuid": "k1"}],
    "concept_datatype": [{"concept_datatype_id": 1, "name": "N/A"}],
    "concept": [
        {"concept_id": n, "datatype_id": 1, "class_id": 1, "uuid": f"c{n}"} for n in range(1, 12)
    ],
    "concept_name": [
        {
            "concept_name_id": n,
            "concept_id": n,
            "name": name,
            "locale": "en",
            "concept_name_type": "FULLY_SPECIFIED",
            **_LIVE,
        }
        for n, name in enumerate(
            (
                "Blood Pressure",
                "Systolic Data",
                "Systolic",
                "Diastolic Data",
                "Diastolic",
                "Weight",
                "Invented fever",
                "Inventamycin",
                "Once a day",
            ),
            1,
        )
    ],
    "concept_numeric": [{"concept_id": 3, "units": "mmHg"}, {"concept_id": 6, "units": "kg"}],
    "concept_reference_source": [
        {"concept_source_id": 1, "name": "SNOMED CT"},
        {"concept_source_id": 2, "name": "A local list"},
    ],
    "concept_reference_term": [
        {
            "concept_reference_term_id": 1,
            "concept_source_id": 1,
            "name": "Fever",
            "code": "386661006",
        },
        {"concept_reference_term_id": 2, "concept_source_id": 2, "name": "x", "code": "X1"},
    ],
    "concept_map_type": [
        {"concept_map_type_id": 1, "name": "SAME-AS"},
        {"concept_map_type_id": 2, "name": "NARROWER-THAN"},
    ],
    "concept_reference_map": [
        {
            "concept_map_id": term,
            "concept_reference_term_id": term,
            "concept_map_type_id": 1,
            "concept_id": 7,
        }
        for term in (1, 2)
    ],
    "person": [
        {"person_id": 1, "gender": "F", "birthdate": "1980-02-03", "birthdate_estimated": 0},
        {"person_id": 2, "gender": "M", "birthdate": "1950-01-01", "birthdate_estimated": 1},
        {"person_id": 3, "gender": "M", "birthdate": "1990-01-01", "birthdate_estimated": 0},
        {"person_id": 4, "gender": "F"},
    ],
    "person_name": [
        {
            "person_name_id": n,
            "preferred": 1,
            "person_id": n,
            "given_name": "Invented",
            "family_name": f"Nobody{n}",
            **_LIVE,
        }
        for n in (1, 2, 3, 4)
    ],
    "patient": [
        {"patient_id": 1, "allergy_status": "No known allergies", **_LIVE},
        {"patient_id": 2, "allergy_status": "Unknown", **_LIVE},
        {"patient_id": 3, "voided": 1},
    ],
    "patient_identifier_type": [
        {"patient_identifier_type_id": 1, "name": "Patient Identifier", "uuid": "t1"}
    ],
    "patient_identifier": [
        {
            "patient_identifier_id": n,
            "patient_id": n,
            "identifier": f"00{n}",
            "identifier_type": 1,
            "preferred": 1,
            **_LIVE,
        }
        for n in (1, 2)
    ],
    "provider": [{"provider_id": 1, "person_id": 4, "retired": 0, "uuid": "d1"}],
    "location": [{"location_id": 1, "name": "Invented ward", "retired": 0, "uuid": "l1"}],
    "visit_type": [{"visit_type_id": 1, "name": "OPD"}],
    "visit": [
        {
            "visit_id": 1,
            "patient_id": 1,
            "visit_type_id": 1,
            "date_started": "2023-01-02 09:00:00",
            "date_stopped": "2023-01-02 10:00:00",
            "location_id": 1,
            "uuid": "v1",
            **_LIVE,
        },
        {
            "visit_id": 2,
            "patient_id": 2,
            "visit_type_id": 1,
            "date_started": "2023-01-03 09:00:00",
            "uuid": "v2",
            **_LIVE,
        },
    ],
    "encounter_type": [{"encounter_type_id": 1, "name": "Consultation"}],
    "encounter_role": [{"encounter_role_id": 1, "name": "Clinician"}],
    "encounter": [
        {
            "encounter_id": n,
            "encounter_type": 1,
            "patient_id": 1,
            "encounter_datetime": "2023-01-02 09:10:00",
            "voided": voided,
            "visit_id": 1,
            "uuid": f"e{n}",
        }
        for n, voided in ((1, 0), (2, 1))
    ],
    "encounter_provider": [
        {
            "encounter_provider_id": n,
            "encounter_id": n,
            "provider_id": 1,
            "encounter_role_id": 1,
            **_LIVE,
        }
        for n in (1, 2)
    ],
    "obs": [
        {
            "obs_id": n,
            "person_id": 1,
            "concept_id": concept,
            "encounter_id": 1,
            "obs_datetime": "2023-01-02 09:15:00",
            "date_created": "2023-01-02 09:15:00",
            "status": "FINAL",
            **more,
        }
        for n, concept, more in _OBS
    ],
    "conditions": [
        {
            "condition_id": 1,
            "patient_id": 1,
            "status": "HISTORY_OF",
            "concept_id": 7,
            "onset_date": "2020-05-01 00:00:00",
            "date_created": "2023-01-02 09:20:00",
            **_LIVE,
        }
    ],
    "allergy": [
        {
            "allergy_id": 1,
            "patient_id": 2,
            "coded_allergen": 8,
            "allergen_type": "DRUG",
            "date_created": "2023-01-03 09:20:00",
            **_LIVE,
        }
    ],
}


def dump() -> str:
    """The database as ``mysqldump`` writes one."""
    lines = ["-- MySQL dump 10.13", "SET NAMES utf8;"]
    for name, columns in TABLES.items():
        declared = ", ".join(f"`{column}` varchar(255)" for column in columns)
        lines.append(f"CREATE TABLE `{name}` ({declared}) ENGINE=InnoDB;")
        for row in ROWS.get(name, ()):
            cells = ",".join(f"'{row[column]}'" if column in row else "NULL" for column in columns)
            lines.append(f"INSERT INTO `{name}` VALUES ({cells});")
    return "\n".join(lines) + "\n"
