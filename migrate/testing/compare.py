"""Engine and interpreter over the same staged files: everything that they say differently."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from migrate.core.model import SourceTable
from migrate.core.profiles.ast import Profile
from migrate.testing.interpreter import Interpretation, Row, interpret

#: The files beside the resources, with the columns that are compared.
FILES = {
    "lineage": ("type", "id", "tbl", "row", "rule", "role"),
    "fates": ("tbl", "row", "fate", "code", "reason", "rule", "patient"),
    "notes": ("code", "tbl", "column", "rule", "rows"),
    "misses": ("crosswalk", "source", "tbl", "column", "outcome", "rows"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One line that only one side has, or that both have otherwise.

    ``what`` is ``fhir/<Type>`` or one of :data:`FILES`; ``number`` the line's number among the
    resources of its type (0 in the other files, whose order says nothing). The lines themselves
    may hold chart values, so they are not part of the representation.
    """

    what: str
    number: int
    engine: object = field(repr=False)
    interpreter: object = field(repr=False)


def compare_engine(
    profile: Profile,
    catalogue: Sequence[SourceTable],
    staged: Path,
    *,
    id_key: bytes,
    context: Mapping[str, str],
    workers: int = 1,
) -> list[Difference]:
    """Map ``staged`` (a Parquet file a table) with both, and compare bytes and lines."""
    from migrate.engine.run import run_mapping

    with tempfile.TemporaryDirectory(prefix="second-opinion-") as folder:
        out = Path(folder)
        run_mapping(
            profile, catalogue, staged, out, id_key=id_key, context=context, workers=workers
        )
        tables = {table.name: read_rows(staged / f"{table.name}.parquet") for table in catalogue}
        opinion = interpret(profile, tables, id_key=id_key, context=context)
        return differences(out, opinion)


def read_rows(file: Path) -> Sequence[Row]:
    """The rows of a staged table."""
    rows: Sequence[Row] = pq.read_table(file).to_pylist()
    return rows


def differences(out: Path, opinion: Interpretation) -> list[Difference]:
    """What a mapping wrote to ``out`` against an interpretation."""
    found = list(_resources(out, opinion))
    for what, columns in FILES.items():
        lines = pq.read_table(out / f"{what}.parquet", columns=list(columns)).to_pylist()
        engine = Counter(tuple(line[name] for name in columns) for line in lines)
        ours: Counter[tuple[object, ...]] = Counter(getattr(opinion, what))
        found += [Difference(what, 0, line, None) for line in (engine - ours).elements()]
        found += [Difference(what, 0, None, line) for line in (ours - engine).elements()]
    return found


def _resources(out: Path, opinion: Interpretation) -> Iterator[Difference]:
    written = {file.stem for file in (out / "fhir").glob("*.ndjson")}
    for kind in sorted(written | opinion.resources.keys()):
        file = out / "fhir" / f"{kind}.ndjson"
        engine = file.read_bytes().split(b"\n") if file.exists() else [b""]
        ours = [*opinion.resources.get(kind, []), b""]
        for number in range(max(len(engine), len(ours))):
            one = engine[number] if number < len(engine) else None
            other = ours[number] if number < len(ours) else None
            if one != other:
                yield Difference(f"fhir/{kind}", number + 1, one, other)
