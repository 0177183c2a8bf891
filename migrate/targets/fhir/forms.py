"""How writes are put to a server: under our own ids (``Named``), or as ``assigned.Assigned`` does.

A form makes requests and reads their answers; which writes go together is the writer's matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from migrate.core.ports import Receipt, Write
from migrate.targets.fhir.bundles import Kind, Sent, judged, receipts, tag, writing
from migrate.targets.fhir.wire import Answer


@dataclass(frozen=True, slots=True)
class Request:
    """One request below the base."""

    method: str
    path: str
    body: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)


class Form(Protocol):
    """Requests for writes, and receipts out of their answers."""

    @property
    def prefer(self) -> str:
        """What the server is asked to answer (the header Prefer)."""

    def bundle(self, kind: Kind, writes: Sequence[Write], sent: Sent) -> bytes:
        """The bundle of these writes."""

    def receipts(
        self, writes: Sequence[Write], answers: Sequence[Mapping[str, object]]
    ) -> list[Receipt]:
        """A receipt for each out of the response's entries; 'unknown' where none is surely its."""

    def alone(self, write: Write, sent: Sent) -> Request:
        """The request of one write."""

    def receipt(self, write: Write, answer: Answer) -> Receipt:
        """What the answer says about it."""


class Named:
    """Every resource has our keyed id, so ``PUT`` says it twice as well as once."""

    prefer = "return=minimal"

    def bundle(self, kind: Kind, writes: Sequence[Write], sent: Sent) -> bytes:
        """A PUT or DELETE each; contents go in byte for byte."""
        return writing(kind, writes, sent)

    def receipts(
        self, writes: Sequence[Write], answers: Sequence[Mapping[str, object]]
    ) -> list[Receipt]:
        """By the locations that the entries name, or by their places."""
        return receipts(writes, answers)

    def alone(self, write: Write, sent: Sent) -> Request:
        """A PUT or DELETE."""
        method = "DELETE" if write.op == "delete" else "PUT"
        return Request(method, f"{write.type}/{write.id}", write.content, sent.conditions(write))

    def receipt(self, write: Write, answer: Answer) -> Receipt:
        """By its status."""
        return judged(write, str(answer.status), tag(answer.etag))
