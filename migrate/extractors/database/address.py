"""The address of a database: which driver opens it, and where its password comes from.

A URL in ``migration.toml``, on a command line or in a message carries no password. It is named
by ``[source.options] password``: ``{env = "NAME"}``, ``{file = "PATH"}`` or
``{keyring = "SERVICE/USER"}``; without that the variable ``EHR_MIGRATE_SOURCE_PASSWORD`` of the
environment is used where it is set, and the driver's own means (``~/.pgpass``, a socket) otherwise.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from migrate.errors import AskedWrongly, NeedsPerson

PASSWORD = "EHR_MIGRATE_SOURCE_PASSWORD"
_DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}
_EXTRAS = {"psycopg": "postgres", "pymysql": "mysql"}
_SECRET_PARTS = ("pass", "secret", "token", "pwd")
_TRY = (
    f"set {PASSWORD}, or write [source.options] password = "
    '{ env = "NAME" }, { file = "PATH" } or { keyring = "SERVICE/USER" }'
)


def parsed(source: str) -> URL | None:
    """The address as a URL of a database that SQLAlchemy knows; None for anything else."""
    if "://" not in source:
        return None
    try:
        url = make_url(source)
        if url.get_backend_name() not in _DRIVERS:
            url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        return None
    return url


def refuse_secrets(url: URL) -> None:
    """Raises AskedWrongly (EXT051) for an address with a password in it."""
    named = [key for key in url.query if any(part in key.lower() for part in _SECRET_PARTS)]
    if url.password is not None or any(key != "passfile" for key in named):
        raise AskedWrongly(
            "EXT051",
            "the address of the database carries a password",
            kept="nothing was written",
            try_=f"leave it out of the address; {_TRY}",
        )


def complete(url: URL, options: Mapping[str, object]) -> URL:
    """The address with a driver that is installed, and its password.

    Raises AskedWrongly (EXT023, EXT051) and NeedsPerson (EXT033 without the driver, EXT050
    without the secret).
    """
    refuse_secrets(url)
    backend = url.get_backend_name()
    if "+" not in url.drivername and backend in _DRIVERS:
        url = url.set(drivername=f"{backend}+{_DRIVERS[backend]}")
    driver = url.drivername.partition("+")[2]
    extra = _EXTRAS.get(driver)
    if extra is not None and importlib.util.find_spec(driver) is None:
        raise NeedsPerson(
            "EXT033",
            f"the database's driver, the package {driver}, is not installed",
            try_=f"pip install 'ehr-migrate[{extra}]'",
        )
    word = _secret(options["password"]) if "password" in options else os.environ.get(PASSWORD)
    return url.set(password=word) if word else url


def _secret(setting: object) -> str:
    if not isinstance(setting, Mapping) or len(setting) != 1:
        raise AskedWrongly("EXT023", "[source.options] password must say where it lies", try_=_TRY)
    kind, place = next(iter(setting.items()))
    match kind:
        case "env":
            found = os.environ.get(str(place), "")
        case "file":
            found = _from_file(Path(str(place)).expanduser())
        case "keyring":
            found = _from_keyring(*str(place).rpartition("/")[::2])
        case _:
            raise AskedWrongly("EXT023", "[source.options] password: no such place", try_=_TRY)
    if not found:
        raise _missing(f"nothing was found ({kind})")
    return found


def _from_file(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise _missing("its file can be read by others: chmod 600")
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _missing(f"its file cannot be read ({type(error).__name__})") from None


def _from_keyring(service: str, user: str) -> str:
    try:
        return importlib.import_module("keyring").get_password(service, user) or ""
    except ImportError:
        raise _missing("the package keyring is not installed") from None
    except Exception as error:  # the keyring's back ends raise what they like
        raise _missing(f"the keyring does not open ({type(error).__name__})") from None


def _missing(why: str) -> NeedsPerson:
    return NeedsPerson("EXT050", f"the password of the database: {why}", try_=_TRY)
