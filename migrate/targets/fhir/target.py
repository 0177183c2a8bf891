"""The FHIR server as a target: tried before it is trusted, read before it is believed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import httpx

from migrate.core.plan import in_batches
from migrate.core.ports import Capabilities, Receipt, Stored, Write
from migrate.errors import FailedForNow, NeedsPerson
from migrate.targets.fhir.assigned import Assigned
from migrate.targets.fhir.auth import credentials
from migrate.targets.fhir.bulk import AT_ONCE, BulkImport
from migrate.targets.fhir.bundles import NoBundle, Ref, asking, entries
from migrate.targets.fhir.forms import Named
from migrate.targets.fhir.idmap import IdMap, map_file
from migrate.targets.fhir.options import Settings, encryption, settings
from migrate.targets.fhir.probe import Found, from_text, probe
from migrate.targets.fhir.reader import Reader
from migrate.targets.fhir.wire import Wire, connected
from migrate.targets.fhir.writer import DEAD, Writer

_IDS_AT_ONCE = 200


class FhirTarget:
    """A FHIR R4 server. Nothing is sent before the first call; what it can do is tried at the
    first call of ``capabilities`` or ``apply``, unless the project's file has it already."""

    name = "fhir"

    def __init__(
        self,
        client: httpx.Client,
        setup: Settings,
        wire: Wire,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._setup, self._wire = client, setup, wire
        self._reader = Reader(wire, setup.bundle, setup.connections, pause)
        self._lock = threading.Lock()
        self._ids: IdMap | None = None
        self._assigned: Assigned | None = None
        if setup.remembered is not None and map_file(setup.remembered.parent, setup.base).exists():
            self._give_ids()
        self._writer: Writer | None = None
        self._heard: Callable[[int], None] = _nobody
        self._bulk: BulkImport | None = None
        if setup.offering is not None:
            self._bulk = BulkImport(wire, self._reader, setup, setup.offering, pause, self._told)

    def identity(self) -> str:
        """``fhir:`` and the base URL."""
        return f"fhir:{self._setup.base}"

    def capabilities(self) -> Capabilities:
        """What was found by trying. Raises NeedsPerson (LOD062) where no write can be proved."""
        writer = self._opened()
        found = writer.found
        return Capabilities(
            client_ids=found.client_ids,
            read_back=True,
            delete=found.delete,
            versions=found.versions,
            transactions=found.transactions,
            max_bundle=writer.at_once if self._bulk is None else max(writer.at_once, AT_ONCE),
        )

    def read(self, refs: Sequence[Ref]) -> Iterator[Stored]:
        """The present state of each, with patience; ``meta`` is the server's.

        A bulk import that an earlier command began is waited for first.
        """
        if self._bulk is not None:
            self._bulk.settle()
        return (self._assigned or self._reader).read(refs)

    def count(self, resource_type: str) -> int | None:
        """What the server's search counts."""
        return self._reader.count(resource_type)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Writes whose condition the server itself does not check are checked by reading first."""
        writer = self._opened()
        bulk = self._bulk if self._bulk is not None and self._bulk.worth(writes) else None
        answers, held = self._guarded(writes, writer.found, by_import=bulk is not None)
        if self._assigned is not None:
            for number in self._assigned.dangling(writes):
                one = writes[number]
                answers[number] = Receipt(one.type, one.id, "refused", None, DEAD)
        if bulk is not None:
            answers.update(self._imported(bulk, writes, answers))
        todo = [n for n in range(len(writes)) if n not in answers]
        if todo:
            places = {n: place for place, n in enumerate(todo)}
            mine = {places[n]: content for n, content in held.items() if n in places}
            found = writer.apply([writes[n] for n in todo], mine)
            answers.update(zip(todo, found, strict=True))
        self._look_again(writes, answers)
        return [answers[n] for n in range(len(writes))]

    def tell(self, heard: Callable[[int], None]) -> None:
        """``heard`` is told after each bundle, and each import, how many writes it answered."""
        self._heard = heard

    def doubles(self, refs: Sequence[Ref]) -> Sequence[Stored]:
        """Second copies; there are none where the ids are ours."""
        return self._assigned.doubles(refs) if self._assigned is not None else ()

    def remove(self, doubles: Sequence[Stored]) -> Sequence[bool]:
        """Delete second copies that nobody changed; whether each is gone."""
        return self._assigned.remove(doubles) if self._assigned is not None else ()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        if self._ids is not None:
            self._ids.close()

    def _give_ids(self) -> Assigned:
        """From now on the server's ids are its own."""
        if self._assigned is None:
            remembered = self._setup.remembered
            path = map_file(remembered.parent, self._setup.base) if remembered else None
            self._ids = IdMap(path)
            self._assigned = Assigned(self._wire, self._reader, self._ids)
        return self._assigned

    def _opened(self) -> Writer:
        with self._lock:
            if self._writer is None:
                setup = self._setup
                found = self._remembered()
                if self._assigned is not None:
                    found = found.without_our_ids()  # what is there already has the server's
                self._reader.searches = self._reader.searches and found.immediate
                if self._bulk is not None:
                    _require_ids(found)
                    self._bulk.settle()
                form = Named() if found.client_ids else self._give_ids()
                # A resource's one writer is the only one there is.
                threads = setup.connections if found.client_ids else 1
                self._writer = Writer(
                    self._wire, form, found, setup.bundle, threads, self.read, self._told
                )
            return self._writer

    def _told(self, answered: int) -> None:
        self._heard(answered)

    def _remembered(self) -> Found:
        path = self._setup.remembered
        base = self._setup.base
        known = from_text(path.read_bytes(), base) if path is not None and path.exists() else None
        if known is None:
            known = self._reader.patiently(lambda: probe(self._wire))
            if path is not None:
                path.touch(mode=0o600)
                path.write_bytes(known.text(base))
        if not (known.versions and (known.client_ids or known.conditional_create)):
            raise NeedsPerson(
                "LOD062",
                "the target neither keeps our ids nor creates on a condition, or names no "
                "versions: a load could not be proved",
                kept="everything; nothing was loaded",
                try_="ask the server's people to allow ids given by the client, or hand over files",
            )
        return known

    def _imported(
        self, bulk: BulkImport, writes: Sequence[Write], answers: Mapping[int, Receipt]
    ) -> dict[int, Receipt]:
        """Receipts of the new ones that arrived by the server's bulk import, by their numbers."""
        new = [
            number
            for number, one in enumerate(writes)
            if one.op == "put" and one.if_version is None and number not in answers
        ]
        return {new[place]: one for place, one in bulk.take([writes[n] for n in new]).items()}

    def _guarded(
        self, writes: Sequence[Write], found: Found, *, by_import: bool
    ) -> tuple[dict[int, Receipt], dict[int, bytes]]:
        """The answers of writes whose condition does not hold; contents that deletes remove.

        ``by_import``: new ones go where the server checks no condition.
        """
        doubtful = []
        new: dict[str, list[int]] = {}
        for number, one in enumerate(writes):
            if one.op == "delete" or (one.if_version is not None and not found.if_match):
                doubtful.append(number)
            elif one.if_version is None and (by_import or not found.guards_new):
                new.setdefault(one.type, []).append(number)
        doubtful += self._perhaps_there(writes, new, found)
        answers: dict[int, Receipt] = {}
        held: dict[int, bytes] = {}
        present = self.read([(writes[n].type, writes[n].id) for n in doubtful]) if doubtful else ()
        for number, now in zip(doubtful, present, strict=True):
            one = writes[number]
            if now.version != one.if_version:
                answers[number] = Receipt(one.type, one.id, "conflict", now.version, "412")
            elif one.op == "delete" and now.content is None:
                answers[number] = Receipt(one.type, one.id, "unchanged", None, "404")
            elif now.content is not None:
                held[number] = now.content
        return answers, held

    def _perhaps_there(
        self, writes: Sequence[Write], new: Mapping[str, list[int]], found: Found
    ) -> list[int]:
        """Those of the new ones whose id the server may hold already: a search counts them."""
        parts = [part for kind in new for part in in_batches(new[kind], _IDS_AT_ONCE)]
        if not (found.immediate and found.batches):
            return [number for part in parts for number in part]
        urls = []
        for part in parts:
            ids = ",".join(writes[n].id for n in part)
            urls.append(f"{writes[part[0]].type}?_id={ids}&_summary=count")
        totals = self._reader.patiently(lambda: self._totals(urls)) if urls else []
        return [n for part, total in zip(parts, totals, strict=True) if total != 0 for n in part]

    def _totals(self, urls: Sequence[str]) -> list[object]:
        answer = self._wire.ask("POST", "", asking(urls))
        try:
            found = [one.get("resource") for one in entries(answer.body)]
        except NoBundle:
            raise FailedForNow("LOD003", "the target's answer is no bundle") from None
        if len(found) != len(urls):
            return [None] * len(urls)
        return [one.get("total") if isinstance(one, dict) else None for one in found]

    def _look_again(self, writes: Sequence[Write], answers: dict[int, Receipt]) -> None:
        """Refused conditional writes: some servers answer a broken condition with 400."""
        odd = [
            n
            for n, one in answers.items()
            if one.outcome == "refused" and writes[n].if_version is not None
        ]
        present = self.read([(writes[n].type, writes[n].id) for n in odd]) if odd else ()
        for number, now in zip(odd, present, strict=True):
            if now.version != writes[number].if_version:
                one = answers[number]
                answers[number] = Receipt(one.type, one.id, "conflict", now.version, one.status)


def _nobody(answered: int) -> None:
    """Nobody wants to hear how far a call is."""


def _require_ids(found: Found) -> None:
    if not found.client_ids:
        raise NeedsPerson(
            "LOD074",
            "the target cannot be loaded by $import: it does not keep our ids",
            kept="everything; nothing was sent",
            try_="take import_from out of [target.options], plan and sign again: the load goes "
            "on in bundles",
        )


def open_target(
    address: str, options: Mapping[str, object], pause: Callable[[float], None] = time.sleep
) -> FhirTarget:
    """The server at the FHIR base ``address``.

    Raises AskedWrongly (LOD060) for settings that make no sense, NeedsPerson (LOD061) for a
    secret that is not there.
    """
    setup = settings(address, options)
    client = connected(setup, encryption(options) if setup.base.startswith("https") else False)
    wire = Wire(client, setup, credentials(options, client), pause)
    return FhirTarget(client, setup, wire, pause)
