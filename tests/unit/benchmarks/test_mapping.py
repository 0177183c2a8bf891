"""The race of ``make bench`` is over one distance: both sides write the same bytes."""

from pathlib import Path

import pytest

from benchmarks import concatenation, plain_python
from benchmarks.mapping import engine
from benchmarks.observations import stage


def test_engine_and_plain_python_write_the_same_observations(tmp_path: Path) -> None:
    stage(tmp_path, 3000)
    engine(tmp_path, 1)
    plain_python.map_rows(tmp_path)
    plain_python.assert_same(tmp_path)
    made = (tmp_path / "out" / "fhir" / "Observation.ndjson").read_bytes()
    assert made.count(b"\n") > 2900
    assert concatenation.ratio(tmp_path, 1) > 0
    (tmp_path / "python" / "Observation.ndjson").write_bytes(made[:-1])
    with pytest.raises(AssertionError):
        plain_python.assert_same(tmp_path)
