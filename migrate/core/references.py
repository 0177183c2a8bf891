"""Which resources a resource points at, and whose chart it belongs to, read from its JSON text.

The text is scanned, not parsed: inside a JSON string every quote is escaped, so the pattern
``"reference":"Type/id"`` can only be a key and its value. A property test compares the scan with
a walk over the parsed document.
"""

from __future__ import annotations

import re

Ref = tuple[str, str]

_ID = rb"[A-Za-z0-9.\-]{1,64}"
_REFERENCE = re.compile(
    rb'(?<!\\)"(?:reference"\s*:\s*"([A-Z][A-Za-z]{1,63})|url"\s*:\s*"(Binary))'
    rb"/(" + _ID + rb')(?:/_history/[^"\\]+)?"'
)
_CHART_OWNER = re.compile(
    rb'(?<!\\)"(?:subject|patient|beneficiary|for|individual|target)"\s*:\s*\[?\s*\{'
    rb'[^{}\[\]]*?"reference"\s*:\s*"Patient/(' + _ID + rb')"'
)


def references(content: bytes) -> list[Ref]:
    """The (type, id) that a resource points at, relative references only, in their order.

    Attachments that point at a ``Binary`` count too; versioned references without the version.
    """
    found = _REFERENCE.findall(content)
    return [((kind or binary).decode(), identity.decode()) for kind, binary, identity in found]


def owner(resource_type: str, resource_id: str, content: bytes, points_at: list[Ref]) -> str | None:
    """The id of the patient whose chart holds this resource; None for what patients share.

    A resource that points at one patient is that patient's. With several, the patient
    compartment's own elements decide (subject, patient, beneficiary, for, individual, target).
    """
    if resource_type == "Patient":
        return resource_id
    patients = {identity for kind, identity in points_at if kind == "Patient"}
    if len(patients) <= 1:
        return next(iter(patients), None)
    named = _CHART_OWNER.search(content)
    return named.group(1).decode() if named else None
