"""No code of the old system's own stands in a result: only LOINC names the kind of a measure."""

import duckdb
import pytest
from migrate.packs.validators import pack


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("2345-7", "Observation.2345-7"),
        ("GLU", "Observation.local"),
        ("GLU 7-1", "Observation.local"),
        ("2345-7 Invented, Ada", "Observation.local"),
        ("", "Observation.local"),
        ("٢-٣", "Observation.local"),
    ],
)
def test_a_local_code_is_not_told(code: str, told: str) -> None:
    assert pack()
    from migrate.packs.validators.ranges import MEASURE, measure_of

    asked = duckdb.execute(f"SELECT {MEASURE} FROM (SELECT ? AS code) AS m", [code]).fetchall()
    assert (measure_of(code), asked) == (told, [(told,)])
