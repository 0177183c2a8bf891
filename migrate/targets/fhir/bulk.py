"""The server's ``$import``: resources by the file instead of by the bundle, where it has one.

The order is SMART's bulk import by manifest: a Parameters resource names files, the server fetches
them, and says under another address when it is done. What it says is not believed. An import is a
``PUT`` without a condition, so nothing may be there before; each level of references goes in an
import of its own, and is read back before the next one. What did not arrive goes in bundles.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urljoin

import orjson

from migrate.core.compare import same
from migrate.core.ports import Receipt, Stored, Write
from migrate.errors import FailedForNow, NeedsPerson
from migrate.targets.fhir.lanes import Links
from migrate.targets.fhir.offer import NDJSON, offered
from migrate.targets.fhir.options import Offering, Settings
from migrate.targets.fhir.reader import ATTEMPTS, Reader
from migrate.targets.fhir.wire import Answer, Wire

IMPORT_FILE = "target-import.json"
AT_ONCE = 10_000
WORTH = 500  # servers look for imports once a minute: fewer resources are quicker in bundles
_LONGEST_S = 3600.0
_NEXT_LOOK_S = 30.0
_TRIAL = "Basic"


@dataclass(slots=True)
class _Kept:
    """What the project remembers: whether this server keeps ids, and an import that runs."""

    base: str
    keeps_ids: bool = False
    running: str | None = None


class BulkImport:
    """Creates resources by ``$import``. One import at a time."""

    def __init__(
        self, wire: Wire, reader: Reader, setup: Settings, at: Offering,
        pause: Callable[[float], None], heard: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._wire, self._reader, self._at, self._pause = wire, reader, at, pause
        self._heard = heard
        remembered = setup.remembered
        self._path = None if remembered is None else remembered.parent / IMPORT_FILE
        self._kept = _read(self._path, setup.base)
        self._given_up = False

    def settle(self) -> None:
        """Wait for an import that an earlier command began. Raises FailedForNow (LOD023)."""
        if self._kept.running is not None:
            self._wait(self._kept.running)

    def worth(self, writes: Sequence[Write]) -> bool:
        """Whether these have enough new resources for an import."""
        new = sum(one.op == "put" and one.if_version is None for one in writes)
        return new >= WORTH and not self._given_up

    def take(self, writes: Sequence[Write]) -> dict[int, Receipt]:
        """Import these, none of which is there yet; receipts of those that arrived, by number.

        The others (in a circle, refused, or lost) are left out. Raises NeedsPerson (LOD074) where
        the server has no such import or does not keep ids, FailedForNow (LOD023) where it takes
        longer than an hour.
        """
        if not self._kept.keeps_ids:
            self._try_out()
        links = Links(writes)
        answers: dict[int, Receipt] = {}
        for phase in links.levels(max(1, len(writes))):
            numbers = [n for lane in phase for bundle in lane for n in bundle]
            ready = [n for n in numbers if _all_there(links.points_at[n], answers)]
            if not ready:
                continue
            self._given_up = not self._import([writes[n] for n in ready])
            held = self._reader.read([(writes[n].type, writes[n].id) for n in ready])
            for number, now in zip(ready, held, strict=True):
                if now.content is not None:
                    answers[number] = _receipt(writes[number], now)
            self._heard(sum(n in answers for n in ready))
            if self._given_up:
                break
        return answers

    def _import(self, writes: Sequence[Write]) -> bool:
        """Order one import and wait for its end; whether the server says that it went well."""
        by_type: dict[str, list[bytes]] = {}
        for one in writes:
            by_type.setdefault(one.type, []).append(one.content or b"")
        with offered(self._at, by_type) as files:
            answer = self._wire.ask(
                "POST", "$import", _order(self._at, files), {"Prefer": "respond-async"}
            )
            if answer.status != 202 or answer.location is None:
                raise _unable(f"it has no $import that can be followed (status {answer.status})")
            return self._wait(self._below(answer.location))

    def _wait(self, place: str) -> bool:
        """Until the import at this address is over; whether the server says that it went well."""
        self._keep(running=place)
        waited, pause, failures = 0.0, 1.0, 0
        while True:
            answer = self._looked(place)
            failures = failures + 1 if answer is None else 0
            if failures == ATTEMPTS or (answer is not None and answer.status != 202):
                self._keep(running=None)
                return answer is not None and answer.status == 200
            if waited >= _LONGEST_S:
                raise FailedForNow(
                    "LOD023",
                    "the target's bulk import does not come to an end",
                    kept="every write is journalled; what became of it will be looked up",
                    try_="run the same command again: it waits for the import first",
                    retry_after_s=300,
                )
            asked = answer.wait_s if answer is not None else None
            self._pause(min(pause, asked or pause))
            waited += pause
            pause = min(2 * pause, _NEXT_LOOK_S)

    def _looked(self, place: str) -> Answer | None:
        """What the server says about an import; None: nothing (a 500 is how some say "failed")."""
        try:
            return self._wire.ask("GET", place)
        except FailedForNow as error:
            if error.code == "LOD023":
                raise
            return None

    def _below(self, location: str) -> str:
        """The path of an address below the base: credentials go nowhere else."""
        base = f"{self._kept.base}/"
        url = urljoin(base, location)
        if not url.startswith(base):
            raise NeedsPerson(
                "LOD063",
                "the target sends us to another address to follow its import; this is not followed",
                kept="everything; what it imported all the same will be looked up",
                try_="ask the server's people for its real FHIR base, or do without import_from",
            )
        return url[len(base) :]

    def _try_out(self) -> None:
        """Import one Basic resource and read it by its id, as everything will be read."""
        mark = uuid.uuid4().hex
        ref = (_TRIAL, f"probe-{mark}")
        words = {"text": "ehr-migrate probe import"}
        identifier = [{"system": "urn:ehr-migrate:probe", "value": mark}]
        body = {"resourceType": _TRIAL, "id": ref[1], "code": words, "identifier": identifier}
        write = Write("put", *ref, orjson.dumps(body), None)
        done = self._import([write])
        (held,) = self._reader.read([ref])
        if held.content is None:
            if not done:
                raise _unable("its trial import failed; can it fetch files from import_from?")
            raise _unable(
                f"its import does not keep ids: the {_TRIAL} resource of the identifier "
                f"urn:ehr-migrate:probe|{mark} is to be removed there"
            )
        self._wire.ask("DELETE", "/".join(ref))
        self._keep(running=None, keeps_ids=True)

    def _keep(self, *, running: str | None, keeps_ids: bool | None = None) -> None:
        self._kept.running = running
        self._kept.keeps_ids = self._kept.keeps_ids if keeps_ids is None else keeps_ids
        if self._path is not None:
            self._path.touch(mode=0o600)
            self._path.write_bytes(orjson.dumps(asdict(self._kept)) + b"\n")


def _all_there(needed: Sequence[int], answers: dict[int, Receipt]) -> bool:
    return all(n in answers and answers[n].outcome == "created" for n in needed)


def _receipt(write: Write, now: Stored) -> Receipt:
    """What reading says of one that is there: ours, or somebody else's."""
    ours = same(write.content or b"", now.content)
    return Receipt(
        write.type, write.id, "created" if ours else "conflict", now.version, "by import"
    )


def _order(at: Offering, files: Sequence[tuple[str, str]]) -> bytes:
    """The Parameters of a bulk import by manifest."""
    parameters: list[dict[str, object]] = [
        {"name": "inputFormat", "valueCode": NDJSON},
        {"name": "inputSource", "valueUri": at.root(at.port)},
        {"name": "storageDetail", "part": [{"name": "type", "valueCode": "https"}]},
    ]
    for kind, url in files:
        part = [{"name": "type", "valueCode": kind}, {"name": "url", "valueUri": url}]
        parameters.append({"name": "input", "part": part})
    return orjson.dumps({"resourceType": "Parameters", "parameter": parameters})


def _read(path: Path | None, base: str) -> _Kept:
    try:
        found = _Kept(**orjson.loads(path.read_bytes())) if path is not None else _Kept(base)
    except (OSError, TypeError, orjson.JSONDecodeError):
        return _Kept(base)
    return found if found.base == base else _Kept(base)


def _unable(why: str) -> NeedsPerson:
    return NeedsPerson(
        "LOD074",
        f"the target cannot be loaded by $import: {why}",
        kept="every write is journalled; what became of it will be looked up",
        try_="take import_from out of [target.options], plan and sign again: the load goes on in "
        "bundles",
    )
