"""What the server in this process makes of resources that it is sent, when it has such habits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Now = Callable[[tuple[str, str]], dict[str, Any] | None]


def altered(body: Any, kind: str) -> Any:
    """What the server makes of a request's resources: a field dropped, a decimal rounded."""
    if kind not in ("dropped", "rounded") or not isinstance(body, dict):
        return body
    found = json.loads(json.dumps(body))
    for one in [found, *(entry.get("resource") or {} for entry in found.get("entry", []))]:
        if quantity := one.get("valueQuantity"):
            if kind == "dropped":
                del quantity["unit"]
            else:
                quantity["value"] = round(quantity["value"]) + 1
    return found


def with_old_labels(body: Any, now: Now) -> Any:
    """The request's resources with the tags and security labels that they have already."""
    if not isinstance(body, dict):
        return body
    found = json.loads(json.dumps(body))
    for one in [found, *(entry.get("resource") or {} for entry in found.get("entry", []))]:
        held = now((str(one.get("resourceType")), str(one.get("id")))) or {}
        for name in ("tag", "security"):
            old = held.get("meta", {}).get(name, [])
            new = one.get("meta", {}).get(name, [])
            if old:
                one.setdefault("meta", {})[name] = [*new, *(o for o in old if o not in new)]
    return found
