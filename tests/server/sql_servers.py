"""Real database servers for tests: on 127.0.0.1 or a socket, below a folder, stopped at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

_PATIENCE_S = 120


@dataclass(frozen=True)
class MariaDb:
    """A running server and the socket it listens on."""

    socket: Path

    def load(self, dump: IO[bytes], database: str) -> None:
        """Run a dump into a fresh database by the server's own client."""
        with self.connect() as base, base.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
        client = ["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", database]
        subprocess.run([*client, "--default-character-set=utf8mb4"], stdin=dump, check=True)

    def connect(self, database: str | None = None) -> Any:
        """A connection of the driver that leaves every value as the server sends it."""
        pymysql = pytest.importorskip("pymysql")
        writers = pymysql.converters.conversions.items()
        return pymysql.connect(
            unix_socket=str(self.socket),
            user="root",
            database=database,
            charset="utf8mb4",
            conv={kind: how for kind, how in writers if not isinstance(kind, int)},
        )


@contextmanager
def mariadb(folder: Path) -> Iterator[MariaDb]:
    """A server of Debian's mariadb-server-core; skips the test where it is not installed."""
    tools = [shutil.which(name) for name in ("mariadb-install-db", "mariadbd", "mariadb")]
    if None in tools:
        pytest.skip("MariaDB is not installed (Debian: mariadb-server-core, mariadb-client-core)")
    data, listening = folder / "data", folder / "s.sock"
    root = ["--user=root"] if os.geteuid() == 0 else []
    own = ["--no-defaults", f"--datadir={data}", *root]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [str(tools[0]), *own, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        **quiet,
    )
    server = subprocess.Popen(
        [str(tools[1]), *own, f"--socket={listening}", "--skip-networking", "--sql-mode="], **quiet
    )
    try:
        _wait(listening, server)
        yield MariaDb(listening)
    finally:
        server.terminate()
        server.wait(_PATIENCE_S)


def _wait(listening: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(_PATIENCE_S * 10):
        assert server.poll() is None, "the server ended while it started"
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(listening)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not start")
