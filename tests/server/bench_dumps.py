"""Staging a large dump beside the server that it came from loading it.

``python -m tests.server.bench_dumps [MB]`` (500) writes invented rows as a mysqldump (extended and
single-row INSERTs) and as pg_dump's COPY, lets MariaDB and PostgreSQL load each, stages the same
file, and prints seconds, ratio and peak memory. Each side runs alone, one after the other. Staging
is one process; the servers work as they are installed, MariaDB in one transaction. PostgreSQL loads
the file a second time without fsync, as nobody runs it: printed, not judged. The servers also build
the primary key, which staging does not; staging writes compressed Parquet and the file's digest,
which they do not.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from migrate.core.ports import ExtractRequest
from migrate.extractors.sqldump import SqlDumpExtractor
from migrate.store.staging import stage
from tests.server.sql_servers import mariadb, postgres

_COLUMNS = {
    "id": "bigint NOT NULL",
    "patient": "varchar(12)",
    "code": "varchar(20)",
    "value": "decimal(10,2)",
    "unit": "varchar(20)",
    "taken": "varchar(19)",
    "note": "varchar(200)",
}
_POSTGRES = (("p", "on", "pgdump copy"), ("q", "off", "pgdump copy no fsync"))
_A_STATEMENT = 1 << 20
_LIMIT_KIB = 1 << 20


def _row(number: int) -> tuple[str, ...]:
    """An invented measurement."""
    value = f"{number * 7919 % 100_000 / 100:.2f}"
    taken = f"20{number % 24:02}-{number % 12 + 1:02}-{number % 28 + 1:02} 09:{number % 60:02}:00"
    note = f"it''s invented line {number % 997}" if number % 5 == 0 else ""
    return str(number), f"P{number % 50_021:07}", "29463-7", value, "kg", taken, note


def _tuple(number: int) -> str:
    key, *texts = _row(number)
    cells = [f"'{text}'" if text else "NULL" for text in texts]
    cells[2] = cells[2].strip("'")
    return f"({key},{','.join(cells)})"


def _mysql(size: int, single: bool) -> Iterator[str]:
    columns = ",\n".join(f"  `{name}` {kind}" for name, kind in _COLUMNS.items())
    yield f"-- MySQL dump 10.13\nSET NAMES utf8mb4;\nCREATE TABLE `measurements` (\n{columns},\n"
    yield "  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\nSET autocommit=0;\n"
    number = written = 0
    while written < size:
        rows, length = [], 0
        while length < (1 if single else _A_STATEMENT):
            number += 1
            rows.append(_tuple(number))
            length += len(rows[-1]) + 1
        statement = f"INSERT INTO `measurements` VALUES {','.join(rows)};\n"
        written += len(statement)
        yield statement
    yield "COMMIT;\n"


def _copy(size: int) -> Iterator[str]:
    columns = ",\n".join(f"    {name} {kind}" for name, kind in _COLUMNS.items())
    yield "--\n-- PostgreSQL database dump\n--\n\n"
    yield f"CREATE TABLE public.measurements (\n{columns}\n);\n"
    yield f"COPY public.measurements ({', '.join(_COLUMNS)}) FROM stdin;\n"
    number = written = 0
    while written < size:
        number += 1
        line = "\t".join(cell.replace("''", "'") or "\\N" for cell in _row(number)) + "\n"
        written += len(line)
        yield line
    yield "\\.\n\nALTER TABLE ONLY public.measurements\n"
    yield "    ADD CONSTRAINT measurements_pkey PRIMARY KEY (id);\n"


def _staged(path: Path) -> tuple[float, int, int]:
    """Seconds, rows and peak memory (KiB) of a process of its own that stages a file."""
    command = [sys.executable, "-m", "tests.server.bench_dumps", "--stage", str(path)]
    told = subprocess.run(command, check=True, capture_output=True).stdout
    seconds, rows, peak = json.loads(told)
    return float(seconds), int(rows), int(peak)


def _stage(path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        begun = time.perf_counter()
        events = SqlDumpExtractor().extract(ExtractRequest(str(path)))
        made = stage(
            events, Path(folder, "staged"), Path(folder, "rejects"), extractor="x", exported_at=""
        )
        seconds = time.perf_counter() - begun
    rows = sum(table.rows for table in made.manifest.tables)
    print(json.dumps([seconds, rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))


def _compare(
    what: str, text: Iterator[str], path: Path, load: Callable[[IO[bytes], str], None]
) -> bool:
    """One file by both; whether staging was no slower and within memory."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(text)
    megabytes = path.stat().st_size / 1e6
    with path.open("rb") as dump:
        begun = time.perf_counter()
        load(dump, what.replace(" ", "_"))
        server = time.perf_counter() - begun
    ours, rows, peak = _staged(path)
    path.unlink()
    print(
        f"{what:28} {megabytes:7.0f} MB {rows:9,} rows  server {server:7.1f} s  staged "
        f"{ours:7.1f} s  ratio {ours / server:5.2f}  peak {peak / 1024:5.0f} MiB",
        flush=True,
    )
    return ours <= server and peak <= _LIMIT_KIB


def _main(megabytes: int) -> int:
    size, good = megabytes * 1_000_000, []
    with tempfile.TemporaryDirectory(prefix="bench-dumps-") as folder:
        here, dump = Path(folder), Path(folder, "dump.sql")
        here.chmod(0o755)
        try:
            (here / "m").mkdir()
            with mariadb(here / "m") as maria:
                good += [
                    _compare(what, _mysql(size, single), dump, maria.load)
                    for what, single in (("mysqldump extended", False), ("mysqldump single", True))
                ]
            for folder_name, fsync, what in _POSTGRES:
                (here / folder_name).mkdir()
                with postgres(here / folder_name, fsync=fsync) as pg:
                    fine = _compare(what, _copy(size), dump, pg.load)
                good.append(fine or fsync == "off")
        except pytest.skip.Exception as missing:
            print(missing)
            return 1
    return 0 if all(good) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stage"]:
        _stage(Path(sys.argv[2]))
    else:
        sys.exit(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
