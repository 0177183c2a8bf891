"""The target behind a package: what a load writes is held here, and the package is made of it.

The folder proves that the files are there, not that any EHR has taken them in, so ``read_back``
is False: the proof is `verify --from` the new EHR's own export.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from migrate.core.ports import Capabilities, Receipt, Stored, Write
from migrate.targets.embedded import EmbeddedTarget

HOLDINGS = ".holdings.db"
_AT_ONCE = 1000


def open_target(address: str, options: Mapping[str, object]) -> HandoverTarget:  # noqa: ARG001
    """Open the package folder ``address``; an empty one gets an identity.

    Raises AskedWrongly when its holdings are no store, FailedForNow when they are locked.
    """
    return HandoverTarget(Path(address))


class HandoverTarget:
    """A folder that holds resources until the package is made."""

    name = "handover"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._store = EmbeddedTarget(folder / HOLDINGS)

    def identity(self) -> str:
        """``handover:`` and the UUID given at creation."""
        return "handover:" + self._store.identity().partition(":")[2]

    def capabilities(self) -> Capabilities:
        """Everything but a proof of what the import desk did."""
        return replace(self._store.capabilities(), read_back=False)

    def read(self, refs: Sequence[tuple[str, str]]) -> Iterator[Stored]:
        """The present state of each (type, id)."""
        return self._store.read(refs)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """All writes in one transaction."""
        return self._store.apply(writes)

    def count(self, resource_type: str) -> int | None:
        """How many of a type are held."""
        return self._store.count(resource_type)

    def close(self) -> None:
        """Close the holdings."""
        self._store.close()


def write_holdings(folder: Path, out: Path) -> dict[str, int]:
    """Write what the target in ``folder`` holds as ``<Type>.ndjson``, by type and id; counts."""
    counts: dict[str, int] = {}
    uri = f"file:{folder / HOLDINGS}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as store:
        kinds = store.execute(
            "SELECT DISTINCT type FROM resources WHERE content IS NOT NULL ORDER BY type"
        ).fetchall()
        for (kind,) in kinds:
            rows = store.execute(
                "SELECT content FROM resources WHERE type = ? AND content IS NOT NULL ORDER BY id",
                (kind,),
            )
            with (out / f"{kind}.ndjson").open("wb") as stream:
                counts[kind] = 0
                while batch := rows.fetchmany(_AT_ONCE):
                    stream.write(b"".join(content + b"\n" for (content,) in batch))
                    counts[kind] += len(batch)
    return counts
