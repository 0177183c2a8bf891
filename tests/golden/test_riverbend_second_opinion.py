"""The plain-Python interpreter makes the same bytes of Riverbend as the engine."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from migrate.stages.mapping import context_of
from migrate.store.workspace import Project
from migrate.testing.compare import differences
from migrate.testing.interpreter import interpret
from tests.golden.riverbend import mapped_riverbend

pytestmark = pytest.mark.slow


def test_engine_and_interpreter_agree_to_the_byte() -> None:
    mapped = mapped_riverbend()
    project = Project.open(mapped.run.parent.parent)
    tables = {
        table.name: pq.read_table(mapped.run / "staged" / f"{table.name}.parquet").to_pylist()
        for table in mapped.manifest.tables
    }
    opinion = interpret(
        mapped.profile,
        tables,
        id_key=project.id_key(),
        context=context_of(project, mapped.profile, mapped.manifest),
    )
    assert sum(map(len, opinion.resources.values())) > 20_000
    parted = differences(mapped.run, opinion)
    assert [f"{found.what}:{found.number}" for found in parted] == []
