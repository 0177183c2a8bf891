"""The shapes of rules and their fates: each, group, columns, pivot, joins, lookups."""

from pathlib import Path

from tests.unit.engine.mapped import mapped

PATIENTS = [{"id": "1", "name": "Ada"}]
PATIENT = """
  - rule: patient
    type: Patient
    from: patients
    map: {name: [{family: name}]}
"""


def _observation(resource: dict) -> object:
    return resource.get("valueQuantity", {}).get("value", resource.get("valueString"))


def test_each_walks_children_in_order_and_holds_back_the_bad_ones(tmp_path: Path) -> None:
    profile = f"""
tables: {{patients: {{key: id, patient: id}}, orders: {{key: oid, patient: pid}},
  lines: {{key: [oid, n]}}}}
resources:{PATIENT}
  - rule: panel
    type: Observation
    from: orders
    where: "kind = 'P'"
    exclude: [{{when: "voided = 'Y'", because: "voided"}}]
    map:
      status: {{constant: final}}
      code: {{text: kind}}
      subject: {{reference: patients, column: pid}}
      component:
        - each: lines
          on: {{oid: oid}}
          order: [{{number: n}}]
          map: {{code: {{text: label}}, valueInteger: value,
            interpretation: [{{text: _.position}}, {{text: parent.kind}}]}}
"""
    orders = [
        {"oid": "a", "pid": "1", "kind": "P", "voided": None},
        {"oid": "b", "pid": "9", "kind": "P", "voided": None},
        {"oid": "c", "pid": "1", "kind": "P", "voided": "Y"},
        {"oid": "d", "pid": "1", "kind": "Q", "voided": None},
    ]
    lines = [
        {"oid": "a", "n": "10", "label": "ten", "value": "1"},
        {"oid": "a", "n": "9", "label": "nine", "value": "x"},
        {"oid": "a", "n": "1", "label": "one", "value": "3"},
        {"oid": "b", "n": "1", "label": "b", "value": "1"},
        {"oid": "c", "n": "1", "label": "c", "value": "1"},
        {"oid": "d", "n": "1", "label": "d", "value": "1"},
        {"oid": "z", "n": "1", "label": "z", "value": "1"},
    ]
    found = mapped(tmp_path, profile, {"patients": PATIENTS, "orders": orders, "lines": lines})
    (made,) = found.resources["Observation"]
    shown = [
        (c["code"]["text"], c["interpretation"][0]["text"], c["interpretation"][1]["text"])
        for c in made["component"]
    ]
    assert shown == [("one", "1", "P"), ("ten", "3", "P")]
    assert [found.fates.get(("lines", n)) for n in range(1, 8)] == [
        ("merged", None),
        ("rejected", "MAP003"),
        ("merged", None),
        ("rejected", "MAP016"),
        ("excluded", None),
        None,
        ("rejected", "MAP016"),
    ]
    assert found.reasons["lines", 5] == "voided"
    assert [found.fates.get(("orders", n)) for n in range(1, 5)] == [
        ("mapped", None),
        ("rejected", "MAP010"),
        ("excluded", None),
        None,
    ]
    assert found.roles("lines") == [(1, "child"), (3, "child")]
    assert found.patients["lines", 1] == found.patients["orders", 1] is not None


def test_groups_make_one_resource_of_many_rows(tmp_path: Path) -> None:
    profile = f"""
tables: {{patients: {{key: id, patient: id}}, vitals: {{key: vid, patient: pid}}}}
resources:{PATIENT}
  - rule: pressure
    type: Observation
    from: vitals
    where: "what in ('S', 'D')"
    exclude: [{{when: "note = 'void'", because: "voided"}}]
    group: {{by: [pid, day], order: [what]}}
    map:
      status: {{constant: final}}
      code: {{text: {{constant: BP}}}}
      subject: {{reference: patients, column: pid}}
      effectiveDateTime: day
      component:
        - each: members
          order: [what]
          map: {{code: {{text: what}}, valueInteger: value}}
"""
    vitals = [
        {"vid": "1", "pid": "1", "day": "2020-01-01", "what": "S", "value": "120", "note": None},
        {"vid": "2", "pid": "1", "day": "2020-01-01", "what": "D", "value": "80", "note": None},
        {"vid": "3", "pid": "1", "day": "2020-01-02", "what": "S", "value": "x", "note": None},
        {"vid": "4", "pid": "1", "day": "2020-01-02", "what": "D", "value": "81", "note": None},
        {"vid": "5", "pid": "1", "day": "2020-99-02", "what": "S", "value": "1", "note": None},
        {"vid": "6", "pid": "1", "day": "2020-99-02", "what": "D", "value": "1", "note": None},
        {"vid": "7", "pid": "1", "day": "2020-01-01", "what": "S", "value": "1", "note": "void"},
        {"vid": "8", "pid": "1", "day": "2020-01-09", "what": "S", "value": "x", "note": None},
        {"vid": "9", "pid": "1", "day": "2020-01-01", "what": "T", "value": "1", "note": None},
    ]
    found = mapped(tmp_path, profile, {"patients": PATIENTS, "vitals": vitals})
    shown = {
        made["effectiveDateTime"]: [
            (c["code"]["text"], c["valueInteger"]) for c in made["component"]
        ]
        for made in found.resources["Observation"]
    }
    assert shown == {"2020-01-01": [("D", 80), ("S", 120)], "2020-01-02": [("D", 81)]}
    assert [found.fates.get(("vitals", n)) for n in range(1, 10)] == [
        ("merged", None),
        ("mapped", None),
        ("rejected", "MAP003"),
        ("mapped", None),
        ("rejected", "MAP016"),
        ("rejected", "MAP002"),
        ("excluded", None),
        ("rejected", "MAP003"),
        None,
    ]
    assert found.roles("vitals") == [(1, "member"), (2, "anchor"), (4, "anchor")]


def test_columns_make_a_resource_a_filled_cell(tmp_path: Path) -> None:
    profile = f"""
tables: {{patients: {{key: id, patient: id}}, vitals: {{key: vid, patient: pid}}}}
resources:{PATIENT}
  - rule: vital
    type: Observation
    from: vitals
    columns: {{height: {{loinc: "8302-2", unit: in}}, weight: {{loinc: "29463-7", unit: lb}}}}
    map:
      status: {{constant: final}}
      code: {{coding: [{{system: loinc, code: {{column: _.loinc}}}}], text: _.name}}
      subject: {{reference: patients, column: pid}}
      valueQuantity: {{value: _.value, unit: _.unit}}
"""
    vitals = [
        {"vid": "1", "pid": "1", "height": "60.0", "weight": "bad"},
        {"vid": "2", "pid": "1", "height": None, "weight": "150"},
        {"vid": "3", "pid": "1", "height": " ", "weight": None},
    ]
    found = mapped(tmp_path, profile, {"patients": PATIENTS, "vitals": vitals})
    shown = sorted(
        (r["code"]["text"], r["valueQuantity"]["unit"]) for r in found.resources["Observation"]
    )
    assert shown == [("height", "in"), ("weight", "lb")]
    assert [found.fates.get(("vitals", n)) for n in (1, 2, 3)] == [
        ("rejected", "MAP003"),
        ("mapped", None),
        None,
    ]


def test_pivots_turn_answers_into_one_row(tmp_path: Path) -> None:
    profile = f"""
tables: {{patients: {{key: id, patient: id}}, answers: {{key: aid}}}}
resources:{PATIENT}
  - rule: form
    type: Observation
    from: answers
    pivot: {{by: [form, pid], name: q, value: a, columns: {{Q1: one, Q2: two}}}}
    patient: pid
    map:
      status: {{constant: final}}
      code: {{text: {{constant: form}}}}
      subject: {{reference: patients, column: pid}}
      valueString: {{sql: "concat_ws('/', one, two)"}}
"""
    answers = [
        {"aid": "1", "form": "f", "pid": "1", "q": "Q2", "a": "no"},
        {"aid": "2", "form": "f", "pid": "1", "q": "Q1", "a": None},
        {"aid": "3", "form": "f", "pid": "1", "q": "Q1", "a": "yes"},
        {"aid": "4", "form": "f", "pid": "1", "q": "Q1", "a": "never"},
        {"aid": "5", "form": "f", "pid": "1", "q": "other", "a": "x"},
        {"aid": "6", "form": "g", "pid": "9", "q": "Q1", "a": "yes"},
        {"aid": "7", "form": "g", "pid": "9", "q": "Q2", "a": "yes"},
    ]
    found = mapped(tmp_path, profile, {"patients": PATIENTS, "answers": answers})
    assert [r["valueString"] for r in found.resources["Observation"]] == ["yes/no"]
    assert [found.fates.get(("answers", n)) for n in range(1, 8)] == [
        ("mapped", None),
        ("merged", None),
        ("merged", None),
        ("rejected", "MAP013"),
        None,
        ("rejected", "MAP010"),
        ("rejected", "MAP016"),
    ]


def test_joins_and_lookups_bring_one_row(tmp_path: Path) -> None:
    profile = f"""
tables: {{patients: {{key: id, patient: id}}, visits: {{key: vid, patient: pid}},
  rooms: {{key: room, unused: "never used"}}, covers: {{key: cid, unused: "not in force"}}}}
resources:{PATIENT}
  - rule: visit
    type: Observation
    from: visits
    join: {{room: {{table: rooms, on: {{room: room}}, required: true}}}}
    lookup:
      cov: {{table: covers, on: {{pid: pid}}, between: {{date: day, from: eff, to: term}},
        order: [rank]}}
    map:
      status: {{constant: final}}
      code: {{text: room.label}}
      subject: {{reference: patients, column: pid}}
      valueString: cov.payer
"""
    visits = [
        {"vid": "1", "pid": "1", "day": "2020-06-01", "room": "A"},
        {"vid": "2", "pid": "1", "day": "2021-01-01", "room": "A"},
        {"vid": "3", "pid": "1", "day": "2021-01-01", "room": "B"},
        {"vid": "4", "pid": "1", "day": "2019-01-01 10:00:00", "room": "A"},
    ]
    covers = [
        {
            "cid": "1",
            "pid": "1",
            "eff": "01/01/2020",
            "term": "2021-01-01",
            "rank": "2",
            "payer": "old",
        },
        {
            "cid": "2",
            "pid": "1",
            "eff": "2020-06-01",
            "term": "0000-00-00",
            "rank": "1",
            "payer": "new",
        },
        {"cid": "3", "pid": "1", "eff": "garbage", "term": None, "rank": "0", "payer": "never"},
    ]
    rooms = [{"room": "A", "label": "Lab A"}, {"room": "C", "label": "Lab C"}]
    found = mapped(
        tmp_path,
        profile,
        {"patients": PATIENTS, "visits": visits, "covers": covers, "rooms": rooms},
    )
    shown = sorted(r.get("valueString", "-") for r in found.resources["Observation"])
    assert shown == ["-", "new", "new"]
    assert found.fates["visits", 3] == ("rejected", "MAP010")
    assert [found.fates["rooms", n][0] for n in (1, 2)] == ["merged", "excluded"]
    assert [found.fates["covers", n][0] for n in (1, 2, 3)] == ["excluded", "merged", "excluded"]
    assert found.notes == [("MAP024", "visits", "cov", "visit", 1)]
    assert found.roles("covers") == [(2, "join"), (2, "join")]
