"""Every feature of the profile language, hand-written: engine and interpreter agree to the byte,
and each row has the fate that the case says.

A case in ``language/`` has ``tables`` (a header, then rows; ``null`` is NULL), ``profile`` (what
follows HEAD), ``crosswalks`` (lines without the header) and ``fates``: table → fate, or code of
the rejection, of each row in order (``null``: none).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.second_opinion import compare

CASES = sorted((Path(__file__).parent / "language").glob("*.yml"))
HEAD = """\
profile: test
source:
  system: old
  timezone: America/Chicago
  dates: ["%m/%d/%Y", "%m/%Y", "%Y"]
  date_times: ["%m/%d/%Y %H:%M", "%Y-%m-%dT%H:%M:%S%z"]
  placeholders: ["0000-00-00"]
patients: patients
systems: {loinc: "http://loinc.org", local: "urn:old", mrn: "urn:old:mrn", ext: "http://example.org/ext"}
"""
CROSSWALK_HEAD = "source,system,code,display,equivalence,reviewer,comment\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_engine_and_interpreter_agree(path: Path) -> None:
    case: dict[str, Any] = YAML(typ="safe").load(path.read_text("utf-8"))
    crosswalks = {n: CROSSWALK_HEAD + text for n, text in case.get("crosswalks", {}).items()}
    tables = {
        name: [[None if cell is None else str(cell) for cell in row] for row in rows]
        for name, rows in case["tables"].items()
    }
    found = compare(HEAD + case["profile"], tables, crosswalks)
    if found.differences:
        pytest.fail(found.shown())
    fates = {(line[0], line[1]): line[3] or line[2] for line in found.opinion.fates}
    for table, expected in case["fates"].items():
        assert [fates.get((table, n)) for n in range(1, len(tables[table]))] == expected, table
