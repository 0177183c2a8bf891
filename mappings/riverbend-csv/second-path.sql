-- Riverbend's charts once more, straight from the staged rows (guide, page 'second-path').
-- Written from the old system's dictionary, not from the profile: do not copy from one to the other.

-- 7/4/2019 or 07/04/2019, 07/2019 and 2019; the old system's empty dates are nothing.
CREATE MACRO second.us_date(t) AS CASE
  WHEN t IN ('0000-00-00', '12/31/9999') THEN NULL
  WHEN regexp_full_match(t, '[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}')
    THEN printf('%s-%02d-%02d', split_part(t, '/', 3), split_part(t, '/', 1)::INTEGER, split_part(t, '/', 2)::INTEGER)
  WHEN regexp_full_match(t, '[0-9]{1,2}/[0-9]{4}')
    THEN printf('%s-%02d', split_part(t, '/', 2), split_part(t, '/', 1)::INTEGER)
  ELSE t END;

-- The practice is in Illinois: summer time from the second Sunday in March to the first in November.
CREATE MACRO second.central(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S') || CASE
  WHEN t >= make_timestamp(year(t), 3, 14 - (isodow(make_date(year(t), 3, 1)) + 6) % 7, 2, 0, 0)
   AND t < make_timestamp(year(t), 11, 7 - (isodow(make_date(year(t), 11, 1)) + 6) % 7, 2, 0, 0)
  THEN '-05:00' ELSE '-06:00' END;
CREATE MACRO second.central_time(t) AS second.central(CASE
  WHEN regexp_full_match(t, '[0-9]{14}') THEN try_strptime(t, '%Y%m%d%H%M%S')
  ELSE try_strptime(t, '%Y-%m-%d %H:%M:%S') END);

CREATE VIEW second.patient_number AS SELECT 'urn:ehr-migrate:riverbend:patients.pat_id' AS system;

-- A chart that was combined into another one is that other chart (chains are followed).
CREATE VIEW second.people AS
WITH RECURSIVE way(pat_id, at, steps) AS (
  SELECT pat_id, pat_id, 0 FROM staged.patients
  UNION ALL
  SELECT w.pat_id, m.new_pat_id, w.steps + 1 FROM way AS w JOIN staged.patient_merges AS m ON m.old_pat_id = w.at
  WHERE w.steps < 20)
SELECT pat_id, arg_max(at, steps) AS patient FROM way GROUP BY pat_id;

CREATE VIEW second.identity AS
SELECT p.pat_id AS key, 'patients' AS tbl, p._row AS row, p.pat_id AS patient, p.mrn, p.ssn,
  p.last_name AS family, concat_ws(' ', p.first_name, p.middle) AS given, p.suffix, second.us_date(p.dob) AS born,
  CASE p.sex WHEN 'M' THEN 'male' WHEN 'F' THEN 'female' WHEN 'U' THEN 'unknown' ELSE 'other' END AS sex,
  second.us_date(p.deceased_dt) AS died, CASE WHEN p.status = 'A' THEN 'true' ELSE 'false' END AS active,
  concat_ws(' ', p.addr1, p.addr2) AS line, p.city, p.state, p.zip, p.email,
  array_to_string(list_sort(list_filter([right(regexp_replace(p.home_phone, '[^0-9]', '', 'g'), 10), right(regexp_replace(p.cell_phone, '[^0-9]', '', 'g'), 10)], lambda x: x IS NOT NULL)), ' ') AS phones,
  d.npi AS pcp
FROM staged.patients AS p JOIN second.people AS w ON w.pat_id = p.pat_id AND w.patient = p.pat_id
LEFT JOIN staged.providers AS d ON d.prov_id = p.pcp_id;

CREATE VIEW second.allergies AS
SELECT a.alg_id AS key, 'allergies' AS tbl, a._row AS row, w.patient, a.allergen AS label, a.allergen_cd AS code,
  s.standard, CASE a.status WHEN 'A' THEN 'active' WHEN 'I' THEN 'inactive' END AS status,
  CASE a.status WHEN 'E' THEN 'entered-in-error' END AS verification,
  CASE a.kind WHEN 'D' THEN 'medication' WHEN 'F' THEN 'food' WHEN 'E' THEN 'environment' END AS category,
  a.reaction, CASE a.severity WHEN '1' THEN 'mild' WHEN '2' THEN 'moderate' WHEN '3' THEN 'severe' END AS severity,
  CASE WHEN a.onset <> '0000-00-00' THEN a.onset END AS onset, second.us_date(a.entered_dt) AS recorded
FROM staged.allergies AS a JOIN second.people AS w ON w.pat_id = a.pat_id
LEFT JOIN (VALUES ('NKDA', '716186003'), ('PCN', '764146007'), ('SULFA', '387406002'), ('CODEINE', '2670'),
  ('NSAID', '372665008'), ('PEANUT', '762952008'), ('SHELL', '735029006'), ('LATEX', '111088007'), ('CAT', '260152009'))
  AS s(code, standard) ON s.code = a.allergen_cd;

CREATE VIEW second.medications AS
SELECT m.med_id AS key, 'medications' AS tbl, m._row AS row, w.patient, m.med_id AS number, m.drug_name AS label,
  m.drug_cd AS code, s.standard,
  CASE m.status WHEN 'A' THEN 'active' WHEN 'H' THEN 'on-hold' WHEN 'C' THEN 'completed' WHEN 'S' THEN 'stopped' END AS status,
  CASE m.source WHEN 'R' THEN 'plan' ELSE 'order' END AS intent, CASE m.source WHEN 'R' THEN 'true' ELSE 'false' END AS reported, NULL AS prohibited,
  m.dose, CASE WHEN m.dose IS NOT NULL THEN m.dose_unit END AS dose_unit,
  CASE WHEN m.dose IS NOT NULL THEN CASE m.dose_unit WHEN 'mg' THEN 'mg' WHEN 'mcg' THEN 'ug' END END AS dose_ucum,
  m.sig, second.us_date(m.start_dt) AS started, second.us_date(m.stop_dt) AS stopped, m.refills, m.qty AS quantity,
  e.visit_no AS visit, d.npi AS provider
FROM staged.medications AS m JOIN second.people AS w ON w.pat_id = m.pat_id
LEFT JOIN staged.encounters AS e ON e.enc_id = m.enc_id LEFT JOIN staged.providers AS d ON d.prov_id = m.prov_id
LEFT JOIN (VALUES ('LISIN10', '29046'), ('AMLOD5', '17767'), ('METF500', '6809'), ('ATORV20', '83367'), ('LEVOT50', '10582'),
  ('ALBUHFA', '435'), ('SERTR50', '36437'), ('OMEPR20', '7646'), ('IBUPR600', '5640'), ('NITRO100', '7454'),
  ('AMOX400S', '723'), ('AZITH250', '18631'), ('WARF5', '11289')) AS s(code, standard) ON s.code = m.drug_cd
WHERE m.voided = 'N';

CREATE VIEW second.problems AS
SELECT p.prob_id AS key, 'problems' AS tbl, p._row AS row, w.patient, p.descr AS label, p.icd AS standard,
  CASE p.icd_ver WHEN '10' THEN 'http://hl7.org/fhir/sid/icd-10-cm' WHEN '9' THEN 'http://hl7.org/fhir/sid/icd-9-cm' END AS system,
  CASE p.status WHEN 'A' THEN 'active' WHEN 'I' THEN 'inactive' WHEN 'R' THEN 'resolved' END AS status,
  CASE p.status WHEN 'N' THEN 'refuted' END AS verification,
  second.us_date(p.onset_dt) AS onset, second.us_date(p.resolved_dt) AS abated, second.us_date(p.noted_dt) AS recorded,
  p.comment, d.npi AS provider
FROM staged.problems AS p JOIN second.people AS w ON w.pat_id = p.pat_id
LEFT JOIN staged.providers AS d ON d.prov_id = p.noted_by WHERE p.voided = 'N';

CREATE VIEW second.results AS
SELECT r.res_id AS key, 'lab_results' AS tbl, r._row AS row, w.patient, r.res_id AS number, r.test_name AS label,
  r.test_cd AS code, s.standard, CASE r.status WHEN 'F' THEN 'final' WHEN 'C' THEN 'corrected' END AS status,
  CASE r.res_type WHEN 'N' THEN regexp_replace(r.result, '[[:space:]]', '', 'g') ELSE r.result END AS value,
  CASE r.res_type WHEN 'N' THEN r.units END AS unit, r.flag, r.ref_range AS range, r.comment,
  second.central_time(coalesce(o.coll_dttm, r.res_dttm)) AS taken, second.central_time(r.res_dttm) AS issued, o.ord_id AS "order"
FROM staged.lab_results AS r JOIN second.people AS w ON w.pat_id = r.pat_id
LEFT JOIN staged.lab_orders AS o ON o.ord_id = r.ord_id
LEFT JOIN (VALUES ('GLU', '2345-7'), ('BUN', '3094-0'), ('CREA', '2160-0'), ('NA', '2951-2'), ('K', '2823-3'), ('CHOL', '2093-3'),
  ('HDL', '2085-9'), ('TRIG', '2571-8'), ('LDL', '13457-7'), ('WBC', '6690-2'), ('HGB', '718-7'), ('HCT', '4544-3'),
  ('PLT', '777-3'), ('A1C', '4548-4'), ('TSH', '3016-3'), ('FERR', '2276-4'), ('INR', '6301-6'), ('PSA', '2857-1'),
  ('UCOL', '5778-6'), ('UNIT', '5802-4'), ('USG', '5811-5'), ('RSTR', '78012-2')) AS s(code, standard) ON s.code = r.test_cd
WHERE r.voided = 'N';

-- --- the rest of the chart -----------------------------------------------------------------------

CREATE VIEW second.diagnoses AS
SELECT x.dx_id AS key, 'encounter_dx' AS tbl, x._row AS row, w.patient, x.descr AS label, x.icd AS standard,
  CASE x.icd_ver WHEN '10' THEN 'http://hl7.org/fhir/sid/icd-10-cm' WHEN '9' THEN 'http://hl7.org/fhir/sid/icd-9-cm' END AS system,
  second.central_time(e.start_dttm) AS recorded, e.visit_no AS visit
FROM staged.encounter_dx AS x JOIN second.people AS w ON w.pat_id = x.pat_id
LEFT JOIN staged.encounters AS e ON e.enc_id = x.enc_id;

-- One line a measurement; both pressures of a cuff are one.
CREATE VIEW second.vitals AS
WITH measured AS (
  SELECT v.*, unnest([
    {'loinc': '8302-2', 'ucum': '[in_i]', 'value': height_in, 'a': NULL, 'b': NULL},
    {'loinc': '29463-7', 'ucum': '[lb_av]', 'value': weight_lb, 'a': NULL, 'b': NULL},
    {'loinc': '39156-5', 'ucum': 'kg/m2', 'value': bmi, 'a': NULL, 'b': NULL},
    {'loinc': '9843-4', 'ucum': '[in_i]', 'value': head_circ_in, 'a': NULL, 'b': NULL},
    {'loinc': '8310-5', 'ucum': '[degF]', 'value': temp_f, 'a': NULL, 'b': NULL},
    {'loinc': '8867-4', 'ucum': '/min', 'value': pulse, 'a': NULL, 'b': NULL},
    {'loinc': '9279-1', 'ucum': '/min', 'value': resp, 'a': NULL, 'b': NULL},
    {'loinc': '59408-5', 'ucum': '%', 'value': o2sat, 'a': NULL, 'b': NULL},
    {'loinc': '72514-3', 'ucum': '{score}', 'value': pain, 'a': NULL, 'b': NULL},
    {'loinc': '85354-9', 'ucum': NULL, 'value': NULL, 'a': bp_sys, 'b': bp_dia}]) AS what
  FROM staged.vitals AS v WHERE v.voided = 'N')
SELECT m.vit_id || ' ' || m.what.loinc AS key, 'vitals' AS tbl, m._row AS row, w.patient, m.what.loinc AS standard,
  'final' AS status, m.what.value AS value, m.what.ucum AS ucum, m.what.a AS first, m.what.b AS second,
  second.central_time(m.vit_dt) AS taken, e.visit_no AS visit
FROM measured AS m JOIN second.people AS w ON w.pat_id = m.pat_id LEFT JOIN staged.encounters AS e ON e.enc_id = m.enc_id
WHERE coalesce(m.what.value, m.what.a, m.what.b) IS NOT NULL;

CREATE VIEW second.immunizations AS
SELECT i.imm_id AS key, 'immunizations' AS tbl, i._row AS row, w.patient, i.vaccine AS label,
  CASE WHEN NOT regexp_full_match(i.cvx, '[0-9]+') THEN i.cvx END AS code,
  CASE WHEN regexp_full_match(i.cvx, '[0-9]+') THEN CASE WHEN i.cvx IN ('140', '115', '33', '187', '208', '20', '10', '03', '21') THEN i.cvx END
    WHEN i.cvx = 'DTP-OLD' THEN '01' END AS standard,
  CASE WHEN i.status IN ('G', 'H') THEN 'completed' WHEN i.status = 'R' THEN 'not-done' END AS status,
  CASE i.refusal_rsn WHEN 'PAT' THEN 'PATOBJ' WHEN 'REL' THEN 'RELIG' WHEN 'MED' THEN 'MEDPREC' END AS reason,
  second.us_date(i.given_dt) AS given, CASE i.status WHEN 'G' THEN 'true' WHEN 'H' THEN 'false' END AS "primary",
  i.lot_no AS lot, i.mfr AS maker, second.us_date(i.exp_dt) AS expires, i.site,
  CASE i.route WHEN 'SC' THEN 'SQ' ELSE i.route END AS route, i.dose_ml AS dose, d.npi AS provider
FROM staged.immunizations AS i JOIN second.people AS w ON w.pat_id = i.pat_id LEFT JOIN staged.providers AS d ON d.prov_id = i.prov_id;

CREATE VIEW second.visits AS
SELECT e.enc_id AS key, 'encounters' AS tbl, e._row AS row, w.patient, e.visit_no AS number,
  CASE e.status WHEN 'C' THEN 'finished' WHEN 'O' THEN 'in-progress' END AS status,
  CASE WHEN e.enc_type IN ('TH', 'PH') THEN 'VR' ELSE 'AMB' END AS class, e.enc_type AS code, e.reason,
  second.central_time(e.start_dttm) AS began, second.central_time(e.end_dttm) AS ended, d.npi AS provider
FROM staged.encounters AS e JOIN second.people AS w ON w.pat_id = e.pat_id LEFT JOIN staged.providers AS d ON d.prov_id = e.prov_id;

CREATE VIEW second.appointments AS
SELECT a.appt_id AS key, 'appointments' AS tbl, a._row AS row, w.patient, a.type_cd AS code,
  CASE a.status WHEN 'BK' THEN 'booked' WHEN 'CO' THEN 'fulfilled' WHEN 'NS' THEN 'noshow' ELSE 'cancelled' END AS status,
  second.central(try_strptime(a.appt_dt || ' ' || a.start_tm, '%m/%d/%Y %I:%M %p')) AS began,
  second.central(try_strptime(a.appt_dt || ' ' || a.end_tm, '%m/%d/%Y %I:%M %p')) AS ended,
  a.minutes, a.reason, second.us_date(a.made_dt) AS made, d.npi AS provider
FROM staged.appointments AS a JOIN second.people AS w ON w.pat_id = a.pat_id LEFT JOIN staged.providers AS d ON d.prov_id = a.prov_id;

CREATE VIEW second.procedures AS
SELECT p.proc_id AS key, 'procedures' AS tbl, p._row AS row, w.patient, p.descr AS label, p.cpt AS standard,
  CASE p.status WHEN 'D' THEN 'completed' WHEN 'N' THEN 'not-done' END AS status, p.not_done_rsn AS reason,
  second.us_date(p.proc_dt) AS performed, p.comment, e.visit_no AS visit, d.npi AS provider
FROM staged.procedures AS p JOIN second.people AS w ON w.pat_id = p.pat_id
LEFT JOIN staged.encounters AS e ON e.enc_id = p.enc_id LEFT JOIN staged.providers AS d ON d.prov_id = p.prov_id;

-- Psychotherapy notes and substance use records are held back.
CREATE VIEW second.notes AS
SELECT n.note_id AS key, 'notes' AS tbl, n._row AS row, w.patient, n.note_id AS number, n.kind AS code,
  CASE n.status WHEN 'S' THEN 'final' WHEN 'U' THEN 'preliminary' WHEN 'A' THEN 'amended' END AS state,
  second.central_time(n.note_dttm) AS written, n.note_txt AS text, second.central_time(n.signed_dttm) AS signed,
  e.visit_no AS visit, d.npi AS author
FROM staged.notes AS n JOIN second.people AS w ON w.pat_id = n.pat_id
LEFT JOIN staged.encounters AS e ON e.enc_id = n.enc_id LEFT JOIN staged.providers AS d ON d.prov_id = n.prov_id
WHERE coalesce(n.sensitive, '') NOT IN ('P', 'S');

CREATE VIEW second.documents AS
SELECT o.doc_id AS key, 'documents' AS tbl, o._row AS row, w.patient, o.doc_id AS number, o.category AS code,
  'current' AS status, o.title, second.us_date(o.doc_dt) AS dated, f.bytes, e.visit_no AS visit
FROM staged.documents AS o JOIN second.people AS w ON w.pat_id = o.pat_id
LEFT JOIN staged.encounters AS e ON e.enc_id = o.enc_id
LEFT JOIN staged.export_files AS f ON f.path = lower(replace(o.file_path, chr(92), '/'))
WHERE o.status = 'A';

CREATE VIEW second.orders AS
SELECT o.ord_id AS key, 'lab_orders' AS tbl, o._row AS row, w.patient, o.ord_id AS number, o.panel_name AS label,
  o.panel_cd AS code, s.standard, CASE o.status WHEN 'O' THEN 'active' WHEN 'F' THEN 'completed' WHEN 'X' THEN 'revoked' END AS status,
  second.central_time(o.ord_dttm) AS ordered, e.visit_no AS visit, d.npi AS provider
FROM staged.lab_orders AS o JOIN second.people AS w ON w.pat_id = o.pat_id
LEFT JOIN staged.encounters AS e ON e.enc_id = o.enc_id LEFT JOIN staged.providers AS d ON d.prov_id = o.prov_id
LEFT JOIN (VALUES ('BMP', '51990-0'), ('LIPID', '24331-1'), ('CBC', '58410-2'), ('A1C', '4548-4'), ('TSH', '3016-3'), ('FER', '2276-4'),
  ('INR', '6301-6'), ('PSA', '2857-1'), ('UA', '24356-8'), ('STREP', '78012-2')) AS s(code, standard) ON s.code = o.panel_cd;

CREATE VIEW second.referrals AS
SELECT r.ref_id AS key, 'referrals' AS tbl, r._row AS row, w.patient, r.ref_id AS number, r.auth_no AS "authorization",
  CASE r.status WHEN 'SENT' THEN 'active' WHEN 'DONE' THEN 'completed' WHEN 'CANC' THEN 'revoked' END AS status,
  CASE r.urgency WHEN 'R' THEN 'routine' WHEN 'U' THEN 'urgent' END AS priority, r.specialty AS code, r.refer_to AS "to",
  r.reason, second.us_date(r.ref_dt) AS ordered, e.visit_no AS visit, d.npi AS provider
FROM staged.referrals AS r JOIN second.people AS w ON w.pat_id = r.pat_id
LEFT JOIN staged.encounters AS e ON e.enc_id = r.enc_id LEFT JOIN staged.providers AS d ON d.prov_id = r.prov_id;

-- --- money ---------------------------------------------------------------------------------------

CREATE VIEW second.coverages AS
SELECT i.ins_id AS key, 'insurance' AS tbl, i._row AS row, w.patient, coalesce(i.member_id) AS member, i.member_id AS number,
  i.group_no AS "group", CASE i.subs_rel WHEN 'SE' THEN 'self' WHEN 'SP' THEN 'spouse' WHEN 'PA' THEN 'child' END AS relation,
  second.us_date(i.eff_dt) AS began, second.us_date(i.term_dt) AS ended, i.rank, i.copay, p.name AS payer_name, p.edi_id AS payer
FROM staged.insurance AS i JOIN second.people AS w ON w.pat_id = i.pat_id LEFT JOIN staged.payers AS p ON p.payer_id = i.payer_id;

CREATE VIEW second.charges AS
SELECT c.chg_id AS key, 'charges' AS tbl, c._row AS row, w.patient, c.chg_id AS number,
  CASE WHEN regexp_full_match(c.cpt, '[0-9]+') THEN c.cpt END AS standard, concat_ws('-', c.cpt, c.modifier) AS label, 'billed' AS status,
  second.us_date(c.dos) AS served, second.us_date(c.posted_dt) AS posted, c.units, c.amount, 'USD' AS currency, c.icd1 AS reason,
  e.visit_no AS visit, d.npi AS provider, a.acct_no AS account
FROM staged.charges AS c JOIN second.people AS w ON w.pat_id = c.pat_id
LEFT JOIN staged.encounters AS e ON e.enc_id = c.enc_id LEFT JOIN staged.providers AS d ON d.prov_id = c.prov_id
LEFT JOIN staged.accounts AS a ON a.pat_id = c.pat_id WHERE c.voided = 'N';

-- A payment may be for several charts, so it has no patient of its own in FHIR.
CREATE VIEW second.payments AS
SELECT p.pmt_id AS key, 'payments' AS tbl, p._row AS row, NULL AS patient, p.pmt_id AS number, second.us_date(p.pmt_dt) AS paid,
  p.amount, 'USD' AS currency, p.check_no AS check_number, 'active' AS status, l.applied,
  CASE WHEN p.unapplied <> '0.00' THEN p.unapplied END AS unapplied, y.edi_id AS payer
FROM staged.payments AS p LEFT JOIN staged.payers AS y ON y.payer_id = p.payer_id
LEFT JOIN (SELECT pmt_id, array_to_string(list_sort(list(regexp_replace(regexp_replace(amount, '(\.[0-9]*[1-9])0+$', '\1'), '\.0+$', '.0'))), ' ') AS applied
  FROM staged.payment_lines GROUP BY pmt_id) AS l ON l.pmt_id = p.pmt_id
WHERE p.voided = 'N';

CREATE VIEW second.adjustments AS
SELECT j.adj_id AS key, 'adjustments' AS tbl, j._row AS row, w.patient, j.adj_id AS number, j.kind AS code,
  second.us_date(j.adj_dt) AS dated, 'issued' AS status, j.amount, 'USD' AS currency, a.acct_no AS account, j.chg_id AS charge
FROM staged.adjustments AS j JOIN second.people AS w ON w.pat_id = j.pat_id
LEFT JOIN staged.accounts AS a ON a.pat_id = j.pat_id WHERE j.voided = 'N';

CREATE VIEW second.balances AS
SELECT a.acct_no AS key, 'accounts' AS tbl, a._row AS row, w.patient, a.acct_no AS number, a.balance, 'USD' AS currency,
  a.age_0_30, a.age_31_60, a.age_61_90, a.age_91_up, a.credit, a.unapplied, a.acct_no AS account
FROM staged.accounts AS a JOIN second.people AS w ON w.pat_id = a.pat_id;

CREATE VIEW second.claims AS
SELECT c.claim_no AS key, 'claims' AS tbl, c._row AS row, w.patient, c.claim_no AS number, 'active' AS status,
  second.us_date(c.billed_dt) AS billed, c.total, l.lines, l.codes, concat_ws(' ', c.dx1, c.dx2) AS diagnoses,
  d.npi AS provider, i.member_id AS coverage
FROM staged.claims AS c JOIN second.people AS w ON w.pat_id = c.pat_id
LEFT JOIN staged.providers AS d ON d.prov_id = c.prov_id LEFT JOIN staged.insurance AS i ON i.ins_id = c.ins_id
LEFT JOIN (SELECT claim_no, string_agg(amount, ' ' ORDER BY line_no::INTEGER) AS lines,
  string_agg(concat_ws('-', cpt, modifier), ' ' ORDER BY line_no::INTEGER) AS codes
  FROM staged.claim_lines GROUP BY claim_no) AS l ON l.claim_no = c.claim_no;

CREATE VIEW second.remits AS
SELECT r.remit_id AS key, 'remits' AS tbl, r._row AS row, w.patient, r.remit_id AS number, second.us_date(r.remit_dt) AS created,
  'complete' AS outcome, r.denial_rsn AS reason, concat_ws(' ', r.billed, r.allowed, r.paid, r.pat_resp) AS totals,
  CASE WHEN r.pmt_id IS NOT NULL THEN r.paid END AS paid, r.pmt_id AS payment, r.claim_no AS claim, y.edi_id AS payer
FROM staged.remits AS r JOIN second.people AS w ON w.pat_id = r.pat_id LEFT JOIN staged.payers AS y ON y.payer_id = r.payer_id;

-- Every amount once, by whom and when it can be added up; account, charge and payment say which
-- ledger it stands in. Payments are what was applied to charges; the rest of a payment is unapplied.
CREATE VIEW second.money_lines AS
WITH billed AS (
  SELECT l.chg_id, min(i.payer_id) AS payer FROM staged.claim_lines AS l JOIN staged.claims AS c ON c.claim_no = l.claim_no
  JOIN staged.insurance AS i ON i.ins_id = c.ins_id GROUP BY l.chg_id),
owed AS (
  SELECT c.chg_id, c.prov_id, c.enc_id, a.acct_no, coalesce(w.patient, c.pat_id) AS patient, b.payer FROM staged.charges AS c
  LEFT JOIN staged.accounts AS a ON a.pat_id = c.pat_id LEFT JOIN second.people AS w ON w.pat_id = c.pat_id
  LEFT JOIN billed AS b ON b.chg_id = c.chg_id)
SELECT 'charges' AS measure, 'charges' AS tbl, c._row AS row, c.amount, o.acct_no AS account, o.patient, o.payer, o.prov_id AS provider,
  second.us_date(c.dos) AS day, NULL AS bucket
FROM staged.charges AS c LEFT JOIN owed AS o ON o.chg_id = c.chg_id WHERE c.voided = 'N'
UNION ALL
SELECT 'payments', 'payment_lines', l._row, l.amount, o.acct_no, o.patient, p.payer_id, o.prov_id, second.us_date(p.pmt_dt), NULL
FROM staged.payment_lines AS l LEFT JOIN staged.payments AS p ON p.pmt_id = l.pmt_id LEFT JOIN owed AS o ON o.chg_id = l.chg_id
WHERE coalesce(p.voided, 'N') = 'N'
UNION ALL
SELECT 'unapplied payments', 'payments', p._row, p.unapplied, a.acct_no, coalesce(w.patient, p.pat_id), p.payer_id, NULL, second.us_date(p.pmt_dt), NULL
FROM staged.payments AS p LEFT JOIN staged.accounts AS a ON a.pat_id = p.pat_id LEFT JOIN second.people AS w ON w.pat_id = p.pat_id
WHERE p.voided = 'N'
UNION ALL
SELECT 'adjustments', 'adjustments', j._row, j.amount, o.acct_no, o.patient, o.payer, o.prov_id, second.us_date(j.adj_dt), NULL
FROM staged.adjustments AS j LEFT JOIN owed AS o ON o.chg_id = j.chg_id WHERE j.voided = 'N'
UNION ALL
SELECT CASE u.bucket WHEN 'credit' THEN 'credits' ELSE 'balance' END, 'accounts', a._row, u.amount, a.acct_no, coalesce(w.patient, a.pat_id), NULL, NULL, NULL,
  nullif(u.bucket, 'credit')
FROM staged.accounts AS a LEFT JOIN second.people AS w ON w.pat_id = a.pat_id
CROSS JOIN LATERAL (VALUES ('0-30', a.age_0_30), ('31-60', a.age_31_60), ('61-90', a.age_61_90), ('91+', a.age_91_up), ('credit', a.credit)) AS u(bucket, amount);
