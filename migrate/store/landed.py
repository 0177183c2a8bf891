"""What a load left behind, as far as the reconciliation needs it: which ids arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Landed:
    """Ids by resource type. ``read_back`` None: the target has not been read back yet.

    ``loaded`` are the resources whose last receipt says that they are in the target;
    ``read_back`` those that were fetched and are what was meant, declared server
    transformations aside.
    """

    loaded: Mapping[str, frozenset[str]]
    read_back: Mapping[str, frozenset[str]] | None = None
