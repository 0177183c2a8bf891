"""Real database servers for tests: on 127.0.0.1, below a folder, stopped at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

_PATIENCE_S = 120
_QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass(frozen=True)
class MariaDb:
    """A running server; root has no password."""

    socket: Path
    port: int

    def url(self, database: str) -> str:
        """Its address for SQLAlchemy."""
        return f"mysql://root@127.0.0.1:{self.port}/{database}"

    def load(self, dump: IO[bytes], database: str) -> None:
        """Run a dump into a fresh database by the server's own client."""
        with self.connect() as base, base.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
        client = ["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", database]
        subprocess.run([*client, "--default-character-set=utf8mb4"], stdin=dump, check=True)

    def dump(self, database: str, path: Path, *options: str) -> None:
        """The database as the server's own dump tool writes it."""
        if shutil.which("mariadb-dump") is None:
            pytest.skip("mariadb-dump is not installed (Debian: mariadb-client)")
        tool = ["mariadb-dump", "--no-defaults", f"--socket={self.socket}", "-uroot", *options]
        with path.open("wb") as out:
            subprocess.run([*tool, database], stdout=out, check=True)

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
    data, listening, port = folder / "data", folder / "s.sock", _free_port()
    root = ["--user=root"] if os.geteuid() == 0 else []
    own = ["--no-defaults", f"--datadir={data}", *root]
    install = [str(tools[0]), *own, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(install, check=True, **_QUIET)
    at = [f"--socket={listening}", "--bind-address=127.0.0.1", f"--port={port}", "--sql-mode="]
    with _running([str(tools[1]), *own, *at], port):
        yield MariaDb(listening, port)


@dataclass(frozen=True)
class Postgres:
    """A running server; the user ``tester`` owns it and needs no password."""

    port: int
    tools: Path

    def url(self, database: str) -> str:
        """Its address for SQLAlchemy."""
        return f"postgresql://tester@127.0.0.1:{self.port}/{database}"

    def run(self, tool: str, *arguments: str, **how: Any) -> None:
        """One of the server's own tools, connected to it."""
        where = ["--host=127.0.0.1", f"--port={self.port}", "--username=tester"]
        subprocess.run([str(self.tools / tool), *where, *arguments], check=True, **how)

    def load(self, dump: IO[bytes], database: str) -> None:
        """Run a dump into a fresh database by the server's own client."""
        self.run("createdb", "--template=template0", "--encoding=UTF8", database)
        self.run("psql", "--quiet", "--no-psqlrc", "-d", database, stdin=dump, **_QUIET)

    def dump(self, database: str, path: Path, *options: str) -> None:
        """The database as the server's own dump tool writes it."""
        self.run("pg_dump", *options, f"--file={path}", database)


@contextmanager
def postgres(folder: Path, *, fsync: str = "off") -> Iterator[Postgres]:
    """A server of Debian's postgresql; skips the test where it is not installed.

    ``fsync``: ``on`` is how it is installed.
    """
    tools = _postgres_tools()
    if tools is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    data, port = folder / "data", _free_port()
    account = _unprivileged(folder)
    make = [str(tools / "initdb"), f"--pgdata={data}", "--username=tester", "--auth=trust"]
    subprocess.run([*make, "--encoding=UTF8", "--locale=C"], check=True, **account, **_QUIET)
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "timezone": "UTC",
        "fsync": fsync,
    }
    chosen = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with _running([str(tools / "postgres"), "-D", str(data), *chosen], port, **account):
        yield Postgres(port, tools)


def _postgres_tools() -> Path | None:
    """The newest folder with the server's tools."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    whole = (f for f in folders if (f / "postgres").exists() and (f / "initdb").exists())
    return next(whole, None)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL does not start for root: then another account owns the folder and runs it."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, account.pw_uid, account.pw_gid)
        return {"user": account.pw_uid, "group": account.pw_gid, "cwd": folder, "extra_groups": []}
    pytest.skip("PostgreSQL does not run as root, and there is no account 'postgres' or 'nobody'")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: Sequence[str], port: int, **how: Any) -> Iterator[None]:
    server = subprocess.Popen(command, **how, **_QUIET)
    try:
        _wait(port, server)
        yield
    finally:
        server.terminate()
        server.wait(_PATIENCE_S)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(_PATIENCE_S * 10):
        assert server.poll() is None, "the server ended while it started"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not start")
