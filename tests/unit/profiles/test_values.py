"""What the values of a map become."""

from __future__ import annotations

from migrate.core.profiles.ast import (
    Column,
    Constant,
    Context,
    CrosswalkValue,
    First,
    ListNode,
    Node,
    ObjectNode,
    Scalar,
    Sql,
    TransformCall,
)
from tests.profile_texts import CROSSWALK_HEAD, HEAD, load, mistakes, rule_of

STATUS = {"st": CROSSWALK_HEAD + "A,clinical,active,Active,equal,me,\nZ,,,,unmatched,me,none\n"}


def member(node: Node, *names: str) -> Node:
    """The node at a path of member names; a list of one is looked through."""
    for name in names:
        while isinstance(node, ListNode):
            assert len(node.items) == 1
            node = node.items[0]
        assert isinstance(node, ObjectNode)
        node = dict(node.members)[name]
    return node


def value(line: str, *path: str, kind: str = "Patient", table: str = "patients") -> Node:
    """The node that one line of a map makes."""
    rule = (
        f"  - rule: it\n    type: {kind}\n    slot: x\n    from: {table}\n    map:\n      {line}\n"
    )
    return member(rule_of(rule, STATUS).body, line.split(":")[0], *path)


def scalar(line: str, *path: str, kind: str = "Patient") -> Scalar:
    node = value(line, *path, kind=kind)
    while isinstance(node, ListNode):
        node = node.items[0]
    assert isinstance(node, Scalar)
    return node


def test_a_bare_name_is_a_column_of_the_row() -> None:
    assert scalar("language: lang").leaf == Column("lang")


def test_scalars_of_yaml_stay_the_text_that_was_written() -> None:
    for text in ("012", "N", "1.10", "1e5"):
        assert scalar(f"language: {{constant: {text}}}").leaf == Constant(text)
    assert scalar("birthDate: {constant: 2020-01-01}").leaf == Constant("2020-01-01")


def test_dates_take_the_profiles_formats_zone_and_placeholders() -> None:
    plain = scalar("birthDate: dob")
    assert plain.formats == ("%m/%d/%Y", "%m/%d/%Y %H:%M")
    assert plain.placeholders == ("0000-00-00",)
    assert plain.zone == "America/Chicago"
    assert scalar("birthDate: {column: dob, formats: ['%Y']}").formats == ("%Y",)
    assert scalar("birthDate: {constant: '2020'}").formats == ()


def test_the_instant_of_the_export_is_read_as_iso_8601() -> None:
    found = scalar("deceasedDateTime: {context: exported}")
    assert found.leaf == Context("exported")
    assert found.formats[0] == "%Y-%m-%dT%H:%M:%S%z"
    assert scalar("language: {context: tool}").leaf == Context("tool")


def test_options_of_the_long_form() -> None:
    found = scalar(
        "active: {column: s, 'true': [A, B], 'false': I, on_error: omit, absent: masked, "
        "required: true, when: \"s <> 'x'\"}"
    )
    assert (found.true, found.false) == (("A", "B"), ("I",))
    assert (found.on_error, found.absent, found.required) == ("omit", "masked", True)
    assert found.when == Sql("{0} <> 'x'", (Column("s"),))


def test_transforms_are_called_with_their_arguments() -> None:
    found = scalar("language: {column: a, transform: [squeeze, {split_part: ['-', 2]}]}")
    assert found.transforms == (TransformCall("squeeze"), TransformCall("split_part", ("-", "2")))


def test_a_required_binding_gives_the_codes() -> None:
    assert scalar("gender: sex").codes == ("male", "female", "other", "unknown")
    assert scalar("language: lang").codes == ()


def test_absent_alone_is_a_value_that_is_never_there() -> None:
    assert scalar("birthDate: {absent: unknown}").leaf == Sql("NULL", ())
    concept = value("maritalStatus: {absent: unknown}")
    assert isinstance(concept, ObjectNode)
    assert concept.absent is None
    assert member(concept, "extension", "valueCode").leaf == Constant("unknown")  # type: ignore[union-attr]


def test_first_takes_options_for_all_alternatives() -> None:
    node = value(
        "birthDate: {first: [a, {column: b, when: \"c = '1'\"}], absent: unknown, when: d}"
    )
    assert isinstance(node, First)
    assert node.absent == "unknown"
    assert [
        alternative.when for alternative in node.alternatives if isinstance(alternative, Scalar)
    ] == [
        Sql("{0}", (Column("d"),)),
        Sql("({0} = '1') AND ({1})", (Column("c"), Column("d"))),
    ]


def test_a_crosswalk_gives_what_the_element_takes() -> None:
    concept = value(
        "clinicalStatus: {crosswalk: st, column: s}\n      subject: {absent: unknown}",
        kind="Condition",
    )
    inner = member(concept, "coding")
    assert isinstance(inner, ListNode)
    assert isinstance(inner.items[0], CrosswalkValue)
    assert inner.items[0].gives == "codings"
    assert inner.items[0].on_unmapped == "reject"
    text = value("language: {crosswalk: st, column: s, optional: true}")
    assert isinstance(text, CrosswalkValue)
    assert (text.gives, text.on_unmapped) == ("code", "omit")
    name = value("name: {family: {crosswalk: st, column: s}}", "family")
    assert isinstance(name, CrosswalkValue)
    assert name.gives == "text"


def test_keep_text_keeps_the_codes_own_text() -> None:
    line = "maritalStatus: {crosswalk: st, column: s, on_unmapped: keep-text}"
    assert member(value(line), "text").leaf == Column("s")  # type: ignore[union-attr]
    kept = value("name: {family: {crosswalk: st, column: s, on_unmapped: keep-text}}", "family")
    assert isinstance(kept, First)
    assert kept.alternatives[1].leaf == Column("s")  # type: ignore[union-attr]
    named = line.replace("}", ", text: words}")
    assert member(value(named), "text").leaf == Column("words")  # type: ignore[union-attr]


def test_codings_in_their_forms() -> None:
    by_column = value("maritalStatus: {system: loinc, column: c, display: d, text: t}", "coding")
    coding = by_column.items[0]  # type: ignore[union-attr]
    assert isinstance(coding, ObjectNode)
    assert [name for name, _ in coding.members] == ["system", "code", "display"]
    assert member(coding, "system").leaf == Constant("http://loinc.org")  # type: ignore[union-attr]
    assert member(coding, "display").when == Sql("({0}) IS NOT NULL", (Column("c"),))  # type: ignore[union-attr]
    literal = value("maritalStatus: {display: D, code: C, system: loinc}", "coding")
    found = literal.items[0].members  # type: ignore[union-attr]
    assert [node.leaf.text for _, node in found] == ["http://loinc.org", "C", "D"]
    long = value(
        "maritalStatus: {coding: {system: loinc, code: {column: c}, display: d}}", "coding"
    )
    assert member(long, "code").leaf == Column("c")  # type: ignore[union-attr]


def test_short_forms_of_quantity_and_money() -> None:
    quantity = value(
        "valueQuantity: {decimal: w, ucum: '[lb_av]', unit: lb}\n"
        "      status: {constant: final}\n      code: {text: t}",
        kind="Observation",
    )
    assert isinstance(quantity, ObjectNode)
    assert [name for name, _ in quantity.members] == ["value", "unit", "system", "code"]
    assert member(quantity, "code").leaf == Constant("[lb_av]")  # type: ignore[union-attr]
    long = value(
        "valueQuantity: {value: w, unit: u}\n      status: {constant: final}\n"
        "      code: {text: t}",
        kind="Observation",
    )
    assert member(long, "unit").when == Sql("({0}) IS NOT NULL", (Column("w"),))  # type: ignore[union-attr]
    money = value(
        "priceOverride: {money: a, currency: USD}\n      status: {constant: billed}\n"
        "      code: {text: t}\n      subject: {absent: unknown}",
        kind="ChargeItem",
    )
    assert member(money, "currency").leaf == Constant("USD")  # type: ignore[union-attr]


def test_systems_and_extension_urls_are_aliases_or_literals() -> None:
    assert scalar("identifier: {system: mrn, value: id}", "system").leaf == Constant(
        "urn:oid:2.999.7"
    )
    assert scalar("telecom: {system: phone, value: p}", "system").leaf == Constant("phone")
    outer = "extension: {url: race, extension: [{url: text, valueString: r}]}"
    assert scalar(outer, "url").leaf == Constant(
        "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
    )
    assert scalar(outer, "extension", "url").leaf == Constant("text")


def test_members_stand_in_the_element_models_order() -> None:
    rule = rule_of(
        "  - rule: it\n    type: Patient\n    slot: x\n    from: patients\n    profile: race\n"
        "    map:\n      gender: g\n      name: {given: a, family: b}\n      active: c\n"
        "      meta: {tag: {code: t}, security: {code: s}}\n"
    )
    assert [name for name, _ in rule.body.members] == ["meta", "active", "name", "gender"]
    assert [name for name, _ in rule.body.members[0][1].members] == ["profile", "security", "tag"]  # type: ignore[union-attr]
    name = member(rule.body, "name")
    assert [n for n, _ in name.items[0].members] == ["family", "given"]  # type: ignore[union-attr]


def test_what_r4_requires_is_required_unless_it_says_why_not() -> None:
    rule = (
        "  - rule: it\n    type: Observation\n    from: problems\n    map:\n"
        "      status: {column: s, absent: unknown}\n      code: {text: t}\n"
        "      component: [{code: {text: a}},\n"
        "        {each: lines, on: {no: id}, map: {code: {text: code}}}]\n"
    )
    body = rule_of(rule).body
    assert member(body, "status").required is False  # type: ignore[union-attr]
    assert member(body, "code").required is True  # type: ignore[union-attr]
    plain, each = member(body, "component").items  # type: ignore[union-attr]
    assert member(plain, "code").required is True  # type: ignore[union-attr]
    assert member(each.item, "code").required is True  # type: ignore[union-attr]
    missing = mistakes(HEAD + rule.replace("      code: {text: t}\n", ""))
    assert len(missing) == 1
    assert "PRO013 Observation needs 'code'" in missing[0]


def test_digest_changes_with_every_file_and_only_then() -> None:
    rule = (
        "  - {rule: it, type: Patient, slot: x, from: patients, map: "
        "{language: {crosswalk: st, column: s}}}\n"
    )
    first = load(HEAD + rule, STATUS)
    assert load(HEAD + rule, STATUS).digest == first.digest
    assert load(HEAD + rule + "# note\n", STATUS).digest != first.digest
    other = {"st": STATUS["st"] + "B,clinical,resolved,,equal,me,\n"}
    assert load(HEAD + rule, other).digest != first.digest
    assert [path for path, _ in first.files] == ["mappings/shared/st.csv", "test.yml"]
