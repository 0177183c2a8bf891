"""Secrets: from the environment, a file only its owner reads, or the keyring; never written down.

In ``migration.toml`` a secret is named, not written: ``{env = "NAME"}``, ``{file = "PATH"}`` or
``{keyring = "SERVICE/USER"}``.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path

from migrate.errors import AskedWrongly, NeedsPerson

_SOURCES = ("env", "file", "keyring")
_TRY = 'write { env = "NAME" }, { file = "PATH" } or { keyring = "SERVICE/USER" }'


def secret(setting: object, name: str) -> str:
    """The secret that the option ``name`` points at.

    Raises AskedWrongly (LOD060) where the option is no pointer to a secret, NeedsPerson (LOD061)
    where it points at nothing, or at a file that others can read.
    """
    if not isinstance(setting, Mapping) or len(setting) != 1 or next(iter(setting)) not in _SOURCES:
        raise AskedWrongly("LOD060", f"[target.options] {name} must say where it lies", try_=_TRY)
    kind, place = next(iter(setting.items()))
    found = {"env": _from_env, "file": _from_file, "keyring": _from_keyring}[kind](str(place), name)
    if not found:
        raise _missing(name, f"nothing was found ({kind})")
    return found


def _from_env(place: str, name: str) -> str:  # noqa: ARG001
    return os.environ.get(place, "")


def _from_file(place: str, name: str) -> str:
    path = Path(place).expanduser()
    try:
        if path.stat().st_mode & 0o077:
            raise _missing(name, "its file can be read by others: chmod 600")
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _missing(name, f"its file cannot be read ({type(error).__name__})") from None


def _from_keyring(place: str, name: str) -> str:
    service, _, user = place.rpartition("/")
    try:
        keyring = importlib.import_module("keyring")
        return keyring.get_password(service, user) or ""
    except ImportError:
        raise _missing(name, "the package keyring is not installed") from None
    except Exception as error:  # the keyring's back ends raise what they like
        raise _missing(name, f"the keyring does not open ({type(error).__name__})") from None


def _missing(name: str, why: str) -> NeedsPerson:
    return NeedsPerson("LOD061", f"the secret [target.options] {name}: {why}", try_=_TRY)
