"""The scan: kinds, keys and references of an export, and no value of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrate.stages import scan
from migrate.stages.progress import Silent

NAMES = ["Quillfeather", "Brambleworth", "Thistlewick"]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Patients and visits, with a name that stands out."""
    folder = tmp_path / "export"
    folder.mkdir()
    patients = [f"P{n:03d},{NAMES[n % 3]},{n % 12 + 1}/{n % 28 + 1}/1980,M" for n in range(60)]
    visits = [f"{n},P{n % 60:03d},2024-01-{n % 28 + 1:02d}T08:30:00Z,{n}.50," for n in range(300)]
    visits[7] = "7,P007,x-ODD-777,1.5,rarest"
    (folder / "patients.csv").write_text("\n".join(["id,name,born,sex", *patients]) + "\n")
    (folder / "visits.csv").write_text("\n".join(["no,patient_id,at,fee,memo", *visits]) + "\n")
    (folder / "Quillfeather.pdf").write_bytes(b"%PDF-1.4\n")
    return folder


def test_kinds_keys_and_references(export: Path) -> None:
    document = scan.run(str(export), {}, Silent()).document()
    tables = {each["table"]: each for each in document["tables"]}  # type: ignore[index]
    assert tables["patients"]["keys"] == [["id"]]
    assert tables["visits"]["keys"] == [["no"]]
    columns = {each["name"]: each for each in tables["visits"]["columns"]}
    assert {name: each["kind"] for name, each in columns.items()} == {
        "no": "integer",
        "patient_id": "text",
        "at": "date-time",
        "fee": "decimal",
        "memo": "code",
    }
    assert columns["patient_id"]["points_at"] == {"table": "patients", "column": "id", "share": 1.0}
    assert columns["memo"]["filled"] == 1
    born = next(each for each in tables["patients"]["columns"] if each["name"] == "born")
    assert (born["kind"], born["formats"][0]) == ("date", "%m/%d/%Y")
    kinds = [{"taken_for": "document, application/pdf", "files": 1, "bytes": 9}]
    assert document["other_files"] == kinds


def test_no_value_and_no_rare_outline_is_shown(export: Path) -> None:
    found = scan.run(str(export), {}, Silent())
    for told in (json.dumps(found.document()), "\n".join(found.lines())):
        assert not [name for name in NAMES if name in told]
        assert "rarest" not in told
        assert "ODD" not in told
        assert "A-AAA-9" not in told


def test_nothing_is_left_behind(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    before = sorted(path.name for path in export.iterdir())
    scan.run(str(export), {}, Silent())
    assert list(place.iterdir()) == []
    assert sorted(path.name for path in export.iterdir()) == before
