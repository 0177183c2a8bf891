"""``plan.json`` and ``plan.parquet``: the plan's head and its steps, read in batches.

The steps are a row each, in the order of writing, with the fields of ``core.plan.Step``. What
was signed is kept beside them as ``plans/<digest>.parquet``, so that a later plan can be held
against it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from migrate.core.plan import WRITING, LoadPlan, Step, in_batches
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.store.files import file_digest, full_disk_in_words, write_json

if TYPE_CHECKING:
    from migrate.store.workspace import Run

PLAN_FILE = "plan.json"
STEPS_FILE = "plan.parquet"
_BATCH = 20_000
_INTEGERS = {"seq": pa.int64(), "unit": pa.int64(), "knot": pa.int64(), "offset": pa.int64()}
SCHEMA = pa.schema(
    [
        (one.name, _INTEGERS.get(one.name, pa.int32() if one.name == "length" else pa.string()))
        for one in fields(Step)
    ]
)


def write_steps(run: Run, steps: Iterable[Step]) -> str:
    """Write the steps' table, whole or not at all; its digest (SHA-256, hexadecimal)."""
    path = run.file(STEPS_FILE)
    beside = path.with_name(f".{path.name}.part")
    with full_disk_in_words(path):
        with pq.ParquetWriter(beside, SCHEMA, compression="zstd") as writer:
            for batch in in_batches(steps, _BATCH):
                columns = {name: [getattr(step, name) for step in batch] for name in SCHEMA.names}
                writer.write_table(pa.table(columns, schema=SCHEMA))
        with beside.open("rb") as handle:
            os.fsync(handle.fileno())
        beside.replace(path)
    return file_digest(path)


def write_plan(run: Run, plan: LoadPlan) -> None:
    """Write the plan's head."""
    write_json(run.file(PLAN_FILE), asdict(plan))


def read_plan(run: Run) -> LoadPlan:
    """The plan of a run, with its files held against their manifest.

    Raises AskedWrongly (LOD001) when there is none, NeedsPerson when it was changed since.
    """
    manifest = run.manifest("plan")
    if manifest is None or not all(run.file(name).is_file() for name in (PLAN_FILE, STEPS_FILE)):
        raise AskedWrongly("LOD001", "this run has no plan yet", try_="ehr-migrate plan")
    for name in (PLAN_FILE, STEPS_FILE):
        if file_digest(run.file(name)) != manifest.outputs.get(name):
            raise NeedsPerson(
                "LOD011",
                f"the plan changed: {name} is not as `plan` wrote it",
                kept="the files as they are; nothing was written to the target",
                try_="find out who changed it and why, then plan and sign again",
            )
    return LoadPlan(**orjson.loads(run.file(PLAN_FILE).read_bytes()))


def read_steps(path: Path) -> Iterator[Step]:
    """The steps of a table of steps, in order; memory is bounded by a batch."""
    table = pq.ParquetFile(path)
    for batch in table.iter_batches(_BATCH):
        columns = [batch.column(name).to_pylist() for name in SCHEMA.names]
        for values in zip(*columns, strict=True):
            yield Step(*values)


def steps_of(run: Run) -> Iterator[Step]:
    """The steps of a run's plan."""
    return read_steps(run.file(STEPS_FILE))


def steps_for(run: Run, refs: Collection[tuple[str, str]]) -> list[Step]:
    """The steps of a run's plan for these (type, id), where it has a plan."""
    path = run.file(STEPS_FILE)
    if not refs or not path.is_file():
        return []
    import duckdb

    asked = pa.table(
        {
            name: pa.array([ref[place] for ref in refs], pa.string())
            for place, name in enumerate(("type", "id"))
        }
    )
    query = (
        "SELECT plan.* FROM read_parquet($path) plan SEMI JOIN asked USING (type, id) "
        "ORDER BY plan.seq"
    )
    with duckdb.connect() as connection:
        connection.register("asked", asked)
        rows = connection.execute(query, {"path": str(path)}).fetchall()
    return [Step(*row) for row in rows]


def chart_steps(run: Run, patient: str) -> list[Step]:
    """The steps of one patient's chart, in the order of writing."""
    query = "SELECT * FROM read_parquet($path) WHERE patient = $patient ORDER BY seq"
    return [Step(*row) for row in _asked(run, query, {"patient": patient})]


def broadest_chart(run: Run) -> str | None:
    """The patient to be created with the most types of resources, and of those the fewest
    resources; None where none is created."""
    query = (
        "SELECT patient FROM read_parquet($path) WHERE patient IS NOT NULL GROUP BY patient "
        "HAVING count(*) FILTER (action = 'create' AND type = 'Patient') > 0 "
        "ORDER BY count(DISTINCT type) DESC, count(*), patient LIMIT 1"
    )
    rows = _asked(run, query, {})
    return str(rows[0][0]) if rows else None


def _asked(run: Run, query: str, values: dict[str, str]) -> list[tuple[Any, ...]]:
    import duckdb

    with duckdb.connect() as connection:
        files = {"path": str(run.file(STEPS_FILE))}
        return connection.execute(query, files | values).fetchall()


def keep_signed(run: Run, plan: LoadPlan) -> None:
    """Keep the steps that a signature binds, for comparison with later plans."""
    kept = signed_steps(run, plan.steps_digest)
    kept.parent.mkdir(exist_ok=True)
    if not kept.exists():
        os.link(run.file(STEPS_FILE), kept)


def signed_steps(run: Run, digest: str) -> Path:
    """Where the steps of a signed plan are kept."""
    return run.folder / "plans" / f"{digest}.parquet"


def writes_within(run: Run, digest: str) -> bool:
    """Whether every write of the run's plan is one of the signed plan of this digest.

    The same write is the same content put at the same place; the version that it replaces may be
    a later one of ours (after a rollback), never somebody else's: the plan has seen to that.
    """
    kept = signed_steps(run, digest)
    if not kept.is_file() or file_digest(kept) != digest:
        return False
    import duckdb

    wanted = "type, id, action, digest"
    query = (
        f"SELECT count(*) FROM (SELECT {wanted} FROM read_parquet($now) "
        f"WHERE action IN {WRITING} EXCEPT SELECT {wanted} FROM read_parquet($signed))"
    )
    files = {"now": str(run.file(STEPS_FILE)), "signed": str(kept)}
    with duckdb.connect() as connection:
        row = connection.execute(query, files).fetchone()
    return row is not None and row[0] == 0


_IS_WANTED = (
    "action IN ('create', 'update', 'leave', 'conflict') AND "
    "reason NOT IN ('retired before', 'gone, but changed by somebody else')"
)


def changed_since(run: Run, signed: Run, digest: str) -> tuple[int, int, int] | None:
    """How a run's plan differs from the signed plan of this digest of an earlier run.

    Charts and shared resources that are new, changed or gone, whatever is loaded by now, and
    how many are gone without a decision that were not so then. None when the signed plan is not
    there as it was signed.
    """
    kept = signed_steps(signed, digest)
    if not kept.is_file() or file_digest(kept) != digest:
        return None
    import duckdb

    sides = [
        f"(SELECT type, id, digest, patient FROM read_parquet({path}) WHERE {_IS_WANTED})"
        for path in ("$now", "$signed")
    ]
    gone = "SELECT type, id FROM read_parquet({}) WHERE action = 'gone'"
    patient = "coalesce(n.patient, s.patient)"
    query = (
        f"SELECT count(DISTINCT {patient}), count(*) FILTER ({patient} IS NULL), "
        f"(SELECT count(*) FROM ({gone.format('$now')} EXCEPT {gone.format('$signed')})) "
        f"FROM {sides[0]} n FULL JOIN {sides[1]} s ON n.type = s.type AND n.id = s.id "
        "WHERE n.digest IS DISTINCT FROM s.digest"
    )
    files = {"now": str(run.file(STEPS_FILE)), "signed": str(kept)}
    with duckdb.connect() as connection:
        row = connection.execute(query, files).fetchone()
    return None if row is None else (int(row[0]), int(row[1]), int(row[2]))
