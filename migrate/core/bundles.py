"""FHIR Bundles out of finished resource lines, by splicing bytes: nothing is parsed or rewritten.

The bundle is a ``transaction`` of PUTs by id, the form in which a server can take a run again and
again without doubling anything (R4, http.html#transaction).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_OPENING = b'{"resourceType":"Bundle","type":"transaction","entry":['
_CLOSING = b"]}\n"


def entry(kind: str, identity: str, line: bytes) -> bytes:
    """One entry: the resource's line as it is, and the request that puts it at its id.

    There is no ``fullUrl``: it must be absolute, and the server's base is not known here.
    References between entries are literal (``Patient/r…``) and need none.
    """
    url = f"{kind}/{identity}".encode()
    request = b'"request":{"method":"PUT","url":"' + url + b'"}'
    return b'{"resource":' + line + b"," + request + b"}"


def bundle(entries: Iterable[bytes]) -> bytes:
    """One Bundle of these entries, as JSON text with a line end."""
    return _OPENING + b",".join(entries) + _CLOSING


def filled(entries: Iterable[tuple[int, bytes]], size: int) -> Iterator[list[bytes]]:
    """Entries in bundles of ``size``; entries of one unit (a number) stay together.

    A unit larger than ``size`` is a bundle of its own: what points at each other in a circle
    can only be written in one transaction.
    """
    held: list[bytes] = []
    unit: list[bytes] = []
    current: int | None = None
    for number, text in entries:
        if number != current and unit:
            if held and len(held) + len(unit) > size:
                yield held
                held = []
            held += unit
            unit = []
        current = number
        unit.append(text)
    if held and len(held) + len(unit) > size:
        yield held
        held = []
    if held or unit:
        yield held + unit
