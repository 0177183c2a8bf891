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

-- --- money ---------------------------------------------------------------------------------------

-- The number of a coverage is the member's; the second payer's coverage has none, nor has a patient
-- whom nobody insures (a time without insurance that ends before it begins is none). The simulator
-- writes the year 292278994 for "no end".
CREATE VIEW second.coverages AS
SELECT 'first ' || t._row AS key, 'payer_transitions' AS tbl, t._row AS row, t.patient, t.memberid AS number,
  CASE WHEN t.memberid IS NOT NULL OR p.ownership <> 'NO_INSURANCE' THEN CASE t.plan_ownership WHEN 'Self' THEN 'self' WHEN 'Guardian' THEN 'other' WHEN 'Spouse' THEN 'spouse' END END AS relation,
  second.instant(t.start_date) AS began, second.instant(CASE WHEN t.end_date LIKE '____-%' THEN t.end_date END) AS ended,
  CASE WHEN t.memberid IS NOT NULL OR p.ownership <> 'NO_INSURANCE' THEN '1' END AS rank,
  CASE WHEN t.memberid IS NOT NULL OR p.ownership <> 'NO_INSURANCE' THEN t.payer ELSE t.patient END AS payer
FROM staged.payer_transitions AS t LEFT JOIN staged.payers AS p ON p.id = t.payer
WHERE t.memberid IS NOT NULL OR p.ownership <> 'NO_INSURANCE' OR t.end_date >= t.start_date
UNION ALL
SELECT 'second ' || t._row, 'payer_transitions', t._row, t.patient, NULL,
  CASE t.plan_ownership WHEN 'Self' THEN 'self' WHEN 'Guardian' THEN 'other' WHEN 'Spouse' THEN 'spouse' END,
  second.instant(t.start_date), second.instant(CASE WHEN t.end_date LIKE '____-%' THEN t.end_date END), '2', t.secondary_payer
FROM staged.payer_transitions AS t WHERE t.secondary_payer IS NOT NULL;

CREATE VIEW second.claims AS
SELECT c.id AS key, 'claims' AS tbl, c._row AS row, c.patientid AS patient, c.id AS number, 'active' AS status,
  second.instant(c.lastbilleddate1) AS billed, l.lines, l.codes,
  concat_ws(' ', c.diagnosis1, c.diagnosis2, c.diagnosis3, c.diagnosis4, c.diagnosis5, c.diagnosis6, c.diagnosis7, c.diagnosis8) AS diagnoses
FROM staged.claims AS c
LEFT JOIN (SELECT claimid, string_agg(amount, ' ' ORDER BY chargeid::INTEGER) AS lines, string_agg(notes, ' ' ORDER BY chargeid::INTEGER) AS codes
  FROM staged.claims_transactions WHERE type = 'CHARGE' GROUP BY claimid) AS l ON l.claimid = c.id;

CREATE VIEW second.remits AS
SELECT c.id AS key, 'claims' AS tbl, c._row AS row, c.patientid AS patient, c.id AS number, second.instant(c.lastbilleddate1) AS created,
  concat_ws(' ', c.outstanding1, c.outstanding2, c.outstandingp) AS totals, l.paid_sum, l.adjusted_sum, c.id AS claim
FROM staged.claims AS c
LEFT JOIN (SELECT claimid, nullif(sum(TRY_CAST(payments AS DECIMAL(18, 2))) FILTER (type = 'PAYMENT'), 0) AS paid_sum,
  nullif(sum(TRY_CAST(adjustments AS DECIMAL(18, 2))), 0) AS adjusted_sum FROM staged.claims_transactions GROUP BY claimid) AS l ON l.claimid = c.id;

-- A claim is the ledger here: the export has no accounts.
CREATE VIEW second.money_lines AS
SELECT u.measure, 'claims_transactions' AS tbl, t._row AS row, u.amount, t.claimid AS account, t.patientid AS patient,
  c.primarypatientinsuranceid AS payer, c.providerid AS provider, second.instant(t.fromdate) AS day, NULL AS bucket
FROM staged.claims_transactions AS t LEFT JOIN staged.claims AS c ON c.id = t.claimid
CROSS JOIN LATERAL (VALUES ('charges', CASE WHEN t.type = 'CHARGE' THEN t.amount END), ('payments', t.payments), ('adjustments', t.adjustments)) AS u(measure, amount)
WHERE u.amount IS NOT NULL
UNION ALL
SELECT 'balance', 'claims', c._row, u.amount, c.id, c.patientid, u.payer, c.providerid, second.instant(c.servicedate), NULL
FROM staged.claims AS c CROSS JOIN LATERAL (VALUES (c.outstanding1, c.primarypatientinsuranceid), (c.outstanding2, c.secondarypatientinsuranceid), (c.outstandingp, NULL)) AS u(amount, payer)
WHERE u.amount IS NOT NULL;
