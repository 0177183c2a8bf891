"""DuckDB as this toolkit uses it: no network, no extensions from outside, bounded memory."""

from __future__ import annotations

from pathlib import Path

import duckdb

DEFAULT_MEMORY = "600MB"


def connect(
    *, threads: int = 1, memory: str = DEFAULT_MEMORY, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A fresh in-memory database. ``spill`` is the folder for what does not fit in ``memory``.

    Text is compared by its UTF-8 bytes and no setting depends on locale or time zone, so the
    same statement gives the same answer everywhere.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "threads": str(threads),
            "memory_limit": memory,
            "temp_directory": "" if spill is None else str(spill),
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    return connection
