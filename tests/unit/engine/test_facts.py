"""A run folder read back through the Facts port."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from migrate.engine.facts import open_facts
from migrate.engine.lines import TypeLines, write_lines


def _run(folder: Path) -> Path:
    (folder / "staged").mkdir()
    (folder / "fhir").mkdir()
    table = pa.table({"a": ["1", None], "_row": [1, 2], "_file": ["f", "f"], "_at": ["2", "3"]})
    pq.write_table(table, folder / "staged" / "t.parquet")
    column = {"name": "a", "filled": 1}
    manifest = {"tables": [{"name": "t", "rows": 2, "rejected": 1, "columns": [column]}]}
    (folder / "staged" / "manifest.json").write_text(json.dumps(manifest))
    lines = [f'{{"resourceType":"Patient","id":"r{n:036d}","x":7.0}}' for n in (5, 9, 1)]
    (folder / "fhir" / "Patient.ndjson").write_text("".join(line + "\n" for line in lines))
    parts = [0] * 64
    parts[3], parts[60] = 2, 1
    write_lines(folder / "fhir", {"Patient": TypeLines(tuple(parts), 70)})
    return folder


def test_views_answer_with_partition_and_verbatim_text(tmp_path: Path) -> None:
    with open_facts(_run(tmp_path)) as facts:
        assert facts.has("staged.t") and facts.has("fhir.Patient")
        assert not facts.has("run.fates")
        found = facts.sql("SELECT id, part, resource FROM fhir.Patient").to_pylist()
        assert [(r["id"][-1], r["part"]) for r in found] == [("5", 3), ("9", 3), ("1", 60)]
        assert found[0]["resource"].encode() == next(iter(facts.lines("Patient")))
        assert facts.resource_types() == ["Patient"]
        assert facts.sql("FROM run.staged_tables").to_pylist() == [
            {"tbl": "t", "rows": 2, "rejected": 1}
        ]
        assert facts.sql("FROM run.staged_columns").to_pylist() == [
            {"tbl": "t", "col": "a", "filled": 1}
        ]
