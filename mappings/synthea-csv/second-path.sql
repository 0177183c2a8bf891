-- Synthea's charts once more, straight from the staged rows (guide, page 'second-path').
-- Written from the data dictionary of the CSV export, not from the profile. It serves synthea-sql
-- too, whose databases write '2019-05-01 10:00:00' for '2019-05-01T10:00:00Z'.
CREATE MACRO second.instant(t) AS left(replace(t, ' ', 'T'), 19) || 'Z';

CREATE VIEW second.patient_number AS SELECT 'https://github.com/synthetichealth/synthea' AS system;

CREATE VIEW second.identity AS
SELECT id AS key, 'patients' AS tbl, _row AS row, id AS patient, id AS mrn, ssn, last AS family, concat_ws(' ', first, middle) AS given, suffix,
  birthdate AS born, CASE gender WHEN 'M' THEN 'male' WHEN 'F' THEN 'female' END AS sex, deathdate AS died, address AS line, city,
  CASE WHEN zip <> '00000' THEN zip END AS zip
FROM staged.patients;

CREATE VIEW second.allergies AS
SELECT concat_ws(' ', patient, encounter, code, start) AS key, 'allergies' AS tbl, _row AS row, patient, description AS label,
  CASE WHEN stop IS NULL THEN 'active' ELSE 'resolved' END AS status,
  CASE category WHEN 'drug' THEN 'medication' ELSE category END AS category,
  description1 AS reaction, reaction1 AS reaction_code, lower(severity1) AS severity
FROM staged.allergies;

-- The same drug may be ordered twice in one second: every row is an order of its own.
CREATE VIEW second.medications AS
SELECT _row AS key, 'medications' AS tbl, _row AS row, patient, description AS label, code AS standard,
  CASE WHEN stop IS NULL THEN 'active' ELSE 'stopped' END AS status, 'order' AS intent, NULL AS prohibited, second.instant(start) AS started
FROM staged.medications;

CREATE VIEW second.diagnoses AS
SELECT concat_ws(' ', patient, encounter, code, start) AS key, 'conditions' AS tbl, _row AS row, patient, description AS label,
  code AS standard, 'http://snomed.info/sct' AS system
FROM staged.conditions;

CREATE VIEW second.results AS
SELECT _row AS key, 'observations' AS tbl, _row AS row, patient, code AS standard, 'final' AS status, value, second.instant(date) AS taken
FROM staged.observations WHERE category = 'laboratory';

CREATE VIEW second.immunizations AS
SELECT _row AS key, 'immunizations' AS tbl, _row AS row, patient, description AS label, code AS standard, 'completed' AS status,
  second.instant(date) AS given
FROM staged.immunizations;
