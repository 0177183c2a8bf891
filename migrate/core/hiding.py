"""Charts that stay out of sight until they are whole.

While its chart is being written, a Patient carries a tag that the practice's views leave out, or
is not ``active`` (FHIR R4 Patient.active: whether the record is in active use). Pure.
"""

from __future__ import annotations

import json
from typing import Literal, get_args

import orjson

Hiding = Literal["tag", "inactive"]
HIDINGS: tuple[Hiding, ...] = get_args(Hiding)
PATIENT = "Patient"
TAG = {"system": "urn:ehr-migrate:state", "code": "loading"}


def hidden(content: bytes, how: Hiding) -> bytes:
    """A Patient's JSON as it is to lie there for the time being; numbers stay as written."""
    patient = json.loads(content, parse_float=orjson.Fragment, parse_int=orjson.Fragment)
    if how == "inactive":
        return orjson.dumps({**patient, "active": False})
    meta = patient.get("meta", {})
    return orjson.dumps({**patient, "meta": {**meta, "tag": [*meta.get("tag", []), TAG]}})
