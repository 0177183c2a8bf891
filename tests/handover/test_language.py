"""The layout language: mistakes are told with their place, forms are exact."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.layouts.ast import Column, Form
from migrate.core.layouts.comparing import normal
from migrate.core.layouts.load import load_layout
from migrate.core.layouts.sqlfiles import date_time_form
from migrate.core.profiles.ast import Place
from migrate.core.profiles.source import SourceText
from migrate.errors import AskedWrongly
from migrate.targets.handover.tables import guarded
from tests.handover.packages import shipped_layout

HEAD = (
    "layout: test\nfiles:\n  - file: problems\n    from: Condition\n    key: [id]\n    columns:\n"
)
ID = "      - {column: id, path: id}\n"


def mistakes(text: str) -> list[str]:
    with pytest.raises(AskedWrongly) as caught:
        load_layout(SourceText("layout.yml", text))
    assert caught.value.code == "HND002"
    return list(caught.value.details)


@pytest.mark.parametrize(
    ("line", "place", "said"),
    [
        ("{column: a, path: code.txt}", "8:27", "CodeableConcept has no element 'txt'"),
        ("{column: a, path: code}", "8:27", "'code' is a whole CodeableConcept"),
        ("{column: a, path: 'code.where(x = 1).text'}", "8:27", "'x = 1' is no test"),
        (
            "{column: a, path: 'code.coding.where(sytem = ''x'').code'}",
            "8:27",
            "no element 'sytem'",
        ),
        ("{column: a, path: 'code.first('}", "8:27", "a bracket is not closed"),
        ("{column: a, pth: code.text}", "8:21", "'pth' is no word of a column"),
        ("{column: a}", "8:9", "has no 'path'"),
        ("{path: code.text}", "8:9", "has no 'column'"),
        ("{column: id, path: code.text}", "7:9", "column 'id' is there twice"),
        ("{column: a, path: id, width: many}", "8:38", "'width' is a number"),
        ("{column: a, path: id, as: number}", "8:9", "'a' is not always a number"),
        ("{column: a, path: id, as: day}", "8:35", "'day' is no form of a column"),
        ("{column: a, reference: code, of: Patient, value: id}", "8:32", "is no Reference"),
        ("{column: a, reference: subject, of: Patent, value: id}", "8:45", "no resource type"),
        ("{column: a, reference: subject, value: id}", "8:9", "has no 'of'"),
    ],
)
def test_a_mistake_in_a_column_is_told_with_its_place(line: str, place: str, said: str) -> None:
    found = mistakes(HEAD + ID + f"      - {line}\n")
    assert any(one.startswith(f"layout.yml:{place}: ") and said in one for one in found), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("files: []", "the layout has no 'layout'"),
        ("layout: x", "the layout has no 'files'"),
        ("- a", "a layout is a map"),
        ("layout: [", "not readable as YAML"),
        (HEAD + ID + "left_out: {Condition: no}", "'Condition' is left out, but a file has it"),
        (HEAD + ID + "left_out: {Condtion: no}", "R4 has no resource type 'Condtion'"),
        (HEAD + ID + "leaves: {meta.*: }", "'meta.*' has no reason"),
        (HEAD + ID + "delimiter: ab", "the delimiter is one sign"),
        (HEAD.replace("[id]", "[ID]") + ID, "'ID' is no column of the file"),
        (HEAD.replace("Condition", "Disease") + ID, "R4 has no resource type 'Disease'"),
        (HEAD.replace("problems", "../x") + ID, "'../x' is no file name"),
        (HEAD + ID + "    split: 0", "'split' is a number of rows"),
        (HEAD + ID + "    format: ccd\n    section: alergies", "'alergies' is no section"),
        (HEAD + ID + "    format: documents", "has no 'documents'"),
        (
            HEAD + ID + '    returns: {table: t, columns: {id: "(select 1)"}}',
            "the SQL has a sub-select",
        ),
    ],
)
def test_a_mistake_in_a_layout_is_told(text: str, said: str) -> None:
    found = mistakes(text)
    assert any(said in one for one in found), found


@pytest.mark.parametrize("name", ["spreadsheet-desk", "every-package"])
def test_shipped_layouts_have_no_mistake(name: str) -> None:
    assert shipped_layout(name).name == name


def normal_of(form: Form, text: str) -> str | None:
    column = Column("a", (), Place("", 1, 1), form=form)
    sql = f"SELECT {normal(column, '$1::VARCHAR')}"
    row = duckdb.execute(sql, [text]).fetchall()[0]
    assert row is not None
    found: str | None = row[0]
    return found


MOMENTS = st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat())
DATES = st.dates().map(str)
PARTIAL = st.dates().map(lambda day: day.strftime("%Y-%m").zfill(7)) | st.dates().map(
    lambda day: f"{day.year:04d}"
)


@settings(deadline=None, max_examples=40)
@given(st.one_of(MOMENTS, DATES, PARTIAL), st.sampled_from(["us", "iso", "compact"]))
def test_a_date_is_the_same_in_every_form_that_a_desk_writes(moment: str, style: str) -> None:
    form = date_time_form("$1::VARCHAR", style)  # type: ignore[arg-type]
    row = duckdb.execute(f"SELECT {form}", [moment]).fetchall()[0]
    assert row is not None
    back = normal_of("datetime", row[0])
    wanted = moment.removesuffix(":00") if moment.count(":") == 2 else moment
    if style == "compact" and len(moment) == 7:
        assert back == moment.replace("-", "")  # YYYYMM: not told from a number, left as it is
    else:
        assert back == wanted


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=12))
def test_a_guarded_cell_is_no_formula_and_compares_as_before(text: str) -> None:
    shown = guarded(text)
    assert shown[0] not in "=+-@\t\r" or shown.lstrip("+-").replace(".", "").isdigit()
    if "\0" not in text and not text.startswith("'"):
        assert normal_of("text", shown) == normal_of("text", text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("40.00", "40", True), ("0.50", ".5", True), ("40.00", "40.01", False), ("7", "x", False)],
)
def test_numbers_compare_by_value(one: str, other: str, same: bool) -> None:
    assert (normal_of("number", one) == normal_of("number", other)) is same


def test_texts_keep_their_zeros_and_letters() -> None:
    assert normal_of("text", " 007 ") == "007"
    assert normal_of("text", "7") != normal_of("text", "07")
    assert normal_of("text", "Ab") != normal_of("text", "ab")


def test_a_projects_own_layout_goes_before_the_shipped_one(tmp_path: Path) -> None:
    from migrate.packs import mappings_folder
    from migrate.store.layouts import find_layout

    own = tmp_path / "handover" / "spreadsheet-desk"
    own.mkdir(parents=True)
    (own / "layout.yml").write_text("layout: mine\n")
    found = find_layout("spreadsheet-desk", mappings_folder(), tmp_path)
    assert found is not None and found.path.startswith("project/")
    assert find_layout("../../etc", mappings_folder(), tmp_path) is None
