"""Many documents, one patient: the same fact once, versions apart, nothing depends on the files."""

from __future__ import annotations

import itertools
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from migrate.core.issues import Issue
from migrate.core.ports import ExtractRequest
from migrate.extractors.ccda import CcdaExtractor
from migrate.store.staging import stage
from tests import ccda_documents as cda

PROBLEM = cda.section("11450-4", cda.problem())
OTHER = cda.section("11450-4", cda.problem(concern="completed"))


def staged(folder: Path, documents: dict[str, bytes]) -> dict[str, list[dict[str, str]]]:
    """The staged rows by table, without their numbers."""
    export = folder / "export"
    export.mkdir(parents=True)
    for name, content in documents.items():
        (export / name).write_bytes(content)
    events = CcdaExtractor().extract(ExtractRequest(str(export)))
    stage(events, folder / "staged", folder / "rejects", extractor="ccda", exported_at="")
    return {
        path.stem: pq.read_table(path).drop_columns(["_row"]).to_pylist()
        for path in (folder / "staged").glob("*.parquet")
    }


def test_one_fact_in_five_documents_has_one_key_and_five_addresses(tmp_path: Path) -> None:
    found = staged(tmp_path, {f"{n}.xml": cda.document(PROBLEM, name=f"d{n}") for n in range(5)})
    rows = found["problems"]
    assert len(rows) == len({(row["_file"], row["_at"]) for row in rows}) == 5
    assert len({row["key"] for row in rows}) == 1
    said = [row for row in found["mentions"] if row["fact_table"] == "problems"]
    assert {row["fact"] for row in said} == {rows[0]["key"]}
    assert len({row["document"] for row in said}) == 5
    plain = [{k: v for k, v in row.items() if k not in ("_file", "_at")} for row in rows]
    assert all(row == plain[0] for row in plain), "rows of one key must be equal to be merged"


def test_versions_that_differ_are_kept_apart(tmp_path: Path) -> None:
    found = staged(
        tmp_path,
        {"a.xml": cda.document(PROBLEM, name="a"), "b.xml": cda.document(OTHER, name="b")},
    )
    assert len({row["key"] for row in found["problems"]}) == 2


def test_versions_under_one_id_are_listed(tmp_path: Path) -> None:
    entry = cda.allergy(cda.coded("code", "91936005", "Penicillin"))
    amended = cda.allergy(cda.coded("code", "91936005", "Penicillin"), concern="completed")
    for name, said in (("a", entry), ("b", amended), ("c", entry)):
        document = cda.document(cda.section("48765-2", said), name=name)
        (tmp_path / f"{name}.xml").write_bytes(document)
    events = list(CcdaExtractor().extract(ExtractRequest(str(tmp_path))))
    listed = [event for event in events if isinstance(event, Issue) and event.code == "EXT043"]
    assert [(issue.address.table, issue.message.split()[0]) for issue in listed] == [
        ("allergies", "1")
    ]


def test_no_key_depends_on_the_names_or_the_order_of_the_files(tmp_path: Path) -> None:
    contents = [
        cda.document(PROBLEM, name="a", time="2018"),
        cda.document(OTHER, PROBLEM, name="b", time="2019"),
        cda.document(cda.section("48765-2", cda.allergy()), name="c", mrn="M2", time="2017"),
    ]
    seen = []
    for n, order in enumerate(itertools.permutations(range(3))):
        names = {f"{place}.xml": contents[which] for place, which in enumerate(order)}
        tables = staged(tmp_path / str(n), names)
        tables.pop("export_files")
        rows = {
            table: sorted(
                str({k: v for k, v in row.items() if k not in ("_file",)}) for row in found
            )
            for table, found in tables.items()
        }
        seen.append(rows)
    assert all(rows == seen[0] for rows in seen)


@pytest.mark.parametrize(
    ("change", "patients"),
    [
        ((b'extension="M1"', b'extension="M1"'), 1),
        ((b'extension="M1"', b'extension="M7"'), 2),
        ((b"19700102", b"19700103"), 2),
        ((b"<given>Testa</given>", b"<given>Other</given>"), 2),
        ((b"<family>Madeup</family>", b"<family>Married</family>"), 1),
        ((b'<id root="2.999.2" extension="M1"/>', b'<id nullFlavor="UNK"/>'), 2),
    ],
)
def test_a_patient_is_the_headers_identifier_never_a_name(
    change: tuple[bytes, bytes], patients: int, tmp_path: Path
) -> None:
    first = cda.document(PROBLEM, name="a")
    second = cda.document(PROBLEM, name="b").replace(*change)
    found = staged(tmp_path, {"a.xml": first, "b.xml": second})
    assert len(found["patients"]) == patients
    assert len({row["patient"] for row in found["problems"]}) == patients


def test_one_bad_entry_is_held_back_with_its_xpath_and_the_rest_goes_on(tmp_path: Path) -> None:
    bad = cda.section("11450-4", cda.problem(), "<nothing/>", cda.problem("73211009"))
    broken = cda.document(PROBLEM, name="b")[:-20]
    found = staged(tmp_path, {"a.xml": cda.document(bad, name="a"), "b.xml": broken})
    assert len(found["problems"]) == 2
    rejects = [
        row
        for path in (tmp_path / "rejects").rglob("*.parquet")
        for row in pq.read_table(path).to_pylist()
    ]
    entry = next(row for row in rejects if row["code"] == "EXT041")
    assert str(entry["at"]).endswith("/section[1]/entry[2]")
    assert [row["file"] for row in rejects if row["code"] == "EXT040"] == ["b.xml"]
    assert {row["path"] for row in found["export_files"]} == {"a.xml", "b.xml"}
