"""Finding profiles, crosswalks and plug-ins by name."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from migrate import plugins
from migrate.core.profiles.load import load_profile
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.store.library import FolderLibrary
from tests.profile_texts import CROSSWALK_HEAD, HEAD


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def library(tmp_path: Path) -> FolderLibrary:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    write(shipped / "test" / "profile.yml", HEAD)
    write(shipped / "test" / "part.yml", "profile: test/part\n")
    write(shipped / "shared" / "core.yml", "profile: shared/core\n")
    write(shipped / "test" / "crosswalks" / "a.csv", CROSSWALK_HEAD)
    write(shipped / "shared" / "crosswalks" / "a.csv", CROSSWALK_HEAD)
    write(shipped / "shared" / "crosswalks" / "b.csv", CROSSWALK_HEAD)
    write(own / "crosswalks" / "b.csv", CROSSWALK_HEAD)
    return FolderLibrary(shipped, own)


def test_profiles_are_found_by_name(library: FolderLibrary) -> None:
    paths = {name: library.profile(name) for name in ("test", "test/part", "shared/core", "nix")}
    assert {name: found.path if found else None for name, found in paths.items()} == {
        "test": "mappings/test/profile.yml",
        "test/part": "mappings/test/part.yml",
        "shared/core": "mappings/shared/core.yml",
        "nix": None,
    }
    assert library.names() == ("shared/core", "test")


@pytest.mark.parametrize("name", ["../test", "/etc/passwd", "test/../test", "", "a b", "test/.."])
def test_a_name_is_never_a_way_out_of_the_folder(library: FolderLibrary, name: str) -> None:
    assert library.profile(name) is None
    assert library.crosswalk("test", name) is None


def test_a_projects_own_profile_takes_the_place_of_the_one_it_extends(
    library: FolderLibrary, tmp_path: Path
) -> None:
    write(tmp_path / "own" / "profile.yml", "profile: ours\nextends: test\nsource: {system: x}\n")
    assert load_profile("test", library, None).system == "x"
    assert load_profile("ours", library, None).name == "ours"
    assert library.names() == ("ours", "shared/core", "test")
    plain = FolderLibrary(tmp_path / "shipped")
    assert load_profile("test", plain, None).system == "old"


def test_crosswalks_are_the_projects_then_the_profiles_then_shared(library: FolderLibrary) -> None:
    found = [library.crosswalk("test", name) for name in ("a", "b", "c")]
    assert [f.path if f else None for f in found] == [
        "mappings/test/crosswalks/a.csv",
        "project/mappings/crosswalks/b.csv",
        None,
    ]


def test_an_unknown_profile_or_plug_in_is_told_with_the_names_there_are() -> None:
    with pytest.raises(AskedWrongly) as profile:
        plugins.profile_names("synthea-cvs")
    assert profile.value.code == "PRO001"
    assert "synthea-csv" in (profile.value.try_ or "")
    with pytest.raises(AskedWrongly) as target:
        plugins.open_target("embeded", "x", {})
    assert target.value.code == "PRJ040"
    assert "embedded" in (target.value.try_ or "")
    with pytest.raises(AskedWrongly):
        plugins.extractor("nix")


def test_a_plug_in_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("odd", "no_such_module:thing", plugins.EXTRACTORS)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [broken] if group else [])
    with pytest.raises(NeedsPerson) as caught:
        plugins.extractors()
    assert caught.value.code == "PRJ041"
    assert "odd" in caught.value.message


def test_what_ships_is_found() -> None:
    assert [pack.name for pack in plugins.packs()]
    assert "delimited" in plugins.extractors()
    assert plugins.extractor("delimited").name == "delimited"
    assert set(plugins.profile_names()) >= {"riverbend-csv", "synthea-csv"}


def test_the_embedded_target_opens_at_its_address(tmp_path: Path) -> None:
    target = plugins.open_target("embedded", str(tmp_path / "target.db"), {})
    try:
        assert target.count("Patient") == 0
    finally:
        target.close()
