"""What a layout loses, by plain Python, and by the list that is signed."""

from __future__ import annotations

import functools
from pathlib import Path

import pyarrow.parquet as pq

from migrate.core.layouts.ast import Layout
from migrate.engine.desk import DeskViews
from tests.handover import plain

Leaf = tuple[str, str, str]  # type, id, address


@functools.cache
def held(fhir: Path) -> plain.Held:
    """All resources by type and id, in the order of the files."""
    found = {}
    for path in sorted(fhir.glob("*.ndjson")):
        resources = [plain.parsed(line) for line in path.read_bytes().splitlines()]
        found[path.stem] = {str(one["id"]): one for one in resources}
    return found


def losses_by_plain_python(layout: Layout, resources: plain.Held) -> set[Leaf]:
    """Every leaf that no column carries as it is."""
    lost = {
        (kind, identity, at)
        for kind, some in resources.items()
        for identity, resource in some.items()
        for at, _ in plain.leaves(resource)
        if at not in ("$.resourceType", "$.id")
    }
    for file in layout.files:
        for identity, cells in plain.rows(layout, file, resources):
            for cell in cells:
                if not cell.reason:
                    lost -= {(file.type, identity, at) for at in cell.read}
    return lost


def losses_as_listed(layout: Layout, fhir: Path, folder: Path) -> tuple[list[Leaf], set[str]]:
    """The leaves of ``losses.parquet``, and the reasons that it gives."""
    with DeskViews(fhir, layout, folder / "scratch") as views:
        views.write_losses(folder / "losses.parquet")
    table = pq.read_table(folder / "losses.parquet")
    columns = [table.column(name).to_pylist() for name in ("type", "id", "address")]
    return list(zip(*columns, strict=True)), set(table.column("reason").to_pylist())
