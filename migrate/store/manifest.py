"""The manifest of staged data as JSON: ``staged/manifest.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from migrate.core.model import ForeignKey, Manifest, SourceColumn, SourceFile, SourceTable
from migrate.store.files import text_digest, write_json


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest; the last file of an extraction."""
    write_json(path, asdict(manifest))


def read_manifest(path: Path) -> Manifest:
    """Read ``staged/manifest.json`` back, equal to what was written."""
    document: dict[str, Any] = orjson.loads(path.read_bytes())
    return Manifest(
        **{
            **document,
            "tables": tuple(_table(entry) for entry in document["tables"]),
            "other_files": tuple(SourceFile(**entry) for entry in document["other_files"]),
        }
    )


def _table(entry: Mapping[str, Any]) -> SourceTable:
    return SourceTable(
        **{
            **entry,
            "columns": tuple(SourceColumn(**column) for column in entry["columns"]),
            "files": tuple(SourceFile(**file) for file in entry["files"]),
            "primary_key": tuple(entry["primary_key"]),
            "foreign_keys": tuple(_foreign_key(key) for key in entry["foreign_keys"]),
        }
    )


def _foreign_key(entry: Mapping[str, Any]) -> ForeignKey:
    return ForeignKey(tuple(entry["columns"]), entry["target"], tuple(entry["target_columns"]))


def input_digest(tables: Sequence[SourceTable], other_files: Sequence[SourceFile]) -> str:
    """One digest over the paths and digests of all files that were read."""
    files = {file.path: file.sha256 for table in tables for file in table.files}
    files |= {file.path: file.sha256 for file in other_files}
    return files_digest(files)


def files_digest(files: Mapping[str, str]) -> str:
    """One digest over paths and the digests of their contents, in any order."""
    return text_digest(*(text for path in sorted(files) for text in (path, files[path])))
