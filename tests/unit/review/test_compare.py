"""Both sides of a chart: what is marked, what is shown, what is planted."""

import base64
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.profiles.usage import Use
from migrate.core.review.compare import SourceRow, compared
from migrate.core.review.elements import Line, lines_of, parsed
from migrate.core.review.planted import planted

USAGE = {
    "problems": {
        "status": (Use("problem", "Condition.clinicalStatus.coding"),),
        "icd": (Use("problem", "Condition.code.coding"),),
        "text": (Use("problem", "Condition.code.text"),),
        "onset": (Use("problem", "Condition.onsetDateTime"),),
        "pid": (Use("problem", "Condition.subject"), Use("", "[patient]")),
        "voided": (Use("problem", "Condition [exclude]"),),
    }
}
ROW = SourceRow(
    "problems",
    7,
    "problems.csv",
    "8",
    "anchor",
    {
        "status": "A",
        "icd": "E11.9",
        "text": "Sugar",
        "onset": "01/02/2003",
        "pid": "1",
        "voided": "N",
        "screen": "blue",
    },
)
RESOURCE = {
    "resourceType": "Condition",
    "id": "r1",
    "clinicalStatus": {"coding": [{"system": "http://x", "code": "active"}]},
    "category": [{"coding": [{"code": "problem-list-item", "system": "http://y"}]}],
    "code": {
        "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}],
        "text": "Sugar",
    },
    "subject": {"reference": "Patient/r2"},
    "onsetDateTime": "2003-01-02",
}


def test_every_line_and_cell_says_how_it_came_about() -> None:
    both = compared("Condition", "problem", lines_of(RESOURCE), [ROW], USAGE)
    assert [(e.line.path, e.state, e.sources) for e in both.elements] == [
        ("clinicalStatus.coding", "changed", ("problems.status",)),
        ("category.coding", "fixed", ()),
        ("code.coding", "same", ("problems.icd",)),
        ("code.text", "same", ("problems.text",)),
        ("subject", "link", ("problems.pid",)),
        ("onsetDateTime", "changed", ("problems.onset",)),
    ]
    states = {cell.column: cell.state for cell in both.rows[0][1]}
    assert states == {
        "status": "changed",
        "icd": "same",
        "text": "same",
        "onset": "changed",
        "pid": "link",
        "voided": "used",
        "screen": "left",
    }


def test_another_rules_use_is_not_taken_for_this_ones() -> None:
    both = compared("Condition", "other", lines_of(RESOURCE), [ROW], USAGE)
    assert {e.state for e in both.elements} <= {"fixed", "link"}


def test_numbers_stay_as_written_and_texts_are_read() -> None:
    note = base64.b64encode("Ünder\nline".encode()).decode()
    raw = (
        '{"resourceType":"X","id":"a","valueQuantity":{"value":7.0,"unit":"kg"},'
        '"content":[{"attachment":{"contentType":"text/plain","data":"' + note + '"}}]}'
    )
    shown = {line.path: line.value for line in lines_of(parsed(raw.encode()))}
    assert shown["valueQuantity"] == "7.0 kg"
    assert shown["content.attachment.data"] == "Ünder\nline"


JSON = st.recursive(
    st.text(max_size=5) | st.integers() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "coding",
                    "code",
                    "system",
                    "value",
                    "extension",
                    "url",
                    "reference",
                    "attachment",
                    "identifier",
                    "a",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(["a", "code", "name", "extension", "_a"]), JSON))
def test_any_resource_can_be_shown(members: dict[str, object]) -> None:
    document = {"resourceType": "Basic", **members}
    for line in lines_of(parsed(json.dumps(document).encode())):
        assert isinstance(line.value, str) and line.path


def test_a_planted_line_differs_and_stands_in_the_source() -> None:
    both = compared("Condition", "problem", lines_of(RESOURCE), [ROW], USAGE)
    for seed in "abcdefgh":
        found = planted(both.elements, seed)
        assert found is not None
        place, value = found
        assert both.elements[place].state in ("same", "changed")
        assert value != both.elements[place].line.value
    assert planted([e for e in both.elements if e.state == "fixed"], "a") is None


@settings(deadline=None, max_examples=100)
@given(st.from_regex(r"\A[12][0-9]{3}(-0[1-9])?\Z") | st.from_regex(r"\A[0-9]{1,4}(\.[0-9])?\Z"))
def test_a_planted_date_or_number_is_another_one(value: str) -> None:
    from migrate.core.review.compare import Element
    from migrate.core.review.planted import falsified

    kind = "date" if "-" in value else "number"
    shown = falsified(Element(Line("a", "a", value, kind), "same", ("t.c",)))
    assert shown is not None and shown != value and len(shown) == len(value)
