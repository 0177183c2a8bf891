"""Folders and archives are read under limits, and nothing outside them is touched."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from migrate.errors import AskedWrongly, NeedsPerson
from migrate.extractors import archive
from tests.extraction import Extraction


def packed(path: Path, members: dict[str, bytes]) -> Path:
    """A zip archive of these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def test_a_zip_is_read_in_place(tmp_path: Path) -> None:
    path = packed(tmp_path / "e.zip", {"d/t.csv": b"a,b\n1,2\n", "d/x.zip": b"PK\x03\x04zz"})
    found = Extraction(path)
    assert found.cells("t") == [("1", "2")]
    assert found.rows["t"][0]["_file"] == "d/t.csv"
    assert found.issue_codes() == ["EXT018"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "name", ["../t.csv", "/etc/t.csv", "a/../../t.csv", "C:/t.csv", "a\\t.csv"]
)
def test_paths_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w") as made:
        info = zipfile.ZipInfo("x")
        info.filename = name
        made.writestr(info, b"a\n1\n")
    with pytest.raises(NeedsPerson) as caught:
        Extraction(path)
    assert caught.value.code == "EXT020"
    assert list(tmp_path.iterdir()) == [path]


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "RATIO_FREE", 1 << 20)
    path = packed(tmp_path / "e.zip", {"t.csv": b"a,b\n" + b"0,0\n" * 2_000_000})
    with pytest.raises(NeedsPerson) as caught:
        Extraction(path)
    assert caught.value.code == "EXT020"


def test_too_many_and_too_deep_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    with pytest.raises(NeedsPerson):
        Extraction(packed(tmp_path / "many.zip", {f"t{n}.csv": b"a\n1\n" for n in range(4)}))
    with pytest.raises(NeedsPerson):
        Extraction(packed(tmp_path / "deep.zip", {"d/" * 40 + "t.csv": b"a\n1\n"}))


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    path = packed(tmp_path / "e.zip", {"t.csv": b"a,b\n" + bytes(range(65, 90)) * 999})
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(NeedsPerson) as caught:
        Extraction(path)
    assert caught.value.code == "EXT021"
    assert caught.value.kept and caught.value.try_


def test_links_that_lead_outside_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(b"a\nsecret\n")
    export = tmp_path / "export"
    export.mkdir()
    (export / "t.csv").write_bytes(b"a\n1\n")
    (export / "out.csv").symlink_to(secret)
    (export / "gone.csv").symlink_to(tmp_path / "nowhere")
    (export / "folder").symlink_to(tmp_path)
    found = Extraction(export)
    assert list(found.tables) == ["t"]
    assert sorted(found.others) == ["folder", "gone.csv", "out.csv"]
    assert found.issue_codes() == ["EXT022"] * 3


def test_a_missing_export_is_asked_wrongly(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly) as caught:
        Extraction(tmp_path / "missing")
    assert caught.value.code == "EXT001"
    assert caught.value.exit_code == 2
