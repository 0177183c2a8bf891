"""A folder of NDJSON files, one a resource type: FHIR's bulk-data layout, to be handed over.

The folder proves only that the files are there, not that any EHR has taken them in, so
``read_back`` and ``versions`` are False and the stages say so. A resource's version is a digest
of its bytes, which is enough to see that somebody changed it.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import orjson

from migrate.core.ports import Capabilities, Receipt, Stored, Write
from migrate.errors import AskedWrongly, NeedsPerson, disk_is_full

_IDENTITY = ".ehr-migrate-target"
MAX_BUNDLE = 5000
_Outcome = Literal["created", "updated", "unchanged", "deleted", "conflict", "refused", "unknown"]


def open_target(address: str, options: Mapping[str, object]) -> NdjsonTarget:  # noqa: ARG001
    """Open the folder ``address``, made with a new identity if needed.

    Raises AskedWrongly when a line of one of its files is no resource.
    """
    return NdjsonTarget(Path(address))


class NdjsonTarget:
    """A folder of ``<Type>.ndjson`` files, with an index of where each resource lies."""

    name = "ndjson"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: dict[str, dict[str, tuple[int, int]]] = {}
        with _in_words():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            mark = folder / _IDENTITY
            if not mark.exists():
                _replace(mark, f"{uuid.uuid4()}\n".encode())
            self._identity = mark.read_text("ascii").strip()
            for path in sorted(folder.glob("*.ndjson")):
                self._index[path.stem] = _scan(path)

    def identity(self) -> str:
        """``ndjson:`` and the UUID in the folder's mark."""
        return f"ndjson:{self._identity}"

    def capabilities(self) -> Capabilities:
        """Files can be rewritten, but they prove nothing about the EHR that will take them."""
        return Capabilities(
            client_ids=True,
            read_back=False,
            delete=True,
            versions=False,
            transactions=False,
            max_bundle=MAX_BUNDLE,
        )

    def read(self, refs: Sequence[tuple[str, str]]) -> Iterator[Stored]:
        """The line of each (type, id), with the digest of its bytes as version."""
        for kind, identity in refs:
            content = self._content(kind, identity)
            yield Stored(kind, identity, _version(content), content)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """New resources are appended; a changed or deleted one rewrites its file as a whole."""
        receipts: list[Receipt] = []
        fresh: dict[str, dict[str, bytes]] = {}
        changed: dict[str, dict[str, bytes | None]] = {}
        for write in writes:
            pending = changed.get(write.type, {})
            present = fresh.get(write.type, {}).get(write.id)
            if present is None:
                present = (
                    pending[write.id]
                    if write.id in pending
                    else self._content(write.type, write.id)
                )
            outcome, status = _judge(write, present)
            if outcome == "created" and write.content is not None and write.id not in pending:
                fresh.setdefault(write.type, {})[write.id] = write.content
            elif outcome in ("created", "updated", "deleted"):
                fresh.get(write.type, {}).pop(write.id, None)
                changed.setdefault(write.type, {})[write.id] = write.content
            after = write.content if outcome in ("created", "updated", "deleted") else present
            receipts.append(Receipt(write.type, write.id, outcome, _version(after), status))
        with _in_words():
            for kind in sorted(fresh.keys() | changed.keys()):
                self._store(kind, fresh.get(kind, {}), changed.get(kind, {}))
        return receipts

    def count(self, resource_type: str) -> int | None:
        """None: there is no search here that could count independently."""

    def close(self) -> None:
        """Nothing is held open."""

    def _content(self, kind: str, identity: str) -> bytes | None:
        place = self._index.get(kind, {}).get(identity)
        if place is None:
            return None
        with (self._folder / f"{kind}.ndjson").open("rb") as handle:
            handle.seek(place[0])
            return handle.read(place[1])

    def _store(
        self, kind: str, fresh: Mapping[str, bytes], changed: Mapping[str, bytes | None]
    ) -> None:
        path = self._folder / f"{kind}.ndjson"
        if changed:
            kept = {one: self._content(kind, one) for one in self._index.get(kind, {})}
            kept |= changed
            lines = [content + b"\n" for content in kept.values() if content is not None]
            _replace(path, b"".join(lines))
            self._index[kind] = _scan(path)
        if fresh:
            index = self._index.setdefault(kind, {})
            with path.open("ab") as handle:
                for identity, content in fresh.items():
                    index[identity] = (handle.tell(), len(content))
                    handle.write(content + b"\n")
                handle.flush()
                os.fsync(handle.fileno())


def _judge(write: Write, present: bytes | None) -> tuple[_Outcome, str]:
    if _version(present) != write.if_version:
        return "conflict", "412"
    if present == write.content:
        return "unchanged", "200"
    if write.op == "delete":
        return "deleted", "204"
    return ("created", "201") if present is None else ("updated", "200")


def _version(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()[:32]


def _scan(path: Path) -> dict[str, tuple[int, int]]:
    """Where each id lies. A last line without its end (a killed write) is cut off."""
    found: dict[str, tuple[int, int]] = {}
    offset = 0
    with path.open("rb") as handle:
        for line in handle:
            if not line.endswith(b"\n"):
                os.truncate(path, offset)
                break
            try:
                found[str(orjson.loads(line)["id"])] = (offset, len(line) - 1)
            except (orjson.JSONDecodeError, KeyError, TypeError):
                raise AskedWrongly(
                    "LOD003",
                    f"{path.name} in the target folder has a line that is no resource",
                    try_="name an empty folder, or one that this tool has filled",
                ) from None
            offset += len(line)
    return found


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = disk_is_full(error)
        raise NeedsPerson(
            "PRJ010" if full else "LOD003",
            "the disk is full (while writing the target folder)"
            if full
            else f"the target folder cannot be written ({type(error).__name__})",
            kept="everything that was written before",
            try_="free space or check the folder's rights, then run the same command again",
        ) from None
