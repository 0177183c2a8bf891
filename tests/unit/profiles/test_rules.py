"""Rules: shapes, joins, lists and references."""

from __future__ import annotations

from migrate.core.profiles.ast import (
    Column,
    ColumnLoop,
    Constant,
    Each,
    Group,
    ListNode,
    ObjectNode,
    Pivot,
    ReferenceValue,
    Scalar,
    Sql,
)
from tests.profile_texts import HEAD, codes, load, rule_of

OBSERVATION = "    type: Observation\n"
MAP = "      status: {constant: final}\n"


def test_joins_and_lookups_are_read_in_order_and_seen_in_the_map() -> None:
    rule = rule_of(
        """\
  - rule: it
    type: Condition
    from: problems
    join:
      v: {table: visits, on: {id: visit_id}, required: true, where: "voided is null"}
      w: {table: visits, on: {id: v.next, site: {constant: A}}, order: [{number: rank}, at]}
    lookup:
      c: {table: cover, on: {p: patient_id}, between: {date: v.at, from: eff, to: term}}
    where: "v.type = 'x'"
    exclude: [{when: "voided = 'Y'", because: voided}]
    reject: {when: "c.id is null", because: no cover}
    map:
      subject: {reference: patients, column: v.patient_id}
      recordedDate: c.at
"""
    )
    v, w, c = rule.joins
    assert (v.required, v.where) == (True, Sql("{0} is null", (Column("voided"),)))
    assert w.on == (("id", Column("next", "v")), ("site", Constant("A")))
    assert w.order == ("#rank", "at")
    assert c.between == (Column("at", "v"), "eff", "term")
    assert c.formats == ("%m/%d/%Y", "%m/%d/%Y %H:%M")
    assert v.formats == ()
    assert rule.where == Sql("{0} = 'x'", (Column("type", "v"),))
    assert rule.excludes[0].because == "voided"
    assert rule.rejects[0].when.columns == (Column("id", "c"),)
    assert rule.patient == Column("patient_id")


def test_a_group_sees_its_members() -> None:
    rule = rule_of(
        """\
  - rule: it
    type: Observation
    from: problems
    join: {v: {table: visits, on: {id: visit_id}}}
    group: {by: [patient_id, at], order: [code]}
    map:
      status: {constant: final}
      code: {text: name}
      component:
        each: members
        by: panel
        map:
          code: {text: v.panel}
          extension: {each: members, map: {url: race, valueString: parent.x}}
"""
    )
    assert rule.group == Group(("patient_id", "at"), ("code",))
    component = dict(rule.body.members)["component"]
    assert isinstance(component, ListNode)
    outer = component.items[0]
    assert isinstance(outer, Each)
    assert (outer.table, outer.by) == ("members", ("panel",))
    assert isinstance(outer.item, ObjectNode)


def test_columns_of_a_rule_have_their_constants() -> None:
    rule = rule_of(
        """\
  - rule: it
    type: Observation
    from: visits
    columns: {height_in: {loinc: 8302-2, unit: "[in_i]"}, weight_lb: {loinc: 29463-7}, note: }
    map:
      status: {constant: final}
      code: {system: loinc, column: _.loinc}
      valueQuantity: {decimal: _.value, ucum: {column: _.unit}}
      note: {text: _.name}
"""
    )
    assert rule.unpivot is not None
    assert rule.unpivot.columns[0] == ("height_in", (("loinc", "8302-2"), ("unit", "[in_i]")))
    assert rule.unpivot.columns[2] == ("note", ())
    wrong = (
        "  - {rule: it, type: Person, from: visits, columns: {a: }, map: {birthDate: _.loinc}}\n"
    )
    assert codes(wrong) == ["PRO020@1:77"]


def test_a_pivoted_row_has_its_own_columns_alone() -> None:
    text = """\
  - rule: it
    type: QuestionnaireResponse
    from: answers
    pivot: {by: [form_id], name: question, value: answer, columns: {PHQ1: phq1, PHQ 2: phq2}}
    where: "phq1 is not null"
    map:
      status: {constant: completed}
      identifier: {value: form_id}
      item: {linkId: {constant: a}, text: %s}
"""
    rule = rule_of(text % "phq2")
    assert rule.pivot == Pivot(
        ("form_id",), "question", "answer", (("PHQ1", "phq1"), ("PHQ 2", "phq2"))
    )
    assert rule.patient is None
    assert codes(text % "answer") == ["PRO020@9:43"]


def test_each_over_a_table_and_a_loop_over_columns() -> None:
    rule = rule_of(
        """\
  - rule: it
    type: Claim
    from: visits
    map:
      status: {constant: active}
      type: {text: t}
      use: {constant: claim}
      patient: {reference: patients, column: patient_id}
      created: at
      provider: {absent: unknown}
      priority: {absent: unknown}
      insurance: {sequence: {constant: "1"}, focal: {constant: true}, coverage: {absent: unknown}}
      diagnosis:
        columns: [dx1, dx2]
        map: {sequence: _.position, diagnosisCodeableConcept: {system: icd10, column: _.value}}
      item:
        each: lines
        on: {visit_id: id}
        where: "voided is null and parent.status = 'x'"
        order: [{number: no}]
        join: {f: {table: fees, on: {code: code}}}
        map: {sequence: _.position, productOrService: {text: f.name}, quantity: {decimal: qty}}
"""
    )
    members = dict(rule.body.members)
    loop = members["diagnosis"]
    assert isinstance(loop, ListNode)
    assert isinstance(loop.items[0], ColumnLoop)
    assert loop.items[0].columns == ("dx1", "dx2")
    item = members["item"]
    assert isinstance(item, ListNode)
    each = item.items[0]
    assert isinstance(each, Each)
    assert each.on == (("visit_id", Column("id")),)
    assert each.where is not None
    assert each.where.columns == (Column("voided"), Column("status", "parent"))
    assert each.order == ("#no",)
    assert each.joins[0].alias == "f"
    sequence = dict(each.item.members)["sequence"]  # type: ignore[union-attr]
    assert isinstance(sequence, Scalar)
    assert sequence.required


def test_the_outer_rows_joins_are_not_seen_in_an_each() -> None:
    rule = """\
  - rule: it
    type: Person
    from: visits
    join: {v: {table: visits, on: {id: x}}}
    map: {address: {each: lines, on: {visit_id: id}, map: {city: v.city}}}
"""
    assert codes(rule) == ["PRO020@5:66"]


def reference(line: str, more: str = "") -> ReferenceValue:
    text = f"""\
  - rule: it
    type: Encounter
    from: visits
    join: {{p: {{table: patients, on: {{id: patient_id}}}}}}
    map:
      status: {{constant: finished}}
      class: {{code: AMB}}
      {line}
"""
    rule = load(HEAD + more + text).rule("it")
    node = dict(rule.body.members)[line.split(":")[0]]
    while isinstance(node, ListNode):
        node = node.items[0]
    assert isinstance(node, ReferenceValue)
    return node


def test_references_find_their_row_and_rule() -> None:
    plain = reference("subject: {reference: patients, column: patient_id, display: p.name}")
    assert (plain.table, plain.rules, plain.key) == ("patients", ("patient",), ("id",))
    assert plain.columns == (Column("patient_id"),)
    assert plain.display is not None
    joined = reference("subject: {reference: p, optional: true}")
    assert (joined.alias, joined.table, joined.columns, joined.optional) == (
        "p",
        "patients",
        (),
        True,
    )
    other = reference("subject: {reference: patients, column: mrn, by: mrn}")
    assert other.key == ("mrn",)
    own = reference("partOf: {reference: visits}")
    assert (own.table, own.alias, own.rules) == ("visits", "", ("it",))
    long = reference(
        "account: {reference: lines, columns: [v, {constant: '1'}]}",
        "  - {rule: acc, type: Account, from: lines, map: {status: {constant: active}}}\n",
    )
    assert long.key == ("visit_id", "no")


def test_rules_of_one_id_are_alternatives_and_others_must_be_chosen() -> None:
    two = """\
  - {rule: a, type: Account, from: lines, where: "x = '1'", map: {status: {constant: active}}}
  - rule: b
    type: Account
    from: lines
    slot: %s
    where: "x = '2'"
    map: {status: {constant: active}}
"""
    line = "account: {reference: lines, columns: [v, w]}"
    assert reference(line, two % '""').rules == ("a", "b")
    chosen = line.replace("]}", "], rule: [b, a]}")
    assert reference(chosen, two % "s").rules == ("b", "a")
    person = "  - {rule: c, type: Person, from: visits, map: {link: {target: {reference: lines, "
    person += "columns: [a, b]}}}}\n"
    assert [c.split("@")[0] for c in codes(two % "s" + person)] == ["PRO022"]
    visit = """\
  - rule: it
    type: Encounter
    from: visits
    map:
      status: {constant: finished}
      class: {code: AMB}
      account: {reference: lines, columns: [a, b]}
"""
    assert codes(two % "s" + visit) == ["PRO015@14:28"]


def test_a_reference_may_have_only_words() -> None:
    rule = rule_of(
        "  - {rule: it, type: Person, from: visits, map: {link: {target: {display: a}}}}\n"
    )
    link = dict(rule.body.members)["link"]
    assert isinstance(link, ListNode)
