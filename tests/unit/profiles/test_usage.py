"""Which columns a profile uses, computed from its rules."""

from __future__ import annotations

from migrate.core.profiles.usage import Use, column_usage
from tests.profile_texts import CROSSWALK_HEAD, HEAD, load

RULES = """\
  - rule: claim
    type: Claim
    from: visits
    patient: pid
    join: {c: {table: cover, on: {member: member}, where: "void is null", order: [rank]}}
    where: "kind = 'c' and c.active = 'Y'"
    exclude: [{when: "voided = 'Y'", because: voided}]
    reject: [{when: "amount = ''", because: empty}]
    map:
      status: {column: st, when: "st2 = 'x'"}
      type: {crosswalk: t, column: typ}
      use: {constant: claim}
      patient: {reference: patients, column: pid, display: pname}
      created: {first: [at, {sql: "concat(d, m)"}]}
      provider: {absent: unknown}
      priority: {absent: unknown}
      insurance:
        sequence: {constant: "1"}
        focal: {constant: true}
        coverage: {display: c.plan}
      diagnosis:
        columns: [dx1, dx2]
        map: {sequence: _.position, diagnosisCodeableConcept: {system: icd10, column: _.value}}
      item:
        each: lines
        on: {visit_id: id}
        order: [{number: no}]
        where: "qty > parent.minimum"
        map: {sequence: _.position, productOrService: {system: loinc, column: code}}
  - rule: form
    type: QuestionnaireResponse
    from: answers
    pivot: {by: form, name: question, value: answer, columns: {Q1: q1}}
    map: {status: {constant: completed}, identifier: {value: q1}}
  - rule: vital
    type: Observation
    from: vitals
    columns: {height: {code: a}, weight: {code: b}}
    map: {status: {constant: final}, code: {system: loinc, column: _.code}, valueString: _.value}
"""
CROSSWALKS = {"t": CROSSWALK_HEAD + "A,loinc,x,,equal,me,\n"}


def test_every_part_of_a_rule_claims_its_columns() -> None:
    usage = column_usage(load(HEAD + RULES, CROSSWALKS))
    visits = "amount at d dx1 dx2 id kind m member minimum patient_id pid pname st st2 typ voided"
    assert " ".join(usage["visits"]) == visits
    assert list(usage["cover"]) == ["active", "member", "plan", "rank", "void"]
    assert list(usage["lines"]) == ["code", "no", "qty", "visit_id"]
    assert list(usage["answers"]) == ["answer", "form", "question"]
    assert list(usage["vitals"]) == ["height", "weight"]


def test_a_use_names_rule_and_element() -> None:
    usage = column_usage(load(HEAD + RULES, CROSSWALKS))
    assert usage["visits"]["typ"] == (Use("claim", "Claim.type.coding"),)
    assert (
        Use("claim", "Claim.diagnosis.diagnosisCodeableConcept.coding.code")
        in (usage["visits"]["dx2"])
    )
    assert usage["visits"]["voided"] == (Use("claim", "Claim [exclude]"),)
    assert usage["lines"]["code"] == (Use("claim", "Claim.item.productOrService.coding.code"),)
    assert Use("form", "QuestionnaireResponse.identifier.value") in usage["answers"]["answer"]
    assert Use("", "[key]") in usage["patients"]["id"]
    assert Use("claim", "Claim.patient") in usage["patients"]["id"]
