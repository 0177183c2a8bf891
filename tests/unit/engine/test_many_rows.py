"""Many rows: the text made apart from the states, some partitions at a time, is the same text."""

from pathlib import Path

import pytest

from benchmarks.mapping import engine
from benchmarks.observations import stage
from migrate.core.compile import rule
from migrate.engine import output


def _files(folder: Path) -> dict[str, bytes]:
    out = folder / "out"
    files = [*(out / "fhir").iterdir(), *out.glob("*.parquet")]
    return {path.name: path.read_bytes() for path in files}


def test_the_same_bytes_however_the_lines_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(tmp_path, 2500)
    engine(tmp_path, 2)
    at_once = _files(tmp_path)
    monkeypatch.setattr(rule, "MANY_ROWS", 20)
    monkeypatch.setattr(output, "SORTED_ROWS", 100)
    engine(tmp_path, 2)
    assert len(at_once) == 8
    assert _files(tmp_path) == at_once


def test_ranges_of_partitions_cover_all_of_them_once() -> None:
    counts = [0] * 10 + [output.SORTED_ROWS + 5, 3] + [output.SORTED_ROWS // 4] * 52
    ranges = list(output._ranges(counts))
    covered = [part for first, last in ranges for part in range(first, last + 1)]
    assert covered == list(range(64))
    for first, last in ranges:
        assert (
            first == last
            or sum(counts[first : last + 1]) <= output.SORTED_ROWS
            or (sum(1 for count in counts[first : last + 1] if count) == 1)
        )
